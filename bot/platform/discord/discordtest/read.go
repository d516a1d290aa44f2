package discordtest

import (
	"regexp"
	"slices"
	"strings"
)

// Words is what a person reads in components, with the markup undone.
type Words struct {
	Lines    []string // a line a block
	Links    []string // addresses that words or buttons lead to
	Mentions []string // ids of users and roles that are named by a mention
	Buttons  []string
	Menus    map[string][]string
	Images   int
	Stray    []string // markup that came of text: there must be none
}

// Text is all lines.
func (w Words) Text() string { return strings.Join(w.Lines, "\n") }

// Read reads components as Discord's clients do.
func Read(components []any) Words {
	w := Words{Menus: map[string][]string{}}
	for _, c := range components {
		w.component(c)
	}
	return w
}

func (w *Words) component(v any) {
	c, _ := v.(map[string]any)
	switch num(v, "type") {
	case 2:
		w.Buttons = append(w.Buttons, str(v, "label"))
		if u := str(v, "url"); u != "" {
			w.Links = append(w.Links, u)
		}
	case 3:
		for _, o := range list(c["options"]) {
			w.Menus[str(v, "placeholder")] = append(w.Menus[str(v, "placeholder")], str(o, "label"))
		}
	case 10:
		w.Lines = append(w.Lines, w.Markdown(str(v, "content")))
	case 11:
		w.Images++
	case 12:
		for _, item := range list(c["items"]) {
			w.Images++
			w.Lines = append(w.Lines, str(item, "description"))
		}
	case 18:
		w.Lines = append(w.Lines, str(v, "label"))
	}
	for _, child := range list(c["components"]) {
		w.component(child)
	}
	if c["accessory"] != nil {
		w.component(c["accessory"])
	}
}

// The marks that we write ourselves, at the start of a line.
var lineMarks = regexp.MustCompile(`^(### |-# |> )`)

// strayLine is what would be a heading, list or quote and is not ours.
var strayLine = regexp.MustCompile(`^\s*(#{1,6} |[-*+] |\d+\. |>|-#)`)

// Markdown undoes Discord's markdown. Escapes, bold, masked links, timestamps,
// mentions, code blocks and the marks at the start of a line are read; anything
// else that would be markup is stray.
func (w *Words) Markdown(s string) string {
	var out []string
	for i, block := range strings.Split(s, "```") {
		if i%2 == 1 {
			out = append(out, strings.Trim(block, "\n"))
			continue
		}
		var lines []string
		for _, l := range strings.Split(block, "\n") {
			l = lineMarks.ReplaceAllString(l, "")
			if strayLine.MatchString(l) {
				w.Stray = append(w.Stray, l)
			}
			lines = append(lines, w.inline(l))
		}
		out = append(out, strings.Join(lines, "\n"))
	}
	return strings.Join(out, "")
}

var (
	linkStart = regexp.MustCompile(`^\]\((https?://[^\s()]+)\)`)
	stamp     = regexp.MustCompile(`^<t:-?\d+:[tTdDfFR]>`)
	naming    = regexp.MustCompile(`^<@&?(\d{15,20})>`)
	// unfolds is an address, an emoji's shortcode or an invitation.
	unfolds = regexp.MustCompile(`(?i)^(https?://|:[^\s:]+:|discord(\.gg|app\.com/invite|\.com/invite)/)`)
)

// inline undoes the markup inside a line.
func (w *Words) inline(s string) string {
	var b strings.Builder
	bold, inLink := false, false
	for i := 0; i < len(s); {
		rest := s[i:]
		var m []string
		if rest[0] == ']' {
			m = linkStart.FindStringSubmatch(rest)
		}
		switch {
		case rest[0] == '\\' && len(rest) > 1 && !alnum(rest[1]) && rest[1] != ' ':
			b.WriteByte(rest[1]) // every escaped character is ASCII
			i += 2
		case strings.HasPrefix(rest, "**"):
			bold = !bold
			i += 2
		case rest[0] == '[':
			if inLink {
				w.Stray = append(w.Stray, rest)
			}
			inLink = true
			i++
		case m != nil && inLink:
			w.Links = append(w.Links, m[1])
			inLink = false
			i += len(m[0])
		case rest[0] == '<' && stamp.MatchString(rest):
			b.WriteString("(time)")
			i += len(stamp.FindString(rest))
		case rest[0] == '<' && naming.MatchString(rest):
			id := naming.FindStringSubmatch(rest)[1]
			w.Mentions = append(w.Mentions, id)
			b.WriteString("@" + id)
			i += len(naming.FindString(rest))
		default:
			if strings.ContainsRune("*_~`|<]@", rune(rest[0])) || strings.ContainsRune("hHdD:", rune(rest[0])) && unfolds.MatchString(rest) {
				w.Stray = append(w.Stray, rest[:min(len(rest), 40)])
			}
			b.WriteByte(rest[0])
			i++
		}
	}
	if bold || inLink {
		w.Stray = append(w.Stray, "left open: "+s)
	}
	return b.String()
}

func alnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// Seen is what a person reads in a message.
func (m Message) Seen() Words {
	w := Read(m.Components)
	slices.Sort(m.Pings)
	return w
}

// each calls f with every component of a message, in order.
func (m Message) each(f func(map[string]any)) {
	var walk func([]any)
	walk = func(l []any) {
		for _, v := range l {
			if c, ok := v.(map[string]any); ok {
				f(c)
				walk(list(c["components"]))
			}
		}
	}
	walk(m.Components)
}

// CustomIDs are those of a message's buttons and menus, in order.
func (m Message) CustomIDs() []string {
	var out []string
	m.each(func(c map[string]any) {
		if id := str(c, "custom_id"); id != "" {
			out = append(out, id)
		}
	})
	return out
}

// Button is the custom_id of the button with a label; "" when there is none.
func (m Message) Button(label string) (id string) {
	m.each(func(c map[string]any) {
		if num(c, "type") == 2 && str(c, "label") == label && id == "" {
			id = str(c, "custom_id")
		}
	})
	return id
}

// Options are the values of all menus, in order.
func (m Message) Options() []string {
	var out []string
	m.each(func(c map[string]any) {
		for _, o := range list(c["options"]) {
			out = append(out, str(o, "value"))
		}
	})
	return out
}

// Option is the custom_id of a menu and the value of one of its options.
func (m Message) Option(menu, option string) (id, value string) {
	m.each(func(c map[string]any) {
		for _, o := range list(c["options"]) {
			if str(c, "placeholder") == menu && str(o, "label") == option {
				id, value = str(c, "custom_id"), str(o, "value")
			}
		}
	})
	return id, value
}
