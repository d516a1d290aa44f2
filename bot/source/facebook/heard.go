package facebook

import (
	"context"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// told is what a webhook says of the page's feed, of a mention elsewhere or of
// a recommendation (…/graph-api/webhooks/reference/page).
type told struct {
	Item    string     `json:"item"` // comment, post, status, photo, video, share, rating; reaction, like
	Verb    string     `json:"verb"` // add, edit, edited, remove; hide, unhide
	Post    string     `json:"post_id"`
	Comment string     `json:"comment_id"`
	Parent  string     `json:"parent_id"`
	Created graph.Time `json:"created_time"`
	From    *person    `json:"from"`
	Message string     `json:"message"`
	Link    string     `json:"permalink_url"`
	Photo   string     `json:"photo"`
	Photos  []string   `json:"photos"`
	Video   string     `json:"video"`

	Review     string `json:"review_text"`
	Recommends string `json:"recommendation_type"` // POSITIVE, NEGATIVE
	Rating     int    `json:"rating"`              // of pages that still have stars
	Story      string `json:"open_graph_story_id"`
	ReviewerID string `json:"reviewer_id"`
	Reviewer   string `json:"reviewer_name"`
}

// heard takes a change that the webhook tells. It asks the service only for
// what stands elsewhere, of which the webhook does not tell the text.
func (s *Source) heard(ctx context.Context, c graph.Change) (b bot.Batch, err error) {
	if c.Object != "page" || c.Entry != s.set.Page || c.Field != "feed" && c.Field != "mention" && c.Field != "ratings" {
		return b, nil
	}
	t, ok := decode(c.Value)
	if !ok {
		return s.reject(c, bot.Errorf(bot.ErrInvalid, "It is not in the form that Facebook's webhook promises.")), nil
	}
	if t.Created.IsZero() {
		if t.Created.Time = c.At; c.At.IsZero() {
			t.Created.Time = s.api.Now().UTC()
		}
	}
	m, news := s.change(c.Field, t)
	if !news {
		return b, nil
	}
	if graph.ID(m.ExternalID) == "" {
		return s.reject(c, bot.Errorf(bot.ErrInvalid, "It has no id.")), nil
	}
	if c.Field == "mention" && !m.Deleted {
		if m, err = s.elsewhere(ctx, m); err != nil {
			return b, err
		}
	}
	if m.Deleted || !empty(m) {
		b.Mentions = append(b.Mentions, m)
	}
	return b, nil
}

func decode(raw json.RawMessage) (t told, ok bool) {
	err := json.Unmarshal(raw, &t)
	return t, err == nil
}

func (s *Source) reject(c graph.Change, err error) bot.Batch {
	raw := string(c.Value[:min(len(c.Value), 2*record.MaxRaw)])
	return bot.Batch{Rejected: []bot.Rejected{record.Rejected("Facebook, page "+s.set.Page+", webhook "+graph.Line(c.Field, 40), err, raw, s.api.Now())}}
}

// change is the mention that a change makes; false for what is no news: likes,
// what is hidden, and the page's own posts.
func (s *Source) change(field string, t told) (bot.Mention, bool) {
	p := post{ID: t.Post, Message: t.Message, From: t.From, Created: t.Created, Link: t.Link}
	var on *post
	switch {
	case field == "ratings" && t.Item == "rating":
		p.ID, p.Message, p.From = t.Story, t.Review, &person{ID: t.ReviewerID, Name: t.Reviewer}
	case t.Item == "comment":
		p.ID, on = t.Comment, &post{ID: graph.ID(t.Post)}
		if t.Parent != t.Post && graph.ID(t.Parent) != "" {
			p.Parent = &struct {
				ID string `json:"id"`
			}{t.Parent}
		}
	case field == "ratings" || t.Item != "post" && t.Item != "status" && t.Item != "photo" && t.Item != "video" && t.Item != "share" && t.Item != "album":
		return bot.Mention{}, false
	}
	m := s.mention(p, on)
	switch t.Verb {
	case "add":
	case "edit", "edited", "update":
		m.EditedAt = s.api.Now().UTC()
	case "remove", "delete":
		return bot.Mention{ExternalID: p.ID, Deleted: true, CreatedAt: t.Created.Time, Author: bot.Author{Followers: -1}}, true
	default:
		return bot.Mention{}, false
	}
	for _, src := range append(t.Photos, t.Photo, t.Video) {
		if u := text.SafeURL(src); u != "" && len(m.Media) < maxMedia {
			m.Media = append(m.Media, bot.Media{Type: kindOf(src == t.Video), URL: u})
		}
	}
	if field == "ratings" {
		s.recommends(&m, t)
	}
	return m, on != nil || !m.Author.Staff
}

func kindOf(video bool) string {
	if video {
		return "video"
	}
	return "image"
}

// recommends puts what a recommendation says into the words in which Facebook
// shows it.
func (s *Source) recommends(m *bot.Mention, t told) {
	m.Attrs["type"] = "recommendation"
	switch strings.ToUpper(t.Recommends) {
	case "POSITIVE":
		m.Title, m.Attrs["recommends"] = "Recommends us", "yes"
	case "NEGATIVE":
		m.Title, m.Attrs["recommends"] = "Doesn't recommend us", "no"
	}
	if t.Rating >= 1 && t.Rating <= 5 {
		m.Rating = bot.Rating{Value: float64(t.Rating), Of: 5}
	}
}

// elsewhere reads a post or comment of somebody else that mentions the page.
// Where the page may not read it, what the webhook told stands, and a link.
func (s *Source) elsewhere(ctx context.Context, m bot.Mention) (bot.Mention, error) {
	var p post
	err := s.api.Get(ctx, m.ExternalID, url.Values{"fields": {"id,message,from,created_time,permalink_url"}}, &p)
	m.Attrs["type"] = "mention"
	switch kind := bot.KindOf(err); {
	case kind == bot.ErrRateLimited || kind == bot.ErrUnavailable:
		return m, err
	case err == nil:
		got := s.mention(p, nil)
		if got.Text != "" {
			m.Text = got.Text
		}
		if got.Author.Key() != "" {
			m.Author = got.Author
		}
		if text.SafeURL(p.Link) != "" {
			m.URL = got.URL
		}
	}
	if empty(m) {
		m.Title = "Mentions us in a post that Facebook does not show to programs"
	}
	if m.CreatedAt.After(s.api.Now().Add(time.Hour)) {
		m.CreatedAt = s.api.Now().UTC()
	}
	return m, nil
}
