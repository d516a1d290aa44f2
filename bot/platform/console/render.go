package console

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

//go:embed templates/*.html
var templates embed.FS

// renderer sets views, messages, forms and pages in HTML.
type renderer struct {
	t   *template.Template
	now func() time.Time
}

func newRenderer(now func() time.Time) (*renderer, error) {
	t, err := template.ParseFS(templates, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("parse templates: %w", err)
	}
	return &renderer{t: t, now: now}, nil
}

// execute sets one template.
func (r *renderer) execute(name string, data any) (string, error) {
	var buf bytes.Buffer
	if err := r.t.ExecuteTemplate(&buf, name, data); err != nil {
		return "", fmt.Errorf("set %s: %w", name, err)
	}
	return buf.String(), nil
}

// item is a stored message as the templates see it.
type item struct {
	stored  bot.StoredMessage
	ID      int64
	Channel string
	Thread  int64
	At      string // RFC 3339
	Replies int
	Path    string // of its thread
	Human   bool   // written by a colleague, not by Earshot
	View    drawn
}

func drawnFrom(m bot.StoredMessage, replies int) item {
	return item{
		stored: m, ID: m.ID, Channel: m.Channel, Thread: m.Thread, At: m.At.UTC().Format(time.RFC3339),
		Replies: replies, Path: messagePath(m.Channel, itoa(m.ID)), Human: isNote(m),
	}
}

// ready decides how the item's view is drawn now.
func (r *renderer) ready(it item) item {
	m := it.stored
	it.View = prepare(m.View, r.now(), func(n int) string {
		return fmt.Sprintf("/m/%d/%d.png?v=%d", m.ID, n, max(m.EditedAt.UnixMilli(), 0))
	}).fold()
	return it
}

// message is one message with its frame.
func (r *renderer) message(it item) (string, error) { return r.execute("item", r.ready(it)) }

// messages are several, oldest first.
func (r *renderer) messages(items []item) []item {
	for i := range items {
		items[i] = r.ready(items[i])
	}
	return items
}

// note is a view that one person alone sees.
func (r *renderer) note(v bot.View, at origin) (string, error) {
	return r.execute("note", struct {
		At   origin
		View drawn
	}{at, prepare(v, r.now(), nil)})
}

// maxField is how many characters a field takes that names no limit of its
// own; our own choice, well above the longest reply any source takes.
const maxField = 10_000

// formData is a form as the templates see it.
type formData struct {
	At     origin
	Action string
	Title  string
	Intro  drawn
	Fields []fieldData
	Submit string
	Back   *drawnButton
}

type fieldData struct {
	Name, Label, Hint, Kind, Value string
	Optional, Radios, First        bool
	Max                            int
	Options                        []optionData
}

type optionData struct {
	Value, Head, Label string // Head, where there is one, stands out before Label
	Chosen             bool
}

// radiosUpTo is how many options are laid out to choose from at a glance;
// more go into a list.
const radiosUpTo = 5

// form is a form's content, to put into the dialog.
func (r *renderer) form(f bot.Form, at origin) (string, error) {
	d := formData{
		At: at, Action: f.Action.String(), Title: text.OneLine(f.Title), Submit: orWord(text.OneLine(f.Submit), "Send"),
		Intro: prepare(bot.View{Blocks: f.Intro}, r.now(), nil),
	}
	for i, field := range f.Fields {
		d.Fields = append(d.Fields, prepareField(field, i == 0))
	}
	if f.Back != nil {
		if b := prepareButtons([]bot.Button{*f.Back}); len(b) > 0 {
			d.Back = &b[0]
		}
	}
	return r.execute("form", d)
}

func prepareField(f bot.Field, first bool) fieldData {
	d := fieldData{
		Name: f.Name, Label: text.OneLine(f.Label), Hint: clean(f.Hint), Kind: string(f.Kind), Value: clean(f.Value),
		Optional: f.Optional, Max: f.Max, First: first, Radios: len(f.Options) <= radiosUpTo,
	}
	if d.Max <= 0 {
		d.Max = maxField
	}
	for _, o := range f.Options {
		d.Options = append(d.Options, optionData{Value: o.Value, Label: orWord(text.OneLine(o.Label), o.Value), Chosen: o.Value == f.Value})
	}
	return d
}
