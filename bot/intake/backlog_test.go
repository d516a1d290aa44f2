package intake_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/intake"
)

// counted notes how often each episode is shown.
type counted struct{ times map[int64]int }

func (c counted) OpenSpike(_ context.Context, sp bot.Spike) error {
	c.times[sp.ID]++
	return nil
}
func (c counted) UpdateSpike(ctx context.Context, sp bot.Spike) error { return c.OpenSpike(ctx, sp) }

// goes lets three people an hour speak until an instant, and the clock tick.
func (w *weather) goes(t *testing.T, s *intake.Spikes, until time.Time) {
	t.Helper()
	for ; w.now.Before(until); w.now = w.now.Add(20 * time.Minute) {
		w.state(t, w.now, 0)
		w.hears(t, s, 1, w.now)
		if err := s.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// backlog gives what was said while nobody listened: three people an hour, and
// forty from an instant on.
func (w *weather) backlog(t *testing.T, s *intake.Spikes, from, burst, to time.Time) {
	t.Helper()
	for at := from; at.Before(to); at = at.Add(20 * time.Minute) {
		w.hears(t, s, 1, at)
	}
	for i := range 40 {
		w.hears(t, s, 1, burst.Add(time.Duration(i)*time.Minute))
	}
}

// apart is a store that keeps episodes to itself.
type apart struct {
	intake.SpikeStore
	kept []bot.Spike
}

func (a *apart) SaveSpike(_ context.Context, sp bot.Spike) (bot.Spike, error) {
	for i, k := range a.kept {
		switch {
		case k.ID == sp.ID:
			a.kept[i] = sp
			return sp, nil
		case sp.ID == 0 && k.Series.Topic == sp.Series.Topic && k.OpenedAt.Equal(sp.OpenedAt):
			return k, nil
		}
	}
	sp.ID = int64(len(a.kept) + 1)
	a.kept = append(a.kept, sp)
	return sp, nil
}

// replayed is what a watcher that replays the store's history finds.
func (w *weather) replayed(t *testing.T) []bot.Spike {
	t.Helper()
	st := &apart{SpikeStore: w.store}
	if err := w.watcherOf(st, counted{map[int64]int{}}).Rebuild(t.Context(), start(), w.now); err != nil {
		t.Fatal(err)
	}
	return st.kept
}

// checkBacklog: there is one episode, shown so often, which a replay of what is
// stored finds as well.
func (w *weather) checkBacklog(t *testing.T, cards counted, burst time.Time, times int) {
	t.Helper()
	got := w.spikes(t)
	if len(got) != 1 || got[0].OpenedAt.Before(burst) || got[0].OpenedAt.After(burst.Add(time.Hour)) || got[0].State != bot.SpikeOver {
		t.Fatalf("found %+v, want one spike from %s that is over", got, burst)
	}
	if len(cards.times) != 1 || cards.times[1] != times {
		t.Errorf("shown %v, want %d times", cards.times, times)
	}
	again := w.replayed(t)
	if len(again) != 1 || !again[0].OpenedAt.Equal(got[0].OpenedAt) || !again[0].ClosedAt.Equal(got[0].ClosedAt) || again[0].Count != got[0].Count {
		t.Errorf("live found\n%+v, a replay\n%+v", got, again)
	}
}

// TestBacklogAfterAnOutage: an episode that only what is read after an outage
// shows is told once, as past, also by a watcher that was killed before it had
// counted the backlog.
func TestBacklogAfterAnOutage(t *testing.T) {
	for _, killed := range []bool{false, true} {
		w, cards := newWeather(t), counted{map[int64]int{}}
		s := w.watcher(cards)
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := w.now.Add(50 * time.Hour)
		w.goes(t, s, begin)
		end, burst := begin.Add(12*time.Hour), begin.Add(2*time.Hour)
		for i := 1; w.now.Before(end); i++ {
			w.state(t, begin.Add(-20*time.Minute), i)
			if err := s.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.now = w.now.Add(20 * time.Minute)
		}
		w.state(t, w.now, 0)
		w.backlog(t, s, begin, burst, end)
		if killed {
			if err := s.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			s = w.watcher(cards)
			if err := s.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if len(w.spikes(t)) != 0 {
			t.Errorf("what is over alarmed: %+v", w.spikes(t))
		}
		w.goes(t, s, end.Add(6*time.Hour))
		w.checkBacklog(t, cards, burst, 1)
	}
}

// TestBacklogAfterAStop: a bot that was stopped counts what was said meanwhile
// once its sources have been read; it is neither silence nor a burst of now.
func TestBacklogAfterAStop(t *testing.T) {
	w, cards := newWeather(t), counted{map[int64]int{}}
	s := w.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin := w.now.Add(50 * time.Hour)
	w.goes(t, s, begin)
	if err := s.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.now = begin.Add(12 * time.Hour)
	s = w.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	outages, err := w.store.Outages(t.Context(), begin, w.now)
	if want := []bot.Outage{{Source: "social", From: begin.Add(-20 * time.Minute), To: w.now}}; err != nil || cmp.Diff(want, outages) != "" {
		t.Errorf("the stop is kept as %v, %v; want %v", outages, err, want)
	}
	burst := begin.Add(2 * time.Hour)
	w.state(t, w.now, 0)
	w.backlog(t, s, begin, burst, w.now)
	w.goes(t, s, w.now.Add(6*time.Hour))
	w.checkBacklog(t, cards, burst, 1)
}

// TestBacklogOfWhatIsKnown: an episode that people know is not told again when
// a backlog is counted, and closes as it would have.
func TestBacklogOfWhatIsKnown(t *testing.T) {
	w, cards := newWeather(t), &shown{last: map[int64]bot.Spike{}}
	s := w.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	begin := w.now.Add(50 * time.Hour)
	w.goes(t, s, begin)
	w.state(t, begin.Add(-20*time.Minute), 1)
	w.now = begin.Add(6 * time.Hour)
	if err := s.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.state(t, w.now, 0)
	w.now = w.now.Add(5 * time.Minute)
	w.hears(t, s, 30, w.now) // something happens now
	w.now = w.now.Add(20 * time.Minute)
	if err := s.Tick(t.Context()); err != nil || len(cards.last) != 1 {
		t.Fatalf("%d episodes are open, %v", len(cards.last), err)
	}
	for at := begin; at.Before(begin.Add(5*time.Hour + 50*time.Minute)); at = at.Add(10 * time.Minute) {
		w.hears(t, s, 1, at)
	}
	w.hears(t, s, 25, begin.Add(5*time.Hour)) // had it been heard, it would have opened then
	w.goes(t, s, w.now.Add(20*time.Hour))
	if len(cards.last) != 1 || len(w.spikes(t)) != 1 || cards.last[1].State != bot.SpikeOver {
		t.Errorf("shown %+v, stored %+v", cards.last, w.spikes(t))
	}
}

// eager is a store in which, as soon as the past is read, somebody is heard
// whose mention was stored just before, and somebody whose was not.
type eager struct {
	intake.SpikeStore
	hear func()
}

func (e *eager) Events(ctx context.Context, from, to time.Time, fn func(bot.Reading) error) error {
	if hear := e.hear; hear != nil {
		e.hear = nil
		hear()
	}
	return e.SpikeStore.Events(ctx, from, to, fn)
}

// TestHeardWhileCountingAnew: what is heard while a backlog is counted counts
// once, whether it was read with the past or not.
func TestHeardWhileCountingAnew(t *testing.T) {
	run := func(meanwhile bool) []byte {
		w := newWeather(t)
		st := &eager{SpikeStore: w.store}
		s := w.watcherOf(st, counted{map[int64]int{}})
		if err := s.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.goes(t, s, w.now.Add(26*time.Hour))
		w.hears(t, s, 9, w.now.Add(-6*time.Hour))
		w.now = w.now.Add(11 * time.Minute)
		first := w.anonymous(t)
		w.now = w.now.Add(6 * time.Minute) // its five minutes are over
		hear := func() {
			for _, h := range [][]bot.Heard{first, w.anonymous(t)} {
				if err := s.Heard(t.Context(), h); err != nil {
					t.Fatal(err)
				}
			}
		}
		if meanwhile {
			st.hear = hear
		}
		if err := s.Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !meanwhile {
			if err := s.Heard(t.Context(), w.anonymous(t)); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		return snapshot(t, w)
	}
	if d := cmp.Diff(run(false), run(true)); d != "" {
		t.Errorf("heard before and heard meanwhile differ:\n%s", d)
	}
}
