package reddit

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

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
	if err := s.left.Spent("Reddit", reserve, s.now()); err != nil {
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
	s.left.Note(resp.Header, s.now())
	if status := httpx.Status(resp); status != nil {
		body, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10)) // what it says is a help alone
		_ = resp.Body.Close()
		return s.why(status, body)
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

// why adds what Reddit says of a refusal.
func (s *Source) why(status error, body []byte) error {
	var said struct {
		Reason string `json:"reason"` // "private", "banned", "quarantined"
	}
	_ = json.Unmarshal(body, &said)
	reason := text.Cut(text.OneLine(said.Reason), 60)
	switch kind := bot.KindOf(status); {
	case kind == bot.ErrRateLimited:
		if until := s.left.Spent("Reddit", reserve, s.now()); until != nil {
			return until
		}
	case kind == bot.ErrUnauthorized && reason != "":
		return &bot.Error{Kind: kind, Msg: "Reddit does not show this to us: it is " + reason + ". Let our account in, or leave the subreddit out.", Err: status}
	case kind == bot.ErrGone && reason != "":
		return &bot.Error{Kind: kind, Msg: "Reddit does not have this any more: it is " + reason + ". Leave the subreddit out.", Err: status}
	case kind == bot.ErrUnauthorized:
		return &bot.Error{Kind: kind, Msg: "Reddit refuses our credentials, or they lack a scope. Renew them; earshot check says what is missing.", Err: status}
	}
	return status
}
