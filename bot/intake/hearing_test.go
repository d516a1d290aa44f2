package intake_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/intake"
)

// state saves how the weather's source is.
func (w *weather) state(t *testing.T, ok time.Time, failures int) {
	t.Helper()
	if err := w.store.SaveSourceState(t.Context(), bot.SourceState{Name: "social", Synced: true, LastOK: ok, Failures: failures}); err != nil {
		t.Fatal(err)
	}
}

// hears lets a watcher hear of so many people at the present.
func (w *weather) hears(t *testing.T, s *intake.Spikes, people int, at time.Time) {
	t.Helper()
	for range people {
		if err := s.Heard(t.Context(), []bot.Heard{w.heard(t, at, "the parcel is late")}); err != nil {
			t.Fatal(err)
		}
	}
}

// outage tells three days of three people an hour; then the source is down for
// seven hours, and when it is read again, all that was said from the second hour
// on comes at once. A real burst follows, half a day later.
func (w *weather) outage(t *testing.T, watcher func() *intake.Spikes) {
	t.Helper()
	begin := w.now.Add(3 * 24 * time.Hour)
	end, burst := begin.Add(7*time.Hour), begin.Add(20*time.Hour)
	for ; w.now.Before(burst.Add(10 * time.Hour)); w.now = w.now.Add(20 * time.Minute) {
		down := !w.now.Before(begin) && w.now.Before(end)
		switch {
		case down:
			w.state(t, begin.Add(-20*time.Minute), int(w.now.Sub(begin)/time.Minute)+1)
		case w.now.Equal(end):
			w.state(t, w.now, 0)
			for at := begin.Add(time.Hour); at.Before(end); at = at.Add(10 * time.Minute) { // twice the usual
				w.hears(t, watcher(), 1, at)
			}
		default:
			w.state(t, w.now, 0)
			w.hears(t, watcher(), 1, w.now)
		}
		if hour := w.now.Sub(burst).Hours(); hour >= 0 && hour < 2 {
			w.hears(t, watcher(), 12, w.now)
		}
		if err := watcher().Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestOutageIsAGap: a source that was down is no silence and its backlog no
// burst; what comes later is found, at once, by a watcher that was started anew
// on the way, and by one that replays the history.
func TestOutageIsAGap(t *testing.T) {
	calm, restarted, later := newWeather(t), newWeather(t), newWeather(t)
	none := &shown{last: map[int64]bot.Spike{}}
	steady := calm.watcher(none)
	if err := steady.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	calm.outage(t, func() *intake.Spikes { return steady })
	got := calm.spikes(t)
	burst := start().Add((3*24 + 20) * time.Hour)
	if len(got) != 1 || got[0].OpenedAt.Before(burst) || got[0].OpenedAt.After(burst.Add(time.Hour)) {
		t.Fatalf("found %+v, want one spike from %s", got, burst)
	}
	if e := got[0].Expected; e < 1 {
		t.Errorf("expected %.1f: the outage was learnt as silence", e)
	}
	var current *intake.Spikes
	calls := 0
	restarted.outage(t, func() *intake.Spikes {
		if calls++; calls%150 == 1 {
			current = restarted.watcher(none)
			if err := current.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return current
	})
	idle := later.watcher(none)
	later.outage(t, func() *intake.Spikes { return later.watcher(none) })
	if err := idle.Rebuild(t.Context(), start(), later.now); err != nil {
		t.Fatal(err)
	}
	ignore := cmp.FilterPath(func(p cmp.Path) bool {
		name := p.Last().String()
		return name == ".Words" || name == ".FirstID" || name == ".Grounds" || name == ".Mentions" || name == ".FirstHand"
	}, cmp.Ignore())
	if d := cmp.Diff(got, restarted.spikes(t), ignore); d != "" {
		t.Errorf("steady (-) and restarted (+) differ:\n%s", d)
	}
	if d := cmp.Diff(got, later.spikes(t), ignore); d != "" {
		t.Errorf("live (-) and replayed (+) differ:\n%s", d)
	}
}

// TestKilledInABin: anonymous mentions of the running five minutes are counted
// once, also when the snapshot was written between them.
func TestKilledInABin(t *testing.T) {
	one, two := newWeather(t), newWeather(t)
	none := &shown{last: map[int64]bot.Spike{}}
	run := func(w *weather, restart bool) []byte {
		s := w.watcher(none)
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			if err := s.Heard(t.Context(), w.anonymous(t)); err != nil {
				t.Fatal(err)
			}
			if restart && i == 3 {
				if err := s.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				s = w.watcher(none)
				if err := s.Load(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return snapshot(t, w)
	}
	if d := cmp.Diff(run(one, false), run(two, true)); d != "" {
		t.Errorf("counted otherwise after a restart:\n%s", d)
	}
}

// TestOldSnapshotIsLearntAnew: one that an older version wrote is not misread.
func TestOldSnapshotIsLearntAnew(t *testing.T) {
	w := newWeather(t)
	none := &shown{last: map[int64]bot.Spike{}}
	w.story(t, func() *intake.Spikes { return w.watcher(none) }) // stored, and nobody watched
	if err := w.store.SaveSnapshot(t.Context(), "spikes", append([]byte{1}, make([]byte, 4000)...)); err != nil {
		t.Fatal(err)
	}
	if err := w.watcher(none).Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := w.spikes(t); len(got) != 1 || got[0].Count < 30 {
		t.Errorf("learnt %+v", got)
	}
}
