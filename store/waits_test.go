package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// testWaits: the longest wait counts, each platform has its own, and what is
// over is gone.
func testWaits(t *testing.T, s *Store) {
	now := s.now()
	for _, w := range []struct {
		platform, name string
		in             time.Duration
	}{
		{"slack", "views.open", time.Minute}, {"slack", "views.open", time.Second}, {"slack", "chat.postMessage C1", 2 * time.Second},
		{"slack", "old", -time.Second}, {"discord", "", time.Hour},
	} {
		if err := s.SaveWait(t.Context(), w.platform, w.name, now.Add(w.in)); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]time.Duration{}
	for name, until := range must(s.Waits(t.Context(), "slack"))(t) {
		got[name] = until.Sub(now).Round(100 * time.Millisecond)
	}
	if d := cmp.Diff(map[string]time.Duration{"views.open": time.Minute, "chat.postMessage C1": 2 * time.Second}, got); d != "" {
		t.Errorf("what Slack has us wait for (-want +got):\n%s", d)
	}
	if n := len(must(s.Waits(t.Context(), "discord"))(t)); n != 1 {
		t.Errorf("Discord has us wait for %d things", n)
	}
	back := now.Add(-50 * time.Minute) // the clock is set back
	s.now = func() time.Time { return back }
	wait := func(name string) time.Duration {
		return must(s.Waits(t.Context(), "slack"))(t)[name].Sub(back).Round(100 * time.Millisecond)
	}
	if left := wait("views.open"); left != time.Minute {
		t.Errorf("a minute was told, and %s are waited", left)
	}
	if err := s.SaveWait(t.Context(), "slack", "views.open", back.Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if left := wait("views.open"); left != time.Second {
		t.Errorf("a second was told anew, and %s are waited", left)
	}
}

// testTurns: a burst goes at once, then one after the other; what is too far away
// is not booked, and a clock that is set back does not stop everything.
func testTurns(t *testing.T, s *Store) {
	began := s.now()
	now := began
	s.now = func() time.Time { return now }
	pace := bot.Pace{Every: 600 * time.Millisecond, Burst: 3}
	take := func(name string, want time.Duration, taken bool) {
		t.Helper()
		wait, got, err := s.TakeTurn(t.Context(), "slack", name, pace, time.Second)
		if err != nil || got != taken || wait.Round(10*time.Millisecond) != want {
			t.Errorf("%s waits %v, taken %t, %v; want %v, %t", name, wait, got, err, want, taken)
		}
	}
	for range 3 {
		take("views.open", 0, true)
	}
	take("views.open", 600*time.Millisecond, true)
	for range 3 {
		take("views.open", 1200*time.Millisecond, false)
	}
	take("views.update", 0, true)
	now = began.Add(time.Second)
	take("views.open", 200*time.Millisecond, true)
	now = began.Add(-time.Hour)
	take("views.open", 0, true)
	now = began.Add(time.Hour)
	for range 3 {
		take("views.open", 0, true)
	}
	now = began.Add(2 * time.Hour)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := must(list(t.Context(), s.reader(t.Context()), scanID, `SELECT count(*) FROM turns`))(t)[0]; n != 0 {
		t.Errorf("%d turns that are over are kept", n)
	}
}
