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
}

// Measure estimates a score from people whose rating decided and people whose
// words did. The words went through a classifier, which errs; m says how, and
// each of its answers counts by what it is worth (see Matrix).
func Measure(rated, told Tally, m Matrix) Estimate {
	w, ok := m.weights()
	if !ok {
		w = plainWeights()
	}
	n := float64(rated.N()+told.N()) + addedUnits
	var sum, squares float64
	add := func(count, weight float64) {
		sum += count * weight
		squares += count * weight * weight
	}
	add(float64(rated.Promoters)+addedPromoter, 1)
	add(float64(rated.Detractors)+addedPromoter, -1)
	add(float64(told.Promoters), w[0])
	add(float64(told.Passives), w[1])
	add(float64(told.Detractors), w[2])
	mean := sum / n
	se := math.Sqrt(max(0, squares/n-mean*mean) / n)
	people := rated.N() + told.N()
	return Estimate{Score: points(mean), Low: points(mean - z95*se), High: points(mean + z95*se),
		Authors: people, Enough: people >= MinPeople, SE: 100 * se}
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

// Compare tests whether now differs from before by more than chance.
func Compare(before, now Estimate) Change {
	c := Change{Points: now.Score - before.Score, Enough: before.Enough && now.Enough}
	if se := math.Hypot(before.SE, now.SE); se > 0 {
		c.Z = c.Points / se
	}
	c.Significant = c.Enough && math.Abs(c.Z) >= z95
	return c
}

// Matrix says how often the classifier gives each stance to people of each
// true stance: rows are the truth, columns the answer, both in the order
// promoter, passive, detractor; each row sums to 1. The zero Matrix stands for
// a classifier that is taken at its word.
type Matrix [3][3]float64

// Identity is the matrix of a classifier that never errs.
func Identity() Matrix { return Matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}} }

// plainWeights is what answers are worth when they are taken at their word.
func plainWeights() [3]float64 { return [3]float64{1, 0, -1} }

// leastDeterminant is where a matrix says so little that dividing by it would
// only amplify noise.
const leastDeterminant = 0.05

// weights gives what each answer of the classifier is worth so that the
// expected worth of a person is 1, 0 or −1 by their true stance: the c with
// M·c = (1, 0, −1). This is quantification by adjusted count. It is false for
// a matrix that is none or says too little.
func (m Matrix) weights() ([3]float64, bool) {
	for _, row := range m {
		if sum := row[0] + row[1] + row[2]; math.Abs(sum-1) > 0.01 || min(row[0], row[1], row[2]) < 0 {
			return plainWeights(), false
		}
	}
	det := m.determinant()
	if math.Abs(det) < leastDeterminant {
		return plainWeights(), false
	}
	var w [3]float64
	for col := range 3 {
		swapped := m
		for row := range 3 {
			swapped[row][col] = plainWeights()[row]
		}
		w[col] = swapped.determinant() / det
	}
	return w, true
}

func (m Matrix) determinant() float64 {
	return m[0][0]*(m[1][1]*m[2][2]-m[1][2]*m[2][1]) -
		m[0][1]*(m[1][0]*m[2][2]-m[1][2]*m[2][0]) +
		m[0][2]*(m[1][0]*m[2][1]-m[1][1]*m[2][0])
}
