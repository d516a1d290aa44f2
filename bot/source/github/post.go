package github

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// post is an issue, a discussion or a comment on one of them.
type post struct {
	external string // "larkspur/kettle#12", "larkspur/kettle#12/345", "larkspur/kettle#d7", "larkspur/kettle#d7/DC_x"
	parent   string
	node     string
	title    string
	body     string // Markdown
	url      string
	author   author
	position string // of the author: OWNER, MEMBER, COLLABORATOR, NONE …
	created  time.Time
	updated  time.Time
	edited   time.Time // where the service tells
	pull     bool
	topic    string // the title of the discussion that a comment is in
}

// author is a user, as both interfaces give it.
type author struct {
	ID    int64  `json:"id"`
	Login string `json:"login"`
	Type  string `json:"type"`
	Page  string `json:"html_url"`
}

// issue is an issue or a comment on one (docs.github.com/en/rest/issues).
type issue struct {
	ID       int64           `json:"id"`
	Node     string          `json:"node_id"`
	Number   int64           `json:"number"`
	Title    string          `json:"title"`
	Body     string          `json:"body"`
	Page     string          `json:"html_url"`
	Issue    string          `json:"issue_url"` // of a comment
	User     author          `json:"user"`
	Position string          `json:"author_association"`
	Created  string          `json:"created_at"`
	Updated  string          `json:"updated_at"`
	Pull     json.RawMessage `json:"pull_request"`
}

// item is a post, or what is in its place.
type item struct {
	post post
	err  error
	raw  json.RawMessage
}

func (it item) where(repo string) string {
	if it.post.url != "" {
		return "GitHub, " + text.OneLine(it.post.url)
	}
	return "GitHub, " + repo
}

// readIssue reads an issue or a comment on one of a repository.
func readIssue(raw json.RawMessage, repo string) item {
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	var in issue
	if err := json.Unmarshal(raw, &in); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that GitHub's interface promises.", Err: err}
		return it
	}
	p := post{node: in.Node, title: in.Title, body: in.Body, url: text.SafeURL(in.Page), author: in.User, position: in.Position}
	created, ok1 := when(in.Created)
	updated, ok2 := when(in.Updated)
	p.created, p.updated = created, updated
	number := in.Number
	if in.Issue != "" {
		number, _ = strconv.ParseInt(in.Issue[strings.LastIndexByte(in.Issue, '/')+1:], 10, 64)
	}
	p.external = repo + "#" + strconv.FormatInt(number, 10)
	p.pull = len(in.Pull) > 0 && string(in.Pull) != "null" || strings.Contains(in.Page, "/pull/")
	if in.Issue != "" {
		p.parent = p.external
		p.external += "/" + strconv.FormatInt(in.ID, 10)
		if p.updated.After(p.created) {
			p.edited = p.updated
		}
	}
	it.post = p
	if number <= 0 || in.ID <= 0 || !ok1 || !ok2 {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no number or no date.")
	}
	return it
}

// talk is a discussion, or a comment in one (docs.github.com/en/graphql).
type talk struct {
	Node     string  `json:"id"`
	Number   int64   `json:"number"`
	Title    string  `json:"title"`
	Body     string  `json:"body"`
	Page     string  `json:"url"`
	Author   *writer `json:"author"`
	Position string  `json:"authorAssociation"`
	Created  string  `json:"createdAt"`
	Updated  string  `json:"updatedAt"`
	Edited   string  `json:"lastEditedAt"`
	Mine     bool    `json:"viewerDidAuthor"`
	Comments talks   `json:"comments"`
	Replies  talks   `json:"replies"`
}

type talks struct {
	Nodes []json.RawMessage `json:"nodes"`
}

// writer is a user, as GraphQL gives it.
type writer struct {
	Kind  string `json:"__typename"`
	ID    int64  `json:"databaseId"`
	Login string `json:"login"`
	Page  string `json:"url"`
}

// readTalk reads a discussion, or a comment in one that lies below parent.
func readTalk(raw json.RawMessage, repo, above string) (item, talk) {
	it := item{raw: raw[:min(len(raw), 2*record.MaxRaw)]}
	var in talk
	if err := json.Unmarshal(raw, &in); err != nil {
		it.err = &bot.Error{Kind: bot.ErrInvalid, Msg: "It is not in the form that GitHub's interface promises.", Err: err}
		return it, in
	}
	p := post{node: in.Node, title: in.Title, body: in.Body, url: text.SafeURL(in.Page), position: in.Position, parent: above}
	if a := in.Author; a != nil {
		p.author = author{ID: a.ID, Login: a.Login, Type: a.Kind, Page: a.Page}
	}
	created, ok := when(in.Created)
	p.created = created
	p.updated, _ = when(in.Updated)
	p.edited, _ = when(in.Edited)
	if above == "" {
		p.external = repo + "#d" + strconv.FormatInt(in.Number, 10)
	} else {
		p.external = above + "/" + in.Node
		if at, ok := spotOf(above); ok {
			p.external = at.external(in.Node)
		}
	}
	it.post = p
	if !ok || !isNode(in.Node) || above == "" && in.Number <= 0 {
		it.err = bot.Errorf(bot.ErrInvalid, "It has no number or no date.")
	}
	return it, in
}

func isNode(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '_' && r != '-' && r != '='
	})
}

func when(s string) (time.Time, bool) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 {
		return time.Time{}, false
	}
	return t.UTC(), true
}

// hash tells one wording of a post from another.
func (p post) hash() string { return record.ContentID(p.title, p.body)[len("content-"):][:12] }

// mention turns a post into a mention.
func (s *Source) mention(p post) bot.Mention {
	own, quoted := words(p.body)
	m := bot.Mention{
		ExternalID: p.external, ParentID: p.parent, Title: oneLine(p.title, 300), Text: own, Quoted: quoted, URL: p.url,
		CreatedAt: p.created, EditedAt: p.edited, Media: pictures(p.body),
	}
	if m.Author = (bot.Author{Handle: oneLine(p.author.Login, 100), URL: text.SafeURL(p.author.Page), Followers: -1, Automated: p.author.Type == "Bot"}); p.author.ID > 0 {
		m.Author.ExternalID = strconv.FormatInt(p.author.ID, 10)
	}
	switch p.position {
	case "OWNER", "MEMBER", "COLLABORATOR":
		m.Author.Staff = true
	}
	m.Author.Staff = m.Author.Staff || s.ours(p.author.Login)
	if p.topic != "" {
		m.Attrs = map[string]string{"topic": oneLine(p.topic, 300)}
	}
	if s.set.Watch != "" {
		m.Watches = []string{s.set.Watch}
	}
	return m
}

// ours tells whether the token is of this user.
func (s *Source) ours(login string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.me != "" && strings.EqualFold(login, s.me)
}

// words parts what an author says from the lines that are quoted, and leaves
// out what is not shown: the comments of a form.
func words(body string) (own, quoted string) {
	body = text.CutBytes(body, record.MaxText)
	body = regexp.MustCompile(`(?s)<!--.*?(-->|$)`).ReplaceAllString(strings.ReplaceAll(body, "\r\n", "\n"), "")
	body = regexp.MustCompile(`!\[[^\]\n]*\]\([^)\s]+\)|(?i:<img\s[^>\n]*>)`).ReplaceAllString(body, "")
	var mine, his []string
	for l := range strings.SplitSeq(body, "\n") {
		if q, ok := strings.CutPrefix(l, ">"); ok {
			his = append(his, strings.TrimPrefix(q, " "))
			continue
		}
		mine = append(mine, l)
	}
	return text.Clean(strings.Join(mine, "\n")), text.Clean(strings.Join(his, "\n"))
}

// maxMedia bounds what is kept of a post's pictures.
const maxMedia = 8

// pictures are those that a body shows.
func pictures(body string) (all []bot.Media) {
	body = text.CutBytes(body, record.MaxText)
	shown := regexp.MustCompile(`!\[([^\]\n]*)\]\(([^)\s]+)\)|(?i:<img\s[^>\n]*?src="([^"\s]+)")`)
	for _, m := range shown.FindAllStringSubmatch(body, maxMedia) {
		if u := text.SafeURL(m[2] + m[3]); u != "" {
			all = append(all, bot.Media{Type: "image", URL: u, Alt: oneLine(m[1], 300)})
		}
	}
	return all
}

func oneLine(s string, most int) string {
	return text.Cut(text.OneLine(text.CutBytes(s, 4000)), most)
}
