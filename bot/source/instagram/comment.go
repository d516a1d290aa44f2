package instagram

import (
	"encoding/json"
	"strings"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/latest"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// comment is an IG Comment (…/instagram-graph-api/reference/ig-comment).
type comment struct {
	ID       string     `json:"id"`
	Text     string     `json:"text"`
	Username string     `json:"username"`
	From     *person    `json:"from"`
	At       graph.Time `json:"timestamp"`
	Parent   string     `json:"parent_id"`
	Likes    int        `json:"like_count"`
	Replies  graph.Page `json:"replies"`
	Media    *medium    `json:"media"` // of a mention elsewhere
}

// person is who wrote a comment.
type person struct {
	ID       string `json:"id"`
	Username string `json:"username"`
}

// medium is an IG Media (…/instagram-platform/reference/instagram-media).
type medium struct {
	ID       string      `json:"id"`
	Caption  string      `json:"caption"`
	Username string      `json:"username"`
	Link     string      `json:"permalink"`
	At       graph.Time  `json:"timestamp"`
	Type     string      `json:"media_type"` // IMAGE, VIDEO, CAROUSEL_ALBUM
	URL      string      `json:"media_url"`
	Comments *graph.Page `json:"comments"`
}

// What is asked for.
const (
	replyFields   = "id,text,username,from,timestamp,parent_id"
	commentFields = "id,text,username,from,timestamp,parent_id,replies.limit(50){" + replyFields + "}"
	mediaFields   = "id,caption,permalink,timestamp,comments.limit(50){" + commentFields + "}"
	tagFields     = "id,caption,username,permalink,timestamp,media_type,media_url"
)

// The types of mention, which tell how one is answered.
const (
	onOurs   = "comment" // on our media
	onReply  = "reply"   // to a comment on our media
	tagged   = "tag"     // a medium in which we are tagged
	caption  = "caption" // a medium whose caption names us
	anywhere = "mention" // a comment elsewhere that names us
)

// where names an item in a dead letter.
func (s *Source) where(what string) string { return "Instagram, account " + s.set.Account + what }

// item begins to read raw into into.
func (s *Source) item(raw json.RawMessage, what string, into any) latest.Item {
	it := latest.Item{Raw: string(raw[:min(len(raw), 2*record.MaxRaw)]), Where: s.where(what)}
	if err := json.Unmarshal(raw, into); err != nil {
		it.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the Graph API promises.", Err: err}
	}
	return it
}

// comment reads a comment on on, below the comment parent where that is not
// empty.
func (s *Source) comment(raw json.RawMessage, on medium, parent string) (comment, latest.Item) {
	var c comment
	it := s.item(raw, ", comment", &c)
	if it.Err == nil && (graph.ID(c.ID) == "" || c.At.IsZero()) {
		it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	if it.Err == nil {
		if c.Parent == "" {
			c.Parent = parent
		}
		it.Mention = s.mention(c, on)
	}
	return c, it
}

// mention turns a comment into a mention.
func (s *Source) mention(c comment, on medium) bot.Mention {
	m := bot.Mention{
		ExternalID: c.ID, Text: graph.Words(c.Text), CreatedAt: c.At.Time, URL: text.SafeURL(on.Link), Watches: []string{s.set.Watch},
		ParentID: graph.ID(on.ID), Attrs: map[string]string{"type": onOurs},
	}
	if p := graph.ID(c.Parent); p != "" {
		m.ParentID, m.Attrs["type"] = p, onReply
	}
	if id := graph.ID(on.ID); id != "" {
		m.Attrs["media_id"] = id
	}
	if said := graph.Line(on.Caption, 200); said != "" {
		m.Attrs["post"] = said
	}
	name := c.Username
	if c.From != nil && c.From.Username != "" {
		name = c.From.Username
	}
	m.Author = s.author(name)
	if c.From != nil {
		m.Author.ExternalID = graph.ID(c.From.ID)
	}
	return m
}

// author is who has a name on Instagram.
func (s *Source) author(name string) bot.Author {
	name = strings.TrimPrefix(graph.Line(name, 60), "@")
	a := bot.Author{Handle: name, Followers: -1}
	if name != "" {
		a.URL = text.SafeURL("https://www.instagram.com/" + name + "/")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	a.Staff = name != "" && strings.EqualFold(name, s.name)
	return a
}

// post turns somebody else's medium into a mention.
func (s *Source) post(p medium, kind string) bot.Mention {
	m := bot.Mention{
		ExternalID: p.ID, Text: graph.Words(p.Caption), CreatedAt: p.At.Time, URL: text.SafeURL(p.Link), Watches: []string{s.set.Watch},
		Author: s.author(p.Username), Attrs: map[string]string{"type": kind, "media_id": p.ID},
	}
	if u := text.SafeURL(p.URL); u != "" {
		shown := "image"
		if p.Type == "VIDEO" {
			shown = "video"
		}
		m.Media = []bot.Media{{Type: shown, URL: u}}
	}
	return m
}
