package httpx

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"earshot/bot"
)

// Allowance is what a service says that it still lets us ask, so that it is
// not asked for what it would refuse. Its zero value knows of no bound. It is
// safe for concurrent use.
type Allowance struct {
	mu    sync.Mutex
	known bool
	left  float64
	reset time.Time // when it is whole again
}

// Note reads what an answer says of the allowance: the remaining requests, and
// Unix time or seconds until it is whole again (X-RateLimit-Remaining and
// X-RateLimit-Reset, with the X or without, or with Rate and Limit apart). now is the service's own time
// where its answer has one.
func (a *Allowance) Note(h http.Header, now time.Time) {
	left, err := strconv.ParseFloat(limit(h, "Remaining"), 64)
	if err != nil {
		return
	}
	reset := now
	if n, err := strconv.ParseFloat(limit(h, "Reset"), 64); err == nil && n > 1e9 && n < 1e11 {
		reset = time.Unix(int64(n), 0)
	} else if err == nil && n >= 0 && n < 1e9 {
		reset = now.Add(bounded(time.Duration(n) * time.Second))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known, a.left, a.reset = true, left, reset
}

// Spent gives an Error of kind ErrRateLimited while no more than keep requests
// are left, with the time until there are more; nil when host may be asked.
func (a *Allowance) Spent(host string, keep int, now time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.known || a.left > float64(keep) || !now.Before(a.reset) {
		return nil
	}
	e := bot.Errorf(bot.ErrRateLimited, "What %s lets us ask is nearly used up. It is asked again when there is more.", host)
	e.RetryAfter = bounded(a.reset.Sub(now))
	return e
}
