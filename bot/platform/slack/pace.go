package slack

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"earshot/bot"
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

// pace keeps calls below Slack's rate limits, and remembers a 429.
type pace struct {
	now func() time.Time

	mu     sync.Mutex
	off    bool // for tests: no limit of ours
	limits map[string]*rate.Limiter
	until  map[string]time.Time // after a 429
}

func newPace(now func() time.Time) *pace {
	return &pace{now: now, limits: map[string]*rate.Limiter{}, until: map[string]time.Time{}}
}

// wait returns when a call of this name may be made, or with an Error of kind
// ErrRateLimited when that is too far away.
func (p *pace) wait(ctx context.Context, name string, t tier) error {
	p.mu.Lock()
	now := p.now()
	delay := p.until[name].Sub(now)
	var hold *rate.Reservation
	if delay <= 0 && !p.off {
		l := p.limits[name]
		if l == nil {
			l = t.limiter()
			p.limits[name] = l
		}
		hold = l.ReserveN(now, 1)
		delay = hold.DelayFrom(now)
	}
	p.mu.Unlock()
	if delay > maxWait {
		if hold != nil {
			hold.CancelAt(now)
		}
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slack takes no more messages there for the moment. It goes out as soon as it does.", RetryAfter: delay}
	}
	if delay <= 0 {
		return nil
	}
	timer := time.NewTimer(delay)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Slack was not reached in time; nothing was sent.", Err: ctx.Err()}
	}
}

// limited remembers a 429: nothing of this name goes out before it is over.
func (p *pace) limited(name string, after time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.until[name] = p.now().Add(after)
}
