package slack

import (
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/text"
)

// joiner is the invisible word joiner. It stands on both sides of a character
// that Slack would read as formatting: whether Slack takes it for a letter or
// for a space, such a character then neither opens nor closes anything.
const joiner = "\u2060"

// words is the text of a span, made safe; where it ends in spaces they stay,
// since spans follow one another.
func words(s bot.Span) string {
	t := s.Text
	if t == "" && s.Person != nil {
		t = s.Person.Name
	}
	clean := text.Clean(t)
	if clean == "" {
		if t != "" && strings.TrimSpace(t) == "" {
			return " "
		}
		return ""
	}
	if t[0] == ' ' {
		clean = " " + clean
	}
	if t[len(t)-1] == ' ' {
		clean += " "
	}
	return clean
}

// dateFormat is how Slack shows a time to each reader in their own zone
// (docs.slack.dev/messaging/formatting-message-text#date-formatting).
func dateFormat(style bot.TimeStyle) string {
	switch style {
	case bot.TimeClock:
		return "{time}"
	case bot.TimeDay:
		return "{date_short_pretty} at {time}"
	}
	return "{ago}"
}

// dated tells whether a span is a time that Slack can show.
func dated(s bot.Span) bool {
	return s.Kind == bot.SpanTime && s.Time.After(time.Unix(0, 0)) && s.Time.Year() < 3000
}

// linked is the address a span leads to, "" for none.
func linked(s bot.Span) string {
	if s.Kind != bot.SpanLink && s.Kind != bot.SpanTime {
		return ""
	}
	return text.SafeURL(s.URL)
}

// pinged is the id of whom a span wakes, "" for nobody: only ids that Slack
// itself could have made, and only from the configuration's own people.
func (d *drawing) pinged(s bot.Span) string {
	if !d.loud || s.Kind != bot.SpanPerson || !s.Ping || s.Person == nil || s.Person.Platform != Name {
		return ""
	}
	id := s.Person.ID
	if id == "here" || id == "channel" || id == "everyone" {
		return id
	}
	if len(id) < 2 || len(id) > 24 || !strings.ContainsRune("UWS", rune(id[0])) || strings.ContainsFunc(id, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsUpper(r) && !unicode.IsDigit(r)
	}) {
		return ""
	}
	return id
}

// rich sets spans as rich text, which holds no markup at all: what a customer
// wrote cannot become anything but text.
func (d *drawing) rich(spans []bot.Span, most int) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	left := min(most, d.left)
	for _, s := range spans {
		if id := d.pinged(s); id != "" {
			out = append(out, pingElement(id))
			continue
		}
		t := fit(words(s), left, size)
		if t == "" || left <= 1 {
			continue
		}
		left -= size(t)
		d.left -= size(t)
		out = append(out, element(s, t))
	}
	return out
}

func element(s bot.Span, t string) slack.RichTextSectionElement {
	if dated(s) {
		var to *string
		if url := linked(s); url != "" {
			to = &url
		}
		fallback := strings.TrimSpace(t)
		return slack.NewRichTextSectionDateElement(s.Time.Unix(), dateFormat(s.Style), to, &fallback)
	}
	if url := linked(s); url != "" && strings.TrimSpace(t) != "" {
		return slack.NewRichTextSectionLinkElement(url, t, nil)
	}
	if s.Kind == bot.SpanStrong {
		return slack.NewRichTextSectionTextElement(t, &slack.RichTextSectionTextStyle{Bold: true})
	}
	return slack.NewRichTextSectionTextElement(t, nil)
}

func pingElement(id string) slack.RichTextSectionElement {
	switch id[0] {
	case 'S':
		return slack.NewRichTextSectionUserGroupElement(id)
	case 'U', 'W':
		return slack.NewRichTextSectionUserElement(id, nil)
	}
	return slack.NewRichTextSectionBroadcastElement(id)
}

// emojiCode is what Slack would draw as an emoji.
var emojiCode = regexp.MustCompile(`:([a-z0-9_+'-]+):`)

// escape makes s plain in Slack's mrkdwn: its three entities
// (docs.slack.dev/messaging/formatting-message-text#escaping), and formatting
// characters held apart.
func escape(s string) string {
	s = emojiCode.ReplaceAllString(s, ":"+joiner+"$1"+joiner+":")
	var b strings.Builder
	for _, r := range s {
		switch r {
		case '&':
			b.WriteString("&amp;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '*', '_', '~', '`':
			b.WriteString(joiner + string(r) + joiner)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// escapedSize is how long s is once it is escaped.
func escapedSize(s string) int { return size(escape(s)) }

// marked sets spans as mrkdwn, for the blocks that take nothing else.
func (d *drawing) marked(spans []bot.Span, most int) string {
	var b strings.Builder
	left := min(most, d.left)
	for _, s := range spans {
		if id := d.pinged(s); id != "" {
			b.WriteString(pingMarkup(id))
			continue
		}
		around := size(markup(s, ""))
		t := fit(words(s), left-around, escapedSize)
		if t == "" || left-around <= 1 {
			continue
		}
		piece := markup(s, t)
		left -= size(piece)
		d.left -= size(piece)
		b.WriteString(piece)
	}
	return b.String()
}

// markup is a span with its text t in mrkdwn.
func markup(s bot.Span, t string) string {
	url := strings.NewReplacer("|", "%7C", ">", "%3E", "<", "%3C", "&", "&amp;").Replace(linked(s))
	switch {
	case dated(s) && url != "":
		return fmt.Sprintf("<!date^%d^%s^%s|%s>", s.Time.Unix(), dateFormat(s.Style), strings.ReplaceAll(url, "^", "%5E"), label(t))
	case dated(s):
		return fmt.Sprintf("<!date^%d^%s|%s>", s.Time.Unix(), dateFormat(s.Style), label(t))
	case url != "" && (t == "" || strings.TrimSpace(t) != ""):
		return "<" + url + "|" + label(t) + ">"
	case s.Kind == bot.SpanStrong && strings.TrimSpace(t) == t && !strings.Contains(t, "\n"):
		return "*" + escape(t) + "*"
	}
	return escape(t)
}

// label is t as the visible part of a link or time: on one line.
func label(t string) string { return escape(strings.ReplaceAll(t, "\n", " ")) }

func pingMarkup(id string) string {
	switch id[0] {
	case 'S':
		return "<!subteam^" + id + ">"
	case 'U', 'W':
		return "<@" + id + ">"
	}
	return "<!" + id + ">"
}
