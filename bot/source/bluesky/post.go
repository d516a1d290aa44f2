package bluesky

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// postView is a post as the service shows it (app.bsky.feed.defs#postView), or
// as it stands in a notification.
type postView struct {
	URI     string          `json:"uri"`
	CID     string          `json:"cid"`
	Author  profile         `json:"author"`
	Record  json.RawMessage `json:"record"`
	Embed   *embedView      `json:"embed"`
	Indexed string          `json:"indexedAt"`
	Replies int             `json:"replyCount"`
	Likes   int             `json:"likeCount"`
	Viewer  struct {
		NoReply bool `json:"replyDisabled"`
	} `json:"viewer"`
}

// profile is an author (app.bsky.actor.defs).
type profile struct {
	DID       string  `json:"did"`
	Handle    string  `json:"handle"`
	Name      string  `json:"displayName"`
	Followers *int    `json:"followersCount"`
	Labels    []label `json:"labels"`
}

type label struct {
	Value string `json:"val"`
}

// embedView is what a post shows beside its text.
type embedView struct {
	Images []struct {
		Thumb string `json:"thumb"`
		Alt   string `json:"alt"`
	} `json:"images"`
	Thumbnail string     `json:"thumbnail"` // of a video
	Playlist  string     `json:"playlist"`
	Alt       string     `json:"alt"`
	External  *external  `json:"external"`
	Record    *quoted    `json:"record"`
	Media     *embedView `json:"media"`
}

type external struct {
	URI   string `json:"uri"`
	Title string `json:"title"`
}

// quoted is a post within a post; beside media it lies one deeper.
type quoted struct {
	Value struct {
		Text string `json:"text"`
	} `json:"value"`
	Record *quoted `json:"record"`
}

// postRecord is what an author wrote (app.bsky.feed.post).
type postRecord struct {
	Text    string   `json:"text"`
	Created string   `json:"createdAt"`
	Langs   []string `json:"langs"`
	Reply   *struct {
		Root   strongRef `json:"root"`
		Parent strongRef `json:"parent"`
	} `json:"reply"`
	Embed *embedRecord `json:"embed"`
}

// strongRef names one version of a record (com.atproto.repo.strongRef).
type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// embedRecord is what an author put beside the text, before the service made
// addresses of it.
type embedRecord struct {
	Images []struct {
		Alt   string `json:"alt"`
		Image blob   `json:"image"`
	} `json:"images"`
	Video    *blob        `json:"video"`
	Alt      string       `json:"alt"`
	External *external    `json:"external"`
	Media    *embedRecord `json:"media"`
}

type blob struct {
	Ref struct {
		Link string `json:"$link"`
	} `json:"ref"`
}

// maxMedia bounds what is kept of a post's pictures.
const maxMedia = 8

// item is a post, or what is in its place.
type item struct {
	post   postView
	record postRecord
	err    error
	raw    json.RawMessage
}

func (it item) where() string {
	if it.post.URI == "" {
		return "Bluesky"
	}
	return "Bluesky, post " + line(it.post.URI, 300)
}

// readItem reads a post as the service shows it.
func readItem(raw json.RawMessage) item {
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	if err := json.Unmarshal(raw, &it.post); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Bluesky's interface promises.", Err: err}
		return it
	}
	return it.read()
}

// read reads the record within, and judges the whole.
func (it item) read() item {
	if err := json.Unmarshal(it.post.Record, &it.record); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that Bluesky's interface promises.", Err: err}
		return it
	}
	did, _, ok := split(it.post.URI)
	if _, dated := it.at(); !ok || did != it.post.Author.DID || !dated {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no id, no author or no date.")
	}
	return it
}

// at is when a post was written: what its author's program says, but never
// later than the service saw it (docs.bsky.app/docs/advanced-guides/timestamps).
func (it item) at() (time.Time, bool) {
	created, ok := when(it.record.Created)
	seen, shown := when(it.post.Indexed)
	if !ok || shown && created.After(seen) {
		return seen, shown
	}
	return created, true
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	return t.UTC(), err == nil && t.Year() >= 1970
}

const collection = "app.bsky.feed.post"

// split gives the author and the record key of a post's address
// (atproto.com/specs/at-uri-scheme).
func split(uri string) (did, key string, ok bool) {
	rest, found := strings.CutPrefix(uri, "at://")
	parts := strings.Split(rest, "/")
	if !found || len(parts) != 3 || parts[1] != collection || !isDID(parts[0]) || !isKey(parts[2]) {
		return "", "", false
	}
	return parts[0], parts[2], true
}

func address(did, key string) string { return "at://" + did + "/" + collection + "/" + key }

// isDID follows atproto.com/specs/did, and bounds the length.
func isDID(s string) bool {
	rest, ok := strings.CutPrefix(s, "did:")
	method, id, found := strings.Cut(rest, ":")
	return ok && found && len(s) <= 256 && method != "" && id != "" && !strings.ContainsFunc(method, func(r rune) bool { return r < 'a' || r > 'z' }) &&
		!strings.ContainsFunc(id, func(r rune) bool { return !alnum(r) && !strings.ContainsRune("._:%-", r) }) && !strings.HasSuffix(id, ":") && !strings.HasSuffix(id, "%")
}

// isKey follows atproto.com/specs/record-key.
func isKey(s string) bool {
	return s != "" && s != "." && s != ".." && len(s) <= 512 && !strings.ContainsFunc(s, func(r rune) bool { return !alnum(r) && !strings.ContainsRune("_~.:-", r) })
}

func alnum(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
}

// mention turns a post into a mention.
func (s *Source) mention(it item) bot.Mention {
	did, key, _ := split(it.post.URI)
	m := bot.Mention{ExternalID: it.post.URI, Text: text.Clean(text.CutBytes(it.record.Text, record.MaxText)), URL: page(did, key), Author: s.author(it.post.Author)}
	m.CreatedAt, _ = it.at()
	if r := it.record.Reply; r != nil {
		if _, _, ok := split(r.Parent.URI); ok {
			m.ParentID = r.Parent.URI
		}
	}
	if len(it.record.Langs) > 0 {
		m.Language = line(it.record.Langs[0], 20)
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	if it.post.Embed != nil {
		m.Quoted = shown(it.post.Embed, &m)
	} else if it.record.Embed != nil {
		attached(did, it.record.Embed, &m)
	}
	return m
}

// page is where people read a post.
func page(did, key string) string {
	return text.SafeURL(web + "/profile/" + url.PathEscape(did) + "/post/" + url.PathEscape(key))
}

func (s *Source) author(p profile) bot.Author {
	a := bot.Author{ExternalID: p.DID, Handle: line(p.Handle, 253), Name: line(p.Name, 200), URL: text.SafeURL(web + "/profile/" + url.PathEscape(p.DID)), Followers: -1, Staff: p.DID != "" && p.DID == s.did()}
	if a.Handle == "handle.invalid" { // docs.bsky.app: the handle does not point back
		a.Handle = ""
	}
	if p.Followers != nil && *p.Followers >= 0 {
		a.Followers = *p.Followers
	}
	for _, l := range p.Labels {
		a.Automated = a.Automated || l.Value == "bot"
	}
	return a
}

// shown puts the pictures of a post into m, and gives what it quotes.
func shown(e *embedView, m *bot.Mention) string {
	for _, i := range e.Images {
		attach(m, "image", i.Thumb, i.Alt)
	}
	if e.Thumbnail != "" || e.Playlist != "" {
		attach(m, "video", first(e.Thumbnail, e.Playlist), e.Alt)
	}
	if e.External != nil {
		attach(m, "file", e.External.URI, e.External.Title)
	}
	if e.Media != nil && e.Media.Media == nil {
		shown(e.Media, m)
	}
	q := e.Record
	if q != nil && q.Record != nil {
		q = q.Record
	}
	if q == nil {
		return ""
	}
	return text.Clean(text.CutBytes(q.Value.Text, record.MaxText))
}

// attached puts the pictures of a record into m: the service shows them at
// addresses that follow from their author and their content.
func attached(did string, e *embedRecord, m *bot.Mention) {
	for _, i := range e.Images {
		attach(m, "image", picture("img/feed_thumbnail/plain", did, i.Image, "@jpeg"), i.Alt)
	}
	if e.Video != nil {
		attach(m, "video", picture("", did, *e.Video, "/thumbnail.jpg"), e.Alt)
	}
	if e.External != nil {
		attach(m, "file", e.External.URI, e.External.Title)
	}
	if e.Media != nil && e.Media.Media == nil {
		attached(did, e.Media, m)
	}
}

func picture(path, did string, b blob, end string) string {
	if len(b.Ref.Link) > 200 || b.Ref.Link == "" || strings.ContainsFunc(b.Ref.Link, func(r rune) bool { return !alnum(r) }) {
		return ""
	}
	if path == "" {
		return "https://video.bsky.app/watch/" + url.PathEscape(did) + "/" + b.Ref.Link + end
	}
	return "https://cdn.bsky.app/" + path + "/" + url.PathEscape(did) + "/" + b.Ref.Link + end
}

func attach(m *bot.Mention, kind, address, alt string) {
	if u := text.SafeURL(address); u != "" && len(m.Media) < maxMedia {
		m.Media = append(m.Media, bot.Media{Type: kind, URL: u, Alt: line(alt, 300)})
	}
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
