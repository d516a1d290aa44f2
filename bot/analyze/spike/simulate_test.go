package spike

import "testing"

// TestSimulation holds the detector to what is asked of it on simulated series:
// few false episodes, and most bursts of four hours found. The bounds leave
// room for chance in so few series; `earshot eval spikes --simulate` measures
// more of them.
func TestSimulation(t *testing.T) {
	for _, tt := range []struct {
		mean            float64
		minutes, series int
		falseWeekly     float64 // at most
		found, weekly   float64 // at least
	}{
		{0.2, 60, 5, 0.1, 0, 0},
		{1, 60, 20, 0.4, 0.68, 0.60},
		{5, 60, 20, 0.4, 0.87, 0.78},
		{20, 60, 20, 0.4, 0.90, 0.82},
		{20, 5, 1, 0.5, 0.88, 0.65},
	} {
		s := Simulate(tt.mean, tt.minutes, tt.series, 1, func(int) {})
		t.Logf("%+v", s)
		if s.FalseWeekly > tt.falseWeekly || s.Found < tt.found || s.Weekly < tt.weekly {
			t.Errorf("%+v, want at most %.2f false a week, at least %.2f found and %.2f of those that come back", s, tt.falseWeekly, tt.found, tt.weekly)
		}
	}
}

// TestSimulateRepeats: the same seed gives the same figures.
func TestSimulateRepeats(t *testing.T) {
	run := func() (s Simulated, calls int) {
		s = Simulate(5, 60, 2, 3, func(done int) { calls = done })
		return s, calls
	}
	a, n := run()
	b, _ := run()
	if a != b || n != 2 || a.Bursts < 20 {
		t.Errorf("%+v and %+v after %d series", a, b, n)
	}
}

// draw is a negative-binomial count: a Poisson whose mean is Gamma-distributed.
func (w *world) draw(mean float64) int { return w.poisson(mean * w.luck()) }
