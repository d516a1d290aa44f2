package digest

import (
	"math"

	"earshot/bot"
)

// Figures of the estimate.
const (
	// MinPeople is the least number of people for which a score is told.
	MinPeople = 20
	z95       = 1.96 // half-width of a 95 % interval, in standard errors
	// addedUnits are the imaginary people of the adjusted Wald interval: ¾ of a
	// promoter, ¾ of a detractor, 1½ passives (Rocks 2016, "Interval estimation
	// for the 'net promoter score'", The American Statistician 70:4).
	addedUnits    = 3.0
	addedPromoter = 0.75
)

// Tally counts people by stance.
type Tally struct {
	Promoters  int `json:"promoters"`
	Passives   int `json:"passives"`
	Detractors int `json:"detractors"`
}

// N is how many people it counts.
func (t Tally) N() int { return t.Promoters + t.Passives + t.Detractors }

// Add counts one person; an unqualified one is not counted.
func (t *Tally) Add(s bot.Stance) {
	switch s {
	case bot.Promoter:
		t.Promoters++
	case bot.Passive:
		t.Passives++
	case bot.Detractor:
		t.Detractors++
	}
}

// Plus is both tallies together.
func (t Tally) Plus(o Tally) Tally {
	return Tally{t.Promoters + o.Promoters, t.Passives + o.Passives, t.Detractors + o.Detractors}
}

// Estimate is a social NPS with its uncertainty, in points from −100 to 100.
type Estimate struct {
	Score    float64 `json:"score"`
	Low      float64 `json:"low"`  // of the 95 % interval
	High     float64 `json:"high"` //
	Authors  int     `json:"authors"`
	Coverage float64 `json:"coverage"`    // share of the people heard who count, 0 to 1
	Enough   bool    `json:"enough_data"` // at least MinPeople; else no number is shown to people
	SE       float64 `json:"standard_error"`
	Raw      float64 `json:"raw"`                    // the score when the classifier is taken at its word
	By       string  `json:"corrected_by,omitempty"` // what its errors are known from: "audit", "validation", "none"
}

// Measure estimates a score from people counted as they are: by their ratings,
// or by what the classifier says of their words, taken at its word.
func Measure(t Tally) Estimate {
	n := float64(t.N()) + addedUnits
	p, d := (float64(t.Promoters)+addedPromoter)/n, (float64(t.Detractors)+addedPromoter)/n
	mean := p - d
	se := math.Sqrt(max(0, p+d-mean*mean) / n)
	return Estimate{Score: points(mean), Low: points(mean - z95*se), High: points(mean + z95*se), Raw: points(mean),
		Authors: t.N(), Enough: t.N() >= MinPeople, SE: 100 * se}
}

// points is a share as points, within −100 and 100.
func points(share float64) float64 { return 100 * min(1, max(-1, share)) }

// Change is how far a score moved from one period to the next.
type Change struct {
	Points      float64 `json:"points"`
	Z           float64 `json:"z"`
	Significant bool    `json:"significant"` // more than chance, at 95 %
	Enough      bool    `json:"enough_data"` // both periods have enough people
}

// Compare tests whether now differs from before by more than chance, where the
// two know nothing of one another.
func Compare(before, now Estimate) Change {
	return compare(before, now, math.Hypot(before.SE, now.SE))
}

// compare tests a difference whose standard error is known, in points.
func compare(before, now Estimate, se float64) Change {
	c := Change{Points: now.Score - before.Score, Enough: before.Enough && now.Enough}
	if se > 0 {
		c.Z = c.Points / se
	}
	c.Significant = c.Enough && math.Abs(c.Z) >= z95
	return c
}
