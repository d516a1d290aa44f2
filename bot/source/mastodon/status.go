package mastodon

import (
	"encoding/json"
	"regexp"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// status is a post (docs.joinmastodon.org/entities/Status).
type status struct {
	ID         string  `json:"id"`
	Created    string  `json:"created_at"`
	Edited     string  `json:"edited_at"`
	ReplyTo    string  `json:"in_reply_to_id"`
	Spoiler    string  `json:"spoiler_text"`
	Visibility string  `json:"visibility"`
	Language   string  `json:"language"`
	URL        string  `json:"url"`
	URI        string  `json:"uri"`
	Content    string  `json:"content"` // HTML
	Likes      int     `json:"favourites_count"`
	Replies    int     `json:"replies_count"`
	Account    account `json:"account"`
	Media      []struct {
		Type string `json:"type"`
		URL  string `json:"url"`
		Alt  string `json:"description"`
	} `json:"media_attachments"`
	Quote struct {
		Status *struct {
			Content string `json:"content"`
		} `json:"quoted_status"`
	} `json:"quote"`
}

// account is a user (docs.joinmastodon.org/entities/Account).
type account struct {
	ID        string `json:"id"`
	Handle    string `json:"acct"` // user, or user@server when from elsewhere
	Name      string `json:"display_name"`
	URL       string `json:"url"`
	Followers *int   `json:"followers_count"`
	Bot       bool   `json:"bot"`
}

// maxMedia bounds what is kept of a post's pictures.
const maxMedia = 8

// item is a post of a timeline, or what is in its place.
type item struct {
	place string // its id in the timeline
	post  status
	err   error
	raw   json.RawMessage
}

// where names the item in a dead letter.
func (it item) where(host string) string {
	if it.place == "" {
		return "Mastodon, " + host
	}
	return "Mastodon, " + host + ", post " + it.place
}

// readItem reads a post, or the post within a notification.
func readItem(raw json.RawMessage, note bool) item {
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	var err error
	if note {
		var n struct {
			ID   string          `json:"id"`
			Post json.RawMessage `json:"status"`
		}
		if err = json.Unmarshal(raw, &n); err == nil {
			it.place, raw = n.ID, n.Post
		}
	}
	if err == nil {
		err = json.Unmarshal(raw, &it.post)
	}
	if !note {
		it.place = it.post.ID
	}
	if it.place = number(it.place); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Mastodon's interface promises.", Err: err}
		return it
	}
	_, dated := when(it.post.Created)
	if number(it.post.ID) == "" || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return it
}

// number is an id; empty for what is none.
func number(id string) string {
	if id == "" || len(id) > 40 || strings.ContainsFunc(id, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_'
	}) {
		return ""
	}
	return id
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil && t.Year() >= 1970
}

// mention turns a post into a mention.
func (s *Source) mention(p status) bot.Mention {
	m := bot.Mention{
		ExternalID: p.ID, ParentID: number(p.ReplyTo), Text: content(p.Content), Title: line(p.Spoiler, 300),
		Language: line(p.Language, 20), URL: first(text.SafeURL(p.URL), text.SafeURL(p.URI)),
		Private: p.Visibility == "direct" || p.Visibility == "private",
		Attrs:   map[string]string{"visibility": line(p.Visibility, 20)},
	}
	m.CreatedAt, _ = when(p.Created)
	if t, ok := when(p.Edited); ok {
		m.EditedAt = t
	}
	if p.Quote.Status != nil {
		m.Quoted = content(p.Quote.Status.Content)
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	m.Author = author(p.Account)
	s.mu.Lock()
	m.Author.Staff = s.me.ID != "" && p.Account.ID == s.me.ID
	s.mu.Unlock()
	for _, a := range p.Media {
		if u := text.SafeURL(a.URL); u != "" && len(m.Media) < maxMedia {
			m.Media = append(m.Media, bot.Media{Type: mediaType(a.Type), URL: u, Alt: line(a.Alt, 300)})
		}
	}
	return m
}

func author(a account) bot.Author {
	out := bot.Author{ExternalID: number(a.ID), Handle: line(a.Handle, 200), Name: line(a.Name, 200), URL: text.SafeURL(a.URL), Followers: -1, Automated: a.Bot}
	if a.Followers != nil && *a.Followers >= 0 {
		out.Followers = *a.Followers
	}
	return out
}

func mediaType(t string) string {
	switch t {
	case "image", "video", "audio":
		return t
	case "gifv":
		return "video"
	}
	return "file"
}

// content is a post's text. The words of a link are what people see: "@name",
// "#tag", or the whole address in pieces; its target adds nothing.
func content(html string) string {
	html = regexp.MustCompile(`(?i)</?a(\s[^>]*)?>`).ReplaceAllString(text.CutBytes(html, record.MaxText), "")
	return text.HTML(html)
}

func line(s string, most int) string {
	return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
