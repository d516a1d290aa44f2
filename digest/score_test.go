package digest

import (
	"math"
	"math/rand/v2"
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
		got := Measure(Tally{}, tt.tally, Matrix{})
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
		e, mirror := Measure(a, Tally{}, Matrix{}), Measure(Tally{}, Tally{a.Detractors, a.Passives, a.Promoters}, Identity())
		if e.Low > e.Score || e.Score > e.High || e.Low < -100 || e.High > 100 {
			t.Fatalf("%+v gives %+v", a, e)
		}
		if !near(e.Score, -mirror.Score, 1e-9) || !near(e.SE, mirror.SE, 1e-9) {
			t.Fatalf("mirrored: %+v and %+v", e, mirror)
		}
	})
}

func TestCompare(t *testing.T) {
	of := func(p, n, d int) Estimate { return Measure(Tally{}, Tally{p, n, d}, Matrix{}) }
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

// TestMatrixCorrects simulates a classifier with known errors: taken at its
// word the score shrinks towards zero, corrected it comes out true and its
// interval holds the truth about 95 times in 100.
func TestMatrixCorrects(t *testing.T) {
	m := Matrix{{0.7, 0.25, 0.05}, {0.1, 0.8, 0.1}, {0.05, 0.2, 0.75}}
	truth := [3]float64{0.5, 0.3, 0.2}
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(p [3]float64) int {
		switch u := rng.Float64(); {
		case u < p[0]:
			return 0
		case u < p[0]+p[1]:
			return 1
		}
		return 2
	}
	var raw, corrected float64
	held := 0
	const runs = 400
	for range runs {
		var seen [3]int
		for range 500 {
			seen[draw(m[draw(truth)])]++
		}
		told := Tally{seen[0], seen[1], seen[2]}
		raw += Measure(Tally{}, told, Matrix{}).Score / runs
		e := Measure(Tally{}, told, m)
		corrected += e.Score / runs
		if e.Low <= 30 && 30 <= e.High {
			held++
		}
	}
	if !near(corrected, 30, 0.6) || near(raw, 30, 5) {
		t.Errorf("the true score is 30: raw %.2f, corrected %.2f", raw, corrected)
	}
	if share := float64(held) / runs; share < 0.92 || share > 0.98 {
		t.Errorf("the interval holds the truth in %.1f %%", 100*share)
	}
}

// TestMatrixRefused checks that a matrix which says nothing corrects nothing.
func TestMatrixRefused(t *testing.T) {
	told := Tally{60, 20, 20}
	want := Measure(Tally{}, told, Identity())
	third := 1.0 / 3
	for _, m := range []Matrix{{}, {{third, third, third}, {third, third, third}, {third, third, third}}, {{2, -1, 0}, {0, 1, 0}, {0, 0, 1}}} {
		if got := Measure(Tally{}, told, m); got != want {
			t.Errorf("%v gives %+v, want %+v", m, got, want)
		}
	}
}
