package mastodon

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
)

// timeline is one list that the server keeps, newest first.
type timeline struct {
	key    string // in the cursor
	path   string
	query  url.Values
	notes  bool   // of notifications, which hold a post each
	found  bool   // of search results
	stream string // its name among the streams; empty where it has none
	tag    string // of the stream
}

// place is the cursor: the newest id that was read of each timeline, and the
// posts that are looked at again for edits and deletions.
type place struct {
	Read   map[string]string `json:"read"`
	Recent []known           `json:"recent,omitempty"` // oldest look first
}

// known is a post that was read.
type known struct {
	ID     string `json:"id"`
	Edited string `json:"edited,omitempty"`
}

func parsePlace(c bot.Cursor) place {
	var p place
	if json.Unmarshal([]byte(c), &p) != nil || p.Read == nil {
		p = place{Read: map[string]string{}}
	}
	return p
}

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

// cursor writes the place down, without what is too much to look at again.
func (p *place) cursor() (bot.Cursor, error) {
	if n := len(p.Recent); n > keepRecent {
		p.Recent = slices.Clone(p.Recent[n-keepRecent:])
	}
	next, err := json.Marshal(p)
	if err != nil {
		return "", fmt.Errorf("write the cursor: %w", err)
	}
	return bot.Cursor(next), nil
}

// read asks for all that is new since p, and moves p.
func (s *Source) read(ctx context.Context, p *place, b *bot.Batch) error {
	if err := s.known(ctx); err != nil {
		return err
	}
	if err := s.again(ctx, p, b); err != nil {
		return err
	}
	for _, line := range s.lines {
		if err := s.line(ctx, line, p, b); err != nil {
			return err
		}
	}
	slices.SortStableFunc(b.Mentions, func(a, c bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(c.CreatedAt), cmp.Compare(len(a.ExternalID), len(c.ExternalID)), cmp.Compare(a.ExternalID, c.ExternalID))
	})
	return nil
}

// line reads what a timeline has got since p, and moves p.
func (s *Source) line(ctx context.Context, line timeline, p *place, b *bot.Batch) error {
	last, begun := p.Read[line.key]
	pages := maxPages
	if !begun {
		pages = firstPages
	}
	bound, newest, full := "", last, false
	for range pages {
		q := url.Values{"limit": {strconv.Itoa(pageSize)}}
		switch {
		case begun && !line.found:
			q.Set("min_id", newest) // the page right after it
		case bound != "":
			q.Set("max_id", bound)
		}
		items, err := s.page(ctx, line, q)
		if err != nil {
			return err
		}
		for _, it := range items {
			if it.place != "" && later(it.place, newest) {
				newest = it.place
			}
			if it.place != "" && (bound == "" || later(bound, it.place)) {
				bound = it.place
			}
			if !begun || later(it.place, last) || it.place == "" {
				s.take(it, p, b)
			}
		}
		if full = len(items) >= pageSize; !full || begun && line.found && !later(bound, last) {
			break
		}
	}
	b.More = b.More || full && begun && !line.found
	if newest == "" {
		newest = "0"
	}
	p.Read[line.key] = newest
	return nil
}

// take puts a post into the batch unless it was read already.
func (s *Source) take(it item, p *place, b *bot.Batch) {
	if it.err != nil {
		b.Rejected = append(b.Rejected, record.Rejected(it.where(s.base.Hostname()), it.err, string(it.raw), s.now()))
		return
	}
	id := it.post.ID
	if slices.ContainsFunc(p.Recent, func(k known) bool { return k.ID == id }) {
		return
	}
	p.Recent = append(p.Recent, known{ID: id, Edited: it.post.Edited})
	b.Mentions = append(b.Mentions, s.mention(it.post))
}

// later compares ids, which are decimal numbers that grow with time
// (docs.joinmastodon.org/api/guidelines/#id).
func later(a, b string) bool {
	return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) > 0
}

// page asks for one page of a timeline.
func (s *Source) page(ctx context.Context, line timeline, q url.Values) ([]item, error) {
	for k, v := range line.query {
		q[k] = v
	}
	var raw []json.RawMessage
	if line.found {
		var found struct {
			Statuses []json.RawMessage `json:"statuses"`
		}
		if err := s.get(ctx, line.path, q, &found); err != nil {
			return nil, err
		}
		raw = found.Statuses
	} else if err := s.get(ctx, line.path, q, &raw); err != nil {
		return nil, err
	}
	if raw == nil {
		return nil, bot.Errorf(bot.ErrUnavailable, "%s answers in another form than Mastodon's interface promises.", s.base.Hostname())
	}
	items := make([]item, len(raw))
	for i, r := range raw {
		items[i] = readItem(r, line.notes)
	}
	return items, nil
}

// get asks the server and decodes its answer.
func (s *Source) get(ctx context.Context, path string, q url.Values, into any) error {
	req, err := s.request(ctx, http.MethodGet, path, q)
	if err != nil {
		return err
	}
	return httpx.JSON(s.http, req, maxBody, into)
}

func (s *Source) request(ctx context.Context, method, path string, q url.Values) (*http.Request, error) {
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil {
		return nil, err
	}
	if s.set.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.set.Token.Reveal())
	}
	return req, nil
}

// again looks at the posts whose last look is longest ago: what was edited
// comes again, what is gone is told as deleted.
func (s *Source) again(ctx context.Context, p *place, b *bot.Batch) error {
	n := min(recheck, len(p.Recent))
	if n == 0 {
		return nil
	}
	looked := slices.Clone(p.Recent[:n])
	q := url.Values{}
	for _, k := range looked {
		q.Add("id[]", k.ID)
	}
	var raw []json.RawMessage
	err := s.get(ctx, "api/v1/statuses", q, &raw)
	if bot.KindOf(err) == bot.ErrGone {
		return nil // servers before 4.3 cannot be asked for several posts: the rest is read all the same
	}
	if err != nil {
		return err
	}
	if raw == nil {
		return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than Mastodon's interface promises.", s.base.Hostname())
	}
	here := map[string]item{}
	for _, r := range raw {
		it := readItem(r, false)
		here[it.place] = it
	}
	p.Recent = slices.Clone(p.Recent[n:])
	for _, k := range looked {
		it, stands := here[k.ID]
		switch {
		case !stands:
			b.Mentions = append(b.Mentions, s.withdrawn(k.ID))
			continue
		case it.err == nil && it.post.Edited != k.Edited:
			b.Mentions = append(b.Mentions, s.mention(it.post))
			k.Edited = it.post.Edited
		}
		p.Recent = append(p.Recent, k)
	}
	return nil
}

func (s *Source) withdrawn(id string) bot.Mention {
	return bot.Mention{ExternalID: id, Deleted: true, CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}}
}
