package instagram

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
	"earshot/bot/source/graph"
	"earshot/bot/source/latest"
)

// place is the cursor: those of the lists, and when they were last asked for,
// which is how deep the comments of one medium are read.
type place struct {
	Media bot.Cursor `json:"media"`
	Tags  bot.Cursor `json:"tags,omitempty"`
	At    time.Time  `json:"at,omitzero"`
}

// overlap is how much of the comments before the last read is read again: what
// the servers agree on late.
const overlap = 10 * time.Minute

// Poll implements bot.Source: our media, the newest first, each with its
// comments; then the media in which we are tagged.
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
	list := latest.List{May: s.api.May, Pages: maxPages, First: s.history(), Back: back, Sweep: sweep, Nested: true}
	list.Gone = s.gone
	list.Page = func(ctx context.Context, name string) ([]latest.Item, string, error) {
		return s.media(ctx, name, since)
	}
	all, err := list.Read(ctx, p.Media, now)
	if err != nil {
		return bot.Batch{}, err
	}
	p.Media = all.Next
	if s.set.Tags == nil || *s.set.Tags {
		list.Page, list.Gone, list.Nested = s.tags, nil, false
		b, err := list.Read(ctx, p.Tags, now)
		if err != nil {
			return bot.Batch{}, err
		}
		p.Tags = b.Next
		all.Mentions = append(all.Mentions, b.Mentions...)
		all.Rejected = append(all.Rejected, b.Rejected...)
		all.More = all.More || b.More
	}
	if !all.More && s.api.May() { // the lists were read through
		p.At = now.UTC()
	}
	slices.SortStableFunc(all.Mentions, func(a, b bot.Mention) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ExternalID, b.ExternalID))
	})
	next, err := json.Marshal(p)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	all.Next = bot.Cursor(next)
	return all, nil
}

func (s *Source) history() time.Duration { return time.Duration(s.set.History) * 24 * time.Hour }

// media reads a page of our media with the comments on it.
func (s *Source) media(ctx context.Context, after string, since time.Time) ([]latest.Item, string, error) {
	page, err := s.api.List(ctx, s.set.Account+"/media", url.Values{"fields": {mediaFields}, "limit": {strconv.Itoa(mediaAtOnce)}}, after)
	if err != nil {
		return nil, "", err
	}
	var all []latest.Item
	for _, raw := range page.Data {
		var on medium
		it := s.item(raw, ", media", &on)
		if it.Err == nil && (graph.ID(on.ID) == "" || on.At.IsZero()) {
			it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		}
		it.At = on.At.Time
		all = append(all, it) // our own media only mark the place
		if it.Err != nil {
			continue
		}
		items, err := s.comments(ctx, on, since)
		if err != nil {
			return nil, "", err
		}
		all = append(all, items...)
	}
	return all, page.After(), nil
}

// comments reads the comments on a medium, the newest first, and their replies:
// those that came with it, and while all of them are newer than since, those
// behind them. Where they stand in the list is where their medium does.
func (s *Source) comments(ctx context.Context, on medium, since time.Time) ([]latest.Item, error) {
	var all []latest.Item
	if on.Comments == nil {
		return nil, nil
	}
	page := *on.Comments
	for range deepest {
		newer := true
		for _, raw := range page.Data {
			c, it := s.comment(raw, on, "")
			newer = newer && (it.Err != nil || !c.At.Before(since))
			it.At = on.At.Time
			all = append(all, it)
			if it.Err != nil {
				continue
			}
			replies, err := s.replies(ctx, on, c)
			if err != nil {
				return nil, err
			}
			all = append(all, replies...)
		}
		after := page.After()
		if after == "" || !newer {
			break
		}
		var err error
		if page, err = s.api.List(ctx, on.ID+"/comments", url.Values{"fields": {commentFields}, "limit": {strconv.Itoa(atOnce)}}, after); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// replies reads what stands below a comment.
func (s *Source) replies(ctx context.Context, on medium, c comment) ([]latest.Item, error) {
	var all []latest.Item
	page := c.Replies
	for range deepest {
		for _, raw := range page.Data {
			_, it := s.comment(raw, on, c.ID)
			it.At = on.At.Time
			all = append(all, it)
		}
		after := page.After()
		if after == "" {
			break
		}
		var err error
		if page, err = s.api.List(ctx, c.ID+"/replies", url.Values{"fields": {replyFields}, "limit": {strconv.Itoa(atOnce)}}, after); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// tags reads a page of the media in which we are tagged
// (…/instagram-graph-api/reference/ig-user/tags).
func (s *Source) tags(ctx context.Context, after string) ([]latest.Item, string, error) {
	name, err := s.us(ctx)
	if err != nil {
		return nil, "", err
	}
	page, err := s.api.List(ctx, s.set.Account+"/tags", url.Values{"fields": {tagFields}, "limit": {strconv.Itoa(mediaAtOnce)}}, after)
	if err != nil {
		return nil, "", err
	}
	var all []latest.Item
	for _, raw := range page.Data {
		var p medium
		it := s.item(raw, ", tag", &p)
		if it.Err == nil && (graph.ID(p.ID) == "" || p.At.IsZero()) {
			it.Err = bot.Errorf(bot.ErrInvalid, "It has no id or no date.")
		}
		if it.At = p.At.Time; it.Err == nil {
			kind := tagged
			if strings.Contains(strings.ToLower(p.Caption), "@"+strings.ToLower(name)) {
				kind = caption // which can be answered
			}
			it.Mention = s.post(p, kind)
		}
		all = append(all, it)
	}
	return all, page.After(), nil
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

// us gives the name of the account, asking once.
func (s *Source) us(ctx context.Context) (string, error) {
	s.mu.Lock()
	name := s.name
	s.mu.Unlock()
	if name != "" {
		return name, nil
	}
	var me person
	if err := s.api.Get(ctx, s.set.Account, url.Values{"fields": {"id,username"}}, &me); err != nil {
		return "", err
	}
	if name = graph.Line(me.Username, 60); name == "" {
		return "", bot.Errorf(bot.ErrUnavailable, "The Graph API does not tell the name of the account. Compare account with the ID of the professional account.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.name = name
	return name, nil
}
