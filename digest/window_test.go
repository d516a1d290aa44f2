package digest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// kept is a store with a month of 60,000 mentions, rolled up.
func kept() *memory {
	m := newMemory()
	for i, body := range million(60_000) {
		m.rollups[monday().AddDate(0, 0, i)] = body
	}
	return m
}

// TestWindowIsFoldedOnce: asked again, a period is the same to the last figure
// and is not folded again, until one of its days is.
func TestWindowIsFoldedOnce(t *testing.T) {
	m := kept()
	b := builder(m)
	from, to := monday(), monday().AddDate(0, 0, 30)
	steps := stepsOf(from, to, time.UTC)
	window := func(steps []time.Time, folded int) Window {
		t.Helper()
		w, err := b.Window(t.Context(), "Larkspur", from, to, steps)
		if err != nil || m.folded != folded {
			t.Fatalf("folded %d times, want %d: %v", m.folded, folded, err)
		}
		return w
	}
	plain := window(nil, 1)
	if d := cmp.Diff(plain, window(nil, 1)); d != "" {
		t.Errorf("without steps: %s", d)
	}
	full := window(steps, 2) // it has no steps yet
	if d := cmp.Diff(full, window(steps, 2)); d != "" || full.Mentions != 60_000 {
		t.Errorf("with steps, of %d: %s", full.Mentions, d)
	}
	if d := cmp.Diff(plain, window(nil, 2)); d != "" {
		t.Errorf("without steps, of one with: %s", d)
	}
	m.readings = []bot.Reading{said(1, 1, 5, bot.Detractor, answered(9))}
	m.dirty[monday()] = true // a day is rolled up anew: it has one mention now
	if w := window(steps, 3); w.Mentions >= full.Mentions {
		t.Errorf("%d mentions after a day has changed, %d before", w.Mentions, full.Mentions)
	}
}

// TestWindowThatCannotBeKept: a store that fails to keep, or keeps nonsense,
// costs time and nothing else.
func TestWindowThatCannotBeKept(t *testing.T) {
	m := kept()
	m.failAt = "SaveWindow"
	b := builder(m)
	first, err := b.Window(t.Context(), "Larkspur", monday(), monday().AddDate(0, 0, 30), nil)
	if err != nil {
		t.Fatal(err)
	}
	for key := range m.windows {
		m.windows[key] = []byte("{")
	}
	again, err := b.Window(t.Context(), "Larkspur", monday(), monday().AddDate(0, 0, 30), nil)
	if d := cmp.Diff(first, again); d != "" || err != nil {
		t.Error(d, err)
	}
}

// TestReady: what Ready folds is what the next digest asks for.
func TestReady(t *testing.T) {
	m := kept()
	a := Audience{Name: "leadership", Watches: []string{"Larkspur"}, Zone: time.UTC, Period: Period{Days: 7}, Spec: "0 8 * * MON"}
	b := NewBuilder(m, Settings{Audiences: []Audience{a}, Now: func() time.Time { return monday().AddDate(0, 0, 28).Add(9 * time.Hour) }, Log: quiet()})
	if err := b.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	folded := m.folded
	from, to := a.Period.Before(b.set.Now(), a.Zone)
	r, err := b.Preview(t.Context(), a, from, to)
	if err != nil || m.folded != folded || folded < 4 || r.Mentions != 14_000 || len(r.History) != historyPeriods {
		t.Errorf("folded %d, then %d; %d mentions, %d periods: %v", folded, m.folded, r.Mentions, len(r.History), err)
	}
}
