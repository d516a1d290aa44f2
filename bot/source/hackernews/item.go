package hackernews

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/source/window"
	"earshot/bot/text"
)

// site is where people read what was found.
const site = "https://news.ycombinator.com/"

// hit is one story or comment, as the search hands it out.
type hit struct {
	ID         string `json:"objectID"`
	Title      string `json:"title"`
	StoryTitle string `json:"story_title"`
	URL        string `json:"url"`
	Author     string `json:"author"`
	Text       string `json:"comment_text"`
	StoryText  string `json:"story_text"`
	Created    *int64 `json:"created_at_i"`
	Parent     id     `json:"parent_id"`
}

// id is a number, or the same in quotes.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(b []byte) error {
	b = bytes.Trim(b, `"`)
	if string(b) != "null" && len(b) <= 20 {
		*i = id(b)
	}
	return nil
}

// read turns a hit into a mention.
func read(raw json.RawMessage) window.Found {
	f := window.Found{Where: "Hacker News", Raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	var h hit
	if err := json.Unmarshal(raw, &h); err != nil {
		f.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the search promises.", Err: err}
		return f
	}
	if h.ID = text.Cut(text.OneLine(h.ID), 40); h.ID != "" {
		f.Where += ", item " + h.ID
	}
	body := h.Text
	if body == "" {
		body = h.StoryText
	}
	m := bot.Mention{
		ExternalID: h.ID, Title: line(h.Title), Text: text.HTML(text.CutBytes(body, record.MaxText)),
		Author: author(h.Author), URL: text.SafeURL(site + "item?id=" + url.QueryEscape(h.ID)), Attrs: map[string]string{},
	}
	if m.Text == "" {
		m.Text = m.Title
	}
	switch {
	case h.ID == "" || h.Created == nil || *h.Created <= 0:
		f.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		return f
	case m.Text == "":
		f.Err = bot.Errorf(bot.ErrInvalid, "It has neither a title nor a text.")
		return f
	}
	m.CreatedAt = time.Unix(*h.Created, 0).UTC()
	if p := line(string(h.Parent)); p != "" && p != h.ID {
		m.ParentID = p
	}
	keep(m.Attrs, "story", line(h.StoryTitle))
	keep(m.Attrs, "link", text.SafeURL(h.URL))
	f.Mention = m
	return f
}

func keep(attrs map[string]string, name, value string) {
	if value != "" {
		attrs[name] = value
	}
}

// line reads a value of one line, which may have HTML in it.
func line(s string) string { return text.OneLine(text.HTML(text.CutBytes(s, 4000))) }

func author(name string) bot.Author {
	a := bot.Author{Handle: strings.TrimPrefix(text.Cut(text.OneLine(text.CutBytes(name, 400)), 80), "@"), Followers: -1}
	if a.Handle != "" {
		a.URL = text.SafeURL(site + "user?id=" + url.QueryEscape(a.Handle))
	}
	return a
}
