package digest

import (
	"cmp"
	"math"
	"slices"
)

// Split says where a change came from: from what people on the same channels
// say, or from a different mix of channels.
type Split struct {
	Within float64 `json:"within"` // points
	Mix    float64 `json:"mix"`    // points; Within + Mix is the whole change
}

// mostScaled is how much more or less of a change the correction may make than
// was counted, for the split of the one to stand for the split of the other.
const mostScaled = 3

// of gives the parts of a change as it is told, which is corrected for how the
// classifier errs. That correction is linear in the shares and the same in both
// windows, so it stretches both parts alike. False where it is no such stretch:
// nothing moved as counted, or it moved the other way.
func (s Split) of(change float64) (Split, bool) {
	counted := s.Within + s.Mix
	if by := change / counted; counted != 0 && by >= 1.0/mostScaled && by <= mostScaled {
		return Split{Within: s.Within * by, Mix: s.Mix * by}, true
	}
	return Split{}, false
}

// SplitChange splits the change of the raw score between two windows by
// source: Δ = Σ w̄·Δs + Σ s̄·Δw, with w a source's share of people and s its
// score (Kitagawa 1955). A source that was silent in one of the two is all mix.
func SplitChange(before, now Window) Split {
	var out Split
	names := map[string]bool{}
	for n := range before.Sources {
		names[n] = true
	}
	for n := range now.Sources {
		names[n] = true
	}
	total1, total2 := float64(before.Tally().N())+addedUnits, float64(now.Tally().N())+addedUnits
	for n := range names {
		a, b := before.Sources[n], now.Sources[n]
		s1, s2 := net(a), net(b)
		if a.N() == 0 {
			s1 = s2
		}
		if b.N() == 0 {
			s2 = s1
		}
		w1, w2 := float64(a.N())/total1, float64(b.N())/total2
		out.Within += 100 * (w1 + w2) / 2 * (s2 - s1)
		out.Mix += 100 * (s1 + s2) / 2 * (w2 - w1)
	}
	return out
}

// net is promoters minus detractors as a share.
func net(t Tally) float64 {
	if t.N() == 0 {
		return 0
	}
	return float64(t.Promoters-t.Detractors) / float64(t.N())
}

// TopicMove is what one topic adds to the score, and how that changed.
type TopicMove struct {
	Topic        string  `json:"topic"`
	Points       float64 `json:"points"`      // it adds to the raw score now
	Before       float64 `json:"before"`      // it added in the period before
	Change       float64 `json:"change"`      // Points − Before
	Detractors   int     `json:"detractors"`  // people now
	DetractorsBy int     `json:"detractors0"` // people before
	Promoters    int     `json:"promoters"`   //
	PromotersBy  int     `json:"promoters0"`  //
	Sure         bool    `json:"sure"`        // the change is more than chance
}

// Moves splits the raw score and its change by topic; the parts sum to the
// whole. The largest change comes first.
func Moves(before, now Window) []TopicMove {
	names := map[string]bool{}
	for n := range before.Topics {
		names[n] = true
	}
	for n := range now.Topics {
		names[n] = true
	}
	n1, n2 := float64(before.Tally().N())+addedUnits, float64(now.Tally().N())+addedUnits
	moves := make([]TopicMove, 0, len(names))
	for n := range names {
		a, b := before.Topics[n], now.Topics[n]
		m := TopicMove{Topic: n, Points: 100 * b.Weight / n2, Before: 100 * a.Weight / n1,
			Detractors: b.Detractors, DetractorsBy: a.Detractors, Promoters: b.Promoters, PromotersBy: a.Promoters}
		m.Change = m.Points - m.Before
		m.Sure = sure(a, b, n1, n2)
		moves = append(moves, m)
	}
	slices.SortFunc(moves, func(a, b TopicMove) int {
		return cmp.Or(cmp.Compare(math.Abs(b.Change), math.Abs(a.Change)),
			cmp.Compare(math.Abs(b.Points), math.Abs(a.Points)), cmp.Compare(a.Topic, b.Topic))
	})
	return moves
}

// sure tests a topic's change by z: each person adds at most 1 in size, so
// promoters plus detractors bound the variance.
func sure(a, b TopicTally, n1, n2 float64) bool {
	if n1-addedUnits < MinPeople || n2-addedUnits < MinPeople {
		return false
	}
	p1, p2 := a.Weight/n1, b.Weight/n2
	v1 := (float64(a.Promoters+a.Detractors)/n1 - p1*p1) / n1
	v2 := (float64(b.Promoters+b.Detractors)/n2 - p2*p2) / n2
	se := math.Sqrt(max(0, v1) + max(0, v2))
	return se > 0 && math.Abs(p2-p1)/se >= z95
}
