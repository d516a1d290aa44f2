package console

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html/template"
	"image/png"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// origin is where a view stands: what a button on it belongs to.
type origin struct {
	Channel string
	Message string // id; empty for answers to commands
	Place   string // where a private answer goes: "m12", "t12", or "c" for the command box
}

// drawn is a view with everything decided, so that the templates only set it.
// html/template escapes all of it; addresses were checked, and Src is either a
// path of ours or a PNG that we made.
type drawn struct {
	Accent string
	Notice string
	Blocks []drawnBlock
	Rest   []drawnBlock // of what is done: all but who, state and acts, one press away
}

// fold keeps two lines of what is done in sight.
func (d drawn) fold() drawn {
	if d.Accent != string(bot.AccentDone) {
		return d
	}
	var kept []drawnBlock
	for _, b := range d.Blocks {
		switch bot.BlockKind(b.Kind) {
		case bot.BlockHeading, bot.BlockByline, bot.BlockState, bot.BlockActions:
			kept = append(kept, b)
		default:
			d.Rest = append(d.Rest, b)
		}
	}
	if len(kept) == 0 {
		return drawn{Accent: d.Accent, Notice: d.Notice, Blocks: d.Rest}
	}
	d.Blocks = kept
	return d
}

type drawnBlock struct {
	Kind    string
	Spans   []drawnSpan
	Buttons []drawnButton
	Menus   []drawnMenu
	Image   *drawnImage
	Rows    []drawnRow
	Text    string
}

type drawnSpan struct {
	Kind, Text, URL, Time, Style string
	Ping                         bool
}

type drawnButton struct{ Label, Action, Style, URL, Confirm string }

type drawnMenu struct {
	Label   string
	Options []drawnButton
}

type drawnRow struct {
	Label string
	Spans []drawnSpan
}

// drawnImage is a picture of ours (Src), or somebody else's, which is linked
// (Link) and never fetched: a page that loads it would tell them who looks.
type drawnImage struct {
	Src           template.URL
	Link, Alt     string
	Width, Height int
}

// clean makes any text safe to set; html/template escapes it after.
func clean(s string) string { return text.Clean(s) }

// cleanRun is clean for a run of text within a line, where the white space at
// its ends parts it from its neighbours.
func cleanRun(s string) string {
	c := clean(s)
	if c == "" {
		return c
	}
	before, after := s[:len(s)-len(strings.TrimLeft(s, " \n"))], s[len(strings.TrimRight(s, " \n")):]
	return gap(before) + c + gap(after)
}

// gap is white space cut down to one space, or to one line end.
func gap(s string) string {
	switch {
	case strings.Contains(s, "\n"):
		return "\n"
	case s != "":
		return " "
	}
	return ""
}

// prepare decides how v is drawn. src gives the address of the image of block
// n; nil sets images in line.
func prepare(v bot.View, now time.Time, src func(n int) string) drawn {
	d := drawn{Notice: text.OneLine(v.Notice), Accent: accentName(v.Accent)}
	for n, b := range v.Blocks {
		db := drawnBlock{Kind: string(b.Kind), Spans: prepareSpans(b.Spans, now), Text: clean(b.Text)}
		if b.Image != nil {
			db.Image = prepareImage(b.Image, n, src)
		}
		for _, r := range b.Rows {
			db.Rows = append(db.Rows, drawnRow{Label: text.OneLine(r.Label), Spans: prepareSpans(r.Spans, now)})
		}
		db.Buttons = prepareButtons(b.Buttons)
		for _, m := range b.Menus {
			if options := prepareButtons(m.Options); len(options) > 0 {
				db.Menus = append(db.Menus, drawnMenu{Label: orWord(text.OneLine(m.Label), "More"), Options: options})
			}
		}
		if db.says() {
			d.Blocks = append(d.Blocks, db)
		}
	}
	if len(d.Blocks) == 0 && d.Notice != "" {
		d.Blocks = []drawnBlock{{Kind: string(bot.BlockLine), Spans: []drawnSpan{{Text: d.Notice}}}}
	}
	return d
}

// says tells whether a block has anything to show: a line with nothing to say
// is not there.
func (b drawnBlock) says() bool {
	switch bot.BlockKind(b.Kind) {
	case bot.BlockRule:
		return true
	case bot.BlockActions:
		return len(b.Buttons)+len(b.Menus) > 0
	case bot.BlockImage:
		return b.Image != nil
	case bot.BlockRows:
		return len(b.Rows) > 0
	case bot.BlockCode:
		return b.Text != ""
	case bot.BlockHeading, bot.BlockByline, bot.BlockQuote, bot.BlockLine, bot.BlockAlert, bot.BlockState:
		return len(b.Spans) > 0 || b.Image != nil
	}
	return false
}

func accentName(a bot.Accent) string {
	if slices.Contains([]bot.Accent{bot.AccentNegative, bot.AccentUrgent, bot.AccentPositive, bot.AccentDone}, a) {
		return string(a)
	}
	return "none"
}

func prepareSpans(spans []bot.Span, now time.Time) []drawnSpan {
	var out []drawnSpan
	for _, s := range spans {
		d := drawnSpan{Kind: string(s.Kind), Text: cleanRun(s.Text), URL: text.SafeURL(s.URL), Ping: s.Ping}
		if s.Kind == bot.SpanPerson && s.Person != nil && d.Text == "" {
			d.Text = clean(s.Person.Name)
		}
		if s.Kind == bot.SpanTime && !s.Time.IsZero() {
			d.Time, d.Style = s.Time.UTC().Format(time.RFC3339), string(s.Style)
			if s.Style == bot.TimeRelative {
				d.Text = relative(s.Time, now)
			}
		}
		if d.Text != "" {
			out = append(out, d)
		}
	}
	return out
}

func prepareButtons(buttons []bot.Button) []drawnButton {
	var out []drawnButton
	for _, b := range buttons {
		d := drawnButton{Label: text.OneLine(b.Label), URL: text.SafeURL(b.URL), Style: "plain", Confirm: clean(b.Confirm)}
		if b.Style == bot.ButtonMain || b.Style == bot.ButtonDanger {
			d.Style = string(b.Style)
		}
		if b.Action.Name != "" {
			d.Action = b.Action.String()
		}
		if d.Label != "" && (d.URL != "" || d.Action != "") {
			out = append(out, d)
		}
	}
	return out
}

func prepareImage(img *bot.Image, n int, src func(int) string) *drawnImage {
	d := &drawnImage{Alt: text.OneLine(img.Alt), Link: text.SafeURL(img.URL)}
	if len(img.PNG) > 0 {
		size, err := png.DecodeConfig(bytes.NewReader(img.PNG))
		if err == nil {
			d.Width, d.Height = size.Width, size.Height
			if src != nil {
				d.Src = template.URL(src(n)) // a path of ours
			} else {
				d.Src = template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(img.PNG)) // base64 holds no markup
			}
		}
	}
	if d.Src == "" && d.Link == "" && d.Alt == "" {
		return nil
	}
	return d
}

// relative says how long ago, or how soon, t is: as assets/time.js does it.
func relative(t, now time.Time) string {
	d, after := now.Sub(t), false
	if d < 0 {
		d, after = -d, true
	}
	var n string
	switch {
	case d < 5*time.Second && !after:
		return "just now"
	case d < time.Minute:
		n = fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		n = fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		n = fmt.Sprintf("%d h", int(d.Hours()))
	case d < 7*24*time.Hour:
		n = "1 day"
		if days := int(d.Hours() / 24); days > 1 {
			n = fmt.Sprintf("%d days", days)
		}
	default:
		return t.UTC().Format("2 Jan 2006")
	}
	if after {
		return "in " + n
	}
	return n + " ago"
}

func orWord(s, otherwise string) string {
	if strings.TrimSpace(s) == "" {
		return otherwise
	}
	return s
}
