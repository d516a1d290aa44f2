package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
