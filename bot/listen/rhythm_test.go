package listen

import (
	"context"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
)

// monday is the beginning of a week.
func monday() time.Time { return time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC) }

// live lets a rhythm live for some hours, with news where busy says so.
func live(r *rhythm, from time.Time, hours int, busy func(t time.Time) bool) time.Time {
	for range hours {
		r.advance(from)
		if busy(from) {
			r.heard()
		}
		from = from.Add(time.Hour)
	}
	return from
}

func always(time.Time) bool { return true }

func office(t time.Time) bool {
	return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday && t.Hour() >= 8 && t.Hour() < 18
}

func TestRhythm(t *testing.T) {
	for _, tc := range []struct {
		name   string
		hours  int
		busy   func(time.Time) bool
		silent int // hours of silence that are no alarm
		alarm  int // hours of silence that are
	}{
		{"never busy", 500, func(time.Time) bool { return false }, 1000, 0},
		{"too young", 40, always, 1000, 0},
		{"every hour", 24 * 7, always, 2, 5},
		{"office, over the first weekend", 24*4 + 18, office, 24*2 + 14, 0},
		{"office, over a later weekend", 24*11 + 18, office, 24*2 + 14, 24*2 + 14 + 10},
		{"once a week", 24 * 7 * 9, func(t time.Time) bool { return t.Weekday() == time.Monday && t.Hour() == 9 }, 24 * 9, 24 * 7 * 20},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var r rhythm
			end := live(&r, monday(), tc.hours, tc.busy)
			var last time.Time
			for at := monday(); at.Before(end); at = at.Add(time.Hour) {
				if tc.busy(at) {
					last = at
				}
			}
			if r.silent(last, end.Add(time.Duration(tc.silent)*time.Hour)) {
				t.Errorf("%d hours of silence are an alarm", tc.silent)
			}
			if tc.alarm > 0 && !r.silent(last, end.Add(time.Duration(tc.alarm)*time.Hour)) {
				t.Errorf("%d hours of silence are no alarm", tc.alarm)
			}
		})
	}
}

func TestRhythmIsKept(t *testing.T) {
	var r rhythm
	end := live(&r, monday(), 24*20, office)
	again := parseRhythm(r.String())
	if again.seen != r.seen || again.hits != r.hits {
		t.Error("a rhythm is not read back as it was written")
	}
	again.advance(end.Add(100 * time.Hour)) // not watched in between: nothing is learnt of it
	if again.seen != r.seen {
		t.Error("hours that were not watched are learnt")
	}
	for _, s := range []string{"", "x", strings.Repeat("A", 1000)} {
		if parseRhythm(s) != (rhythm{}) {
			t.Errorf("%.10q is read as a rhythm", s)
		}
	}
}

func FuzzRhythm(f *testing.F) {
	var r rhythm
	live(&r, monday(), 24*20, office)
	f.Add(r.String(), int64(0), int64(1e9))
	f.Fuzz(func(t *testing.T, s string, since, now int64) {
		r := parseRhythm(s)
		r.silent(time.Unix(since%1e11, 0), time.Unix(now%1e11, 0))
		r.advance(time.Unix(now%1e11, 0))
		if again := parseRhythm(r.String()); again.String() != r.String() {
			t.Error("writing and reading changes a rhythm")
		}
	})
}

func TestSilenceIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var muted atomic.Bool
		src := polled(func(ctx context.Context, c bot.Cursor) (bot.Batch, error) {
			if muted.Load() {
				return bot.Batch{Next: c}, nil
			}
			return count(ctx, c)
		})
		r := start(t, w, Entry{Name: "a", Every: 10 * time.Minute, Source: src})
		time.Sleep(7 * 24 * time.Hour)
		if notices, _ := w.told(); len(notices) != 0 {
			t.Fatalf("told %v of a source that is well", notices)
		}
		muted.Store(true)
		time.Sleep(24 * time.Hour)
		stop(t, r)
		r = start(t, w, Entry{Name: "a", Every: 10 * time.Minute, Source: src}) // a restart does not tell again
		time.Sleep(24 * time.Hour)
		notices, mended := w.told()
		if len(notices) != 1 || !strings.HasPrefix(notices[0], "source:a:quiet: The source a has been silent since ") || w.state("a").QuietFrom.IsZero() {
			t.Errorf("told %v, state %+v", notices, w.state("a"))
		}
		if slices.Contains(mended, "source:a:quiet") {
			t.Error("mended while it is silent")
		}
		muted.Store(false)
		time.Sleep(time.Hour)
		if _, mended = w.told(); !slices.Contains(mended, "source:a:quiet") || !w.state("a").QuietFrom.IsZero() {
			t.Errorf("mended %v", mended)
		}
		stop(t, r)
	})
}
