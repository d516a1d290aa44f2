package bluesky

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/record"
)

// place is the cursor: up to when was asked, up to where the stream was heard,
// and the posts that are looked at again for edits and deletions.
type place struct {
	At     time.Time `json:"at,omitzero"`      // all that was seen before has been read
	Heard  int64     `json:"heard,omitempty"`  // time_us of the last event of the stream
	Recent []known   `json:"recent,omitempty"` // oldest look first
}

// known is a post that was read: "did/key", and the end of its content's id.
type known struct {
	Post    string `json:"p"`
	Content string `json:"c,omitempty"`
}

func parsePlace(c bot.Cursor) place {
	var p place
	if json.Unmarshal([]byte(c), &p) != nil {
		return place{}
	}
	return p
}

// cursor writes the place down, without what is too much to look at again.
func (p *place) cursor() (bot.Cursor, error) {
	if n := len(p.Recent); n > keepRecent {
		p.Recent = slices.Clone(p.Recent[n-keepRecent:])
	}
	raw, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return bot.Cursor(raw), nil
}

// find gives the index of a post in Recent; -1 where it is not.
func (p *place) find(post string) int {
	return slices.IndexFunc(p.Recent, func(k known) bool { return k.Post == post })
}

// short is a post's name in Recent.
func short(uri string) string {
	did, key, _ := split(uri)
	return did + "/" + key
}

func long(post string) string {
	did, key, _ := strings.Cut(post, "/")
	return address(did, key)
}

// content is enough of a content's id to see that it is another.
func content(cid string) string { return cid[max(0, len(cid)-10):] }

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	p := parsePlace(cursor)
	var b bot.Batch
	if err := s.read(ctx, &p, &b); err != nil {
		return bot.Batch{}, err
	}
	var err error
	b.Next, err = p.cursor()
	return b, err
}

// read asks for all that is new since p, and moves p.
func (s *Source) read(ctx context.Context, p *place, b *bot.Batch) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("read Bluesky: %w", err)
	}
	if !s.account() {
		return nil // the stream tells all, also what is deleted
	}
	if err := s.lookAgain(ctx, p, b); err != nil {
		return err
	}
	if _, err := s.token(ctx, ""); err != nil { // who we are decides who is staff
		return err
	}
	now := s.now().UTC().Truncate(time.Second).Add(time.Second)
	from := p.At.Add(-back)
	if p.At.IsZero() || p.At.After(now.Add(back)) { // at first, or the clock was far ahead
		from = now.AddDate(0, 0, -s.set.History)
	}
	if s.mentions {
		items, err := s.notifications(ctx, from)
		if err != nil {
			return err
		}
		for _, it := range items {
			s.take(it, p, b)
		}
	}
	for _, term := range s.terms {
		items, err := s.search(ctx, term, from, now)
		if err != nil {
			return err
		}
		for _, it := range items {
			s.take(it, p, b)
		}
	}
	p.At = now
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(c.CreatedAt), cmp.Compare(a.ExternalID, c.ExternalID))
	})
	return nil
}

// take puts a post into the batch unless it was read before.
func (s *Source) take(it item, p *place, b *bot.Batch) {
	if it.err != nil {
		mark := known{Post: "!" + record.ContentID(string(it.raw))[len("content-"):]}
		if p.find(mark.Post) < 0 {
			p.Recent = append(p.Recent, mark)
			b.Rejected = append(b.Rejected, record.Rejected(it.where(), it.err, string(it.raw), s.now()))
		}
		return
	}
	k := known{short(it.post.URI), content(it.post.CID)}
	i := p.find(k.Post)
	if i >= 0 && p.Recent[i].Content == k.Content {
		return
	}
	m := s.mention(it)
	if i >= 0 {
		p.Recent[i] = k
		m.EditedAt = s.now().UTC()
	} else {
		p.Recent = append(p.Recent, k)
	}
	b.Mentions = append(b.Mentions, m)
}

// notifications reads what mentions, answers or quotes our account since from.
func (s *Source) notifications(ctx context.Context, from time.Time) ([]item, error) {
	var all []item
	q := url.Values{"limit": {strconv.Itoa(pageSize)}, "reasons": {"mention", "reply", "quote"}}
	for range 10 * maxPages {
		var got struct {
			Cursor string            `json:"cursor"`
			Notes  []json.RawMessage `json:"notifications"`
		}
		if err := s.asUs(ctx, call{method: "app.bsky.notification.listNotifications", query: q}, &got); err != nil {
			return nil, err
		}
		if got.Notes == nil {
			return nil, s.otherForm()
		}
		reached := false
		for _, raw := range got.Notes {
			var note struct {
				Reason  string `json:"reason"`
				Indexed string `json:"indexedAt"`
			}
			it := readItem(raw)
			if json.Unmarshal(raw, &note) == nil && !slices.Contains(q["reasons"], note.Reason) {
				continue // servers that know no reasons give likes and follows too
			}
			seen, dated := when(note.Indexed)
			if dated && seen.Before(from) {
				reached = true
				continue
			}
			all = append(all, it)
		}
		if reached || got.Cursor == "" || got.Cursor == q.Get("cursor") {
			break
		}
		q.Set("cursor", got.Cursor)
	}
	return all, nil
}

// search reads what holds a term and was written within a time, the newest
// first; where the service does not hand out all of it at once, on from the
// oldest that it gave. What one second holds beyond that cannot be had.
func (s *Source) search(ctx context.Context, term string, from, until time.Time) ([]item, error) {
	var all []item
	for {
		items, whole, err := s.searchOnce(ctx, term, from, until)
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
		oldest := until
		for _, it := range items {
			if at, dated := it.at(); dated && at.Before(oldest) {
				oldest = at
			}
		}
		next := oldest.Truncate(time.Second).Add(time.Second)
		if whole || !next.Before(until) {
			return all, nil
		}
		until = next
	}
}

func (s *Source) searchOnce(ctx context.Context, term string, from, until time.Time) (all []item, whole bool, err error) {
	q := url.Values{
		"q": {`"` + strings.NewReplacer(`"`, " ", `\`, " ").Replace(term) + `"`}, "sort": {"latest"}, "limit": {strconv.Itoa(pageSize)},
		"since": {from.UTC().Format(time.RFC3339)}, "until": {until.UTC().Format(time.RFC3339)},
	}
	for range maxPages {
		var got struct {
			Cursor string            `json:"cursor"`
			Posts  []json.RawMessage `json:"posts"`
		}
		if err := s.asUs(ctx, call{method: "app.bsky.feed.searchPosts", query: q}, &got); err != nil {
			return nil, false, err
		}
		if got.Posts == nil {
			return nil, false, s.otherForm()
		}
		for _, raw := range got.Posts {
			all = append(all, readItem(raw))
		}
		if got.Cursor == "" || got.Cursor == q.Get("cursor") || len(got.Posts) == 0 {
			return all, true, nil
		}
		q.Set("cursor", got.Cursor)
	}
	return all, false, nil
}

func (s *Source) otherForm() error {
	return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.server.Hostname())
}

// lookAgain looks at the posts whose last look is longest ago: what was edited
// comes again, what is gone is told as deleted.
func (s *Source) lookAgain(ctx context.Context, p *place, b *bot.Batch) error {
	p.Recent = slices.DeleteFunc(p.Recent, func(k known) bool { return strings.HasPrefix(k.Post, "!") && len(p.Recent) > keepRecent/2 })
	looked := make([]known, 0, several)
	for _, k := range p.Recent {
		if len(looked) < several && !strings.HasPrefix(k.Post, "!") {
			looked = append(looked, k)
		}
	}
	if len(looked) == 0 {
		return nil
	}
	q := url.Values{}
	for _, k := range looked {
		q.Add("uris", long(k.Post))
	}
	here, err := s.posts(ctx, q)
	if err != nil {
		return err
	}
	p.Recent = slices.DeleteFunc(p.Recent, func(k known) bool { return slices.Contains(looked, k) })
	for _, k := range looked {
		it, stands := here[long(k.Post)]
		if !stands {
			gone, err := s.gone(ctx, long(k.Post))
			if err != nil {
				return err
			}
			if gone {
				b.Mentions = append(b.Mentions, s.withdrawn(long(k.Post)))
			} else {
				p.Recent = append(p.Recent, k)
			}
			continue
		}
		if c := content(it.post.CID); it.err == nil && c != k.Content {
			m := s.mention(it)
			m.EditedAt = s.now().UTC()
			b.Mentions = append(b.Mentions, m)
			k.Content = c
		}
		p.Recent = append(p.Recent, k)
	}
	return nil
}

// gone tells whether a post that is not shown is deleted: those of who blocks
// us are not shown either.
func (s *Source) gone(ctx context.Context, uri string) (bool, error) {
	did, key, _ := split(uri)
	var got strongRef
	err := s.record(ctx, did, key, &got)
	if isGone(err) {
		return true, nil
	}
	return false, err
}

// posts asks for posts by their addresses; what is not there is left out.
func (s *Source) posts(ctx context.Context, uris url.Values) (map[string]item, error) {
	var got struct {
		Posts []json.RawMessage `json:"posts"`
	}
	if err := s.look(ctx, call{method: "app.bsky.feed.getPosts", query: uris}, &got); err != nil {
		return nil, err
	}
	if got.Posts == nil {
		return nil, s.otherForm()
	}
	here := map[string]item{}
	for _, raw := range got.Posts {
		it := readItem(raw)
		here[it.post.URI] = it
	}
	return here, nil
}

func (s *Source) withdrawn(uri string) bot.Mention {
	return bot.Mention{ExternalID: uri, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}}
}
