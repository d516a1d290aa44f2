package youtube

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// comment is one (developers.google.com/youtube/v3/docs/comments).
type comment struct {
	ID      string `json:"id"` // of an answer: its thread's, a dot, and its own
	Snippet struct {
		Author  string `json:"authorDisplayName"` // "@handle"
		Page    string `json:"authorChannelUrl"`
		Channel struct {
			ID string `json:"value"`
		} `json:"authorChannelId"`
		Video     string `json:"videoId"`
		Parent    string `json:"parentId"`
		Display   string `json:"textDisplay"`  // plain, as we ask for it
		Original  string `json:"textOriginal"` // given to its author alone
		Likes     int    `json:"likeCount"`
		State     string `json:"moderationStatus"` // told to the channel's owner
		Published string `json:"publishedAt"`
		Updated   string `json:"updatedAt"`
	} `json:"snippet"`
}

// thread is a comment with its answers
// (developers.google.com/youtube/v3/docs/commentThreads).
type thread struct {
	ID      string `json:"id"`
	Snippet struct {
		Channel string          `json:"channelId"`
		Video   string          `json:"videoId"`
		Top     json.RawMessage `json:"topLevelComment"`
		Answers int             `json:"totalReplyCount"`
	} `json:"snippet"`
	Replies struct {
		Comments []json.RawMessage `json:"comments"` // a few of them
	} `json:"replies"`
}

// item is a comment, or what stands in its place.
type item struct {
	comment comment
	at      time.Time
	err     error
	raw     string
}

func (it item) where() string {
	if !valid(it.comment.ID) {
		return "YouTube"
	}
	return "YouTube, comment " + it.comment.ID
}

func readComment(raw json.RawMessage) item {
	it := item{raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	if err := json.Unmarshal(raw, &it.comment); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that YouTube's interface promises.", Err: err}
		return it
	}
	var dated bool
	if it.at, dated = when(it.comment.Snippet.Published); !valid(it.comment.ID) || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return it
}

// valid tells whether s is an id as YouTube makes them.
func valid(s string) bool {
	return s != "" && len(s) <= 120 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' && r != '.' && r != '='
	})
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil && t.Year() >= 1970
}

// words are what was written.
func (c comment) words() string { return first(c.Snippet.Original, c.Snippet.Display) }

// mark tells versions of a comment apart.
func (c comment) mark() string { return record.ContentID(c.Snippet.Display)[len("content-"):][:8] }

// topOf is the thread that a comment stands in.
func topOf(id string) string {
	top, _, _ := strings.Cut(id, ".")
	return top
}

// mention turns a comment into a mention. video is that of its thread: an
// answer does not name it.
func (s *Source) mention(it item, video string) bot.Mention {
	c := it.comment.Snippet
	m := bot.Mention{
		ExternalID: it.comment.ID, Text: text.Clean(text.CutBytes(it.comment.words(), record.MaxText)), CreatedAt: it.at, Attrs: map[string]string{},
		Author: bot.Author{Followers: -1, URL: text.SafeURL(c.Page)},
	}
	if valid(c.Parent) {
		m.ParentID = c.Parent
	}
	if at, ok := when(c.Updated); ok && at.After(it.at) {
		m.EditedAt = at
	}
	if video = first(c.Video, video); valid(video) {
		m.URL = text.SafeURL("https://www.youtube.com/watch?" + url.Values{"v": {video}, "lc": {m.ExternalID}}.Encode())
		m.Attrs["video"] = video
	}
	if name := line(c.Author, 100); strings.HasPrefix(name, "@") {
		m.Author.Handle = strings.TrimPrefix(name, "@")
	} else {
		m.Author.Name = name
	}
	if valid(c.Channel.ID) {
		m.Author.ExternalID = c.Channel.ID
	}
	s.mu.Lock()
	m.Author.Staff = s.me != "" && m.Author.ExternalID == s.me
	s.mu.Unlock()
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m
}

func line(s string, most int) string {
	return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most)
}
