package stackexchange

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// wrapper is what every answer is in (api.stackexchange.com/docs/wrapper).
type wrapper struct {
	Items     []json.RawMessage `json:"items"`
	More      bool              `json:"has_more"`
	Backoff   int               `json:"backoff"` // seconds in which this method may not be asked
	Remaining *int              `json:"quota_remaining"`
	ErrorID   int               `json:"error_id"`
	Error     string            `json:"error_message"`
}

// ask asks for one page of what was said in [from, until), oldest first.
func (s *Source) ask(ctx context.Context, q query, page int, from, until time.Time) (wrapper, error) {
	if err := s.clearance(ctx); err != nil {
		return wrapper{}, err
	}
	v := url.Values{}
	v.Set(q.name, q.value)
	v.Set("site", s.set.Site)
	v.Set("fromdate", strconv.FormatInt(from.Unix(), 10))
	v.Set("todate", strconv.FormatInt(until.Unix()-1, 10))
	v.Set("sort", "creation")
	v.Set("order", "asc")
	v.Set("pagesize", strconv.Itoa(pageSize))
	v.Set("page", strconv.Itoa(page))
	v.Set("filter", "withbody")
	if s.set.Key != "" {
		v.Set("key", s.set.Key.Reveal())
	}
	req, err := httpx.Request(ctx, http.MethodGet, s.base, "search/advanced", v)
	if err != nil {
		return wrapper{}, err
	}
	return s.answer(req)
}

// clearance waits out what the service asked us to wait; for longer, it hands
// the waiting to the runner.
func (s *Source) clearance(ctx context.Context) error {
	s.mu.Lock()
	left, why := s.clear.Sub(s.now()), s.why
	s.mu.Unlock()
	switch {
	case left <= 0:
		return nil
	case left > maxBackoff:
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: why, RetryAfter: left}
	default:
		return s.wait(ctx, left)
	}
}

// hold makes nothing be asked for d, at most a day, and says why. A longer hold
// from before stays. It gives how long that is.
func (s *Source) hold(d time.Duration, why string) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if until := s.now().Add(min(d, 25*time.Hour)); until.After(s.clear) {
		s.clear, s.why = until, why
	}
	return s.clear.Sub(s.now())
}

// answer sends the request and reads what the service says of itself.
func (s *Source) answer(req *http.Request) (wrapper, error) {
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return wrapper{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	status := httpx.Status(resp)
	body, err := httpx.Read(resp, maxBody)
	if err != nil {
		return wrapper{}, err
	}
	var got wrapper
	bad := json.Unmarshal(body, &got)
	if got.Backoff > 0 {
		s.hold(time.Duration(min(got.Backoff, 24*3600))*time.Second, "Stack Exchange asks us to slow down.")
	}
	if got.ErrorID != 0 {
		return wrapper{}, s.refused(got)
	}
	if status != nil {
		return wrapper{}, status
	}
	if bad != nil || got.Items == nil || got.Remaining == nil {
		return wrapper{}, &bot.Error{Kind: bot.ErrUnavailable, Msg: "Stack Exchange answers in another form than it promises.", Err: bad}
	}
	if *got.Remaining < len(s.queries) {
		why := "Today's allowance of Stack Exchange is used up."
		if s.set.Key == "" {
			why += " A key, made at https://stackapps.com/apps/oauth/register, gives 10,000 requests a day."
		}
		tomorrow := s.now().UTC().Truncate(24 * time.Hour).Add(24*time.Hour + time.Minute)
		s.hold(tomorrow.Sub(s.now()), why)
	}
	return got, nil
}

// The ids of errors (api.stackexchange.com/docs/error-handling).
const (
	badParameter  = 400
	needsLogin    = 401
	badToken      = 402
	denied        = 403
	noMethod      = 404
	keyRequired   = 405
	compromised   = 406
	throttled     = 502
	unavailable   = 503
	longThrottled = time.Minute // where it does not say for how long
)

// refused turns an error of the service into ours.
func (s *Source) refused(got wrapper) error {
	said := text.Cut(text.OneLine(got.Error), 200)
	switch got.ErrorID {
	case throttled:
		why := "Stack Exchange asks us to slow down: " + said
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: why, RetryAfter: s.hold(longThrottled, why)}
	case needsLogin, badToken, denied, keyRequired, compromised:
		return bot.Errorf(bot.ErrUnauthorized, "Stack Exchange refuses the key: %s. Make one at https://stackapps.com/apps/oauth/register and set it as key.", said)
	case badParameter, noMethod:
		return bot.Errorf(bot.ErrInvalid, "Stack Exchange does not understand the request: %s. Check site, tags and key.", said)
	case unavailable:
		return bot.Errorf(bot.ErrUnavailable, "Stack Exchange is out of order: %s", said)
	}
	return bot.Errorf(bot.ErrUnavailable, "Stack Exchange fails: %s (%d)", said, got.ErrorID)
}
