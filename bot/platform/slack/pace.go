package slack

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

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

// limiter keeps a tier. Its burst is ours: what a busy minute may take at once.
func (t tier) limiter() *rate.Limiter {
	switch t {
	case tierFew:
		return rate.NewLimiter(rate.Every(3*time.Second), 5)
	case tierSome:
		return rate.NewLimiter(rate.Every(1200*time.Millisecond), 20)
	case tierMany:
		return rate.NewLimiter(rate.Every(600*time.Millisecond), 40)
	}
	return rate.NewLimiter(rate.Every(time.Second), 4)
}

// maxWait is the longest that a call waits for its turn by itself. A longer
// wait is told to the caller, whose queue keeps the time.
const maxWait = 1500 * time.Millisecond

// pace keeps calls below Slack's rate limits, and honours a 429, whichever
// replica was told.
type pace struct {
	now   func() time.Time
	waits *waits.Book // what 429s told

	mu     sync.Mutex
	off    bool // for tests: no limit of ours
	limits map[string]*rate.Limiter
}

func newPace(now func() time.Time, book *waits.Book) *pace {
	return &pace{now: now, waits: book, limits: map[string]*rate.Limiter{}}
}

// wait returns when a call of this name may be made, or with an Error of kind
// ErrRateLimited when that is too far away. A 429 that comes meanwhile counts
// too.
func (p *pace) wait(ctx context.Context, name string, t tier) error {
	left := maxWait
	delay, giveBack := p.book(name, t)
	for first := true; ; first = false {
		delay = max(delay, p.waits.Left(ctx, name))
		if delay > left {
			if first {
				giveBack()
			}
			return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slack takes no more messages there for the moment. It goes out as soon as it does.", RetryAfter: delay}
		}
		if delay <= 0 {
			return nil
		}
		if !rest(ctx, delay) {
			return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Slack was not reached in time; nothing was sent.", Err: ctx.Err()}
		}
		left, delay = left-delay, 0
	}
}

// book takes a turn of a name and tells how long it is until then.
func (p *pace) book(name string, t tier) (delay time.Duration, giveBack func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off {
		return 0, func() {}
	}
	l := p.limits[name]
	if l == nil {
		l = t.limiter()
		p.limits[name] = l
	}
	now := p.now()
	turn := l.ReserveN(now, 1)
	return turn.DelayFrom(now), func() { turn.CancelAt(now) }
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
