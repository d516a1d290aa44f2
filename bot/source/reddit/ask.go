package reddit

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// page is one page of a listing, newest first; after names the next, and is
// empty on the last.
type page struct {
	items []item
	after string
}

// children is a listing as Reddit writes it.
type children struct {
	Data struct {
		After    string            `json:"after"`
		Children []json.RawMessage `json:"children"`
	} `json:"data"`
}

func (c children) read() (page, error) {
	if c.Data.Children == nil {
		return page{}, bot.Errorf(bot.ErrUnavailable, "Reddit answers in another form than its interface promises.")
	}
	p := page{after: c.Data.After, items: make([]item, len(c.Data.Children))}
	for i, raw := range c.Data.Children {
		p.items[i] = readItem(raw)
	}
	if !named(p.after) {
		p.after = ""
	}
	return p, nil
}

// page asks for one page of a listing, from the interface or as a feed.
func (s *Source) page(ctx context.Context, l listing, after string, size int) (page, error) {
	q := url.Values{"limit": {strconv.Itoa(size)}}
	for k, v := range l.query {
		q[k] = v
	}
	if after != "" {
		q.Set("after", after)
	}
	if s.tokens == nil {
		return s.feed(ctx, l.path+"/.rss", q)
	}
	var got children
	if err := s.get(ctx, l.path, q, &got); err != nil {
		return page{}, err
	}
	return got.read()
}

// info looks things up by their names, at most 100 at once. Names that Reddit
// does not know are not in what it gives.
func (s *Source) info(ctx context.Context, names []string) (map[string]thing, error) {
	var got children
	if err := s.get(ctx, "api/info", url.Values{"id": {strings.Join(names, ",")}}, &got); err != nil {
		return nil, err
	}
	p, err := got.read()
	if err != nil {
		return nil, err
	}
	all := map[string]thing{}
	for _, it := range p.items {
		if it.err == nil && !it.other {
			all[it.thing.Name] = it.thing
		}
	}
	return all, nil
}

// get asks the interface, unless that would be more than it allows.
func (s *Source) get(ctx context.Context, path string, q url.Values, into any) error {
	if err := s.pace.Clear("", s.now()); err != nil {
		return err
	}
	if q == nil {
		q = url.Values{}
	}
	q.Set("raw_json", "1") // text as it is, without HTML's references
	resp, err := s.tokens.Do(ctx, func() (*http.Request, error) {
		req, err := httpx.Request(ctx, http.MethodGet, s.api, path, q)
		if err == nil {
			req.Header.Set("User-Agent", s.agent())
		}
		return req, err
	})
	if err != nil {
		return err
	}
	return s.answer(resp, into)
}

// answer reads what Reddit says, and how much of the allowance is left.
func (s *Source) answer(resp *http.Response, into any) error {
	reset := s.note(resp.Header)
	if status := httpx.Status(resp); status != nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // what it says is a help alone
		_ = resp.Body.Close()
		return why(status, body, reset)
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Reddit answers in another form than its interface promises.", Err: err}
	}
	return nil
}

// note reads the allowance, and holds us back before it is used up. It gives
// how long it is until there is a new one; 0 when not told.
func (s *Source) note(h http.Header) time.Duration {
	left, err1 := strconv.ParseFloat(h.Get("X-Ratelimit-Remaining"), 64)
	reset, err2 := strconv.ParseFloat(h.Get("X-Ratelimit-Reset"), 64)
	if err1 != nil || err2 != nil || !(reset > 0 && reset < 3600) {
		return 0
	}
	wait := time.Duration(reset * float64(time.Second))
	if left < reserve {
		s.pace.Hold("", s.now().Add(wait), "Reddit's allowance is used up; it goes on by itself.")
	}
	return wait
}

// why adds what Reddit says of a refusal.
func why(status error, body []byte, reset time.Duration) error {
	var said struct {
		Reason string `json:"reason"` // "private", "banned", "quarantined"
	}
	_ = json.Unmarshal(body, &said)
	reason := text.Cut(text.OneLine(said.Reason), 60)
	switch kind := bot.KindOf(status); {
	case kind == bot.ErrRateLimited && reset > 0:
		return &bot.Error{Kind: kind, Msg: "Reddit asks us to slow down.", RetryAfter: reset, Err: status}
	case kind == bot.ErrUnauthorized && reason != "":
		return &bot.Error{Kind: kind, Msg: "Reddit does not show this to us: it is " + reason + ". Let our account in, or leave the subreddit out.", Err: status}
	case kind == bot.ErrGone && reason != "":
		return &bot.Error{Kind: kind, Msg: "Reddit does not have this any more: it is " + reason + ". Leave the subreddit out.", Err: status}
	case kind == bot.ErrUnauthorized:
		return &bot.Error{Kind: kind, Msg: "Reddit refuses our credentials, or they lack a scope. Renew them; earshot check says what is missing.", Err: status}
	}
	return status
}
