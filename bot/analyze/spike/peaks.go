package spike

import "math"

// What the threshold of a window remembers.
const (
	peakMemory = 1.0 / 20 // of the daily peaks, per day
	knownDays  = 7        // days after which half of what is unsure at first is known
	peakCut    = 1.3      // times the threshold: what is usual learns no more from one day
)

// peaks is what one window's own days have been like: it decides how high the
// window must rise. Half of the threshold is the record of the last 4 to 5
// weeks, the other half the usual daily peak: the record keeps quiet, the
// usual peak keeps the second and third burst of a kind visible. What is usual
// therefore learns from a day's peak only up to a little above the threshold:
// bursts that come every week raise it by a step each, and not out of sight.
type peaks struct {
	Limit  float32    // the threshold, set at midnight; 0 before the first
	Today  float32    // highest score of the day so far
	Mean   float32    // of the daily peaks
	Var    float32    //
	Block  float32    // record of the complete days of the running 7 days
	Blocks [4]float32 // records of the last four complete 7 days
	Days   int32      // closed
}

// threshold is what window w's score must reach.
func (p *peaks) threshold(t *tuning, w int) float64 {
	if p.Days == 0 {
		return t.least(w, 2)
	}
	return float64(p.Limit)
}

// least is the lowest threshold of window w after so many days: above it a
// rise is worth a word in a series that is as restless as a negative binomial
// with k = 2, as far as the seasons are known by then, from which the 5 minutes
// alone expect nothing.
func (t *tuning) least(w int, days int32) float64 {
	if w == window5m {
		return t.floor[w]
	}
	return t.floor[w] * math.Sqrt(1+t.unsure/(float64(days)+knownDays))
}

// see takes in a score.
func (p *peaks) see(r float64) { p.Today = max(p.Today, float32(r)) }

// record is the highest daily peak of the last 4 to 5 weeks.
func (p *peaks) record() float64 {
	r := p.Block
	for _, b := range p.Blocks {
		r = max(r, b)
	}
	return float64(r)
}

// weeks is how many whole weeks the record spans, at most 4.
func (p *peaks) weeks() int { return min(len(p.Blocks), int(p.Days)/7) }

// closeDay takes the day's peak in and sets the threshold of the next day.
func (p *peaks) closeDay(t *tuning, w int) {
	a := max(1-math.Exp(-peakMemory), 1/float64(p.Days+1))
	d := min(float64(p.Today), peakCut*p.threshold(t, w)) - float64(p.Mean)
	p.Mean += float32(a * d)
	p.Var = float32((1 - a) * (float64(p.Var) + a*d*d))
	p.Block = max(p.Block, p.Today)
	p.Today = 0
	p.Days++
	if p.Days%7 == 0 {
		copy(p.Blocks[1:], p.Blocks[:3])
		p.Blocks[0], p.Block = p.Block, 0
	}
	usual := float64(p.Mean) + t.spread[w]*math.Sqrt(float64(p.Var))
	p.Limit = float32(max(t.least(w, p.Days), min(t.record*p.record(), usual)))
}
