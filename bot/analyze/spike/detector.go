package spike

import (
	"math"
	"math/bits"
	"time"
)

// The figures of the detector beside those of tuning.
const (
	probation   = 48 * 60 // minutes of a series before it may alarm
	minMentions = 8       // a window with fewer people never alarms
	minExpected = 0.5     // floor of what a window expects
	countPad    = 0.5     // added to both sides of the score: calms the smallest counts
	minEpisode  = 6 * 60  // minutes that an episode lasts at least
	quietPart   = 0.7     // of the threshold: below it an episode may end
	heardPart   = 0.5     // of a window or a day: with less heard it says nothing
)

// windowCount is how many windows end now: 5 minutes, 4 hours, 24 hours.
const windowCount = 3

// The windows, by index.
const (
	window5m = iota
	window4h
	window24h
)

// restless is k of the negative binomial that each window's count is taken for:
// 2 in an hour, and what is left of that in a sum of hours.
func restless(w int) float64 { return [windowCount]float64{2, 6, 48}[w] }

// windowName is what people call window w.
func windowName(w int) string { return [windowCount]string{"5 minutes", "4 hours", "24 hours"}[w] }

// Detector watches one series of counts in bins of one length. It takes about
// a kilobyte and a constant time for each bin. The zero value is not usable.
type Detector struct {
	s state
	t *tuning // shared, never changed
}

// state is all a Detector remembers. Its fields have fixed sizes and are
// exported so that encoding/binary writes it as it is.
type state struct {
	Step     int32  // minutes in a bin
	HeardDay uint32 // of 24 hours, in which anything was heard; the running one is bit 0
	First    int64  // number of the first bin since 1970
	Last     int64  // number of the last bin; First-1 before there is one
	Base     baseline
	Rate     float64 // expected in the running hour, a whole hour's worth

	HeardBin uint64  // of the bins of 4 hours, which were heard; the running one is bit 0
	HourSum  float32 // counted in the running hour
	HourPart float32 // of it that was heard, 0 to 1
	DayPart  float32 // of the running day that was heard, 0 to 1
	BinPos   int32
	Bins     [48]pair
	Sum4     pair
	Hours    [24]pair // closed hours; the slot at HourPos is the running one
	Sum24    pair
	Peaks    [windowCount]peaks
	HourPos  int32

	Episode int64 // number of the bin in which the running episode began; 0 for none
}

// pair is a count and what was expected of it.
type pair struct{ X, E float32 }

// Reading is what one bin came to.
type Reading struct {
	Expected float64 // of this bin
	Score    float64 // 0 to 1; ≥ 0.5 exactly where an episode begins
	Began    bool    // an episode begins with this bin
	Running  bool    // an episode runs, this bin included
	Alarm    bool    // a window is over its threshold right now
	Short    bool    // and it is not the 24 hours alone
	Ended    bool    // an episode ended before this bin
	Window   int     // the window that is furthest above its threshold
	Record   bool    // that window is at its record of the last weeks
	Weeks    int     // how many weeks that record spans
}

// silent is what a reading comes to when nobody listened: an episode goes on,
// nothing else is known.
func (r Reading) silent() Reading {
	return Reading{Running: r.Running, Window: r.Window}
}

// newDetector makes a Detector for bins of step minutes: a divisor of an hour
// that is not below 5.
func newDetector(step int, t *tuning) *Detector {
	return &Detector{state{Step: int32(step), First: -1, Last: -1}, t}
}

// Add counts n in the bin that starts at, and judges the windows that end with
// it. Bins are given in order; those left out are unknown, not zero: they
// neither count nor are anything expected of them.
func (d *Detector) Add(at time.Time, n int) Reading { return d.AddPart(at, n, 1) }

// AddPart is Add for a bin of which only a part was listened to, above 0 up to
// 1: that much less is expected of it, and it teaches that much less.
func (d *Detector) AddPart(at time.Time, n int, part float64) Reading {
	s := &d.s
	bin := at.Unix() / 60 / int64(s.Step)
	if s.First < 0 {
		s.First, s.Last = bin, bin-1
		s.Rate = float64(n) * 60 / float64(s.Step) / part
	}
	s.advance(bin, d.t)
	e := s.Rate * float64(s.Step) / 60 * part
	s.push(pair{float32(n), float32(e)}, part)
	s.Last = bin
	r := s.judge(n, part, d.t)
	r.Expected = e
	return r
}

// advance moves the clock to bin: hours and days that end on the way are
// closed, bins that were left out enter the windows empty.
func (s *state) advance(bin int64, t *tuning) {
	perHour := 60 / int64(s.Step)
	if gap := bin - s.Last - 1; gap > 0 {
		for range min(gap, 4*perHour) {
			s.pushBin(pair{}, false)
		}
	}
	from, to := s.Last/perHour, bin/perHour
	if s.Last < s.First || from == to {
		return
	}
	s.closeHour(from, to, t)
	for range min(to-from, hoursOfDay) {
		s.pushHour()
	}
	s.resum()
	if from/hoursOfDay != to/hoursOfDay {
		s.closeDay(t)
	}
}

// closeHour teaches the baseline the hour that ended and sets what is expected
// of the one that begins.
func (s *state) closeHour(ended, begins int64, t *tuning) {
	clipped := t.clipped
	if s.Episode != 0 {
		clipped = alarmSpread
	}
	if s.HourPart > 0 {
		s.Base.learn(ended, float64(s.HourSum), float64(s.HourPart), clipped)
	}
	s.Rate = s.Base.expect(begins)
	s.HourSum, s.HourPart = 0, 0
}

// closeDay takes in the peaks of the day that ended, unless too little of it
// was heard to know them.
func (s *state) closeDay(t *tuning) {
	for w := range s.Peaks {
		if s.DayPart >= heardPart {
			s.Peaks[w].closeDay(t, w)
		}
		s.Peaks[w].Today = 0
	}
	s.DayPart = 0
}

// push enters a bin into the windows.
func (s *state) push(p pair, part float64) {
	s.pushBin(p, part >= heardPart)
	s.Hours[s.HourPos].X += p.X
	s.Hours[s.HourPos].E += p.E
	s.Sum24.X += p.X
	s.Sum24.E += p.E
	s.HourSum += p.X
	s.HourPart += float32(part) * float32(s.Step) / 60
	s.DayPart += float32(part) * float32(s.Step) / minutesADay
	s.HeardDay |= 1
}

func (s *state) pushBin(p pair, heard bool) {
	n := 240 / s.Step
	old := s.Bins[s.BinPos]
	s.Bins[s.BinPos] = p
	s.BinPos = (s.BinPos + 1) % n
	s.Sum4.X += p.X - old.X
	s.Sum4.E += p.E - old.E
	s.HeardBin = s.HeardBin << 1 & (1<<n - 1)
	if heard {
		s.HeardBin |= 1
	}
}

func (s *state) pushHour() {
	s.HourPos = (s.HourPos + 1) % hoursOfDay
	s.Hours[s.HourPos] = pair{}
	s.HeardDay = s.HeardDay << 1 & (1<<hoursOfDay - 1)
}

// resum adds the windows up anew, once an hour: running differences of
// float32 would drift.
func (s *state) resum() {
	s.Sum4, s.Sum24 = pair{}, pair{}
	for _, p := range s.Bins {
		s.Sum4.X += p.X
		s.Sum4.E += p.E
	}
	for _, p := range s.Hours {
		s.Sum24.X += p.X
		s.Sum24.E += p.E
	}
}

// window gives what window w holds and expects, part being heard of the running
// bin; false when half of it has not been heard, or it is shorter than a bin.
func (s *state) window(w, n int, part float64) (x, mu float64, ok bool) {
	switch w {
	case window5m:
		// The plain level: a season that is shared by a whole hour adds noise here.
		x, mu, ok = float64(n), s.Base.level()*5/60*part, s.Step == 5 && part >= heardPart
	case window4h:
		heard := float64(bits.OnesCount64(s.HeardBin)) * float64(s.Step)
		x, mu, ok = float64(s.Sum4.X), float64(s.Sum4.E), s.age() >= 240 && heard >= 240*heardPart
	default:
		heard := float64(bits.OnesCount32(s.HeardDay)) * 60
		x, mu, ok = float64(s.Sum24.X), float64(s.Sum24.E), s.age() >= minutesADay && heard >= minutesADay*heardPart
	}
	return x, max(mu, minExpected), ok
}

// age is how many minutes the series is old.
func (s *state) age() int64 { return (s.Last - s.First + 1) * int64(s.Step) }

// height is the score of window w: how far x lies above mu on the scale on
// which a negative binomial's spread is the same for every mean (the inverse
// hyperbolic sine of Anscombe 1948, Biometrika 35, p. 249, here twice it). For
// large counts it is the log of counted over expected, which real series with
// their heavy tails are best judged by; for small ones it grows like the root,
// so that five people where two are usual are no event.
func height(w int, x, mu float64) float64 {
	k := restless(w)
	x, mu = max(x, 0), max(mu, 0) // a sum that others were taken off may be a little less
	return 2 * (math.Asinh(math.Sqrt((x+countPad)/k)) - math.Asinh(math.Sqrt((mu+countPad)/k)))
}

// judge compares each window with its threshold and moves the episode on.
func (s *state) judge(n int, part float64, t *tuning) Reading {
	var r Reading
	best, alarm, bestAlarm := math.Inf(-1), false, math.Inf(-1)
	grown := (s.Last-s.First)*int64(s.Step) >= probation
	for w := range windowCount {
		x, mu, ok := s.window(w, n, part)
		if !ok {
			continue
		}
		p := &s.Peaks[w]
		high := height(w, x, mu)
		rel := high / p.threshold(t, w)
		best = max(best, rel)
		if grown && rel >= 1 && x >= minMentions {
			alarm = true
			r.Short = r.Short || w != window24h
			if rel > bestAlarm {
				bestAlarm, r.Window = rel, w
				r.Record, r.Weeks = high >= t.record*p.record(), p.weeks()
			}
		}
		p.see(high)
	}
	r.Alarm = alarm
	s.episode(&r, alarm, best)
	r.Score = score(best, r.Began)
	return r
}

// episode begins and ends episodes. One lasts at least six hours and ends well
// below the threshold, so that a burst that flickers is one episode.
func (s *state) episode(r *Reading, alarm bool, best float64) {
	switch {
	case s.Episode == 0:
		if alarm {
			s.Episode, r.Began = s.Last, true
		}
	case !alarm && best < quietPart && (s.Last-s.Episode)*int64(s.Step) >= minEpisode:
		s.Episode, r.Ended = 0, true
	}
	r.Running = s.Episode != 0
}

// score turns how far the best window is into 0 to 1: at least 0.5 where an
// episode begins, below it everywhere else.
func score(best float64, began bool) float64 {
	v := min(1, max(0, 0.5*best))
	if began {
		return max(0.5, v)
	}
	return min(0.499, v)
}
