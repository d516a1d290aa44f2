// Package acttest is a chat platform and a source for tests: they keep what
// they were given, and fail in every way that the contracts of bot allow, at
// the moment a test asks for.
package acttest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"earshot/bot"
)

// Clock is a clock that stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

// NewClock stands at a Tuesday at noon, UTC.
func NewClock() *Clock { return &Clock{at: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)} }

// Now is the time it shows.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

// Pass moves it on.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Fault is what goes wrong once.
type Fault struct {
	Err   error
	After bool // the message arrived all the same: an outcome left open
}

// Message is what stands on a Platform.
type Message struct {
	Ref    bot.MessageRef
	Key    string
	View   bot.View
	Loud   bool
	Thread bot.MessageRef
	Edits  int
	Gone   bool
}

// Platform is a bot.Platform in memory.
type Platform struct {
	PlatformName string
	NoFind       bool                // Find is not possible here
	GroupsOf     map[string][]string // by user id
	GroupsErr    error
	Posting      func(bot.Outgoing) // called before a message is posted; may be nil
	Editing      func()             // called before a message is edited; may be nil

	mu       sync.Mutex
	messages []*Message
	tells    []Told
	faults   []Fault
	asked    int
}

// Told is what one person alone was shown.
type Told struct {
	To   bot.Person
	View bot.View
}

// Name implements bot.Platform.
func (p *Platform) Name() string { return p.PlatformName }

// Run implements bot.Platform: it waits for the end.
func (p *Platform) Run(ctx context.Context, _ bot.Desk) error {
	<-ctx.Done()
	return nil
}

// Fail makes the next calls that write go wrong, one fault a call.
func (p *Platform) Fail(f ...Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, f...)
}

func (p *Platform) fault() (Fault, bool) {
	if len(p.faults) == 0 {
		return Fault{}, false
	}
	f := p.faults[0]
	p.faults = p.faults[1:]
	return f, true
}

// Post implements bot.Platform.
func (p *Platform) Post(_ context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	if p.Posting != nil {
		p.Posting(out)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	f, failing := p.fault()
	if failing && !f.After {
		return bot.MessageRef{}, f.Err
	}

	m := &Message{Ref: bot.MessageRef{Channel: out.Channel, ID: fmt.Sprint(len(p.messages) + 1)}, Key: out.Key, View: out.View, Loud: out.Loud, Thread: out.Thread}
	p.messages = append(p.messages, m)
	if failing {
		return bot.MessageRef{}, f.Err
	}
	return m.Ref, nil
}

// Edit implements bot.Platform.
func (p *Platform) Edit(_ context.Context, ref bot.MessageRef, v bot.View) error {
	if p.Editing != nil {
		p.Editing()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if f, failing := p.fault(); failing {
		return f.Err
	}
	for _, m := range p.messages {
		if m.Ref == ref && !m.Gone {
			m.View, m.Edits = v, m.Edits+1
			return nil
		}
	}
	return bot.Errorf(bot.ErrGone, "The message is no longer there.")
}

// Find implements bot.Platform.
func (p *Platform) Find(_ context.Context, out bot.Outgoing, _ time.Time) (bot.MessageRef, bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	if p.NoFind {
		return bot.MessageRef{}, false, bot.Errorf(bot.ErrUnsupported, "Nobody can look.")
	}
	for _, m := range p.messages {
		if m.Key == out.Key && !m.Gone {
			return m.Ref, true, nil
		}
	}
	return bot.MessageRef{}, false, nil
}

// Tell implements bot.Platform.
func (p *Platform) Tell(_ context.Context, in bot.Interaction, v bot.View) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tells = append(p.tells, Told{To: in.By, View: v})
	return nil
}

// Groups implements bot.Grouper.
func (p *Platform) Groups(_ context.Context, user string) ([]string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked++
	return p.GroupsOf[user], p.GroupsErr
}

// Asked counts calls of Find and Groups.
func (p *Platform) Asked() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// Delete takes a message away by hand.
func (p *Platform) Delete(ref bot.MessageRef) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.messages {
		if m.Ref == ref {
			m.Gone = true
		}
	}
}

// In lists what stands in a channel, notes in threads left out.
func (p *Platform) In(channel string) []Message {
	return p.list(func(m *Message) bool { return m.Ref.Channel == channel && m.Thread.IsZero() })
}

// Below lists the notes in the thread below a message.
func (p *Platform) Below(ref bot.MessageRef) []Message {
	return p.list(func(m *Message) bool { return m.Thread.ID == ref.ID && !m.Thread.IsZero() })
}

func (p *Platform) list(want func(*Message) bool) []Message {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []Message
	for _, m := range p.messages {
		if !m.Gone && want(m) {
			out = append(out, *m)
		}
	}
	return out
}

// Told lists what people were shown alone.
func (p *Platform) Told() []Told {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tells)
}

// Source is a bot.Answerer in memory.
type Source struct {
	WaysOf []bot.Way
	NoFind bool
	After  bot.Aftermath // of every answer
	Mute   error         // what is said instead

	mu     sync.Mutex
	sent   []bot.Reply
	faults []Fault
}

// Fail makes the next answers go wrong.
func (s *Source) Fail(f ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, f...)
}

// Follow implements bot.Follower.
func (s *Source) Follow(context.Context, bot.Mention, bot.Placed) (bot.Aftermath, error) {
	return s.After, s.Mute
}

// Ways implements bot.Answerer.
func (s *Source) Ways(bot.Mention) []bot.Way { return s.WaysOf }

// Length implements bot.Answerer.
func (s *Source) Length(text string) int { return len([]rune(text)) }

// Answer implements bot.Answerer.
func (s *Source) Answer(_ context.Context, _ bot.Mention, r bot.Reply) (bot.Placed, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var f Fault
	if len(s.faults) > 0 {
		f, s.faults = s.faults[0], s.faults[1:]
		if !f.After {
			return bot.Placed{}, f.Err
		}
	}
	s.sent = append(s.sent, r)
	if f.Err != nil {
		return bot.Placed{}, f.Err
	}
	return place(len(s.sent)), nil
}

func place(n int) bot.Placed {
	return bot.Placed{ExternalID: fmt.Sprint("a", n), URL: fmt.Sprintf("https://social.example/a%d", n)}
}

// FindAnswer implements bot.Answerer.
func (s *Source) FindAnswer(_ context.Context, _ bot.Mention, r bot.Reply) (bot.Placed, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.NoFind {
		return bot.Placed{}, false, bot.Errorf(bot.ErrUnsupported, "Nobody can look.")
	}
	for i, sent := range s.sent {
		if sent.Key() == r.Key() {
			return place(i + 1), true, nil
		}
	}
	return bot.Placed{}, false, nil
}

// Sent lists what customers received.
func (s *Source) Sent() []bot.Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}
