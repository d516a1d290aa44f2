package httpx

import (
	"sync"
	"time"

	"earshot/bot"
)

// Pace holds a source back while an allowance of its service is used up, so
// that the service need not refuse. The zero value holds nothing; it is safe
// for concurrent use.
type Pace struct {
	mu    sync.Mutex
	holds map[string]hold
}

type hold struct {
	until time.Time
	why   string
}

// Clear gives nil when what is called name may be asked for at now, else an
// Error of kind ErrRateLimited with RetryAfter.
func (p *Pace) Clear(name string, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	h, held := p.holds[name]
	if !held {
		return nil
	}
	if left := h.until.Sub(now); left > 0 && left <= maxWait+time.Hour {
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: h.why, RetryAfter: left}
	}
	delete(p.holds, name) // it is over, or the clock was put back
	return nil
}

// Hold lets nothing that is called name be asked for until then. why is a
// sentence for people. A longer hold from before stays.
func (p *Pace) Hold(name string, until time.Time, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holds == nil {
		p.holds = map[string]hold{}
	}
	if until.After(p.holds[name].until) {
		p.holds[name] = hold{until: until, why: why}
	}
}
