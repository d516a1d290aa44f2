package slack

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

// tier is how often a method may be called
// (docs.slack.dev/apis/web-api/rate-limits).
type tier int

// The tiers.
const (
	tierFew     tier = iota // Tier 2: 20 a minute
	tierSome                // Tier 3: 50 a minute
	tierMany                // Tier 4: 100 a minute
	tierChannel             // chat.postMessage: 1 a second a channel, with short bursts
)

// pace is that of a tier. Its burst is ours: what a busy minute may take at once.
func (t tier) pace() bot.Pace {
	switch t {
	case tierFew:
		return bot.Pace{Every: 3 * time.Second, Burst: 5}
	case tierSome:
		return bot.Pace{Every: 1200 * time.Millisecond, Burst: 20}
	case tierMany:
		return bot.Pace{Every: 600 * time.Millisecond, Burst: 40}
	}
	return bot.Pace{Every: time.Second, Burst: 4}
}

// maxWait is the longest that a call waits for its turn by itself. A longer
// wait is told to the caller, whose queue keeps the time.
const maxWait = 1500 * time.Millisecond

// pace keeps calls below Slack's rate limits, and honours a 429, whichever
// replica was told.
type pace struct {
	waits *waits.Book // what 429s told, and whose turn it is
	off   bool        // for tests: no limit of ours
}

func newPace(book *waits.Book) *pace { return &pace{waits: book} }

// wait returns when a call of this name may be made, or with an Error of kind
// ErrRateLimited when that is too far away. A 429 that comes meanwhile counts
// too.
func (p *pace) wait(ctx context.Context, name string, t tier) error {
	left, delay := maxWait, p.waits.Left(ctx, name)
	if delay <= left && !p.off {
		turn, _ := p.waits.Turn(ctx, name, t.pace(), left)
		delay = max(delay, turn)
	}
	for ; ; delay = p.waits.Left(ctx, name) {
		if delay > left {
			return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slack takes no more messages there for the moment. It goes out as soon as it does.", RetryAfter: delay}
		}
		if delay <= 0 {
			return nil
		}
		if !rest(ctx, delay) {
			return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Slack was not reached in time; nothing was sent.", Err: ctx.Err()}
		}
		left -= delay
	}
}

// openMethod is the call that opens a socket. slack-go makes it by itself.
const openMethod = "apps.connections.open"

// opening has slack-go wait, too, where a 429 of openMethod asks another replica
// to: it is answered as Slack would.
type opening struct {
	base  http.RoundTripper // http.DefaultTransport where nil
	waits *waits.Book
}

// RoundTrip implements http.RoundTripper.
func (o opening) RoundTrip(req *http.Request) (*http.Response, error) {
	base := o.base
	if base == nil {
		base = http.DefaultTransport
	}
	if !strings.HasSuffix(req.URL.Path, "/"+openMethod) {
		return base.RoundTrip(req)
	}
	if left := o.waits.Left(req.Context(), openMethod); left > 0 {
		if req.Body != nil {
			_ = req.Body.Close() // nobody reads it
		}
		return &http.Response{Status: "429 Too Many Requests", StatusCode: http.StatusTooManyRequests, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Retry-After": {strconv.Itoa(int(left/time.Second) + 1)}}, Body: http.NoBody, Request: req}, nil
	}
	res, err := base.RoundTrip(req)
	if err == nil && res.StatusCode == http.StatusTooManyRequests {
		wait, _ := strconv.Atoi(res.Header.Get("Retry-After"))
		o.waits.Told(req.Context(), openMethod, time.Duration(max(wait, 1))*time.Second)
	}
	return res, err
}
