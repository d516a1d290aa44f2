package digest

import (
	"math/rand/v2"

	"earshot/digest/quantify"
)

// Estimate is the window's social NPS. What people's words say is corrected by
// how the classifier errs (quantification; package quantify has the method),
// ratings are taken as they are. The 95 % interval is a bootstrap of people and
// of the errors. Where nothing is known of them the score is as counted, and its
// interval holds as well what the errors of the embedded model would make of it.
// A nil errs counts, and no more.
func (w Window) Estimate(errs *quantify.Errors) Estimate {
	return w.measure(errs).Estimate
}

// measured is an estimate with the draws of its bootstrap, in points.
type measured struct {
	Estimate
	draws []float64
}

func (w Window) measure(errs *quantify.Errors) measured {
	m := measured{Estimate: Measure(w.Tally())}
	if w.People > 0 {
		m.Coverage = float64(m.Authors) / float64(w.People)
	}
	if errs == nil {
		return m
	}
	m.By = errs.From()
	if w.Answers.Sum() == 0 { // ratings alone: nothing to correct
		return m
	}
	m.draws = w.bootstrap(errs)
	low, high, se := quantify.Interval(append([]float64(nil), m.draws...))
	if !errs.Known() {
		m.Low, m.High = min(m.Low, low), max(m.High, high)
		m.SE = (m.High - m.Low) / (2 * z95)
		m.draws = nil
		return m
	}
	m.Score = w.score(errs.Correct(w.Answers), asRated(w.Rated))
	m.Low, m.High, m.SE = min(low, m.Score), max(high, m.Score), se
	return m
}

// asRated is what ratings come to: promoters less detractors, as a share of
// them and of the imaginary people of the adjusted Wald interval.
func asRated(t Tally) float64 {
	return float64(t.Promoters-t.Detractors) / (float64(t.N()) + addedUnits)
}

// score is the score, in points, of people of whose words s is the make-up, and
// whose ratings come to rated.
func (w Window) score(s quantify.Shares, rated float64) float64 {
	told, ratedN := w.Answers.Sum(), float64(w.Rated.N())+addedUnits
	answered := float64(w.Answered) * s.RightDetractor // detractors who count as passive
	net := told*(s.Promoter-s.Detractor) + answered + ratedN*rated
	return points(net / (told*(1-s.None) + ratedN))
}

// bootstrap draws the score anew, as often as quantify.Draws says.
func (w Window) bootstrap(errs *quantify.Errors) []float64 {
	seed := uint64(w.From.Unix())<<32 ^ uint64(w.To.Unix())
	shares := errs.Bootstrap(w.Answers, seed)
	rng := rand.New(rand.NewPCG(seed, addedUnits))
	counts := []float64{float64(w.Rated.Promoters) + addedPromoter, float64(w.Rated.Passives) + addedUnits - 2*addedPromoter, float64(w.Rated.Detractors) + addedPromoter}
	out := make([]float64, len(shares))
	var rated [3]float64
	for i, s := range shares {
		quantify.Dirichlet(rng, counts, rated[:])
		out[i] = w.score(s, rated[0]-rated[2])
	}
	return out
}

// CompareWindows tests whether the score of now differs from that of before by
// more than chance. Both are corrected by the same errors, which mostly cancel:
// the difference is taken draw by draw, with the same matrix in both.
func CompareWindows(before, now Window, errs *quantify.Errors) Change {
	a, b := before.measure(errs), now.measure(errs)
	if len(a.draws) == 0 || len(a.draws) != len(b.draws) {
		return Compare(a.Estimate, b.Estimate)
	}
	diff := make([]float64, len(a.draws))
	for i := range diff {
		diff[i] = b.draws[i] - a.draws[i]
	}
	_, _, se := quantify.Interval(diff)
	return compare(a.Estimate, b.Estimate, se)
}
