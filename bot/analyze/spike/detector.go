package spike

import (
	"math"
	"time"
)

// The figures of the detector. They are one fixed set for every series: the
// series that were measured cannot tell settings apart that differ by less.
const (
	probation    = 48 * 60  // minutes of a series before it may alarm
	minMentions  = 8        // a window with fewer people never alarms
	minExpected  = 0.5      // floor of what a window expects
	ratioPad     = 2.0      // added to both sides of the ratio: calms small counts
	minThreshold = 0.8      // ln of 2.2: the least rise that is worth a word
	recordPart   = 0.95     // of the record of the last 4 to 5 weeks
	peakSpread   = 2.0      // standard deviations above the usual daily peak
	peakMemory   = 1.0 / 20 // of the daily peaks, per day
	minEpisode   = 6 * 60   // minutes that an episode lasts at least
	quietPart    = 0.7      // of the threshold: below it an episode may end
)

// windowCount is how many windows end now: 5 minutes, 4 hours, 24 hours.
const windowCount = 3

// The windows, by index.
const (
	window5m = iota
	window4h
	window24h
)

// windowName is what people call window w.
func windowName(w int) string { return [windowCount]string{"5 minutes", "4 hours", "24 hours"}[w] }

// Detector watches one series of counts in bins of one length. It takes about
// a kilobyte and a constant time for each bin. The zero value is not usable.
type Detector struct {
	s state
}

// state is all a Detector remembers. Its fields have fixed sizes and are
// exported so that encoding/binary writes it as it is.
type state struct {
	Step  int32 // minutes in a bin
	First int64 // number of the first bin since 1970
	Last  int64 // number of the last bin; First-1 before there is one
	Base  baseline
	Rate  float64 // expected in the running hour, a whole hour's worth

	HourSum  float32 // counted in the running hour
	HourBins int32   // bins seen in it
	Bins     [48]pair
	BinPos   int32
	Sum4     pair
	Hours    [24]pair // closed hours; the slot at HourPos is the running one
	HourPos  int32
	Sum24    pair
	Peaks    [windowCount]peaks

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

// NewDetector makes a Detector for bins of step minutes: a divisor of an hour
// that is not below 5.
func NewDetector(step int) *Detector {
	return &Detector{state{Step: int32(step), First: -1, Last: -1}}
}

// Add counts n in the bin that starts at, and judges the windows that end with
// it. Bins are given in order; those left out are unknown, not zero: they
// neither count nor are anything expected of them.
func (d *Detector) Add(at time.Time, n int) Reading {
	s := &d.s
	bin := at.Unix() / 60 / int64(s.Step)
	if s.First < 0 {
		s.First, s.Last = bin, bin-1
		s.Rate = float64(n) * 60 / float64(s.Step)
	}
	s.advance(bin)
	e := s.Rate * float64(s.Step) / 60
	s.push(pair{float32(n), float32(e)})
	s.HourSum += float32(n)
	s.HourBins++
	s.Last = bin
	r := s.judge(n)
	r.Expected = e
	return r
}

// advance moves the clock to bin: hours and days that end on the way are
// closed, bins that were left out enter the windows empty.
func (s *state) advance(bin int64) {
	perHour := 60 / int64(s.Step)
	if gap := bin - s.Last - 1; gap > 0 {
		for range min(gap, 4*perHour) {
			s.pushBin(pair{})
		}
	}
	from, to := s.Last/perHour, bin/perHour
	if s.Last < s.First || from == to {
		return
	}
	s.closeHour(from, to)
	for range min(to-from, 24) {
		s.pushHour()
	}
	s.resum()
	if from/24 != to/24 {
		for w := range s.Peaks {
			s.Peaks[w].closeDay()
		}
	}
}

// closeHour teaches the baseline the hour that ended and sets what is expected
// of the one that begins.
func (s *state) closeHour(ended, begins int64) {
	part := float64(s.HourBins) * float64(s.Step) / 60
	if part > 0 {
		s.Base.learn(ended, float64(s.HourSum), part)
	}
	s.Rate = s.Base.expect(begins)
	s.HourSum, s.HourBins = 0, 0
}

// push enters a bin into the windows.
func (s *state) push(p pair) {
	s.pushBin(p)
	s.Hours[s.HourPos].X += p.X
	s.Hours[s.HourPos].E += p.E
	s.Sum24.X += p.X
	s.Sum24.E += p.E
}

func (s *state) pushBin(p pair) {
	n := 240 / s.Step
	old := s.Bins[s.BinPos]
	s.Bins[s.BinPos] = p
	s.BinPos = (s.BinPos + 1) % n
	s.Sum4.X += p.X - old.X
	s.Sum4.E += p.E - old.E
}

func (s *state) pushHour() {
	s.HourPos = (s.HourPos + 1) % 24
	s.Hours[s.HourPos] = pair{}
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

// window gives what window w holds and expects; false when it has not been
// filled yet, or is shorter than a bin.
func (s *state) window(w, n int) (x, mu float64, ok bool) {
	age := (s.Last - s.First + 1) * int64(s.Step)
	switch w {
	case window5m:
		// The plain level: a season that is shared by a whole hour adds noise here.
		x, mu, ok = float64(n), s.Base.level()*5/60, s.Step == 5
	case window4h:
		x, mu, ok = float64(s.Sum4.X), float64(s.Sum4.E), age >= 240
	default:
		x, mu, ok = float64(s.Sum24.X), float64(s.Sum24.E), age >= 1440
	}
	return x, max(mu, minExpected), ok
}

// ratio is the score of a window: the log of counted over expected.
func ratio(x, mu float64) float64 { return math.Log((x + ratioPad) / (mu + ratioPad)) }

// judge compares each window with its threshold and moves the episode on.
func (s *state) judge(n int) Reading {
	var r Reading
	best, alarm, bestAlarm := math.Inf(-1), false, math.Inf(-1)
	grown := (s.Last-s.First)*int64(s.Step) >= probation
	for w := range windowCount {
		x, mu, ok := s.window(w, n)
		if !ok {
			continue
		}
		level, threshold := ratio(x, mu), s.Peaks[w].threshold()
		rel := level / threshold
		best = max(best, rel)
		if grown && rel >= 1 && x >= minMentions {
			alarm = true
			r.Short = r.Short || w != window24h
			if rel > bestAlarm {
				bestAlarm, r.Window = rel, w
				r.Record, r.Weeks = s.Peaks[w].isRecord(level), s.Peaks[w].weeks()
			}
		}
		s.Peaks[w].see(level)
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
