package platformtest

import (
	"context"
	"errors"
	"sync"
	"time"

	"earshot/bot"
)

// Desk is a bot.Desk that remembers what it was brought and answers as it is
// told. It is safe for concurrent use.
type Desk struct {
	mu       sync.Mutex
	seen     map[string]bool
	accepted []Taken
	handled  []bot.Interaction
	heard    []bot.Mention
	answer   func(context.Context, bot.Interaction) bot.Answer
	options  []bot.Option
	lines    []string
	refuse   bool
	slow     time.Duration
	changed  chan struct{}
}

// Taken is an interaction that was accepted, and when that was done.
type Taken struct {
	In    bot.Interaction
	At    time.Time
	Fresh bool
}

// NewDesk gives a desk that answers nothing.
func NewDesk() *Desk {
	return &Desk{seen: map[string]bool{}, changed: make(chan struct{})}
}

// Answer sets what Handle answers from now on.
func (d *Desk) Answer(a bot.Answer) {
	d.AnswerFunc(func(context.Context, bot.Interaction) bot.Answer { return a })
}

// AnswerFunc sets how Handle answers from now on.
func (d *Desk) AnswerFunc(f func(context.Context, bot.Interaction) bot.Answer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answer = f
}

// Refuse makes Accept and Overheard fail, as when the store is down.
func (d *Desk) Refuse(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = on
}

// Slow makes Accept take this long.
func (d *Desk) Slow(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slow = by
}

// Options sets what Complete offers.
func (d *Desk) Options(o ...bot.Option) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.options = o
}

// Accept implements bot.Desk.
func (d *Desk) Accept(ctx context.Context, in bot.Interaction) (bool, error) {
	d.mu.Lock()
	slow, refuse := d.slow, d.refuse
	d.mu.Unlock()
	if slow > 0 {
		wait(ctx, slow)
	}
	if refuse {
		return false, errors.New("the store is down")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	fresh := !d.seen[in.ID]
	d.seen[in.ID] = true
	d.accepted = append(d.accepted, Taken{In: in, At: time.Now(), Fresh: fresh})
	d.tell()
	return fresh, nil
}

// Handle implements bot.Desk.
func (d *Desk) Handle(ctx context.Context, in bot.Interaction) bot.Answer {
	d.mu.Lock()
	d.handled = append(d.handled, in)
	f := d.answer
	d.tell()
	d.mu.Unlock()
	if f == nil {
		return bot.Answer{}
	}
	return f(ctx, in)
}

// Complete implements bot.Desk.
func (d *Desk) Complete(_ context.Context, _ bot.Person, line string) []bot.Option {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
	return d.options
}

// Overheard implements bot.Desk.
func (d *Desk) Overheard(_ context.Context, _, _ string, m bot.Mention) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse {
		return bot.Errorf(bot.ErrInternal, "The store is down.")
	}
	d.heard = append(d.heard, m)
	d.tell()
	return nil
}

// tell wakes those who wait; d.mu is held.
func (d *Desk) tell() {
	close(d.changed)
	d.changed = make(chan struct{})
}

// Accepted lists what was accepted, oldest first.
func (d *Desk) Accepted() []Taken {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Taken(nil), d.accepted...)
}

// Handled lists what was handled, oldest first.
func (d *Desk) Handled() []bot.Interaction {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]bot.Interaction(nil), d.handled...)
}

// Heard lists what customers were overheard to say, oldest first.
func (d *Desk) Heard() []bot.Mention {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]bot.Mention(nil), d.heard...)
}

// Lines lists what completions were asked for.
func (d *Desk) Lines() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.lines...)
}

// Wait returns when done says so, which is asked whenever something arrives;
// false when ctx ends first.
func (d *Desk) Wait(ctx context.Context, done func() bool) bool {
	for {
		d.mu.Lock()
		changed := d.changed
		d.mu.Unlock()
		if done() {
			return true
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return done()
		}
	}
}

// wait waits for d or the end of ctx.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
