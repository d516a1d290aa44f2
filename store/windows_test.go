package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// TestWindows: a folded period is found as long as none of its days is rolled
// up again, be it in the same millisecond.
func TestWindows(t *testing.T) { onBoth(t, testWindows) }

func testWindows(t *testing.T, open opener) {
	now := day(40, 0, 0)
	s := open(t, func(o *Options) { o.Now = func() time.Time { return now } })
	from, to := day(1, 5, 0), day(8, 0, 0)
	mark := func() string { return must(s.RollupMark(t.Context(), "larkspur", from, to))(t) }
	save := func(watch string, at time.Time) {
		if err := s.SaveRollup(t.Context(), watch, at, []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	empty := mark()
	save("larkspur", from)
	first := mark()
	if first == empty {
		t.Error("a first day changes nothing")
	}
	save("larkspur", day(8, 0, 0)) // not in the period
	save("other", from)
	if mark() != first {
		t.Error("a day of no concern changes the mark")
	}
	if err := s.SaveWindow(t.Context(), "larkspur", from, to, first, []byte("body")); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]byte("body"), must(s.SavedWindow(t.Context(), "larkspur", from, to, first))(t)); d != "" {
		t.Error(d)
	}
	save("larkspur", from)
	if mark() == first {
		t.Error("a day that was rolled up again changes nothing")
	}
	if _, err := s.SavedWindow(t.Context(), "larkspur", from, to, mark()); bot.KindOf(err) != bot.ErrNotFound {
		t.Errorf("of other days: %v", err)
	}
	now = now.Add(keepWindows + time.Hour)
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SavedWindow(t.Context(), "larkspur", from, to, first); bot.KindOf(err) != bot.ErrNotFound {
		t.Errorf("after a long time: %v", err)
	}
}
