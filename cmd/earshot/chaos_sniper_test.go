package main

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"time"
)

// sniper kills every replica in the very instant in which an acknowledgement
// reaches Slack: what was acknowledged must be stored by then. It also kills in
// the instant in which a reply reaches a customer and nobody has said so yet:
// it must not be sent once more.
type sniper struct {
	c     *chaos
	mu    sync.Mutex
	dice  *rand.Rand // nil while it does not shoot
	shots int
}

// aims tells it to shoot now and then; not any more without dice.
func (s *sniper) aims(dice *rand.Rand) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dice = dice
}

// fires is called with every acknowledgement, hears with every reply that
// reaches a customer.
func (s *sniper) fires() { s.shoots(15) }
func (s *sniper) hears() { s.shoots(3) }

// shoots kills one time in so many.
func (s *sniper) shoots(in int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dice == nil || s.dice.IntN(in) > 0 {
		return
	}
	s.c.mu.Lock()
	defer s.c.mu.Unlock()
	s.shots++
	s.c.net.killed()
	for _, p := range s.c.children {
		p.shot.Store(true)
		_ = p.cmd.Process.Signal(syscall.SIGKILL) // it may have ended
	}
}

// hits is how often it shot.
func (s *sniper) hits() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shots
}

// mayEnd tells whether a child that has ended by itself was free to: it was
// shot, its disk was full, or it could not reach its database at the start,
// which it said.
func (c *chaos) mayEnd(p *process, began time.Time) bool {
	if p.diskFull || p.shot.Load() {
		return true
	}
	ready, _ := p.find("ready")
	return ready == nil && c.net.database != nil && c.net.illSince(began)
}
