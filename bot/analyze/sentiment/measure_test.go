package sentiment

import (
	"math"
	"testing"

	"earshot/bot"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestCalibrationError(t *testing.T) {
	sure := bot.Probs{Negative: 0.8, Neutral: 0.1, Positive: 0.1}
	if got := CalibrationError([]bot.Probs{sure, sure, sure, sure, sure}, []int{0, 0, 0, 0, 1}); !near(got, 0) {
		t.Errorf("0.8 that is right four times in five: %g", got)
	}
	if got := CalibrationError([]bot.Probs{sure, sure}, []int{0, 2}); !near(got, 0.3) {
		t.Errorf("0.8 that is right once in two: %g", got)
	}
	if got := CalibrationError(nil, nil); got != 0 {
		t.Errorf("of nothing: %g", got)
	}
}

func TestAveragePrecision(t *testing.T) {
	of := func(negative ...float64) (list []bot.Probs) {
		for _, p := range negative {
			list = append(list, bot.Probs{Negative: p, Neutral: 1 - p})
		}
		return list
	}
	for _, test := range []struct {
		name   string
		probs  []bot.Probs
		labels []int
		want   float64
	}{
		{"perfect", of(0.9, 0.8, 0.2), []int{0, 0, 1}, 1},
		{"one in between", of(0.9, 0.8, 0.2), []int{0, 2, 0}, (1 + 2.0/3) / 2},
		{"ties", of(0.5, 0.5, 0.5, 0.5), []int{0, 1, 0, 1}, 0.5},
		{"no negative one", of(0.5), []int{1}, 0},
		{"nothing", nil, nil, 0},
	} {
		if got := AveragePrecision(test.probs, test.labels); !near(got, test.want) {
			t.Errorf("%s: %g, want %g", test.name, got, test.want)
		}
	}
}

func TestFlagPoints(t *testing.T) {
	list := []bot.Probs{{Negative: 0.9, Neutral: 0.1}, {Negative: 0.6, Neutral: 0.4}, {Negative: 0.31, Neutral: 0.69}}
	for _, f := range FlagPoints(list, []int{0, 1, 0}) {
		want := FlagPoint{f.At, 1, 0.5}
		switch {
		case f.At < 0.305:
			want = FlagPoint{f.At, 2.0 / 3, 1}
		case f.At < 0.605:
			want = FlagPoint{f.At, 0.5, 0.5}
		}
		if !near(f.Precision, want.Precision) || !near(f.Recall, want.Recall) {
			t.Errorf("%+v, want %+v", f, want)
		}
	}
}

func TestBought(t *testing.T) {
	m := &Model{words: &Convolution{flags: []FlagPoint{{0.3, 0.4, 0.9}, {0.5, 0.6, 0.7}}}}
	for at, want := range map[float64]FlagPoint{0.1: {0.1, 0.4, 0.9}, 0.3: {0.3, 0.4, 0.9}, 0.4: {0.4, 0.5, 0.8}, 0.9: {0.9, 0.6, 0.7}} {
		if got := m.Bought(at); !near(got.At, want.At) || !near(got.Precision, want.Precision) || !near(got.Recall, want.Recall) {
			t.Errorf("from %g: %+v, want %+v", at, got, want)
		}
	}
	shipped, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if low, high := shipped.Bought(0.3), shipped.Bought(0.8); low.Precision >= high.Precision || low.Recall <= high.Recall || low.Precision < 0.3 {
		t.Errorf("from 0.3 %+v, from 0.8 %+v", low, high)
	}
}
