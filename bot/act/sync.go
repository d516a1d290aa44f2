package act

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// keylock holds one lock a key: what touches one card or one thread goes one
// after the other, and nothing else waits for it.
type keylock struct {
	mu   sync.Mutex
	held map[string]*hold
}

type hold struct {
	turn    chan struct{}
	waiting int
}

// lock waits for key, or for the end of ctx.
func (k *keylock) lock(ctx context.Context, key string) (unlock func(), err error) {
	k.mu.Lock()
	if k.held == nil {
		k.held = map[string]*hold{}
	}
	h := k.held[key]
	if h == nil {
		h = &hold{turn: make(chan struct{}, 1)}
		k.held[key] = h
	}
	h.waiting++
	k.mu.Unlock()
	select {
	case h.turn <- struct{}{}:
		return func() { <-h.turn; k.leave(key, h) }, nil
	case <-ctx.Done():
		k.leave(key, h)
		return nil, fmt.Errorf("wait for %s: %w", key, ctx.Err())
	}
}

func (k *keylock) leave(key string, h *hold) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h.waiting--
	if h.waiting == 0 {
		delete(k.held, key)
	}
}

// windows counts the cards that were sent on their way in this process, so
// that many workers at once do not all see the same free place.
type windows struct {
	mu   sync.Mutex
	sent map[string]map[int64]time.Time // by channel, then by delivery
}

// place is one card that wants into a channel's budget.
type place struct {
	channel  string // "platform/channel"
	delivery int64
	posted   int // what the store counts in the channel since the window's start
	limit    int
}

// take reserves a place in the channel's budget, and gives false when there is
// none. A delivery that is tried again keeps the place it has.
func (w *windows) take(p place, now time.Time, window time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sent == nil {
		w.sent = map[string]map[int64]time.Time{}
	}
	taken := w.sent[p.channel]
	if taken == nil {
		taken = map[int64]time.Time{}
		w.sent[p.channel] = taken
	}
	for id, at := range taken {
		if now.Sub(at) >= window {
			delete(taken, id)
		}
	}
	if _, has := taken[p.delivery]; !has && max(p.posted, len(taken)) >= p.limit {
		return false
	}
	taken[p.delivery] = now
	return true
}

// raised remembers which notices may be open, so that a send that works asks
// the store about them once, not every time.
type raised struct {
	mu   sync.Mutex
	well map[string]bool
}

// maybe tells whether the notice may be open, and takes it for mended.
func (r *raised) maybe(key string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.well == nil {
		r.well = map[string]bool{}
	}
	was := r.well[key]
	r.well[key] = true
	return !was
}

func (r *raised) bad(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.well, key)
}
