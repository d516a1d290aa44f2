package spike

import (
	"fmt"
	"slices"
)

// How LeaveOneOut keeps a choice honest towards quiet series: on a small
// simulation it may not alarm more often, nor find fewer bursts.
const (
	outSeries = 8
	outSeed   = 77
	outFalse  = 0.4
	outFound  = 0.9
	outMean   = 20
)

// LeaveOneOut chooses the figures of the detector that data can choose anew
// without each series in turn, by the score of the others, among those that
// keep quiet on simulated series, and gives the score of each series by the
// figures that were chosen without it. The mean of these is what a series that
// nobody has seen may expect; how the detector is built was decided with all of
// them in view. Told is called with the share that is done.
func LeaveOneOut(series []Labelled, told func(share float64)) (each []NumentaScore, mean float64, err error) {
	return leaveOneOut(series, candidatesOf(standard()), told)
}

func leaveOneOut(series []Labelled, settings []*tuning, told func(share float64)) (each []NumentaScore, mean float64, err error) {
	best := make([]struct {
		others float64
		own    NumentaScore
	}, len(series))
	for i, t := range settings {
		told(float64(i) / float64(len(settings)))
		if sim := simulate(outMean, 60, outSeries, outSeed, t, func(int) {}); sim.FalseWeekly > outFalse || sim.Found < outFound {
			continue
		}
		scores, all, err := numenta(series, t)
		if err != nil {
			return nil, 0, fmt.Errorf("leave one out: %w", err)
		}
		for k, s := range scores {
			others := NumentaScore{raw: all.raw - s.raw, Found: all.Found - s.Found, Missed: all.Missed - s.Missed}
			if others.sum(); best[k].own.Name == "" || others.Score > best[k].others {
				best[k].others, best[k].own = others.Score, s
			}
		}
	}
	for _, b := range best {
		each = append(each, b.own)
		mean += b.own.Score / float64(len(best))
	}
	told(1)
	return each, mean, nil
}

// candidatesOf lists t and what lies around it.
func candidatesOf(t *tuning) []*tuning {
	all := []*tuning{t}
	vary := func(set func(t *tuning, by float64), factors ...float64) {
		for _, base := range slices.Clone(all) {
			for _, by := range factors {
				c := *base
				set(&c, by)
				all = append(all, &c)
			}
		}
	}
	vary(func(t *tuning, by float64) { t.floor[window5m] *= by }, 0.8, 1.2)
	vary(func(t *tuning, by float64) { t.spread[window5m] *= by; t.spread[window24h] *= by }, 0.75, 1.25)
	vary(func(t *tuning, by float64) { t.spread[window4h] *= by }, 0.75, 1.25)
	vary(func(t *tuning, by float64) { t.record *= by }, 0.95, 1.05)
	return all
}
