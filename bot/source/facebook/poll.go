package facebook

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
	"earshot/bot/source/latest"
)

// place is the cursor: that of the list, and when it was last asked for, which
// is how deep the comments of one post are read.
type place struct {
	List bot.Cursor `json:"list"`
	At   time.Time  `json:"at,omitzero"`
}

// overlap is how much of the comments before the last read is read again: what
// Facebook's servers agree on late.
const overlap = 10 * time.Minute

// Poll implements bot.Source: posts, the newest first, each with its comments.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	if err := ctx.Err(); err != nil {
		return bot.Batch{}, err
	}
	if !s.api.May() {
		return bot.Batch{Next: cursor}, nil // what is left of the limits is for answers
	}
	if _, err := s.us(ctx); err != nil {
		return bot.Batch{}, err
	}
	var p place
	now := s.api.Now()
	if json.Unmarshal([]byte(cursor), &p) != nil || p.At.IsZero() {
		p.At = now.Add(-s.history())
	}
	since := p.At.Add(-overlap)
	list := latest.List{
		Page: func(ctx context.Context, name string) ([]latest.Item, string, error) {
			return s.posts(ctx, name, since)
		},
		Gone:  s.gone,
		May:   s.api.May,
		Pages: maxPages, First: s.history(), Back: back, Sweep: sweep, Nested: true,
	}
	b, err := list.Read(ctx, p.List, now)
	if err != nil {
		return bot.Batch{}, err
	}
	if p.List = b.Next; !b.More && s.api.May() { // the list was read through
		p.At = now.UTC()
	}
	next, err := json.Marshal(p)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	b.Next = bot.Cursor(next)
	return b, nil
}

func (s *Source) history() time.Duration { return time.Duration(s.set.History) * 24 * time.Hour }

// posts reads a page of posts (…/graph-api/reference/page/feed: those of the
// page, of visitors, and public ones that tag it).
func (s *Source) posts(ctx context.Context, after string, since time.Time) ([]latest.Item, string, error) {
	q := url.Values{"fields": {postFields}, "limit": {strconv.Itoa(postsAtOnce)}}
	page, err := s.api.List(ctx, s.set.Page+"/feed", q, after)
	if err != nil {
		return nil, "", err
	}
	var all []latest.Item
	for _, raw := range page.Data {
		p, it := read(raw, "Facebook, page "+s.set.Page)
		if it.Err != nil {
			all = append(all, it)
			continue
		}
		if m := s.mention(p, nil); !m.Author.Staff && !empty(m) {
			it.Mention = m
		}
		all = append(all, it) // our own posts only mark the place
		comments, err := s.comments(ctx, p, since)
		if err != nil {
			return nil, "", err
		}
		all = append(all, comments...)
	}
	return all, page.After(), nil
}

// comments reads the comments of a post, the newest first: those that came with
// it, and while all of them are newer than since, those behind them. Where they
// stand in the list is where their post does.
func (s *Source) comments(ctx context.Context, on post, since time.Time) ([]latest.Item, error) {
	var all []latest.Item
	if on.Comments == nil {
		return nil, nil
	}
	page := *on.Comments
	for range deepest {
		newer := true
		for _, raw := range page.Data {
			c, it := read(raw, "Facebook, page "+s.set.Page+", comment")
			newer = newer && (it.Err != nil || !it.At.Before(since))
			if it.At = on.Created.Time; it.Err == nil {
				if it.Mention = s.mention(c, &on); empty(it.Mention) {
					continue
				}
			}
			all = append(all, it)
		}
		after := page.After()
		if after == "" || !newer {
			break
		}
		q := url.Values{"fields": {commentFields}, "filter": {"stream"}, "order": {"reverse_chronological"}, "limit": {strconv.Itoa(atOnce)}}
		var err error
		if page, err = s.api.List(ctx, on.ID+"/comments", q, after); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// gone asks for what stands in the list no more.
func (s *Source) gone(ctx context.Context, id string) (bool, error) {
	var any struct{}
	err := s.api.Get(ctx, id, url.Values{"fields": {"id"}}, &any)
	if bot.KindOf(err) == bot.ErrGone {
		return true, nil
	}
	return false, err
}

// us gives the name of the page, asking once.
func (s *Source) us(ctx context.Context) (string, error) {
	s.mu.Lock()
	name := s.name
	s.mu.Unlock()
	if name != "" {
		return name, nil
	}
	var page person
	if err := s.api.Get(ctx, s.set.Page, url.Values{"fields": {"id,name"}}, &page); err != nil {
		return "", err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = graph.Line(page.Name, 100)
	return s.name, nil
}
