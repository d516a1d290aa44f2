package discord

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"earshot/bot"
	"earshot/bot/text"
)

// ink writes markdown within a budget: text is escaped and cut by grapheme,
// markup is never cut in half.
type ink struct {
	b       strings.Builder
	left    int    // of what length counts
	prefix  string // begins every line: "> " for a quote
	want    bool   // what comes is bold
	bold    bool   // bold is open: it opens before a character and closes before a line end
	always  bool   // everything is bold
	full    bool   // nothing more fits
	visible bool   // something can be seen
	loud    bool   // spans with Ping wake people
	users   []string
	roles   []string
}

// newInk begins a text of at most budget characters whose lines begin with prefix.
func newInk(budget int, prefix string, loud bool) *ink {
	k := &ink{left: budget - len(prefix), prefix: prefix, loud: loud}
	k.b.WriteString(prefix)
	return k
}

// done closes what is open and gives the text; "" when nothing can be seen.
func (k *ink) done() string {
	k.setBold(false)
	if !k.visible {
		return ""
	}
	return strings.TrimRightFunc(k.b.String(), unicode.IsSpace)
}

// raw writes markup, if it fits with room to close it again.
func (k *ink) raw(s string) bool {
	if n := length(s); !k.full && k.left-n >= 8 {
		k.left -= n
		k.b.WriteString(s)
		return true
	}
	k.full = true
	return false
}

func (k *ink) setBold(on bool) {
	if k.want = on; !on {
		k.close()
	}
}

// open begins bold where it is wanted and not open yet.
func (k *ink) open() {
	if k.want && !k.bold {
		k.bold = k.raw("**")
	}
}

// close ends bold; raw and text have kept the room.
func (k *ink) close() {
	if k.bold {
		k.b.WriteString("**")
		k.left -= 2
		k.bold = false
	}
}

// text writes words: cleaned, escaped, cut where the budget ends.
func (k *ink) text(s string) {
	const keep = 8 // for the ellipsis and what must be closed
	for g := graphemes.FromString(s); !k.full && g.Next(); {
		piece := g.Value()
		if piece == "\n" {
			k.close()
			piece += k.prefix
		} else if k.open(); k.full {
			break
		} else {
			piece = escapeAt(s, g.Start(), piece)
		}
		if n := length(piece); k.left-n < keep {
			k.full = true
			k.b.WriteString("…")
			k.left--
		} else {
			k.left -= n
			k.b.WriteString(piece)
			k.visible = k.visible || strings.TrimSpace(g.Value()) != ""
		}
	}
}

// spans writes runs of text; oneLine makes every white space a space.
func (k *ink) spans(spans []bot.Span, oneLine bool) {
	for _, s := range spans {
		if k.full {
			break
		}
		words := clean(s.Text, oneLine)
		k.setBold(k.always || s.Kind == bot.SpanStrong)
		switch s.Kind {
		case bot.SpanLink:
			k.link(words, s.URL)
		case bot.SpanTime:
			k.time(s, words)
		case bot.SpanPerson:
			k.person(s, words)
		default:
			k.text(words)
		}
	}
	k.setBold(false)
}

// link writes a masked link, or plain words where the address is not safe.
func (k *ink) link(words, url string) {
	to := linkTarget(url, maxMediaURL)
	if to == "" || strings.TrimSpace(words) == "" || k.left < length(to)+24 {
		k.text(words)
		return
	}
	end := "](" + to + ")"
	k.open()
	k.left -= length(end)
	if k.raw("[") {
		k.text(strings.ReplaceAll(words, "\n", " "))
		k.b.WriteString(end)
		return
	}
	k.left += length(end)
}

// time writes a time that each reader sees in their own zone
// (docs.discord.com/developers/reference#message-formatting-timestamp-styles).
func (k *ink) time(s bot.Span, words string) {
	if s.Time.IsZero() || s.Time.Year() > 9999 || s.Time.Year() < 1 {
		k.text(words)
		return
	}
	style := map[bot.TimeStyle]string{bot.TimeRelative: "R", bot.TimeClock: "t", bot.TimeDay: "f"}[s.Style]
	if style == "" {
		style = "R"
	}
	mark := fmt.Sprintf("<t:%d:%s>", s.Time.Unix(), style)
	if to := linkTarget(s.URL, maxMediaURL); to != "" && k.left > length(to)+40 {
		mark = "[" + mark + "](" + to + ")"
	}
	k.open()
	k.visible = k.raw(mark) || k.visible
}

// person writes a name; a ping only where one is asked for and the message is loud.
func (k *ink) person(s bot.Span, words string) {
	if s.Person == nil {
		k.text(words)
		return
	}
	id, group := strings.CutPrefix(s.Person.ID, "group:")
	if !s.Ping || !k.loud || s.Person.Platform != platformName || !snowflake(id) {
		if words == "" {
			words = clean(s.Person.Name, true)
		}
		k.text(words)
		return
	}
	mark := "<@" + id + ">"
	if group {
		mark = "<@&" + id + ">"
	}
	if k.open(); !k.raw(mark) {
		return
	}
	k.visible = true
	if group {
		k.roles = append(k.roles, id)
	} else {
		k.users = append(k.users, id)
	}
}

// clean makes text safe to show and keeps the spaces around it, which part one
// span from the next.
func clean(s string, oneLine bool) string {
	// No character that counts once is longer than three bytes, so what is
	// beyond this is never shown.
	const most = 3*maxText + 512
	if len(s) > most {
		s = text.CutBytes(s, most) + "…"
	}
	c := text.Clean(s)
	if oneLine {
		c = strings.Join(strings.Fields(c), " ")
	}
	if c == "" {
		if s != "" && strings.Trim(s, " ") == "" {
			return " "
		}
		return ""
	}
	if strings.HasPrefix(s, " ") {
		c = " " + c
	}
	if strings.HasSuffix(s, " ") {
		c += " "
	}
	return c
}

// snowflake tells whether s is an id of Discord's.
func snowflake(s string) bool {
	return len(s) >= 15 && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}
