package digest

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func near(a, b, within float64) bool { return math.Abs(a-b) <= within }

// TestMeasure checks the adjusted Wald interval against figures worked out by
// hand from its definition.
func TestMeasure(t *testing.T) {
	tests := []struct {
		tally            Tally
		score, low, high float64
	}{
		// n' = 103, p = 60.75/103, d = 20.75/103, score 38.83, var = .7913-.1508, half = 1.96·sqrt(.6405/103)
		{Tally{60, 20, 20}, 38.835, 23.378, 54.291},
		{Tally{0, 0, 0}, 0, -80.016, 80.016},
		{Tally{20, 0, 0}, 86.957, 69.683, 100},
		{Tally{10, 80, 10}, 0, -8.822, 8.822},
	}
	for _, tt := range tests {
		got := Measure(tt.tally)
		if !near(got.Score, tt.score, 0.01) || !near(got.Low, tt.low, 0.01) || !near(got.High, tt.high, 0.01) {
			t.Errorf("%+v: %.3f, between %.3f and %.3f; want %.3f, %.3f, %.3f", tt.tally, got.Score, got.Low, got.High, tt.score, tt.low, tt.high)
		}
		if got.Authors != tt.tally.N() || got.Enough != (tt.tally.N() >= 20) {
			t.Errorf("%+v: %d authors, enough %t", tt.tally, got.Authors, got.Enough)
		}
	}
}

// TestMeasureAnyTally is the property that a score lies in its interval, the
// interval in −100 to 100, and that swapping the sides turns the sign.
func TestMeasureAnyTally(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 100000)
		a := Tally{n.Draw(t, "p"), n.Draw(t, "n"), n.Draw(t, "d")}
		e, mirror := Measure(a), Measure(Tally{a.Detractors, a.Passives, a.Promoters})
		if e.Low > e.Score || e.Score > e.High || e.Low < -100 || e.High > 100 {
			t.Fatalf("%+v gives %+v", a, e)
		}
		if !near(e.Score, -mirror.Score, 1e-9) || !near(e.SE, mirror.SE, 1e-9) {
			t.Fatalf("mirrored: %+v and %+v", e, mirror)
		}
	})
}

func TestCompare(t *testing.T) {
	of := func(p, n, d int) Estimate { return Measure(Tally{p, n, d}) }
	tests := []struct {
		name        string
		a, b        Estimate
		significant bool
	}{
		{"a clear rise", of(100, 200, 100), of(180, 160, 60), true},
		{"a clear fall", of(180, 160, 60), of(100, 200, 100), true},
		{"chance", of(100, 200, 100), of(108, 196, 96), false},
		{"too few people before", of(0, 0, 19), of(300, 0, 0), false},
		{"too few people now", of(300, 0, 0), of(0, 0, 19), false},
	}
	for _, tt := range tests {
		if got := Compare(tt.a, tt.b); got.Significant != tt.significant {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}
