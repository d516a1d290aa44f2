package listen

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
)

// volume is how much a source brings in an hour: the busiest hour of each day
// of the last four weeks, and the hour under way. What people listen for grows
// and shrinks with the day; a source that brings many times what its busiest
// hour had is flooded, or its watches match too much.
type volume struct {
	peaks [volumeDays]uint32 // by the day's number, modulo volumeDays
	hour  int64              // the one under way, since 1970; 0 before the first
	count uint32             // what came in it
	base  uint32             // the busiest hour before the flood that is told
	told  bool
	asked bool // whether a run before this one had told it
}

const (
	volumeDays = 28
	floodLeast = 50        // mentions in an hour; fewer are no flood
	floodTimes = 5         // of the busiest hour
	floodFresh = time.Hour // what is older is caught up with, and says nothing of now
)

// fresh counts what was said just now.
func fresh(b bot.Batch, now time.Time) uint32 {
	var n uint32
	for _, m := range b.Mentions {
		if !m.History && !m.Deleted && m.EditedAt.IsZero() && now.Sub(m.CreatedAt) < floodFresh {
			n++
		}
	}
	return n
}

// peak is the busiest hour of the last four weeks, without the one under way.
func (v *volume) peak() uint32 {
	most := uint32(0)
	for _, n := range v.peaks {
		most = max(most, n)
	}
	return most
}

// advance moves on to the hour of now, and tells whether the hour that ended
// had no more than is usual. An hour that lies ahead was counted by a clock that
// has been set back since: it did not end, and teaches nothing.
func (v *volume) advance(now time.Time) (calm bool) {
	h := max(hourOf(now), 0)
	if h == v.hour {
		return false
	}
	if v.hour > 0 && h > v.hour {
		usual := v.peak()
		if v.told {
			usual = v.base
		}
		calm = v.count < floodLeast || v.count <= floodTimes*usual
		day := v.hour / 24
		v.peaks[day%volumeDays] = max(v.peaks[day%volumeDays], v.count)
		for d := day + 1; d <= min(h/24, day+volumeDays); d++ {
			v.peaks[d%volumeDays] = 0 // four weeks ago
		}
	}
	v.hour, v.count = h, 0
	return calm
}

// heard counts what came in the hour under way; it tells whether that is a
// flood.
func (v *volume) heard(n uint32) bool {
	v.count += n
	return v.count >= floodLeast && v.count > floodTimes*v.peak()
}

// String is the form that is stored. The hour under way is not kept.
func (v *volume) String() string {
	b := make([]byte, 0, 8+4*volumeDays)
	b = binary.BigEndian.AppendUint64(b, uint64(v.hour))
	for _, n := range v.peaks {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// parseVolume reads what String wrote; anything else is a volume yet to be
// learnt.
func parseVolume(s string) volume {
	var v volume
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) != 8+4*volumeDays {
		return v
	}
	v.hour = max(0, int64(binary.BigEndian.Uint64(b)))
	for i := range v.peaks {
		v.peaks[i] = binary.BigEndian.Uint32(b[8+4*i:])
	}
	return v
}

// learnt is what a worker has learnt of its source, in the form that is stored.
func (w *worker) learnt() string { return w.rhythm.String() + "." + w.volume.String() }

// parseLearnt reads what learnt wrote.
func parseLearnt(s string) (rhythm, volume) {
	week, days, _ := strings.Cut(s, ".")
	return parseRhythm(week), parseVolume(days)
}

// experienced tells whether the source was watched long enough to know what it
// brings.
func (w *worker) experienced() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen, _ := w.rhythm.watched()
	return seen >= minSeen
}

func (w *worker) floodKey() string { return "source:" + w.entry.Name + ":flood" }

// tellFlood tells once that a source brings far more than it ever did, and once
// that it is over. The caller holds the slot.
func (w *worker) tellFlood(ctx context.Context, flood, calm bool) {
	v := &w.volume
	ctx, cancel := w.brief(ctx)
	defer cancel()
	switch {
	case flood && !v.told:
		n := bot.Notice{
			Key: w.floodKey(), At: w.r.set.Now().UTC(),
			Text: fmt.Sprintf("The source %s has brought %d mentions since %s; the busiest hour of its last four weeks had %d.",
				w.entry.Name, v.count, time.Unix(v.hour*3600, 0).UTC().Format("15:04 MST"), v.peak()),
			Mend: "If they are not what you listen for, narrow the watches that catch them: earshot watch test shows what one catches.",
		}
		if w.notify(ctx, n) {
			v.told, v.base = true, v.peak()
		}
	case calm && (v.told || !v.asked):
		if w.mended(ctx, w.floodKey()) {
			v.told, v.asked, v.base = false, true, 0
		}
	}
}
