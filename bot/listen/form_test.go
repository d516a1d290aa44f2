package listen

import (
	"testing"

	"earshot/bot"
)

// TestForm: one odd item is nothing to tell; a service that sends what cannot
// be read is, and that it is well again.
func TestForm(t *testing.T) {
	batch := func(good, broken int) bot.Batch {
		return bot.Batch{Mentions: make([]bot.Mention, good), Rejected: make([]bot.Rejected, broken)}
	}
	for _, tc := range []struct {
		name          string
		batches       []bot.Batch
		wrong, mended bool // after the last
	}{
		{"one of many", []bot.Batch{batch(30, 0), batch(30, 1)}, false, false},
		{"a few at first", []bot.Batch{batch(0, 4)}, false, false},
		{"most of a batch", []bot.Batch{batch(3, 9)}, true, false},
		{"bit by bit, after a good time", []bot.Batch{batch(400, 0), batch(0, 2), batch(0, 2), batch(0, 2)}, true, false},
		{"half is enough", []bot.Batch{batch(5, 5)}, true, false},
		{"nothing new says nothing", []bot.Batch{batch(0, 9), batch(0, 0)}, false, false},
		{"well again", []bot.Batch{batch(0, 9), batch(1, 0)}, false, true},
	} {
		var f form
		var wrong, mended bool
		for _, b := range tc.batches {
			wrong, mended = f.take(b)
		}
		if wrong != tc.wrong || mended != tc.mended {
			t.Errorf("%s: wrong %t, mended %t; want %t, %t", tc.name, wrong, mended, tc.wrong, tc.mended)
		}
	}
}

// TestTellForm: it is told once with the reason, and mended once.
func TestTellForm(t *testing.T) {
	w := newWorld()
	r := start(t, w)
	defer stop(t, r)
	k := newWorker(r, Entry{Name: "reviews", Kind: "test"}, func() {})
	broken := bot.Batch{}
	for range 6 {
		broken.Rejected = append(broken.Rejected, bot.Rejected{Where: "item 7", Reason: "created_at is no date"})
	}
	for _, b := range []bot.Batch{broken, broken, {Mentions: make([]bot.Mention, 1)}, {Mentions: make([]bot.Mention, 1)}} {
		k.tellForm(t.Context(), b)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.notices) != 1 || len(w.mended) != 1 {
		t.Errorf("told %q, mended %q", w.notices, w.mended)
	}
}
