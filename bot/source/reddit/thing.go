package reddit

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// thing is a post (t3) or a comment (t1)
// (github.com/reddit-archive/reddit/wiki/JSON).
type thing struct {
	Name       string          `json:"name"` // "t1_k3yrfii": its id everywhere
	Author     string          `json:"author"`
	AuthorName string          `json:"author_fullname"`
	Title      string          `json:"title"`
	Self       string          `json:"selftext"`
	SelfHTML   string          `json:"selftext_html"`
	Body       string          `json:"body"`
	BodyHTML   string          `json:"body_html"`
	Created    float64         `json:"created_utc"`
	Edited     json.RawMessage `json:"edited"` // false, or when
	Parent     string          `json:"parent_id"`
	Link       string          `json:"link_id"`
	LinkTitle  string          `json:"link_title"`
	Subreddit  string          `json:"subreddit"`
	Permalink  string          `json:"permalink"`
	Context    string          `json:"context"` // permalink of what is in an inbox
	URL        string          `json:"url"`
	Hint       string          `json:"post_hint"`
	RemovedBy  string          `json:"removed_by_category"`
	Crosspost  string          `json:"crosspost_parent"`
	Score      int             `json:"score"`
	Media      map[string]struct {
		Type   string `json:"e"`
		Source struct {
			URL string `json:"u"`
		} `json:"s"`
	} `json:"media_metadata"`
}

// item is a thing of a listing, or what stands in its place.
type item struct {
	thing thing
	other bool // neither a post nor a comment
	err   error
	raw   string
}

// where names the item in a dead letter.
func (it item) where() string {
	if !named(it.thing.Name) {
		return "Reddit"
	}
	return "Reddit, " + it.thing.Name
}

func readItem(raw json.RawMessage) item {
	it := item{raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	var outer struct {
		Kind string          `json:"kind"`
		Data json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(raw, &outer)
	if err == nil && outer.Kind != "" && outer.Kind != "t1" && outer.Kind != "t3" {
		it.other = true // a private message, "more", an account
		return it
	}
	if err == nil {
		err = json.Unmarshal(outer.Data, &it.thing)
	}
	if err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Reddit's interface promises.", Err: err}
		return it
	}
	if _, dated := seconds(it.thing.Created); !named(it.thing.Name) || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return it
}

// named tells whether a name is that of a post or a comment.
func named(name string) bool {
	id, comment := strings.CutPrefix(name, "t1_")
	if !comment {
		var post bool
		if id, post = strings.CutPrefix(name, "t3_"); !post {
			return false
		}
	}
	return id != "" && len(id) <= 20 && !strings.ContainsFunc(id, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'z') })
}

// seconds reads a time as Reddit gives it.
func seconds(s float64) (time.Time, bool) {
	if !(s >= 1 && s < 253402300800) { // the year 10000; NaN too
		return time.Time{}, false
	}
	whole, part := math.Modf(s)
	return time.Unix(int64(whole), int64(part*1e3)*1e6).UTC(), true
}

// edited is when a thing was edited; zero when never.
func (t thing) edited() time.Time {
	var s float64
	if json.Unmarshal(t.Edited, &s) != nil {
		return time.Time{}
	}
	at, _ := seconds(s)
	return at
}

// gone tells whether its author or a moderator has taken a thing back: Reddit
// then leaves a husk in its place. A post that never was shown to others is
// gone for them too.
func (t thing) gone() bool {
	own := first(t.Body, t.Self)
	return t.RemovedBy != "" || t.Author == "[deleted]" || own == "[deleted]" || own == "[removed]"
}

// mark tells versions of a thing apart.
func (t thing) mark() string {
	return record.ContentID(t.Title, t.Self, t.Body)[len("content-"):][:8]
}

// mention turns a thing into a mention.
func (s *Source) mention(t thing) bot.Mention {
	html := text.CutBytes(first(t.BodyHTML, t.SelfHTML), 2*record.MaxText)
	own, quoted := quotes(html)
	m := bot.Mention{
		ExternalID: t.Name, Title: line(t.Title, 300), Text: plain(own), Quoted: plain(quoted), EditedAt: t.edited(),
		URL: s.link(t), Author: s.author(t), Attrs: map[string]string{}, Media: t.media(),
	}
	if html == "" {
		m.Text = text.Clean(text.CutBytes(first(t.Body, t.Self), record.MaxText))
	}
	if m.Text == "" {
		m.Text = m.Title
	}
	m.CreatedAt, _ = seconds(t.Created)
	if named(t.Parent) {
		m.ParentID = t.Parent
	}
	if named(t.Crosspost) {
		m.RepostOf = t.Crosspost
	}
	if sub := line(t.Subreddit, 60); sub != "" {
		m.Attrs["subreddit"] = sub
	}
	if title := line(t.LinkTitle, 300); title != "" {
		m.Attrs["post"] = title
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m
}

func (s *Source) author(t thing) bot.Author {
	a := bot.Author{Handle: line(t.Author, 60), Followers: -1, Automated: t.Author == "AutoModerator"}
	if strings.HasPrefix(t.AuthorName, "t2_") && len(t.AuthorName) < 30 {
		a.ExternalID = line(t.AuthorName, 30)
	}
	if regexp.MustCompile(`^[A-Za-z0-9_-]+$`).MatchString(a.Handle) {
		a.URL = site + "/user/" + a.Handle
	}
	s.mu.Lock()
	a.Staff = a.Handle != "" && strings.EqualFold(a.Handle, first(s.me, s.set.User))
	s.mu.Unlock()
	return a
}

// link is where people read a thing.
func (s *Source) link(t thing) string {
	path, _, _ := strings.Cut(first(t.Permalink, t.Context), "?")
	if post, ok := strings.CutPrefix(t.Link, "t3_"); path == "" && ok {
		path = "/comments/" + post + "/_/" + strings.TrimPrefix(t.Name, "t1_")
	}
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	return text.SafeURL(site + path)
}

// maxMedia bounds what is kept of a post's pictures.
const maxMedia = 8

func (t thing) media() []bot.Media {
	var all []bot.Media
	add := func(kind, address string) {
		if u := text.SafeURL(address); u != "" && len(all) < maxMedia {
			all = append(all, bot.Media{Type: kind, URL: u})
		}
	}
	switch t.Hint {
	case "image":
		add("image", t.URL)
	case "hosted:video", "rich:video":
		add("video", t.URL)
	}
	var ids []string
	for id, m := range t.Media {
		if m.Type == "Image" {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		add("image", t.Media[id].Source.URL)
	}
	return all
}

// quotes parts what an author says from what they quote.
func quotes(html string) (own, quoted string) {
	if !strings.Contains(html, "<blockquote") {
		return html, ""
	}
	var a, b strings.Builder
	depth, last := 0, 0
	put := func(until int) {
		if depth > 0 {
			b.WriteString(html[last:until])
		} else {
			a.WriteString(html[last:until])
		}
		last = until
	}
	for _, at := range regexp.MustCompile(`</?blockquote[^>]*>`).FindAllStringIndex(html, -1) {
		if put(at[0]); html[at[0]+1] == '/' {
			depth = max(depth-1, 0)
		} else {
			depth++
		}
		last = at[1]
	}
	put(len(html))
	return a.String(), b.String()
}

// plain is the text of a piece of HTML; the address that a link leads to adds
// nothing.
func plain(html string) string {
	html = regexp.MustCompile(`(?i)</?a(\s[^>]*)?>`).ReplaceAllString(html, "")
	return text.CutBytes(text.HTML(html), record.MaxText)
}

func line(s string, most int) string {
	return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most)
}
