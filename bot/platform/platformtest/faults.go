package platformtest

import (
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

func faultChecks() []check {
	return []check{
		{"uncertain_send_is_found", true, uncertainSend},
		{"error_kinds", true, errorKinds},
		{"revoked_credentials_end_run", true, revokedRun},
	}
}

func uncertainSend(t *testing.T, s *stage) {
	if !slices.Contains(s.h.Faults, Lost) {
		return
	}
	root := s.post("earshot-1", CaseView())
	for i, below := range []bot.MessageRef{{}, root} {
		out := bot.Outgoing{Key: []string{"earshot-2", "earshot-3"}[i], Channel: s.h.Channel, Thread: below, View: bot.Say("sent once")}
		s.h.FailNext(Lost)
		if _, err := s.h.Platform.Post(s.ctx, out); bot.KindOf(err) != bot.ErrUncertain {
			t.Fatalf("an answer that was lost gives %q (%v), want uncertain", bot.KindOf(err), err)
		}
		ref, ok, err := s.h.Platform.Find(s.ctx, out, time.Now().Add(-time.Minute))
		if err != nil || !ok {
			t.Fatalf("what was sent is not found: %v %v", ok, err)
		}
		if err := s.h.Platform.Edit(s.ctx, ref, bot.Say("sent once, edited")); err != nil {
			t.Errorf("what was found cannot be edited: %v", err)
		}
		if below.IsZero() {
			if all := s.h.Seen(bot.MessageRef{Channel: root.Channel}); len(all) != 2 {
				t.Errorf("%d messages stand, want the card and the one that was sent", len(all))
			}
		}
	}
}

func errorKinds(t *testing.T, s *stage) {
	kinds := map[Fault][]bot.ErrorKind{
		RateLimited: {bot.ErrRateLimited},
		Broken:      {bot.ErrUnavailable, bot.ErrUncertain},
		Refused:     {bot.ErrUnavailable},
		Revoked:     {bot.ErrUnauthorized},
		Archived:    {bot.ErrGone},
		Deleted:     {bot.ErrGone},
	}
	for _, f := range s.h.Faults {
		want, ok := kinds[f]
		if !ok {
			continue
		}
		for _, op := range []string{"post", "edit"} {
			if f == Deleted && op == "post" {
				continue
			}
			t.Run(op+" "+string(f), func(t *testing.T) {
				err := newStage(t, s.new).failing(f, op)
				if !slices.Contains(want, bot.KindOf(err)) {
					t.Fatalf("kind %q (%v), want one of %q", bot.KindOf(err), err, want)
				}
				told(t, f, err)
			})
		}
	}
}

// failing does op on a fresh platform while the service has this fault.
func (s *stage) failing(f Fault, op string) error {
	ref := s.post("earshot-1", bot.Say("first"))
	s.h.FailNext(f)
	if op == "edit" {
		return s.h.Platform.Edit(s.ctx, ref, bot.Say("edited"))
	}
	_, err := s.h.Platform.Post(s.ctx, bot.Outgoing{Key: "earshot-2", Channel: s.h.Channel, View: bot.Say("second")})
	return err
}

// told checks that an error helps a person and carries the wait.
func told(t *testing.T, f Fault, err error) {
	t.Helper()
	msg := bot.Told(err)
	if len(strings.Fields(msg)) < 4 || !strings.HasSuffix(msg, ".") {
		t.Errorf("people are told %q, want plain words and what to do", msg)
	}
	e, ok := err.(*bot.Error)
	if f == RateLimited && (!ok || e.RetryAfter != RetryAfter) {
		t.Errorf("the wait of %v is not told: %+v", RetryAfter, err)
	}
}

func revokedRun(t *testing.T, s *stage) {
	if s.h.Revoke == nil {
		return
	}
	s.h.Revoke()
	done := make(chan error, 1)
	go func() { done <- s.h.Platform.Run(s.ctx, s.desk) }()
	select {
	case err := <-done:
		if bot.KindOf(err) != bot.ErrUnauthorized {
			t.Errorf("Run ended with %q (%v), want unauthorized", bot.KindOf(err), err)
		}
	case <-time.After(patience):
		t.Error("Run goes on although the credentials are refused")
	}
}
