package spike

import (
	"math"
	"math/rand/v2"
	"time"
)

// What is simulated: the series that Simulate makes.
const (
	simWeeks     = 26
	simK         = 2    // of the negative binomial that an hour's count is drawn from
	simDay       = 0.6  // amplitude of the daily cycle
	simWeekend   = 0.75 // Saturdays and Sundays against the mean
	simWeekday   = 1.1
	simBurst     = 5 // times the usual
	simBurstLen  = 4 // hours
	simBurstFrom = 3 // weeks before the first single burst
	simEveryFrom = 2 // weeks before the first of the bursts that come back each week
)

// Simulated is what the detector made of simulated series of one mean.
type Simulated struct {
	Mean        float64 `json:"mean"`         // people an hour
	Minutes     int     `json:"bin_minutes"`  // length of a bin
	FalseWeekly float64 `json:"false_weekly"` // episodes a week in a series without a burst
	Found       float64 `json:"found"`        // share of bursts in which an episode began, 0 to 1
	Weekly      float64 `json:"weekly"`       // the same where the same burst comes back every week
	Series      int     `json:"series"`       // simulated
	Bursts      int     `json:"bursts"`       // single ones among them
}

// Simulate measures the detector on so many simulated series of 26 weeks with a
// mean of so many people an hour, in bins of 5 or 60 minutes. An hour's count
// is negative binomial (k = 2) around a daily cycle (a sine of amplitude 0.6)
// and a weekly one (weekends 0.75, other days 1.1); bins of 5 minutes share
// their hour's luck. A burst is four hours of five times the usual, at a random
// hour; it is found when an episode begins in those four hours. The same seed
// gives the same figures. Told is called after each series with how many are
// done.
func Simulate(mean float64, minutes, series int, seed uint64, told func(done int)) Simulated {
	return simulate(mean, minutes, series, seed, standard(), told)
}

func simulate(mean float64, minutes, series int, seed uint64, t *tuning, told func(done int)) Simulated {
	var wrong, bursts, found, weekly, again int
	for i := range series {
		s := simSeries{minutes: minutes, t: t, seed: seed + uint64(i), mean: mean}
		w, b, f := s.single()
		n, a := s.everyWeek()
		wrong, bursts, found, weekly, again = wrong+w, bursts+b, found+f, weekly+n, again+a
		told(i + 1)
	}
	share := func(n, of int) float64 { return float64(n) / float64(max(of, 1)) }
	return Simulated{Mean: mean, Minutes: minutes, FalseWeekly: share(wrong, simWeeks*series),
		Found: share(found, bursts), Weekly: share(again, weekly), Series: series, Bursts: bursts}
}

// simSeries is one series that is simulated.
type simSeries struct {
	minutes int
	t       *tuning
	seed    uint64
	mean    float64
}

// single runs a series without bursts and counts its episodes; every few days
// a copy of the detector is shown a burst and may find it.
func (s simSeries) single() (wrong, bursts, found int) {
	calm, busy := newWorld(s.seed, s.mean), newWorld(s.seed+1<<32, s.mean)
	d := newDetector(s.minutes, s.t)
	next := simBurstFrom*7*24 + busy.rng.IntN(7*24)
	for h := range simWeeks * 7 * 24 {
		if h == next {
			twin, hit := *d, false
			for k := range simBurstLen {
				hit = busy.hour(&twin, h+k, simBurst) || hit
			}
			bursts++
			if hit {
				found++
			}
			next += 4*24 + busy.rng.IntN(6*24)
		}
		if calm.hour(d, h, 1) {
			wrong++
		}
	}
	return wrong, bursts, found
}

// everyWeek runs a series with the same burst every week.
func (s simSeries) everyWeek() (bursts, found int) {
	w := newWorld(s.seed+2<<32, s.mean)
	d := newDetector(s.minutes, s.t)
	at, hit := w.rng.IntN(7*24), false
	for h := range simWeeks * 7 * 24 {
		k := (h - at + 7*24) % (7 * 24)
		if h < simEveryFrom*7*24+at || k >= simBurstLen {
			w.hour(d, h, 1)
			continue
		}
		hit = w.hour(d, h, simBurst) || k > 0 && hit
		if k == simBurstLen-1 {
			bursts++
			if hit {
				found++
			}
		}
	}
	return bursts, found
}

// simStart is the Monday on which simulated series begin.
func simStart() time.Time { return time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC) }

// world draws the counts of a simulated series.
type world struct {
	rng  *rand.Rand
	mean float64 // an hour
}

func newWorld(seed uint64, mean float64) *world {
	return &world{rand.New(rand.NewPCG(seed, 7)), mean}
}

// expect is the true mean of an hour.
func (w *world) expect(hour int) float64 {
	day := simWeekday
	if hour/24%7 >= 5 {
		day = simWeekend
	}
	return w.mean * day * (1 + simDay*math.Sin(2*math.Pi*float64(hour%24)/24))
}

// hour gives the detector an hour's bins with times its usual mean, and tells
// whether an episode began in it.
func (w *world) hour(d *Detector, hour int, times float64) (began bool) {
	mean := w.expect(hour) * times * w.luck()
	bins := 60 / int(d.s.Step)
	for i := range bins {
		at := simStart().Add(time.Duration(hour)*time.Hour + time.Duration(i)*time.Duration(d.s.Step)*time.Minute)
		began = d.Add(at, w.poisson(mean/float64(bins))).Began || began
	}
	return began
}

// luck is Gamma-distributed with shape k and mean 1.
func (w *world) luck() float64 {
	g := 0.0
	for range simK {
		g -= math.Log(1 - w.rng.Float64())
	}
	return g / simK
}

func (w *world) poisson(mean float64) int {
	if mean > 50 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*w.rng.NormFloat64())))
	}
	n, p, limit := 0, 1.0, math.Exp(-mean)
	for {
		if p *= w.rng.Float64(); p < limit {
			return n
		}
		n++
	}
}
