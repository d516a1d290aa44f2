package platformtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"earshot/bot"
)

const (
	// patience is how long a check waits for what must happen.
	patience = 8 * Slower * time.Second
	// ackWithin is how soon a click is acknowledged, whatever it sets off.
	ackWithin = Slower * time.Second
)

// check is one promise of bot.Platform.
type check struct {
	name string
	idle bool // does not want Run to be running yet
	run  func(t *testing.T, s *stage)
}

// Run tries every promise that a bot.Platform makes, each on a fresh Harness.
func Run(t *testing.T, start New) {
	t.Helper()
	checks := slices.Concat(postChecks(), faultChecks(), actChecks(), formChecks(), lifeChecks())
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			switch hostile := strings.HasPrefix(c.name, "hostile_"); {
			case hostile && testing.Short(): // -short is for the race detector, and what is drawn has nothing to race
				t.Skip("with -short, what hostile text looks like is not tried again")
			case !hostile: // those keep a core busy
				t.Parallel() // the others mostly wait
			}
			s := newStage(t, start)
			if !c.idle {
				s.run()
			}
			c.run(t, s)
		})
	}
	t.Run("no_goroutine_stays", func(t *testing.T) {
		before := goleak.IgnoreCurrent()
		t.Run("inner", func(t *testing.T) {
			s := newStage(t, start)
			s.run()
			s.desk.Answer(bot.Answer{Tell: say("Done.")})
			s.h.Command(s.ann(), "inbox")
			s.told(s.ann(), "Done.")
		})
		goleak.VerifyNone(t, before)
	})
}

// stage is a harness with a desk and a running platform.
type stage struct {
	new  New
	t    *testing.T
	h    *Harness
	desk *Desk
	ctx  context.Context
	stop context.CancelFunc
	done chan error
}

func newStage(t *testing.T, start New) *stage {
	t.Helper()
	h := start(t)
	if len(h.People) < 2 {
		t.Fatal("the harness knows fewer than two people")
	}
	return &stage{new: start, t: t, h: h, desk: NewDesk(), ctx: t.Context()}
}

// run starts the platform and ends it with the test.
func (s *stage) run() {
	s.t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(s.t.Context()))
	s.stop, s.done = cancel, make(chan error, 1)
	p, done := s.h.Platform, s.done
	go func() { done <- p.Run(ctx, s.desk) }()
	s.t.Cleanup(func() { s.end() })
	ready, stop := context.WithTimeout(s.t.Context(), patience)
	defer stop()
	if err := s.h.Ready(ready); err != nil {
		s.t.Fatalf("never ready: %v", err)
	}
}

// end stops Run and checks that it ended well. Ending twice is fine.
func (s *stage) end() {
	if s.done == nil {
		return
	}
	s.stop()
	select {
	case err := <-s.done:
		if err != nil {
			s.t.Errorf("Run ended with %v, want nil after its context ended", err)
		}
	case <-time.After(patience):
		s.t.Error("Run did not end")
	}
	s.done = nil
}

func (s *stage) ann() bot.Person { return s.h.People[0] }
func (s *stage) bob() bot.Person { return s.h.People[1] }

// say is a view of one sentence, for answers.
func say(text string) *bot.View {
	v := bot.Say(text)
	return &v
}

// until waits for ok, which is asked every 10 ms.
func (s *stage) until(what string, ok func() bool) {
	s.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			s.t.Fatalf("waited %v for: %s", patience, what)
		}
	}
}

// told waits until a person was privately told something with these words.
func (s *stage) told(by bot.Person, words string) Seen {
	s.t.Helper()
	var found Seen
	s.until(fmt.Sprintf("%s is told %q", by.Name, words), func() bool {
		for _, m := range s.h.Private(by) {
			if strings.Contains(m.Text, words) {
				found = m
				return true
			}
		}
		return false
	})
	return found
}

// open waits until a form with this title lies before a person.
func (s *stage) open(by bot.Person, title string) Shown {
	s.t.Helper()
	var form Shown
	s.until(fmt.Sprintf("the form %q is open", title), func() bool {
		f, ok := s.h.Form(by)
		form = f
		return ok && f.Title == title
	})
	return form
}

// acked fails unless a is an acknowledgement within a second of start.
func (s *stage) acked(a Ack, start time.Time) {
	s.t.Helper()
	if !a.OK {
		s.t.Fatal("not acknowledged")
	}
	if took := a.At.Sub(start); took > ackWithin {
		s.t.Errorf("acknowledged after %v, want within %v", took, ackWithin)
	}
}

// post puts v into the channel; it must be possible.
func (s *stage) post(key string, v bot.View) bot.MessageRef {
	s.t.Helper()
	ref, err := s.h.Platform.Post(s.ctx, bot.Outgoing{Key: key, Channel: s.h.Channel, View: v})
	if err != nil {
		s.t.Fatalf("post: %v", err)
	}
	if ref.ID == "" || ref.Channel == "" {
		s.t.Fatalf("post gave %+v, which cannot be found again", ref)
	}
	return ref
}

// card posts a card and gives it as it is seen.
func (s *stage) card() Seen {
	s.t.Helper()
	ref := s.post("earshot-1", CaseView())
	return s.at(ref)
}

// at is the message ref as it is seen in its channel.
func (s *stage) at(ref bot.MessageRef) Seen {
	s.t.Helper()
	for _, m := range s.h.Seen(bot.MessageRef{Channel: ref.Channel}) {
		if m.Ref.ID == ref.ID {
			return m
		}
	}
	s.t.Fatalf("message %+v does not stand in its channel", ref)
	return Seen{}
}

// inOrder fails unless every word stands in text, one after the other. How
// wide a space is does not count.
func inOrder(t *testing.T, text string, words []string) {
	t.Helper()
	narrow := func(s string) string { return strings.Join(strings.Fields(s), " ") }
	rest := narrow(text)
	for _, w := range words {
		w = narrow(w)
		i := strings.Index(rest, w)
		if i < 0 {
			t.Errorf("%q is not where it should be in:\n%s", w, text)
			return
		}
		rest = rest[i+len(w):]
	}
}
