package digest

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"earshot/bot"
	"earshot/digest/quantify"
)

// errs is how a made-up model errs, as people's labels show it: a third of
// complaints is missed, a tenth of what holds none is called one.
func errs(n float64) *quantify.Errors {
	return quantify.Know("made up", quantify.Confusion{
		{quantify.SaysDetractor: 0.65 * n, quantify.SaysPassive: 0.05 * n, quantify.SaysNone: 0.3 * n},
		{quantify.SaysDetractor: 0.1 * n, quantify.SaysPassive: 0.1 * n, quantify.SaysNone: 0.8 * n},
		{quantify.SaysDetractor: 0.05 * n, quantify.SaysPassive: 0.6 * n, quantify.SaysPromoter: 0.25 * n, quantify.SaysNone: 0.1 * n},
	})
}

// readAs draws what that model says of so many people of each kind.
func readAs(rng *rand.Rand, detractors, passives, promoters, nones int) Window {
	w := Window{From: monday(), To: made()}
	say := func(n int, stances [4]float64) { // detractor, passive, promoter, none
		for range n {
			w.People++
			u, i := rng.Float64(), 0
			for ; i < 3 && u >= stances[i]; i++ {
				u -= stances[i]
			}
			stance := [4]bot.Stance{bot.Detractor, bot.Passive, bot.Promoter, bot.Unqualified}[i]
			w.Told.Add(stance)
			w.Answers[quantify.AnswerOf(stance, "")]++
		}
	}
	say(detractors, [4]float64{0.65, 0.05, 0, 0.3})
	say(passives, [4]float64{0.05, 0.85, 0, 0.1})
	say(promoters, [4]float64{0.05, 0, 0.85, 0.1})
	say(nones, [4]float64{0.1, 0.1, 0, 0.8})
	return w
}

// TestCorrectedScore: counted, the score is far off; corrected it is right on
// average, and its interval holds the truth about 95 times in 100.
func TestCorrectedScore(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const runs = 80
	truth := 100 * float64(60-200) / (200 + 140 + 60 + addedUnits)
	raw, corrected, held := 0.0, 0.0, 0.0
	known := errs(2000)
	for range runs {
		w := readAs(rng, 200, 140, 60, 200)
		w.To = w.To.Add(time.Duration(rng.IntN(1000)) * time.Second) // another seed
		e := w.Estimate(known)
		if e.By != quantify.FromAudit || e.Raw != w.Estimate(nil).Score {
			t.Fatalf("%+v", e)
		}
		raw += e.Raw / runs
		corrected += e.Score / runs
		if e.Low <= truth && truth <= e.High {
			held++
		}
	}
	if !near(corrected, truth, 2) || near(raw, truth, 3.5) {
		t.Errorf("the true score is %.1f: counted %.1f, corrected %.1f", truth, raw, corrected)
	}
	if share := held / runs; share < 0.9 || share > 0.995 {
		t.Errorf("the interval holds the truth in %.1f %%", 100*share)
	}
}

// TestUncertainMatrix: what a small audit leaves open makes the interval wider,
// and what is not known at all makes it wider than counting does.
func TestUncertainMatrix(t *testing.T) {
	w := readAs(rand.New(rand.NewPCG(3, 4)), 200, 140, 60, 200)
	wide := func(e Estimate) float64 { return e.High - e.Low }
	large, small, counted := w.Estimate(errs(20000)), w.Estimate(errs(40)), w.Estimate(nil)
	if wide(small) < 1.3*wide(large) {
		t.Errorf("an audit of 120 gives %+v, one of 60,000 %+v", small, large)
	}
	unknown := w.Estimate(quantify.Know("nobody's model", quantify.Confusion{}))
	if unknown.By != quantify.FromNothing || unknown.Score != counted.Score || unknown.Low > counted.Low || unknown.High < counted.High || wide(unknown) <= wide(counted) {
		t.Errorf("of a model that nothing is known of: %+v, counted %+v", unknown, counted)
	}
}

// TestRatingsStand: what people rated is not corrected.
func TestRatingsStand(t *testing.T) {
	w := Window{From: monday(), To: made(), Rated: Tally{60, 20, 20}, People: 100}
	got, want := w.Estimate(errs(100)), w.Estimate(nil)
	want.By = quantify.FromAudit
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got): %s", d)
	}
	w.Answers[quantify.SaysNone] = 1
	if got := w.Estimate(errs(20000)); !near(got.Score, want.Score, 2) || !near(got.Low, want.Low, 3) || !near(got.High, want.High, 3) {
		t.Errorf("with one more who says nothing: %+v, want about %+v", got, want)
	}
}

// TestAnsweredComplaints: who was answered and said no more is passive, as far
// as it was a complaint.
func TestAnsweredComplaints(t *testing.T) {
	w := readAs(rand.New(rand.NewPCG(5, 6)), 200, 140, 60, 200)
	before := w.Estimate(errs(20000)).Score
	w.Answered = int(w.Answers[quantify.SaysDetractor])
	w.Told.Passives, w.Told.Detractors = w.Told.Passives+w.Told.Detractors, 0
	after := w.Estimate(errs(20000))
	if gain := after.Score - before; gain < 25 || gain > 45 || after.Score > 30 {
		t.Errorf("from %.1f to %+v", before, after)
	}
}

// TestEstimateAnyWindow is the property that a score lies in its interval, and
// both in −100 to 100, whatever was counted; and that the same window gives the
// same figures.
func TestEstimateAnyWindow(t *testing.T) {
	known := []*quantify.Errors{errs(50), quantify.Know("?", quantify.Confusion{})}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 3000)
		w := Window{From: monday(), To: made(), Rated: Tally{n.Draw(t, "p"), n.Draw(t, "n"), n.Draw(t, "d")}}
		for k := range w.Answers {
			w.Answers[k] = float64(n.Draw(t, "answers"))
		}
		w.Answered = rapid.IntRange(0, int(w.Answers[quantify.SaysDetractor])).Draw(t, "answered")
		e := rapid.SampledFrom(known).Draw(t, "errors")
		one, two := w.Estimate(e), w.Estimate(e)
		if one != two || one.Low > one.Score || one.Score > one.High || one.Low < -100 || one.High > 100 || one.SE < 0 {
			t.Fatalf("%+v, then %+v", one, two)
		}
	})
}

// TestCompareWindows: the errors are the same in both windows, so a change is
// told from a smaller difference than two scores that know nothing of one
// another would need; and of two windows alike there is none.
func TestCompareWindows(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	before, now := readAs(rng, 300, 500, 300, 600), readAs(rng, 420, 500, 180, 600)
	before.From, before.To = monday().AddDate(0, 0, -7), monday()
	known := errs(60)
	paired, apart := CompareWindows(before, now, known), Compare(before.Estimate(known), now.Estimate(known))
	if !paired.Significant || paired.Points != apart.Points || -paired.Z < -apart.Z {
		t.Errorf("together %+v, apart %+v", paired, apart)
	}
	again := readAs(rng, 300, 500, 300, 600)
	again.From = again.From.Add(time.Hour)
	if got := CompareWindows(before, again, known); got.Significant {
		t.Errorf("no change: %+v", got)
	}
	if got, want := CompareWindows(before, now, nil), Compare(before.Estimate(nil), now.Estimate(nil)); got != want {
		t.Errorf("counted: %+v, want %+v", got, want)
	}
	if got := CompareWindows(Window{}, now, known); got.Significant || got.Enough {
		t.Errorf("from nothing: %+v", got)
	}
}

// TestAnswersOfPeople: who counts how in what the classifier says.
func TestAnswersOfPeople(t *testing.T) {
	mixed := func(l bot.Label) func(*bot.Reading) { return func(r *bot.Reading) { r.Verdict.Label = l } }
	for name, tt := range map[string]struct {
		say      []bot.Reading
		want     quantify.Answers
		answered int
	}{
		"told":                {[]bot.Reading{said(1, 1, 1, bot.Detractor, nil)}, quantify.Answers{quantify.SaysDetractor: 1}, 0},
		"mixed":               {[]bot.Reading{said(1, 1, 1, bot.Passive, nil)}, quantify.Answers{quantify.SaysMixed: 1}, 0},
		"mild":                {[]bot.Reading{said(1, 1, 1, bot.Passive, mixed(bot.Positive))}, quantify.Answers{quantify.SaysPassive: 1}, 0},
		"nothing":             {[]bot.Reading{said(1, 1, 1, bot.Unqualified, mixed(bot.Neutral))}, quantify.Answers{quantify.SaysNone: 1}, 0},
		"unsure, the latest":  {[]bot.Reading{said(1, 1, 1, bot.Unqualified, mixed(bot.Neutral)), said(2, 1, 30, bot.Unqualified, mixed(bot.Unsure))}, quantify.Answers{quantify.SaysUnsure: 1}, 0},
		"words before none":   {[]bot.Reading{said(1, 1, 1, bot.Promoter, nil), said(2, 1, 30, bot.Unqualified, nil)}, quantify.Answers{quantify.SaysPromoter: 1}, 0},
		"rated":               {[]bot.Reading{said(1, 1, 1, bot.Detractor, stars(5)), said(2, 1, 3, bot.Unqualified, mixed(bot.Neutral))}, quantify.Answers{}, 0},
		"survey":              {[]bot.Reading{said(1, 1, 1, bot.Unqualified, survey(3)), said(2, 1, 3, bot.Unqualified, nil)}, quantify.Answers{}, 0},
		"answered":            {[]bot.Reading{said(1, 1, 1, bot.Detractor, answered(2))}, quantify.Answers{quantify.SaysDetractor: 1}, 1},
		"nobody's: a repost":  {[]bot.Reading{said(1, 1, 1, bot.Promoter, func(r *bot.Reading) { r.Mention.RepostOf = "9" })}, quantify.Answers{}, 0},
		"nobody's: hearsay":   {[]bot.Reading{said(1, 1, 1, bot.Detractor, func(r *bot.Reading) { r.Verdict.Voice = bot.Hearsay })}, quantify.Answers{}, 0},
		"nobody's, then read": {[]bot.Reading{said(1, 1, 9, bot.Promoter, func(r *bot.Reading) { r.Mention.RepostOf = "9" }), said(2, 1, 1, bot.Unqualified, mixed(bot.Neutral))}, quantify.Answers{quantify.SaysNone: 1}, 0},
	} {
		w, err := Fold(encodeDays(tt.say), monday(), monday().AddDate(0, 0, 7), nil)
		if err != nil {
			t.Fatal(err)
		}
		if w.Answers != tt.want || w.Answered != tt.answered {
			t.Errorf("%s: %v, answered %d; want %v, %d", name, w.Answers, w.Answered, tt.want, tt.answered)
		}
	}
}

// BenchmarkEstimate is what the figure of one window costs.
func BenchmarkEstimate(b *testing.B) {
	w := readAs(rand.New(rand.NewPCG(9, 10)), 3000, 5000, 1000, 11000)
	known := errs(100)
	for b.Loop() {
		w.Estimate(known)
	}
}
