package x

import (
	"encoding/json"
	"html"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// post is one (docs.x.com/x-api/fundamentals/data-dictionary).
type post struct {
	ID       string   `json:"id"` // of this version
	Text     string   `json:"text"`
	Author   string   `json:"author_id"`
	Created  string   `json:"created_at"`
	Language string   `json:"lang"`
	Versions []string `json:"edit_history_tweet_ids"` // the first version's id comes first
	Entities entities `json:"entities"`
	Refers   []struct {
		Type string `json:"type"` // replied_to, quoted, retweeted
		ID   string `json:"id"`
	} `json:"referenced_tweets"`
	Long struct { // the whole of a post that is longer than Text
		Text     string   `json:"text"`
		Entities entities `json:"entities"`
	} `json:"note_tweet"`
	Attached struct {
		Keys []string `json:"media_keys"`
	} `json:"attachments"`
	Metrics struct {
		Likes   int `json:"like_count"`
		Replies int `json:"reply_count"`
	} `json:"public_metrics"`
	MayReply string `json:"reply_settings"`
}

// entities say what stands behind the short addresses of a text.
type entities struct {
	URLs []struct {
		Short string `json:"url"`
		Long  string `json:"expanded_url"`
		Media string `json:"media_key"` // a picture of the post itself
	} `json:"urls"`
}

// included is what an answer holds beside its posts.
type included struct {
	Users []struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Handle  string `json:"username"`
		Metrics struct {
			Followers *int `json:"followers_count"`
		} `json:"public_metrics"`
	} `json:"users"`
	Media []struct {
		Key     string `json:"media_key"`
		Type    string `json:"type"` // photo, video, animated_gif
		URL     string `json:"url"`
		Preview string `json:"preview_image_url"`
		Alt     string `json:"alt_text"`
	} `json:"media"`
}

// item is a post, or what stands in its place.
type item struct {
	post post
	err  error
	raw  string
}

func (it item) where() string {
	if number(it.post.ID) == 0 {
		return "X"
	}
	return "X, post " + it.post.ID
}

func readPost(raw json.RawMessage) item {
	it := item{raw: string(raw[:min(len(raw), 2*record.MaxRaw)])}
	if err := json.Unmarshal(raw, &it.post); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that X's interface promises.", Err: err}
		return it
	}
	if _, dated := when(it.post.Created); number(it.post.ID) == 0 || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
	}
	return it
}

// epoch is the beginning of X's ids, in milliseconds since 1970
// (docs.x.com/fundamentals/x-ids): they hold when they were made.
const epoch = 1288834974657

// number reads an id; 0 for what is none.
func number(id string) uint64 {
	n, err := strconv.ParseUint(id, 10, 63)
	if err != nil || id[0] == '0' || id[0] == '+' {
		return 0
	}
	return n
}

// idAt is the smallest id of a time.
func idAt(t time.Time) string {
	return strconv.FormatInt(max(t.UnixMilli()-epoch, 1)<<22, 10)
}

// madeAt is when an id was made.
func madeAt(id string) time.Time { return time.UnixMilli(int64(number(id)>>22) + epoch).UTC() }

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil && t.Year() >= 1970
}

// name is what a post is called through all its versions: its first one.
func (p post) name() string {
	if len(p.Versions) > 0 && number(p.Versions[0]) > 0 {
		return p.Versions[0]
	}
	return p.ID
}

// newest is the id of a post's last version.
func (p post) newest() string {
	last := p.ID
	for _, v := range p.Versions {
		if number(v) > number(last) {
			last = v
		}
	}
	return last
}

// words are the text of a post as people see it: whole, with the addresses
// that short ones stand for.
func (p post) words() string {
	t, urls := p.Text, p.Entities.URLs
	if p.Long.Text != "" {
		t, urls = p.Long.Text, p.Long.Entities.URLs
	}
	t = text.CutBytes(t, record.MaxText)
	var pairs []string
	for _, u := range urls {
		if u.Short == "" || len(pairs) > 200 {
			continue
		}
		long := text.SafeURL(u.Long)
		switch {
		case u.Media != "":
			long = ""
		case long == "":
			long = u.Short
		}
		pairs = append(pairs, u.Short, long)
	}
	return html.UnescapeString(strings.NewReplacer(pairs...).Replace(t)) // X writes & < and > as HTML does
}

// refers gives the id of what a post refers to in a way.
func (p post) refers(how string) string {
	for _, r := range p.Refers {
		if r.Type == how && number(r.ID) > 0 {
			return r.ID
		}
	}
	return ""
}

// mention turns a post into a mention.
func (s *Source) mention(p post, with included) bot.Mention {
	m := bot.Mention{
		ExternalID: p.name(), ParentID: p.refers("replied_to"), RepostOf: p.refers("retweeted"), Text: text.Clean(p.words()),
		Author: s.author(p, with), Media: media(p, with), Attrs: map[string]string{},
	}
	m.CreatedAt, _ = when(p.Created)
	if m.ExternalID != p.ID { // of an edited post, the date is that of the edit
		m.CreatedAt, m.EditedAt = madeAt(m.ExternalID), m.CreatedAt
		m.Attrs["version"] = p.ID
	}
	if len(p.Language) <= 3 && p.Language != "und" && word(p.Language) {
		m.Language = p.Language
	}
	m.URL = "https://x.com/" + first(m.Author.Handle, "i/web") + "/status/" + p.ID
	if q := p.refers("quoted"); q != "" {
		m.Attrs["quotes"] = "https://x.com/i/web/status/" + q
	}
	if how := line1(p.MayReply, 40); how != "" && how != "everyone" {
		m.Attrs["replies"] = how
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m
}

func (s *Source) author(p post, with included) bot.Author {
	a := bot.Author{Followers: -1}
	if number(p.Author) > 0 {
		a.ExternalID = p.Author
	}
	for _, u := range with.Users {
		if u.ID != p.Author {
			continue
		}
		a.Name = line1(u.Name, 200)
		if handle(u.Handle) {
			a.Handle, a.URL = u.Handle, "https://x.com/"+u.Handle
		}
		if n := u.Metrics.Followers; n != nil && *n >= 0 {
			a.Followers = *n
		}
	}
	s.mu.Lock()
	a.Staff = s.me != "" && a.ExternalID == s.me || s.set.Account != "" && strings.EqualFold(a.Handle, s.set.Account)
	s.mu.Unlock()
	return a
}

// maxMedia bounds what is kept of a post's pictures; X allows four.
const maxMedia = 4

func media(p post, with included) []bot.Media {
	var all []bot.Media
	for _, m := range with.Media {
		address := first(m.URL, m.Preview)
		if m.Type != "photo" { // a thumbnail: what plays is behind the link
			address = m.Preview
		}
		if u := text.SafeURL(address); u != "" && slices.Contains(p.Attached.Keys, m.Key) && len(all) < maxMedia {
			all = append(all, bot.Media{Type: "image", URL: u, Alt: line1(m.Alt, 300)})
		}
	}
	return all
}

func line1(s string, most int) string {
	return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most)
}
