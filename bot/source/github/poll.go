package github

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// place is the cursor.
type place struct {
	Lists  map[string]list   `json:"lists"`
	Turn   int               `json:"turn,omitempty"`   // the list that is next, without a token
	Asked  time.Time         `json:"asked,omitzero"`   // when one was asked for last, without a token
	Recent []known           `json:"recent,omitempty"` // oldest look first
	Ours   map[string]string `json:"ours,omitempty"`   // issue → our last comment on it, which the next one answers
}

// list is how far one list was read.
type list struct {
	At   time.Time `json:"at"`             // when what was read last had changed
	Mark string    `json:"mark,omitempty"` // ETag of the answer to what is asked for next
	Full bool      `json:"full,omitempty"` // the first, silent read of it has come to its end
}

// known is a post that was read.
type known struct {
	Post string `json:"p"`
	Node string `json:"n,omitempty"`
	Hash string `json:"h"`
}

func parsePlace(c bot.Cursor) place {
	var p place
	if json.Unmarshal([]byte(c), &p) != nil {
		p = place{}
	}
	if p.Lists == nil {
		p.Lists = map[string]list{}
	}
	if p.Ours == nil {
		p.Ours = map[string]string{}
	}
	return p
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	p := parsePlace(cursor)
	var b bot.Batch
	if err := s.known(ctx); err != nil {
		return bot.Batch{}, err
	}
	if err := s.lookAgain(ctx, &p, &b); err != nil {
		return bot.Batch{}, err
	}
	for _, l := range s.due(&p) {
		if err := s.read(ctx, l, &p, &b); err != nil {
			return bot.Batch{}, err
		}
	}
	if err := ctx.Err(); err != nil {
		return bot.Batch{}, fmt.Errorf("read GitHub: %w", err)
	}
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int { return a.CreatedAt.Compare(c.CreatedAt) })
	p.Recent = slices.Clone(p.Recent[max(0, len(p.Recent)-keepRecent):])
	for _, k := range slices.Sorted(maps.Keys(p.Ours)) {
		if len(p.Ours) > keepOurs {
			delete(p.Ours, k)
		}
	}
	raw, err := json.Marshal(p)
	b.Next = bot.Cursor(raw)
	return b, err
}

// due lists what is asked for now: everything with a token; without one, which
// allows 60 requests an hour, one list after the other.
func (s *Source) due(p *place) []line {
	if s.set.Token != "" {
		return s.lines
	}
	now := s.now().UTC()
	if since := now.Sub(p.Asked); since >= 0 && since < unsigned {
		return nil
	}
	p.Asked = now
	l := s.lines[p.Turn%len(s.lines)]
	p.Turn = (p.Turn + 1) % len(s.lines)
	return []line{l}
}

// read reads what has changed in a list since p, and moves p.
func (s *Source) read(ctx context.Context, l line, p *place, b *bot.Batch) error {
	if l.what == "discussions" {
		return s.readTalks(ctx, l, p, b)
	}
	at := p.Lists[l.key()]
	if at.At.IsZero() {
		at.At = s.now().UTC().AddDate(0, 0, -s.set.History)
	}
	path := "repos/" + l.repo + "/issues"
	q := url.Values{"sort": {"updated"}, "direction": {"asc"}, "per_page": {strconv.Itoa(pageSize)}}
	if l.what == "comments" {
		path += "/comments"
	} else {
		q.Set("state", "all")
	}
	since, page := at.At.Add(-overlap), 1
	for pages := 0; ; pages++ {
		if pages == maxPages {
			b.More = true
			break
		}
		q.Set("since", since.UTC().Format(time.RFC3339))
		q.Set("page", strconv.Itoa(page))
		items, mark, err := s.page(ctx, path, q, at.Mark, l.repo)
		if err != nil {
			return err
		}
		newest := since
		for _, it := range items {
			s.take(it, l, p, b)
			if it.err == nil && it.post.updated.After(newest) {
				newest = it.post.updated
			}
		}
		moved := newest.After(at.At)
		if moved {
			at.At = newest
		}
		at.Mark = ""
		if len(items) < pageSize {
			at.Full = true
			if !moved && pages == 0 { // the same will be asked for next time
				at.Mark = mark
			}
			break
		}
		if newest.After(since) {
			since, page = newest, 1
		} else {
			page++
		}
	}
	p.Lists[l.key()] = at
	return nil
}

// page asks for one page of a list; none where it is as it was.
func (s *Source) page(ctx context.Context, path string, q url.Values, mark, repo string) ([]item, string, error) {
	req, err := httpx.Request(ctx, http.MethodGet, s.base, path, q)
	if err != nil {
		return nil, "", err
	}
	var raw []json.RawMessage
	mark, fresh, err := s.ask(ctx, req, mark, &raw)
	if err != nil || !fresh {
		return nil, mark, err
	}
	if raw == nil {
		return nil, "", bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.base.Hostname())
	}
	items := make([]item, len(raw))
	for i, r := range raw {
		items[i] = readIssue(r, repo)
	}
	return items, mark, nil
}

// take puts a post into the batch when it is new or says something else.
func (s *Source) take(it item, l line, p *place, b *bot.Batch) {
	if it.post.pull && !s.set.Pulls {
		return
	}
	k := known{Post: it.post.external, Node: it.post.node, Hash: it.post.hash()}
	if it.err != nil {
		k = known{Post: "!" + record.ContentID(string(it.raw))[len("content-"):]}
	}
	i := slices.IndexFunc(p.Recent, func(o known) bool { return o.Post == k.Post })
	if i >= 0 && p.Recent[i].Hash == k.Hash {
		return
	}
	if i >= 0 {
		p.Recent[i] = k
	} else {
		p.Recent = append(p.Recent, k)
	}
	if it.err != nil {
		b.Rejected = append(b.Rejected, record.Rejected(it.where(l.repo), it.err, string(it.raw), s.now()))
		return
	}
	m := s.mention(it.post)
	m.History = !p.Lists[l.key()].Full
	if i >= 0 && m.EditedAt.IsZero() {
		m.EditedAt = it.post.updated
	}
	if l.what == "comments" {
		issue := it.post.parent
		if s.ours(it.post.author.Login) {
			p.Ours[issue] = it.post.external
		} else if ours := p.Ours[issue]; ours != "" && i < 0 { // GitHub has no threads below a comment: who writes after us answers us
			m.ParentID = ours
		}
	}
	b.Mentions = append(b.Mentions, m)
}

// lookAgain looks at the posts whose last look is longest ago: what is gone is
// told as deleted. What was edited comes by itself, as it has changed. It takes
// a token.
func (s *Source) lookAgain(ctx context.Context, p *place, b *bot.Batch) error {
	var looked []known
	var ids []string
	for _, k := range p.Recent {
		if len(looked) < recheck && isNode(k.Node) {
			looked, ids = append(looked, k), append(ids, k.Node)
		}
	}
	if len(looked) == 0 || s.set.Token == "" {
		return nil
	}
	var got struct {
		Nodes []*struct {
			Node string `json:"id"`
		} `json:"nodes"`
	}
	err := s.query(ctx, `query($ids:[ID!]!){nodes(ids:$ids){id}}`, map[string]any{"ids": ids}, &got)
	if k := bot.KindOf(err); k == bot.ErrGone {
		return nil // a server without GraphQL
	}
	if err != nil {
		return err
	}
	if len(got.Nodes) != len(looked) {
		return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.base.Hostname())
	}
	p.Recent = slices.DeleteFunc(p.Recent, func(k known) bool { return slices.Contains(looked, k) })
	for i, k := range looked {
		if got.Nodes[i] == nil {
			b.Mentions = append(b.Mentions, bot.Mention{ExternalID: k.Post, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}})
			continue
		}
		p.Recent = append(p.Recent, k)
	}
	return nil
}

// Of a discussion the last comments are read, and of each the last replies.
const talkQuery = `query($owner:String!,$name:String!,$after:String,$first:Int!){repository(owner:$owner,name:$name){discussions(first:$first,after:$after,orderBy:{field:UPDATED_AT,direction:DESC}){pageInfo{hasNextPage endCursor} nodes{...talk number title updatedAt comments(last:50){nodes{...said replies(last:20){nodes{...said}}}}}}}}
fragment who on Actor{__typename login url ... on User{databaseId} ... on Bot{databaseId}}
fragment talk on Discussion{id body url createdAt lastEditedAt authorAssociation author{...who}}
fragment said on DiscussionComment{id body url createdAt lastEditedAt authorAssociation author{...who}}`

// readTalks reads the discussions that have changed since p.
func (s *Source) readTalks(ctx context.Context, l line, p *place, b *bot.Batch) error {
	at := p.Lists[l.key()]
	if at.At.IsZero() {
		at.At = s.now().UTC().AddDate(0, 0, -s.set.History)
	}
	owner, name, _ := strings.Cut(l.repo, "/")
	newest, vars := at.At, map[string]any{"owner": owner, "name": name, "after": nil, "first": discussions}
	for range 10 * maxPages {
		var got struct {
			Repository *struct {
				Discussions struct {
					Page struct {
						More bool   `json:"hasNextPage"`
						End  string `json:"endCursor"`
					} `json:"pageInfo"`
					Nodes []json.RawMessage `json:"nodes"`
				} `json:"discussions"`
			} `json:"repository"`
		}
		if err := s.query(ctx, talkQuery, vars, &got); err != nil {
			return err
		}
		if got.Repository == nil {
			return bot.Errorf(bot.ErrGone, "There is no repository %s, or the token may not see it. Check the name, and the repositories of the token.", l.repo)
		}
		reached := false
		for _, raw := range got.Repository.Discussions.Nodes {
			it, in := readTalk(raw, l.repo, "")
			if it.err == nil && it.post.updated.Before(at.At.Add(-overlap)) {
				reached = true
				break
			}
			if it.post.updated.After(newest) {
				newest = it.post.updated
			}
			s.takeTalk(it, in, l, p, b)
		}
		if page := got.Repository.Discussions.Page; !reached && page.More {
			vars["after"] = page.End
			continue
		}
		break
	}
	p.Lists[l.key()] = list{At: newest, Full: true}
	return nil
}

// takeTalk takes a discussion with its comments, and their replies.
func (s *Source) takeTalk(it item, in talk, l line, p *place, b *bot.Batch) {
	if s.take(it, l, p, b); it.err != nil {
		return
	}
	oldest := p.Lists[l.key()].At
	if oldest.IsZero() {
		oldest = s.now().UTC().AddDate(0, 0, -s.set.History)
	}
	below := func(raw json.RawMessage, above string) (item, talk) {
		c, comment := readTalk(raw, l.repo, above)
		c.post.topic = in.Title
		if late := cmp.Compare(c.post.created.Unix(), oldest.Add(-overlap).Unix()) >= 0 || c.post.edited.After(oldest.Add(-overlap)); late || c.err != nil {
			s.take(c, l, p, b)
		}
		return c, comment
	}
	for _, raw := range in.Comments.Nodes {
		c, comment := below(raw, it.post.external)
		for _, raw := range comment.Replies.Nodes {
			below(raw, c.post.external)
		}
	}
}
