package quantify

import (
	"math"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"earshot/bot"
)

// erring is a classifier with known errors, as an audit of so many mentions of
// each kind would show it.
func erring(n float64) Confusion {
	return Confusion{
		{0.7 * n, 0.05 * n, 0.05 * n, 0, 0.05 * n, 0.15 * n},
		{0.1 * n, 0, 0.1 * n, 0, 0.05 * n, 0.75 * n},
		{0.05 * n, 0.02 * n, 0.63 * n, 0.2 * n, 0.02 * n, 0.08 * n},
	}
}

// answered draws what that classifier says of people of this make-up.
func answered(rng *rand.Rand, c Confusion, n int, truth [truths]float64) Answers {
	for i := range c {
		c[i] = scaledRow(c[i])
	}
	m := spread(c)
	var a Answers
	pick := func(shares []float64) int {
		u := rng.Float64()
		for i, s := range shares {
			if u -= s; u < 0 {
				return i
			}
		}
		return len(shares) - 1
	}
	for range n {
		a[pick(m[pick(truth[:])][:])]++
	}
	return a
}

func scaledRow(a Answers) Answers {
	n := a.Sum()
	for i := range a {
		a[i] /= n
	}
	return a
}

func TestAnswerOf(t *testing.T) {
	for _, tt := range []struct {
		stance bot.Stance
		label  bot.Label
		want   Answer
	}{
		{bot.Detractor, bot.Mixed, SaysDetractor}, {bot.Promoter, bot.Positive, SaysPromoter}, {bot.Passive, bot.Mixed, SaysMixed},
		{bot.Passive, bot.Positive, SaysPassive}, {bot.Unqualified, bot.Unsure, SaysUnsure}, {bot.Unqualified, bot.Negative, SaysNone}, {"", "", SaysNone},
	} {
		if got := AnswerOf(tt.stance, tt.label); got != tt.want {
			t.Errorf("%s, %s: %d, want %d", tt.stance, tt.label, got, tt.want)
		}
	}
}

// TestCorrect: of many people the shares come out as they are, whatever the
// balance, where the answers alone are far off.
func TestCorrect(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	errs := Know("nobody's model", erring(4000))
	if errs.From() != FromAudit {
		t.Fatalf("known from %s", errs.From())
	}
	for _, truth := range [][truths]float64{{0.05, 0.3, 0.1, 0.55}, {0.3, 0.3, 0.2, 0.2}, {0.8, 0.05, 0.05, 0.1}} {
		a := answered(rng, erring(1), 40000, truth)
		got := errs.Correct(a).vector()
		for i := range truth {
			if math.Abs(got[i]-truth[i]) > 0.02 {
				t.Errorf("truth %v, corrected %v", truth, got)
			}
		}
		if said := asSaid(a).Detractor; math.Abs(said-truth[isDetractor]) < 0.04 {
			t.Errorf("the answers alone say %.3f of %.2f: nothing was to be corrected", said, truth[isDetractor])
		}
	}
}

// TestCoverage: the interval of the detractors' share holds the truth about 95
// times in 100, also where the audit is small.
func TestCoverage(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	held, runs := 0.0, 100
	for range runs {
		truth := [truths]float64{0.1 + 0.5*rng.Float64(), 0.15, 0.05, 0}
		truth[isNone] = 1 - truth[isDetractor] - truth[isPassive] - truth[isPromoter]
		var audit Confusion
		for i, row := range erring(1) {
			for range 80 {
				var drawn Answers
				Dirichlet(rng, scaledTo(row, 1e6), drawn[:])
				audit[i][choose(rng, drawn)]++
			}
		}
		errs := Know("nobody's model", audit)
		var d []float64
		for _, s := range errs.Bootstrap(answered(rng, erring(1), 250, truth), rng.Uint64()) {
			d = append(d, s.Detractor)
		}
		low, high, _ := Interval(d)
		held += within(truth[isDetractor], low, high)
	}
	if share := held / float64(runs); share < 0.9 || share > 0.995 {
		t.Errorf("the interval holds the truth in %.1f %%", 100*share)
	}
}

func scaledTo(a Answers, n float64) []float64 {
	for i := range a {
		a[i] *= n
	}
	return a[:]
}

func choose(rng *rand.Rand, shares Answers) int {
	u := rng.Float64()
	for i, s := range shares {
		if u -= s; u < 0 {
			return i
		}
	}
	return len(shares) - 1
}

// TestAnything is the property that shares are shares, whatever was counted,
// and that the same input gives the same draws.
func TestAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		count := rapid.Float64Range(0, 500)
		var audit Confusion
		for i := range audit {
			for k := range audit[i] {
				audit[i][k] = math.Floor(count.Draw(t, "audit"))
			}
		}
		var a Answers
		for k := range a {
			a[k] = math.Floor(count.Draw(t, "answers"))
		}
		errs := Know(rapid.SampledFrom([]string{validations()[0].model, "other"}).Draw(t, "model"), audit)
		one, two := errs.Bootstrap(a, 7), errs.Bootstrap(a, 7)
		for i, s := range append(one, errs.Correct(a)) {
			v := s.vector()
			if sum := v[0] + v[1] + v[2] + v[3]; math.Abs(sum-1) > 1e-9 || min(v[0], v[1], v[2], v[3]) < 0 || s.RightDetractor < 0 || s.RightDetractor > 1+1e-9 {
				t.Fatalf("draw %d of %v: %+v", i, a, s)
			}
			if i < len(two) && two[i] != s {
				t.Fatalf("draw %d is another the second time: %+v, %+v", i, s, two[i])
			}
		}
	})
}

// TestKnow: what is known comes from the audit from a hundred mentions on, else
// from the validation of that very model, else from nowhere.
func TestKnow(t *testing.T) {
	known := validations()[0].model
	few, enough := erring(33), erring(34)
	for _, tt := range []struct {
		model string
		audit Confusion
		want  string
	}{
		{known, Confusion{}, FromValidation}, {known, few, FromValidation}, {known, enough, FromAudit},
		{"other", few, FromNothing}, {"other", enough, FromAudit},
	} {
		errs := Know(tt.model, tt.audit)
		if errs.From() != tt.want || errs.Known() != (tt.want != FromNothing) {
			t.Errorf("%s with %.0f: from %s, known %t", tt.model, tt.audit.Sum(), errs.From(), errs.Known())
		}
	}
	a := Answers{SaysDetractor: 30, SaysMixed: 5, SaysPassive: 15, SaysNone: 50}
	want := Shares{Detractor: 0.3, Passive: 0.2, None: 0.5, RightDetractor: 1}
	if got := Know("other", few).Correct(a); got != want {
		t.Errorf("of an unknown model: %+v", got)
	}
}

func TestWilson(t *testing.T) {
	for _, tt := range []struct{ right, n, low, high float64 }{
		{0, 0, 0, 1}, {0, 10, 0, 0.2775}, {10, 10, 0.7225, 1}, {50, 100, 0.4038, 0.5962}, {103, 120, 0.7848, 0.9096},
	} {
		low, high := Wilson(tt.right, tt.n)
		if math.Abs(low-tt.low) > 1e-3 || math.Abs(high-tt.high) > 1e-3 {
			t.Errorf("%v of %v: %.4f to %.4f, want %.4f to %.4f", tt.right, tt.n, low, high, tt.low, tt.high)
		}
	}
}

// TestTrial: the figures that are published fall where the corrected shares are
// no better than the counted ones.
func TestTrial(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var items []Item
	for i, l := range []bot.Label{bot.Negative, bot.Neutral, bot.Positive} {
		for range 900 {
			k := Answer(choose(rng, erring(1)[i]))
			items = append(items, Item{Truth: l, Answer: k, Negative: k == SaysDetractor})
		}
	}
	rows := Trial{Model: "nobody's model", Audit: 250, Windows: 1, Seed: 1}.Run(items)
	all := rows[len(rows)-1]
	if len(rows) != 10 || all.Windows != 27 || all.Error > 0.6*all.Counted || all.Covered < 0.85 || all.Width <= 0 {
		t.Errorf("%+v", all)
	}
}

// BenchmarkBootstrap is what one window's interval costs.
func BenchmarkBootstrap(b *testing.B) {
	errs := Know(validations()[0].model, Confusion{})
	a := Answers{SaysDetractor: 3100, SaysMixed: 200, SaysPassive: 900, SaysPromoter: 300, SaysUnsure: 400, SaysNone: 5100}
	for b.Loop() {
		errs.Bootstrap(a, 1)
	}
}
