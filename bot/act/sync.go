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

// Locker parts processes that work on one store: Lock waits until no other one
// has the key.
type Locker interface {
	Lock(ctx context.Context, key string) (unlock func(), err error)
}

// alone waits until nobody else has key, here or in another process.
func (s *Service) alone(ctx context.Context, key string) (unlock func(), err error) {
	here, err := s.locks.lock(ctx, key)
	if err != nil || s.others == nil {
		return here, err
	}
	there, err := s.others.Lock(ctx, key)
	if err != nil {
		here()
		return nil, err
	}
	return func() { there(); here() }, nil
}

func (k *keylock) leave(key string, h *hold) {
	k.mu.Lock()
	defer k.mu.Unlock()
	h.waiting--
	if h.waiting == 0 {
		delete(k.held, key)
	}
}

// raised remembers which notices are not open, so that a send that works asks
// the store about them now and then, not every time.
type raised struct {
	mu   sync.Mutex
	well map[string]time.Time
}

// wellFor is how long a notice is taken for mended without asking: another
// process may have raised it meanwhile.
const wellFor = time.Minute

// maybe tells whether the notice may be open, and takes it for mended.
func (r *raised) maybe(key string, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.well == nil {
		r.well = map[string]time.Time{}
	}
	since, was := r.well[key]
	if was && now.Sub(since) < wellFor {
		return false
	}
	r.well[key] = now
	return true
}

func (r *raised) bad(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.well, key)
}
