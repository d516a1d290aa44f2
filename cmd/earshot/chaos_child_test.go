package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
	"time"

	"earshot/bot"
)

// spawnAll starts every replica and waits until all are ready.
func (c *chaos) spawnAll() {
	c.t.Helper()
	for i := range c.plan.replicas {
		c.children = append(c.children, c.h.launchWith(configOf(i)))
	}
	for _, p := range c.children {
		p.await("ready")
	}
}

// revive starts what has ended, and waits until all are ready.
func (c *chaos) revive() {
	c.t.Helper()
	for i, p := range c.children {
		if p.ended() {
			c.restart(i)
		}
	}
	for _, p := range c.children {
		p.await("ready")
	}
}

func (c *chaos) restart(i int) {
	p := c.h.launchWith(configOf(i))
	c.mu.Lock()
	c.children[i] = p
	c.mu.Unlock()
}

// ended tells whether the process has.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// killing kills as often as planned, each time after a random stretch of life,
// its beginning included, and gives how often it was.
func (c *chaos) killing() (kills int) {
	c.t.Helper()
	dice := c.dice(diceKills)
	for kills < c.plan.kills {
		i := dice.IntN(len(c.children))
		p := c.children[i]
		began := time.Now()
		life := time.Duration(100+dice.IntN(1400)) * time.Millisecond
		if dice.IntN(4) == 0 {
			life /= 3 // it may not even be ready
		} else {
			c.getsReady(p)
		}
		restore := func() {}
		if dice.IntN(12) == 0 {
			hears := c.net.deaf()
			room := c.diskFull(p, dice)
			restore = func() { room(); hears() }
		}
		if c.lives(p, began, life) {
			if dice.IntN(10) == 0 {
				c.freeze(p, time.Duration(200+dice.IntN(1200))*time.Millisecond)
			}
			c.net.killed()
			p.kill()
			kills++
		}
		restore()
		if dice.IntN(4) == 0 {
			c.tearTail(dice)
		}
		if dice.IntN(25) == 0 {
			c.readOnly(i)
		}
		c.jump(dice)
		c.restart(i)
	}
	return kills + c.sniper.hits()
}

// getsReady waits until a child is ready or has ended.
func (c *chaos) getsReady(p *process) {
	late := time.After(3 * patience) // the machine may be busy, and Slack away
	for {
		r, news := p.find("ready")
		if r != nil {
			return
		}
		select {
		case <-news:
		case <-p.done:
			return
		case <-late:
			c.t.Errorf("it does not get ready:\n%s", last(p.said(), 2000))
			return
		}
	}
}

// lives lets a child live for a while; false when it ended by itself, which
// only a fault of ours may make it do.
func (c *chaos) lives(p *process, began time.Time, life time.Duration) bool {
	c.t.Helper()
	timer := time.NewTimer(life)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-p.done:
		if !c.mayEnd(p, began) {
			c.t.Errorf("it ended by itself: %v\n%s", p.err, last(p.said(), 2000))
		}
		return false
	}
}

func last(s string, n int) string { return s[max(0, len(s)-n):] }

// freeze stops the child as a paused machine does: its clocks jump.
func (c *chaos) freeze(p *process, d time.Duration) {
	c.t.Helper()
	defer c.net.deaf()()
	p.signal(syscall.SIGSTOP)
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
	p.signal(syscall.SIGCONT)
	c.lives(p, time.Now(), d/4)
}

// synced waits until every source has taken in what was there before us.
func (c *chaos) synced() {
	c.t.Helper()
	eventually(c.t, "the first sync", func() bool {
		s := c.store()
		defer s.Close()
		states, err := s.SourceStates(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		n := 0
		for _, st := range states {
			if st.Synced {
				n++
			}
		}
		return n == 5+len(c.mail.boxes)
	})
}

// settle waits until nothing is under way any more: all that was said is
// stored, all that must go out is out, and what was parked was decided on. It
// gives up when nothing has moved for long: the books tell what is missing.
func (c *chaos) settle() {
	c.t.Helper()
	stuck := 45 * time.Second
	if len(c.mail.boxes) > 1 { // a letter is looked for until its server must have filed it
		stuck = 3 * time.Minute
	}
	most := 5*time.Minute + time.Duration(c.plan.kills)*5*time.Second // a long run leaves much behind
	began := time.Now()
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	was, moved, decided := "", time.Now(), time.Time{}
	for {
		now := c.left()
		if now == "" {
			return
		}
		if now != was {
			was, moved = now, time.Now()
		}
		if time.Since(moved) > stuck+c.pause || time.Since(began) > most {
			c.t.Errorf("it does not come to rest: %s: %s", now, c.waiting())
			return
		}
		if strings.Contains(now, "parked") && time.Since(decided) > 2*time.Second {
			c.decide()
			decided = time.Now()
		}
		for _, p := range c.children {
			if p.ended() {
				c.t.Fatalf("it ended by itself: %v\n%s", p.err, last(p.said(), 2000))
			}
		}
		<-tick.C
	}
}

// waiting tells of the first deliveries that are left.
func (c *chaos) waiting() (words string) {
	s := c.store()
	defer s.Close()
	left, err := s.Deliveries(c.t.Context(), []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}, 5)
	if err != nil {
		c.t.Fatal(err)
	}
	for _, d := range left {
		words += fmt.Sprintf("\n  %s %d, %s after %d tries: %s", d.Kind, d.ID, d.State, d.Attempts, d.Error)
	}
	return words
}

// decide is the admin who looks at what was parked and has it sent again.
func (c *chaos) decide() {
	s := c.store()
	parked, err := s.Deliveries(c.t.Context(), []bot.DeliveryState{bot.DeliveryParked}, 1000)
	replies, errReplies := s.RepliesIn(c.t.Context(), bot.ReplyParked, everything)
	s.Close()
	if err != nil || errReplies != nil {
		c.t.Fatal(err, errReplies)
	}
	for _, r := range replies {
		c.settleReply(r)
	}
	for range (len(parked) + 4) / 5 {
		c.retryParked()
	}
}

// readOnly lets a child start where nothing can be written: it must say so and
// end, and change nothing.
func (c *chaos) readOnly(i int) {
	c.t.Helper()
	if os.Geteuid() == 0 || c.plan.engine != "sqlite" {
		return // nothing is read-only to root
	}
	folder := c.h.dir
	if err := os.Chmod(folder, 0o500); err != nil { //nolint:gosec // a folder needs the x
		c.t.Fatal(err)
	}
	p := c.h.launchWith(configOf(i))
	select {
	case <-p.done:
	case <-time.After(patience):
		c.t.Errorf("it runs in a folder that cannot be written:\n%s", p.said())
		p.kill()
	}
	if err := os.Chmod(folder, 0o700); err != nil { //nolint:gosec // a folder needs the x
		c.t.Fatal(err)
	}
}

// oneOf gives one of all, or false where there is none.
func anyOf[T any](dice *rand.Rand, all []T) (one T, ok bool) {
	if len(all) == 0 {
		return one, false
	}
	return all[dice.IntN(len(all))], true
}
