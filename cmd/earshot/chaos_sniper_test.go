package main

import (
	"context"
	"math/rand/v2"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// sniper kills every replica in the very instant in which an acknowledgement
// reaches Slack: what was acknowledged must be stored by then. It also kills in
// the instant in which a reply reaches a customer and nobody has said so yet:
// it must not be sent once more. And it kills while what was read of the file is
// being stored: how far it was read must not be stored before.
type sniper struct {
	c     *chaos
	mu    sync.Mutex
	dice  *rand.Rand // nil while it does not shoot
	ack   bool       // the next acknowledgement is shot at for certain
	burst bool       // much was written to the file, and has not been read
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
func (s *sniper) fires() {
	s.mu.Lock()
	in := 15
	if s.ack {
		in, s.ack = 1, false
	}
	s.mu.Unlock()
	s.shoots(in)
}
func (s *sniper) hears() { s.shoots(3) }

// waits has the next acknowledgement shot at for certain.
func (s *sniper) waits() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ack = true
}

// loads says that much was written to the file.
func (s *sniper) loads() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.burst = true
}

// lurks waits until ctx ends for somebody who reads the file after much was
// written to it, and shoots a moment later.
func (s *sniper) lurks(ctx context.Context, file string, dice *rand.Rand) {
	look, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		s.c.t.Error(err)
		return
	}
	reads := os.NewFile(uintptr(look), "inotify")
	defer context.AfterFunc(ctx, func() { _ = reads.Close() })()
	if _, err := unix.InotifyAddWatch(look, file, unix.IN_ACCESS); err != nil {
		s.c.t.Error(err)
		return
	}
	for buf := make([]byte, 4096); ; {
		if _, err := reads.Read(buf); err != nil {
			return // it is closed
		}
		s.mu.Lock()
		full := s.burst
		s.burst = false
		s.mu.Unlock()
		if full {
			pause(ctx, time.Duration(dice.IntN(60))*time.Millisecond)
			s.shoots(1)
		}
	}
}

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
