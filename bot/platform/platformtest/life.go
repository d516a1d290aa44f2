package platformtest

import (
	"context"
	"testing"
	"time"

	"earshot/bot"
)

func lifeChecks() []check {
	return []check{
		{"run_ends_when_work_is_done", false, runDrains},
		{"restart_goes_on", false, restartGoesOn},
		{"health", false, health},
	}
}

// runDrains checks that Run returns only when nothing is under way.
func runDrains(t *testing.T, s *stage) {
	started, finished := make(chan struct{}), make(chan time.Time, 1)
	s.desk.AnswerFunc(func(context.Context, bot.Interaction) bot.Answer {
		close(started)
		wait(context.WithoutCancel(t.Context()), 300*time.Millisecond)
		finished <- time.Now()
		return bot.Answer{Tell: say("Just in time.")}
	})
	s.h.Command(s.ann(), "inbox")
	<-started
	s.end()
	ended := time.Now()
	select {
	case at := <-finished:
		if ended.Before(at) {
			t.Error("Run ended before the work did")
		}
	default:
		t.Error("Run ended while work was under way")
	}
}

func restartGoesOn(t *testing.T, s *stage) {
	ref := s.post("earshot-1", CaseView())
	s.end()
	s.h.Restart()
	s.run()
	s.desk.Answer(bot.Answer{Tell: say("Here again.")})
	s.h.Command(s.ann(), "inbox")
	s.told(s.ann(), "Here again.")
	if err := s.h.Platform.Edit(s.ctx, ref, doneView()); err != nil {
		t.Errorf("a card from before the restart cannot be edited: %v", err)
	}
}

func health(t *testing.T, s *stage) {
	h, ok := s.h.Platform.(bot.Healthy)
	if !ok {
		return
	}
	s.until("it says it is connected", func() bool { return h.Health().Connected })
	s.desk.Answer(bot.Answer{})
	s.h.Command(s.ann(), "inbox")
	s.handled(1)
	if h.Health().LastEvent.IsZero() {
		t.Error("it does not know when it heard something last")
	}
	s.end()
	if got := h.Health(); got.Connected {
		t.Errorf("after Run it says %+v", got)
	}
}
