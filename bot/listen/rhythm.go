package listen

import (
	"encoding/base64"
	"math"
	"time"
)

// rhythm is what a source's week looks like: in which of its 168 hours
// something usually comes. Hours, not mentions, are counted, so that a burst
// weighs no more than a trickle, and nights and weekends are learnt by
// themselves.
type rhythm struct {
	seen, hits [weekHours]float64 // hours watched, and those of them with news; older weeks fade
	hour       int64              // the hour that is under way, since 1970; 0 before the first
	hit        bool               // there was news in it
}

const (
	weekHours = 7 * 24
	fadeAt    = 8    // weeks; then both counts of an hour are halved, so that change is learnt
	minSeen   = 48   // hours watched before silence is judged
	minHits   = 4    // of them with news, faded as they are
	maxChance = 0.95 // no hour is surer than that
	others    = 0.5  // weeks that the same hour of other days counts for
	unseen    = 0.25 // weight of what other days say of an hour of the week never watched
	scale     = 16   // stored in sixteenths
)

// improbable is the surprise, in nats, at which silence is told: the chance of
// it is below one in a thousand.
const improbable = 6.907755278982137 // ln 1000

func hourOf(t time.Time) int64 { return t.Unix() / 3600 }

// weekHour gives an hour's place in the week; 1970 began on a Thursday, and
// any start will do.
func weekHour(h int64) int { return int(((h % weekHours) + weekHours) % weekHours) }

// advance moves on to the hour of now. The hour before is learnt; a longer gap
// was not watched and teaches nothing.
func (r *rhythm) advance(now time.Time) {
	h := hourOf(now)
	if h <= r.hour {
		return
	}
	if h == r.hour+1 {
		k := weekHour(r.hour)
		r.seen[k]++
		if r.hit {
			r.hits[k]++
		}
		if r.seen[k] >= fadeAt {
			r.seen[k] /= 2
			r.hits[k] /= 2
		}
	}
	r.hour, r.hit = h, false
}

// heard notes news in the hour under way.
func (r *rhythm) heard() { r.hit = true }

// watched is how many hours were watched, and in how many of them something
// came; older ones count less.
func (r *rhythm) watched() (seen, hits float64) {
	for k := range weekHours {
		seen += r.seen[k]
		hits += r.hits[k]
	}
	return seen, hits
}

// silent tells whether hearing nothing from since to now is improbable.
func (r *rhythm) silent(since, now time.Time) bool {
	seen, hits := r.watched()
	if since.IsZero() || seen < minSeen || hits < minHits {
		return false
	}
	surprise := 0.0
	first := max(hourOf(since)+1, hourOf(now)-52*weekHours)
	for h := first; h < hourOf(now) && surprise < improbable; h++ {
		surprise -= math.Log(1 - r.chance(weekHour(h), hits/seen))
	}
	return surprise >= improbable
}

// chance estimates how likely news is in hour k of the week: what that hour
// showed, drawn towards the same hour of other days, and that towards all.
func (r *rhythm) chance(k int, overall float64) float64 {
	var seen, hits float64
	for d := k % 24; d < weekHours; d += 24 {
		seen += r.seen[d]
		hits += r.hits[d]
	}
	day := (hits + overall) / (seen + 1)
	if r.seen[k] == 0 {
		return min(day*unseen, maxChance)
	}
	return min((r.hits[k]+others*day)/(r.seen[k]+others), maxChance)
}

// String is the form that is stored.
func (r *rhythm) String() string {
	b := make([]byte, 2*weekHours)
	for k := range weekHours {
		b[k] = byte(math.Round(r.seen[k] * scale))
		b[weekHours+k] = byte(math.Round(r.hits[k] * scale))
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

// parseRhythm reads what String wrote; anything else is a rhythm yet to be
// learnt. The hour under way is not kept.
func parseRhythm(s string) rhythm {
	var r rhythm
	b, err := base64.RawStdEncoding.DecodeString(s)
	if err != nil || len(b) != 2*weekHours {
		return r
	}
	for k := range weekHours {
		r.seen[k] = float64(b[k]) / scale
		r.hits[k] = min(float64(b[weekHours+k])/scale, r.seen[k])
	}
	return r
}
