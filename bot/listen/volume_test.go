package listen

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"earshot/bot"
)

// TestVolume: an hour is measured by the busiest of the last four weeks.
func TestVolume(t *testing.T) {
	for _, tc := range []struct {
		name  string
		hours []uint32 // what came, hour by hour
		idle  int      // hours after them in which nothing came
		now   uint32
		flood bool
	}{
		{"as busy as ever", []uint32{30, 10, 20}, 0, 30, false},
		{"twice as busy", []uint32{30, 10, 20}, 0, 60, false},
		{"many times as busy", []uint32{30, 10, 20}, 0, 151, true},
		{"few, where there were none", []uint32{0, 0}, 0, 49, false},
		{"many, where there were none", []uint32{0, 0}, 0, 50, true},
		{"as after an older flood", []uint32{0, 500, 0}, 100, 600, false},
		{"an older flood is forgotten", []uint32{0, 500, 0}, 29 * 24, 600, true},
		{"after a long time off", []uint32{30}, 1000 * 24, 151, true},
	} {
		var v volume
		at := monday()
		for _, n := range tc.hours {
			v.advance(at)
			v.heard(n)
			at = at.Add(time.Hour)
		}
		v = parseVolume(v.String())
		at = at.Add(time.Duration(tc.idle) * time.Hour)
		v.advance(at)
		if got := v.heard(tc.now); got != tc.flood {
			t.Errorf("%s: flood %t, want %t (busiest hour %d)", tc.name, got, tc.flood, v.peak())
		}
	}
}

// TestVolumeOfAClockSetBack: hours are counted apart by the right clock too.
func TestVolumeOfAClockSetBack(t *testing.T) {
	var v volume
	v.advance(monday().Add(1000 * time.Hour))
	v.heard(10)
	for i := range 10 {
		if v.advance(monday().Add(time.Duration(i) * time.Hour)); v.heard(10) {
			t.Fatalf("ten an hour are a flood in hour %d", i)
		}
	}
	if v.peak() != 10 {
		t.Errorf("the busiest hour had %d", v.peak())
	}
}

// TestFresh: what is caught up with, was edited or went away is no news.
func TestFresh(t *testing.T) {
	now := monday()
	b := bot.Batch{Mentions: []bot.Mention{
		{CreatedAt: now}, {CreatedAt: now.Add(-30 * time.Minute)},
		{CreatedAt: now.Add(-2 * time.Hour)}, {CreatedAt: now, History: true}, {CreatedAt: now, Deleted: true}, {CreatedAt: now, EditedAt: now},
	}}
	if n := fresh(b, now); n != 2 {
		t.Errorf("%d are fresh, want 2", n)
	}
}

// TestFloodIsToldOnce: while it lasts, over a restart as well, and that it is
// over.
func TestFloodIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld()
		var each atomic.Int64
		each.Store(2)
		src := polled(func(_ context.Context, c bot.Cursor) (bot.Batch, error) {
			from, _ := strconv.Atoi(string(c))
			n := int(each.Load())
			b := bot.Batch{Next: bot.Cursor(strconv.Itoa(from + n))}
			for i := range n {
				b.Mentions = append(b.Mentions, bot.Mention{ExternalID: strconv.Itoa(from + i), Text: "The kettle"})
			}
			return b, nil
		})
		entry := Entry{Name: "a", Every: 10 * time.Minute, Source: src}
		r := start(t, w, entry)
		time.Sleep(24 * time.Hour)
		each.Store(40)
		time.Sleep(time.Hour)
		if notices, _ := w.told(); len(notices) != 0 {
			t.Fatalf("told %v of a source that is hardly known", notices)
		}
		each.Store(2)
		time.Sleep(40 * 24 * time.Hour)
		each.Store(40)
		time.Sleep(5 * time.Hour)
		notices, mended := w.told()
		if len(notices) != 1 || !strings.HasPrefix(notices[0], "source:a:flood: The source a has brought ") || !strings.HasSuffix(notices[0], "its last four weeks had 12.") {
			t.Errorf("told %q", notices)
		}
		if n := len(slices.DeleteFunc(mended, func(s string) bool { return s != "source:a:flood" })); n > 1 {
			t.Errorf("mended %d times while it lasts", n)
		}
		each.Store(2)
		stop(t, r)
		r = start(t, w, entry)
		time.Sleep(3 * time.Hour)
		notices, mended = w.told()
		if len(notices) != 1 || mended[len(mended)-1] != "source:a:flood" {
			t.Errorf("told %q, mended %q", notices, mended)
		}
		stop(t, r)
	})
}

func FuzzVolume(f *testing.F) {
	v := volume{hour: hourOf(monday()), peaks: [volumeDays]uint32{3, 9}}
	f.Add(v.String(), int64(1e9), uint32(7))
	f.Fuzz(func(t *testing.T, s string, now int64, n uint32) {
		v := parseVolume(s)
		v.advance(time.Unix(now%1e11, 0))
		v.heard(n)
		if again := parseVolume(v.String()); again.String() != v.String() {
			t.Error("writing and reading changes a volume")
		}
	})
}
