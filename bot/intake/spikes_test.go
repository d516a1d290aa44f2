package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/analyze/spike"
	"earshot/bot/intake"
	"earshot/store"
)

// shown notes which spikes are shown.
type shown struct{ last map[int64]bot.Spike }

func (s *shown) OpenSpike(_ context.Context, sp bot.Spike) error {
	s.last[sp.ID] = sp
	return nil
}
func (s *shown) UpdateSpike(ctx context.Context, sp bot.Spike) error { return s.OpenSpike(ctx, sp) }

// weather is a store with days of calm and a burst at the end, and a clock.
type weather struct {
	store *store.Store
	now   time.Time
	n     int
	moody bool // what fails is part of the story
}

func newWeather(t *testing.T) *weather {
	t.Helper()
	w := &weather{now: start()}
	s, err := store.Open(t.Context(), store.Options{Path: filepath.Join(t.TempDir(), "w.db"), Now: func() time.Time { return w.now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w.store = s
	return w
}

// heard stores a complaint of somebody new at a time, and gives it back.
func (w *weather) heard(t *testing.T, at time.Time, words string) bot.Heard {
	t.Helper()
	w.n++
	h := bot.Heard{Mention: bot.Mention{
		Source: "social", Kind: "test", ExternalID: fmt.Sprint(w.n), Text: fmt.Sprintf("%s (%d)", words, w.n), CreatedAt: at, SeenAt: w.now,
		Author: bot.Author{Handle: fmt.Sprintf("a%d", w.n), Followers: -1}, Watches: []string{"Larkspur"},
	}, Verdict: bot.Verdict{Label: bot.Negative, Voice: bot.FirstHand, Stance: bot.Detractor}}
	saved, err := w.store.SaveHeard(t.Context(), []bot.Heard{h})
	if err != nil {
		t.Fatal(err)
	}
	h.Mention.ID, h.Mention.Author.ID = saved[0].ID, saved[0].AuthorID
	return h
}

// story tells three calm days, one complaint every three hours, then a burst
// of forty in two hours. Between the steps, between(now) may change the watcher.
func (w *weather) story(t *testing.T, watcher func() *intake.Spikes) {
	t.Helper()
	end := w.now.Add(72 * time.Hour)
	step := func() {
		if err := watcher().Tick(t.Context()); err != nil && !w.moody {
			t.Fatal(err)
		}
	}
	for ; w.now.Before(end); w.now = w.now.Add(time.Hour) {
		if w.now.Hour()%3 == 0 {
			if err := watcher().Heard(t.Context(), []bot.Heard{w.heard(t, w.now, "the parcel is late")}); err != nil && !w.moody {
				t.Fatal(err)
			}
		}
		step()
	}
	for range 40 {
		if err := watcher().Heard(t.Context(), []bot.Heard{w.heard(t, w.now, "the update burnt my machine")}); err != nil && !w.moody {
			t.Fatal(err)
		}
		w.now = w.now.Add(3 * time.Minute)
		step()
	}
	for range 12 {
		w.now = w.now.Add(time.Hour)
		step()
	}
}

func (w *weather) spikes(t *testing.T) []bot.Spike {
	t.Helper()
	all, err := w.store.Spikes(t.Context(), time.Time{}, w.now.Add(time.Hour), false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].ID, all[i].Version, all[i].Bins = 0, 0, nil
	}
	return all
}

func (w *weather) watcher(cards intake.SpikeCards) *intake.Spikes {
	return w.watcherOf(w.store, cards)
}

func (w *weather) watcherOf(st intake.SpikeStore, cards intake.SpikeCards) *intake.Spikes {
	return intake.NewSpikes(st, cards, spike.SeriesOf("Larkspur"), slog.New(slog.DiscardHandler), func() time.Time { return w.now })
}

// TestOneBurstIsOneSpike: it opens once, is explained, shown and closed.
func TestOneBurstIsOneSpike(t *testing.T) {
	w := newWeather(t)
	cards := &shown{last: map[int64]bot.Spike{}}
	s := w.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.story(t, func() *intake.Spikes { return s })
	if len(cards.last) != 1 {
		t.Fatalf("%d spikes were shown", len(cards.last))
	}
	for _, sp := range cards.last {
		if sp.State != bot.SpikeOver || sp.Count < 30 || sp.FirstID == 0 || sp.FirstHand < 30 || len(sp.Words) == 0 {
			t.Errorf("the spike is %+v", sp)
		}
	}
}

// TestRestartsChangeNothing: a watcher that is thrown away again and again,
// at no good moment, finds what one that never stopped finds.
func TestRestartsChangeNothing(t *testing.T) {
	calm, broken := newWeather(t), newWeather(t)
	cards := &shown{last: map[int64]bot.Spike{}}
	steady := calm.watcher(cards)
	if err := steady.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	calm.story(t, func() *intake.Spikes { return steady })
	var current *intake.Spikes
	calls := 0
	broken.story(t, func() *intake.Spikes {
		if calls++; calls%7 == 1 {
			current = broken.watcher(cards)
			if err := current.Load(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return current
	})
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Words" || p.Last().String() == ".FirstID" }, cmp.Ignore())
	if d := cmp.Diff(calm.spikes(t), broken.spikes(t), ignore); d != "" {
		t.Errorf("steady (-) and restarted (+) differ:\n%s", d)
	}
}

// TestRebuildFindsWhatLiveFound: replayed history gives the same episode.
func TestRebuildFindsWhatLiveFound(t *testing.T) {
	live, later := newWeather(t), newWeather(t)
	none := &shown{last: map[int64]bot.Spike{}}
	s := live.watcher(none)
	live.story(t, func() *intake.Spikes { return s })
	silent := later.watcher(none)
	later.story(t, func() *intake.Spikes { return later.watcher(none) }) // stores the same, watches nothing
	if err := silent.Rebuild(t.Context(), start(), later.now); err != nil {
		t.Fatal(err)
	}
	a, b := live.spikes(t), later.spikes(t)
	if len(a) != 1 || len(b) != 1 || a[0].OpenedAt != b[0].OpenedAt || a[0].Count != b[0].Count || !a[0].ClosedAt.Equal(b[0].ClosedAt) {
		t.Errorf("live %+v\nreplayed %+v", a, b)
	}
}
