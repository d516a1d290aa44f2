package discourse

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// post is what the forum tells of one.
type post struct {
	ID       int64       `json:"id"`
	Number   int64       `json:"post_number"`
	Topic    int64       `json:"topic_id"`
	Slug     string      `json:"topic_slug"`
	Title    string      `json:"topic_title"`
	Cooked   string      `json:"cooked"` // HTML
	Raw      string      `json:"raw"`    // Markdown
	Type     int         `json:"post_type"`
	Version  int         `json:"version"`
	ReplyTo  json.Number `json:"reply_to_post_number"` // the description says a string, forums give a number
	Created  string      `json:"created_at"`
	Updated  string      `json:"updated_at"`
	Deleted  string      `json:"deleted_at"`
	Withdrew bool        `json:"user_deleted"`
	UserID   int64       `json:"user_id"`
	User     string      `json:"username"`
	Name     string      `json:"name"`
	Staff    bool        `json:"staff"`
	Yours    bool        `json:"yours"`
	Replies  int         `json:"reply_count"`
	Actions  []struct {
		ID    int `json:"id"`
		Count int `json:"count"`
	} `json:"actions_summary"`
}

// regular is the type of what people write; the others are notes of the forum
// itself and whispers among its staff.
const regular = 1

// external is a post's name: "topic/number", as in its address.
func (p post) external() string { return fmt.Sprintf("%d/%d", p.Topic, p.Number) }

// externalOf takes the version from what Seen holds.
func externalOf(mark string) string {
	name, _, _ := strings.Cut(mark, " ")
	return name
}

func (p post) gone() bool { return p.Deleted != "" || p.Withdrew }

// item is a post, or what stands in its place.
type item struct {
	id   int64
	post post
	err  error
	raw  json.RawMessage
}

func (it item) where(host string) string {
	if it.id == 0 {
		return "Discourse, " + host
	}
	return "Discourse, " + host + ", post " + strconv.FormatInt(it.id, 10)
}

func readItem(raw json.RawMessage) item {
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	var only struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(raw, &only) == nil && only.ID > 0 {
		it.id = only.ID
	}
	if err := json.Unmarshal(raw, &it.post); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Discourse's interface promises.", Err: err}
		return it
	}
	if _, dated := when(it.post.Created); it.id == 0 || it.post.Topic <= 0 || it.post.Number <= 0 || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id, no topic or no date.")
	}
	return it
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil && t.Year() >= 1970
}

// mention turns a post into a mention.
func (s *Source) mention(p post) bot.Mention {
	own, quoted := words(p.Cooked)
	m := bot.Mention{
		ExternalID: p.external(), Text: own, Quoted: quoted,
		URL:    text.SafeURL(s.base.Scheme + "://" + s.base.Host + s.base.Path + "/t/" + first(url.PathEscape(line(p.Slug, 300)), "-") + "/" + p.external()),
		Author: bot.Author{ExternalID: strconv.FormatInt(p.UserID, 10), Handle: line(p.User, 100), Name: line(p.Name, 200), Followers: -1, Staff: p.Staff || p.Yours},
		Attrs:  map[string]string{},
	}
	if p.UserID == 0 {
		m.Author.ExternalID = ""
	}
	if m.Author.Handle != "" {
		m.Author.URL = text.SafeURL(s.base.Scheme + "://" + s.base.Host + s.base.Path + "/u/" + url.PathEscape(m.Author.Handle))
	}
	title := line(p.Title, 300)
	above, _ := p.ReplyTo.Int64()
	switch {
	case p.Number == 1:
		m.Title = title
	case above > 0:
		m.ParentID = fmt.Sprintf("%d/%d", p.Topic, above)
	default:
		m.ParentID = fmt.Sprintf("%d/1", p.Topic)
	}
	if title != "" && p.Number > 1 {
		m.Attrs["topic"] = title
	}
	m.Media = s.media(p.Cooked)
	m.CreatedAt, _ = when(p.Created)
	if t, ok := when(p.Updated); ok && p.Version > 1 {
		m.EditedAt = t
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m
}

// words parts what an author says from what they quote.
func words(cooked string) (own, quoted string) {
	cooked = text.CutBytes(cooked, record.MaxText)
	aside := regexp.MustCompile(`(?is)<aside class="quote.*?</aside>`)
	quotes := strings.Join(aside.FindAllString(cooked, 20), "\n")
	return text.HTML(aside.ReplaceAllString(cooked, "")), text.HTML(quotes)
}

func line(s string, most int) string {
	return text.Cut(text.OneLine(text.HTML(text.CutBytes(s, 4000))), most)
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
