package intake_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/intake"
)

// TestHeardWhileLearning: what is stored and heard after Prepare and before
// Learn is counted once, when it was said: the spike is the one that a watcher
// finds which never stopped. Until then nothing is saved over the last snapshot.
func TestHeardWhileLearning(t *testing.T) {
	steady, learning := newWeather(t), newWeather(t)
	cards := &shown{last: map[int64]bot.Spike{}}
	s := steady.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	steady.story(t, func() *intake.Spikes { return s })

	var current *intake.Spikes
	burst := learning.now.Add(72 * time.Hour)
	learning.story(t, func() *intake.Spikes {
		switch at := learning.now; {
		case current == nil, at.Equal(burst): // the program starts anew as the burst begins
			current = learning.watcher(cards)
			if err := current.Prepare(t.Context()); err != nil {
				t.Fatal(err)
			}
			if at.Before(burst) {
				if err := current.Learn(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
		case at.Equal(burst.Add(45 * time.Minute)): // fifteen people later it has caught up
			before := snapshot(t, learning)
			if err := current.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(before, snapshot(t, learning)); d != "" {
				t.Fatal("it saved what it has half learnt")
			}
			if err := current.Learn(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		return current
	})
	ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.Last().String() == ".Words" || p.Last().String() == ".FirstID" }, cmp.Ignore())
	if d := cmp.Diff(steady.spikes(t), learning.spikes(t), ignore); d != "" || len(learning.spikes(t)) != 1 {
		t.Errorf("steady (-) and learning (+) differ:\n%s", d)
	}
}

func snapshot(t *testing.T, w *weather) []byte {
	t.Helper()
	body, err := w.store.Snapshot(t.Context(), "spikes")
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// TestHeardAtTheInstant: mentions that are stored in the very instant of
// Prepare, but after it, are told by Heard and not read by Learn as well. The
// engine counts somebody it knows once anyway; these are anonymous.
func TestHeardAtTheInstant(t *testing.T) {
	steady, learning := newWeather(t), newWeather(t)
	none := &shown{last: map[int64]bot.Spike{}}
	a, b := steady.watcher(none), learning.watcher(none)
	do := func(steps ...func() error) {
		for _, step := range steps {
			if err := step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	do(func() error { return a.Load(t.Context()) }, func() error { return a.Heard(t.Context(), steady.anonymous(t)) }, func() error { return a.Close(t.Context()) })
	do(func() error { return b.Prepare(t.Context()) }, func() error { return b.Heard(t.Context(), learning.anonymous(t)) }, func() error { return b.Learn(t.Context()) })
	if d := cmp.Diff(snapshot(t, steady), snapshot(t, learning)); d != "" {
		t.Errorf("counted otherwise:\n%s", d)
	}
}

// anonymous stores a complaint of nobody known, now, and gives it back.
func (w *weather) anonymous(t *testing.T) []bot.Heard {
	t.Helper()
	w.n++
	h := bot.Heard{Mention: bot.Mention{Source: "social", ExternalID: fmt.Sprint(w.n), Text: "the update burnt my machine", CreatedAt: w.now,
		Author: bot.Author{Followers: -1}, Watches: []string{"Larkspur"}}, Verdict: bot.Verdict{Label: bot.Negative}}
	saved, err := w.store.SaveHeard(t.Context(), []bot.Heard{h})
	if err != nil || saved[0].AuthorID != 0 {
		t.Fatal(saved, err)
	}
	h.Mention.ID = saved[0].ID
	return []bot.Heard{h}
}
