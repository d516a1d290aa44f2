package contrast

import (
	"math"
	"path/filepath"
	"testing"
)

// TestNothingFromNothing: of two groups that say the same, at most one pair in
// twenty has anything named, whatever their sizes; a margin is left for chance.
func TestNothingFromNothing(t *testing.T) {
	for _, tc := range []Trial{{A: 25, B: 25, Runs: 40}, {A: 60, B: 60, Runs: 20}, {A: 40, B: 300, Runs: 10}, {A: 120, B: 120, Runs: 10}} {
		got := tc.Run(nil)
		t.Logf("%d against %d people: %d of %d runs name something", tc.A, tc.B, got.Claimed, got.Runs)
		if got.Claimed > tc.Runs/10 {
			t.Errorf("%d of %d runs name something, of groups that say the same", got.Claimed, tc.Runs)
		}
	}
}

// TestPlantedIsFound: what a part of A says, and B does not, is found, and what
// else is named stays rare.
func TestPlantedIsFound(t *testing.T) {
	named, wrong := 0, 0
	for _, tc := range []Trial{{A: 60, B: 60, Share: .3}, {A: 100, B: 100, Share: .2}, {A: 200, B: 200, Share: .15}, {A: 50, B: 300, Share: .3}} {
		tc.Runs, tc.Plant, tc.Seed = 6, "the hinge snapped", 7
		got := tc.Run(nil)
		t.Logf("%+v: %+v", tc, got)
		if got.Found < tc.Runs*9/10 {
			t.Errorf("%+v: found in %d runs", tc, got.Found)
		}
		named, wrong = named+got.Named, wrong+got.Wrong
	}
	if 8*wrong > named {
		t.Errorf("%d of %d named are wrong", wrong, named)
	}
}

// TestRealTextsShuffled: halves of the same reviews and tweets differ by
// chance alone.
func TestRealTextsShuffled(t *testing.T) {
	var reviews, tweets []string
	for _, row := range rows(t, filepath.Join(shared(t), "reviews", "clothing_sample.csv")) {
		reviews = append(reviews, row["Title"]+"\n"+row["Review Text"])
	}
	for _, row := range rows(t, filepath.Join(shared(t), "airline", "dev.csv")) {
		tweets = append(tweets, row["text"])
	}
	for name, texts := range map[string][]string{"reviews": reviews, "tweets": tweets} {
		got := Trial{A: 60, B: 200, Runs: 8, Seed: 3}.Run(texts)
		t.Logf("%s: %+v", name, got)
		if got.Claimed > 1 {
			t.Errorf("%s: %d of %d random splits name something", name, got.Claimed, got.Runs)
		}
	}
}

// TestTheArithmetic checks figures that were worked out by hand.
func TestTheArithmetic(t *testing.T) {
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 1e-3*math.Max(1, math.Abs(want)) {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	// 8 or more of the 9 who say it are of the 10 of A, of 16: (45·6 + 10) of 11440.
	near("exact", exact(counts{8, 1}, counts{10, 6}), 280.0/11440)
	near("exact of none", exact(counts{0, 5}, counts{10, 10}), 1)
	// share 0.1: prior 2 of 20; a = 17/103, b = 7/113.
	near("z", logOdds(counts{15, 5}, counts{100, 100}), (math.Log(17./103)-math.Log(7./113))/math.Sqrt(1./17+1./103+1./7+1./113))
	ratio, low, high := lift(counts{20, 5}, counts{100, 100})
	near("lift", ratio, 20.5/5.5)
	half := 1.959964 * math.Sqrt(1/20.5-1/100.5+1/5.5-1/100.5)
	near("low", low, ratio*math.Exp(-half))
	near("high", high, ratio*math.Exp(half))
	s := shareOf(8, 10) // Wilson: 0.4902 to 0.9433
	near("Wilson low", s.Low, 0.4902)
	near("Wilson high", s.High, 0.9433)
	near("step up", stepUp([]float64{.001, .03, .04, .8}, 6, .05), .001)
	near("step up to the last", stepUp([]float64{.001, .03, .04}, 3, .05), .04)
	near("step up of none", stepUp([]float64{.5}, 1, .05), -1)
	tested, least := testable(map[code]counts{1: {2, 3}, 2: {1, 4}, 3: {20, 20}, 4: {5, 4}}, counts{100, 100}, .05)
	if tested != 2 || least != 6 {
		t.Errorf("testable: %d from %d people on", tested, least)
	}
}
