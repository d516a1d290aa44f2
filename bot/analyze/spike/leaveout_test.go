package spike

import (
	"testing"
	"time"
)

// TestLeaveOneOut: each series is scored by figures that were chosen without
// it, of which there are only those that keep quiet.
func TestLeaveOneOut(t *testing.T) {
	noise := newWorld(3, 30)
	series := func(name string, at int) Labelled {
		rows := rowsEvery(Step, 14*288, func(i int) float64 {
			if i >= at && i < at+36 {
				return 40
			}
			return float64(noise.poisson(3))
		})
		l := Labelled{Name: name, Rows: rows}
		l.Windows = append(l.Windows, [2]time.Time{rows[at-20].At, rows[at+60].At})
		return l
	}
	all := []Labelled{series("a", 2000), series("b", 3000)}
	nervous, deaf := *standard(), *standard()
	nervous.floor, nervous.spread = [windowCount]float64{0.1, 0.1, 0.1}, [windowCount]float64{-9, -9, -9}
	deaf.floor[window5m] = 9
	var shares []float64
	each, mean, err := leaveOneOut(all, []*tuning{&nervous, &deaf, standard()}, func(s float64) { shares = append(shares, s) })
	if err != nil || len(each) != 2 || each[0].Name != "a" || each[1].Name != "b" || shares[len(shares)-1] != 1 {
		t.Fatalf("left out %+v, %v, told %v", each, err, shares)
	}
	_, fixed, err := Numenta(all)
	if err != nil || mean < fixed.Score-0.01 || fixed.Score < 90 || each[0].False+each[1].False > 0 {
		t.Errorf("mean %.1f of %+v, the standard alone %.1f", mean, each, fixed.Score)
	}
}

// TestCandidates: what is tried lies around what is used, which is one of them.
func TestCandidates(t *testing.T) {
	all := candidatesOf(standard())
	if len(all) != 81 || *all[0] != *standard() {
		t.Errorf("%d settings, the first %+v", len(all), *all[0])
	}
}
