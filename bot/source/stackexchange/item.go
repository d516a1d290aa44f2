package stackexchange

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/source/window"
	"earshot/bot/text"
)

// question is what the interface calls one
// (api.stackexchange.com/docs/types/question).
type question struct {
	ID     int64    `json:"question_id"`
	Title  string   `json:"title"` // HTML
	Body   string   `json:"body"`  // HTML
	Link   string   `json:"link"`
	Tags   []string `json:"tags"`
	Asked  int64    `json:"creation_date"` // Unix seconds
	Edited int64    `json:"last_edit_date"`
	Closed string   `json:"closed_reason"`
	Owner  struct {
		ID   int64  `json:"user_id"`
		Name string `json:"display_name"` // HTML
		Link string `json:"link"`
	} `json:"owner"`
}

// maxTags bounds what is kept of a question's tags; the sites allow five.
const maxTags = 10

// read turns a question into a mention.
func read(raw json.RawMessage, set Settings) window.Found {
	f := window.Found{Where: "Stack Exchange", Raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	var q question
	if err := json.Unmarshal(raw, &q); err != nil {
		f.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the interface promises.", Err: err}
		return f
	}
	if q.ID <= 0 || q.Asked <= 0 {
		f.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		return f
	}
	f.Where += ", question " + strconv.FormatInt(q.ID, 10)
	m := bot.Mention{
		ExternalID: strconv.FormatInt(q.ID, 10), Title: line(q.Title, 300), Text: text.HTML(text.CutBytes(q.Body, record.MaxText)),
		URL: text.SafeURL(q.Link), CreatedAt: time.Unix(q.Asked, 0).UTC(), Attrs: map[string]string{},
	}
	if m.Text == "" {
		m.Text = m.Title
	}
	if m.Text == "" {
		f.Err = bot.Errorf(bot.ErrInvalid, "It has neither a title nor a text.")
		return f
	}
	if q.Edited > q.Asked {
		m.EditedAt = time.Unix(q.Edited, 0).UTC()
	}
	if set.Watch != "" {
		m.Watches = []string{set.Watch}
	}
	m.Author = bot.Author{Name: line(q.Owner.Name, 80), URL: text.SafeURL(q.Owner.Link), Followers: -1}
	if q.Owner.ID > 0 {
		m.Author.ExternalID = strconv.FormatInt(q.Owner.ID, 10)
	}
	if tags := line(strings.Join(q.Tags[:min(len(q.Tags), maxTags)], ", "), 300); tags != "" {
		m.Attrs["tags"] = tags
	}
	if closed := line(q.Closed, 100); closed != "" {
		m.Attrs["closed"] = closed
	}
	f.Mention = m
	return f
}

// line reads a value of one line with HTML in it.
func line(s string, most int) string {
	return text.Cut(text.OneLine(text.HTML(text.CutBytes(s, 4000))), most)
}
