package zendesk

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

// place is the cursor: where the export stands, which of its tickets are still
// to be looked into, and what was read of those that changed last.
type place struct {
	Export string           `json:"export,omitempty"` // Zendesk's own cursor; "" at first
	Begun  time.Time        `json:"begun,omitzero"`   // where the first read began
	At     time.Time        `json:"at,omitzero"`      // up to when the export has been read
	More   bool             `json:"more,omitempty"`   // the export has more
	Todo   []int64          `json:"todo,omitempty"`   // tickets, in the export's order
	Seen   map[int64]digest `json:"seen,omitempty"`   // ticket → what was read of it
}

// digest is what was read of one ticket: comment → hash, and when.
type digest struct {
	At       int64             `json:"at"` // Unix seconds of the last read
	Comments map[string]string `json:"c"`
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	var p place
	if json.Unmarshal([]byte(cursor), &p) != nil {
		p = place{}
	}
	if p.Seen == nil {
		p.Seen = map[int64]digest{}
	}
	c := &call{s: s, left: -1}
	if len(p.Todo) == 0 {
		if err := c.export(ctx, &p); err != nil {
			return bot.Batch{}, err
		}
	}
	hints := s.hinted()
	ids, taken := s.chosen(hints, p.Todo)
	b, done, err := c.tickets(ctx, ids, &p)
	if err != nil {
		s.hint(hints...)
		return bot.Batch{}, err
	}
	if done < len(ids) { // its limit is near: the rest comes with the next read
		s.hint(hints...)
		taken = max(0, done-len(hints))
	}
	p.Todo = p.Todo[taken:]
	b.More = done == len(ids) && (len(p.Todo) > 0 || p.More)
	if b.More {
		b.Progress = p.progress(s.now())
	}
	p.forget()
	raw, err := json.Marshal(p)
	if err != nil {
		return bot.Batch{}, fmt.Errorf("write the cursor: %w", err)
	}
	b.Next = bot.Cursor(raw)
	return b, nil
}

// chosen gives the tickets that this read looks into: those the webhook told
// of, then the first of the export; and how many of these.
func (s *Source) chosen(hints, todo []int64) (ids []int64, taken int) {
	ids = slices.Clone(hints)
	taken = min(len(todo), max(atOnce-len(hints), 1))
	for _, id := range todo[:taken] {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, taken
}

// progress of a first sync, by the dates of what the export gives.
func (p place) progress(now time.Time) float64 {
	whole := now.Sub(p.Begun)
	if whole <= 0 {
		return 0
	}
	return min(max(p.At.Sub(p.Begun).Seconds()/whole.Seconds(), 0), 1)
}

// forget keeps the tickets that were read last.
func (p *place) forget() {
	if len(p.Seen) <= keepTickets {
		return
	}
	ids := slices.SortedFunc(maps.Keys(p.Seen), func(a, b int64) int {
		return cmp.Or(cmp.Compare(p.Seen[a].At, p.Seen[b].At), cmp.Compare(a, b))
	})
	for _, id := range ids[:len(ids)-keepTickets] {
		delete(p.Seen, id)
	}
}

// call is one read of the desk; left is how many requests its limit still
// allows, -1 before the first answer.
type call struct {
	s    *Source
	left int
}

// spent tells whether the rest of the limit belongs to others.
func (c *call) spent() bool { return c.left >= 0 && c.left <= spare }

// export asks which tickets changed.
func (c *call) export(ctx context.Context, p *place) error {
	q := url.Values{"per_page": {strconv.Itoa(pageSize)}}
	now := c.s.now().UTC()
	if p.Begun.IsZero() {
		p.Begun = now.AddDate(0, 0, -c.s.set.History)
	}
	if p.Export == "" {
		q.Set("start_time", strconv.FormatInt(min(p.Begun.Unix(), now.Add(-lag).Unix()), 10))
	} else {
		q.Set("cursor", p.Export)
	}
	var got struct {
		Tickets *[]ticket `json:"tickets"`
		After   string    `json:"after_cursor"`
		End     bool      `json:"end_of_stream"`
	}
	if err := c.get(ctx, "api/v2/incremental/tickets/cursor.json", q, &got); err != nil {
		return err
	}
	if got.Tickets == nil {
		return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than Zendesk's interface promises.", c.s.base.Hostname())
	}
	for _, t := range *got.Tickets {
		if t.ID > 0 && !slices.Contains(p.Todo, t.ID) {
			p.Todo = append(p.Todo, t.ID)
		}
		if at, ok := when(t.Updated); ok && at.After(p.At) {
			p.At = at
		}
	}
	p.More = !got.End && got.After != "" && got.After != p.Export
	if got.After != "" {
		p.Export = got.After
	}
	return nil
}

// tickets reads what is new in them, and tells how many it came to.
func (c *call) tickets(ctx context.Context, ids []int64, p *place) (b bot.Batch, done int, err error) {
	if len(ids) == 0 {
		return b, 0, nil
	}
	known, err := c.known(ctx, ids)
	if err != nil {
		return b, 0, err
	}
	for _, id := range ids {
		if c.spent() {
			return b, done, nil
		}
		t, there := known[id]
		if there && t.Status != "deleted" {
			if there, err = c.ticket(ctx, t, p, &b); err != nil {
				return b, done, err
			}
		} else {
			there = false
		}
		if !there {
			c.s.withdraw(id, p, &b)
		}
		done++
	}
	return b, done, nil
}

// known asks for the tickets of these ids; deleted ones are not among them.
func (c *call) known(ctx context.Context, ids []int64) (map[int64]ticket, error) {
	known := map[int64]ticket{}
	for some := range slices.Chunk(ids, pageSize) {
		words := make([]string, len(some))
		for i, id := range some {
			words[i] = strconv.FormatInt(id, 10)
		}
		var got struct {
			Tickets []ticket `json:"tickets"`
		}
		if err := c.get(ctx, "api/v2/tickets/show_many.json", url.Values{"ids": {strings.Join(words, ",")}}, &got); err != nil {
			return nil, err
		}
		for _, t := range got.Tickets {
			known[t.ID] = t
		}
	}
	return known, nil
}

// withdraw tells that a ticket is there no more.
func (s *Source) withdraw(id int64, p *place, b *bot.Batch) {
	for _, comment := range slices.Sorted(maps.Keys(p.Seen[id].Comments)) {
		b.Mentions = append(b.Mentions, bot.Mention{ExternalID: external(id, comment), Deleted: true, Private: true,
			CreatedAt: s.now().UTC(), Author: bot.Author{Followers: -1}})
	}
	delete(p.Seen, id)
}

// ticket reads one ticket's public comments; false when it is there no more.
func (c *call) ticket(ctx context.Context, t ticket, p *place, b *bot.Batch) (bool, error) {
	said, err := c.comments(ctx, t.ID)
	if bot.KindOf(err) == bot.ErrGone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	next := digest{At: c.s.now().Unix(), Comments: map[string]string{}}
	parent, first := "", true
	for _, raw := range said {
		m, id, err := c.s.mention(t, raw, parent)
		switch {
		case err != nil:
			mark := record.ContentID("!", string(raw.raw))
			next.Comments[mark] = "!"
			if p.Seen[t.ID].Comments[mark] == "" {
				b.Rejected = append(b.Rejected, record.Rejected(c.s.where(t.ID), err, string(raw.raw), c.s.now()))
			}
			continue
		case !raw.Public:
			continue
		}
		if first {
			m.Title, first = line(t.Subject, 300), false
		}
		parent = m.ExternalID
		sum := record.ContentID(m.Title, m.Text)[len("content-"):][:12]
		old := p.Seen[t.ID].Comments[id]
		next.Comments[id] = sum
		if old == sum {
			continue
		}
		if old != "" {
			m.EditedAt = c.s.now().UTC()
		}
		b.Mentions = append(b.Mentions, m)
	}
	p.Seen[t.ID] = next
	return true, nil
}

// comments reads a ticket's comments with their authors, the oldest first.
func (c *call) comments(ctx context.Context, id int64) ([]comment, error) {
	q := url.Values{"include": {"users"}, "page[size]": {strconv.Itoa(pageSize)}}
	var all []comment
	users := map[int64]user{}
	for range maxPages {
		var got struct {
			Comments []json.RawMessage `json:"comments"`
			Users    []user            `json:"users"`
			Meta     struct {
				More  bool   `json:"has_more"`
				After string `json:"after_cursor"`
			} `json:"meta"`
		}
		if err := c.get(ctx, "api/v2/tickets/"+strconv.FormatInt(id, 10)+"/comments.json", q, &got); err != nil {
			return nil, err
		}
		for _, u := range got.Users {
			users[u.ID] = u
		}
		for _, raw := range got.Comments {
			all = append(all, readComment(raw))
		}
		if !got.Meta.More || got.Meta.After == "" {
			break
		}
		q.Set("page[after]", got.Meta.After)
	}
	for i := range all {
		all[i].author = users[all[i].AuthorID]
	}
	return all, nil
}

// get asks the desk, and notes how much of its limit is left.
func (c *call) get(ctx context.Context, path string, q url.Values, into any) error {
	req, err := c.s.request(ctx, http.MethodGet, path, q)
	if err != nil {
		return err
	}
	resp, err := httpx.Do(c.s.http, req)
	if err != nil {
		return err
	}
	if n, err := strconv.Atoi(resp.Header.Get("X-Rate-Limit-Remaining")); err == nil {
		c.left = n
	}
	return c.s.decode(resp, into)
}

// decode judges an answer and reads it.
func (s *Source) decode(resp *http.Response, into any) error {
	if err := httpx.Status(resp); err != nil {
		_ = resp.Body.Close()
		return s.told(err)
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: s.base.Hostname() + " answers in another form than Zendesk's interface promises.", Err: err}
	}
	return nil
}

// told says what to mend where the desk refuses.
func (s *Source) told(err error) error {
	if bot.KindOf(err) != bot.ErrUnauthorized {
		return err
	}
	return &bot.Error{Kind: bot.ErrUnauthorized, Err: err,
		Msg: s.base.Hostname() + " refuses the token. Make a new one in Admin Center, APIs, for an administrator, and set user to that administrator's address."}
}

func (s *Source) request(ctx context.Context, method, path string, q url.Values) (*http.Request, error) {
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil {
		return nil, err
	}
	if s.set.User == "" {
		req.Header.Set("Authorization", "Bearer "+s.set.Token.Reveal())
	} else {
		req.SetBasicAuth(s.set.User+"/token", s.set.Token.Reveal())
	}
	return req, nil
}
