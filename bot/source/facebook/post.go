package facebook

import (
	"encoding/json"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/latest"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// person is who wrote something (…/graph-api/reference/comment: from).
type person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// attachment is a picture, video or link of a post or comment.
type attachment struct {
	Type  string `json:"media_type"` // of a post: photo, video, link, album
	Kind  string `json:"type"`       // of a comment: photo, video_inline, share, sticker
	Title string `json:"title"`
	URL   string `json:"url"`
	Media struct {
		Image struct {
			Src string `json:"src"`
		} `json:"image"`
	} `json:"media"`
}

// post is a post on the page (…/graph-api/reference/page-post), or a comment
// (…/graph-api/reference/comment).
type post struct {
	ID      string     `json:"id"`
	Message string     `json:"message"`
	From    *person    `json:"from"`
	Created graph.Time `json:"created_time"`
	Link    string     `json:"permalink_url"`
	Parent  *struct {
		ID string `json:"id"`
	} `json:"parent"`
	Attachment  *attachment `json:"attachment"` // of a comment
	Attachments struct {
		Data []attachment `json:"data"`
	} `json:"attachments"` // of a post
	Likes    int         `json:"like_count"`
	Answers  int         `json:"comment_count"`
	Private  *bool       `json:"can_reply_privately"`
	Comments *graph.Page `json:"comments"`
}

// What is asked for of comments and posts.
const (
	commentFields = "id,message,from,created_time,permalink_url,parent{id},attachment,can_reply_privately"
	postFields    = "id,message,from,created_time,permalink_url,attachments{media_type,type,title,url,media},comments.filter(stream).order(reverse_chronological).limit(50){" + commentFields + "}"
)

// read reads a post or comment, which may be broken.
func read(raw json.RawMessage, where string) (post, latest.Item) {
	var p post
	it := latest.Item{Raw: string(raw[:min(len(raw), 2*record.MaxRaw)]), Where: where}
	if err := json.Unmarshal(raw, &p); err != nil {
		it.Err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that the Graph API promises.", Err: err}
		return p, it
	}
	if p.ID = graph.ID(p.ID); p.ID != "" {
		it.Where += ", " + p.ID
	}
	if it.At = p.Created.Time; p.ID == "" || it.At.IsZero() {
		it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return p, it
}

// mention turns a post, or a comment on one, into a mention. Facebook tells who
// wrote it only to the page's own token, and not of everybody.
func (s *Source) mention(p post, on *post) bot.Mention {
	m := bot.Mention{
		ExternalID: p.ID, Text: graph.Words(p.Message), CreatedAt: p.Created.Time, URL: text.SafeURL(p.Link), Watches: []string{s.set.Watch},
		Author: bot.Author{Followers: -1}, Attrs: map[string]string{"type": "post"},
	}
	if p.From != nil {
		m.Author.ExternalID, m.Author.Name = graph.ID(p.From.ID), graph.Line(p.From.Name, 200)
		m.Author.Staff = m.Author.ExternalID == s.set.Page
	}
	if m.URL == "" {
		m.URL = "https://www.facebook.com/" + p.ID
	}
	if on != nil {
		m.Attrs["type"], m.Attrs["post_id"], m.ParentID = "comment", on.ID, on.ID
		if said := graph.Line(on.Message, 200); said != "" {
			m.Attrs["post"] = said
		}
		if p.Parent != nil && graph.ID(p.Parent.ID) != "" {
			m.ParentID = p.Parent.ID
		}
	}
	if p.Private != nil && !*p.Private {
		m.Attrs["private_reply"] = "no"
	}
	all := p.Attachments.Data
	if p.Attachment != nil {
		all = append(all, *p.Attachment)
	}
	m.Media = media(all)
	return m
}

// maxMedia bounds what is kept of a post's pictures.
const maxMedia = 8

func media(all []attachment) (out []bot.Media) {
	for _, a := range all {
		kind, address := "file", text.SafeURL(a.URL)
		switch {
		case a.Type == "photo" || a.Type == "album" || a.Kind == "photo" || a.Kind == "sticker" || a.Kind == "animated_image_share":
			kind = "image"
		case a.Type == "video" || a.Kind == "video_inline" || a.Kind == "video_share_youtube":
			kind = "video"
		}
		if src := text.SafeURL(a.Media.Image.Src); src != "" && kind == "image" {
			address = src
		}
		if address != "" && len(out) < maxMedia {
			out = append(out, bot.Media{Type: kind, URL: address, Alt: graph.Line(a.Title, 300)})
		}
	}
	return out
}

// empty tells whether there is nothing in a mention that a person said or
// showed.
func empty(m bot.Mention) bool {
	return m.Text == "" && m.Title == "" && len(m.Media) == 0 && !m.Rating.Given()
}

// fresh tells whether a private reply to what was said at at is still allowed.
func fresh(at, now time.Time) bool { return now.Sub(at) < privateFor-time.Minute }
