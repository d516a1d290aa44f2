package analyze

import (
	"math/rand/v2"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// Labelled is a text whose sentiment is known: 0 negative, 1 neutral, 2
// positive.
type Labelled struct {
	Text  string
	Class int
}

// Draw says how corrections are drawn for a measurement.
type Draw struct {
	N         int
	WrongOnly bool     // only of wrong verdicts, as people correct them; else of all, as when a sample is labelled
	Seeds     []uint64 // one draw for each
}

// Learning is how corrections of one half of some texts change the verdicts on
// the other half, and on texts that nobody touched. Shares are 0 to 1, means
// over the draws.
type Learning struct {
	Corrections  int     // of one draw
	SaidNegative int     // of them, "this is negative"; the rest "not negative"
	Texts        int     // judged: the other half
	Before       Flags   // by the embedded model
	After        Flags   // with the layer
	WorstRecall  float64 // of the draw whose recall is lowest
	WorstPrec    float64 // of the draw whose precision is lowest
	Elsewhere    float64 // change of macro recall on the untouched texts, as if they were of the same watch
	ElsewhereMin float64 // the same in the draw where it is least
}

// Flags is how well flagging finds negative texts.
type Flags struct{ Precision, Recall float64 }

// learningWatch is the watch that all texts of a measurement belong to.
const learningWatch = "measured"

// secondHalf is the deterministic split: by a bit of the hash of the text, so
// that copies of a text stand on one side.
func secondHalf(text string) bool { return token.Hash(text)>>7&1 == 1 }

// MeasureLearning draws corrections from the texts of the first half, once for
// each seed: of those that may be drawn, in random order, the first N, each
// with what people say of it ("this is negative", "not negative"). It judges the second half, and the macro recall of elsewhere,
// before and after. The lessons of a are replaced, and none are left at the
// end.
func (a *Analyzer) MeasureLearning(texts, elsewhere []Labelled, draw Draw) (Learning, error) {
	var pool, judged []Labelled
	n := draw.N
	a.Learn(nil)
	defer a.Learn(nil)
	for _, t := range texts {
		switch {
		case secondHalf(t.Text):
			judged = append(judged, t)
		case !draw.WrongOnly || a.flags(t) != (t.Class == 0):
			pool = append(pool, t)
		}
	}
	if len(pool) < n || len(judged) == 0 || len(draw.Seeds) == 0 || len(elsewhere) == 0 {
		return Learning{}, bot.Errorf(bot.ErrInvalid, "There are %d verdicts to correct and %d texts to judge: too few to draw %d corrections.", len(pool), len(judged), n)
	}
	before := a.macroRecall(elsewhere)
	l := Learning{Corrections: n, Texts: len(judged), Before: a.flagging(judged), WorstRecall: 1, WorstPrec: 1, ElsewhereMin: 1}
	share := 1 / float64(len(draw.Seeds))
	for _, seed := range draw.Seeds {
		rng := rand.New(rand.NewPCG(seed, 0))
		rng.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
		lessons := make([]bot.Lesson, n)
		for i, t := range pool[:n] {
			lessons[i] = bot.Lesson{ID: int64(i + 1), MentionID: int64(i + 1), Watch: learningWatch, Kind: bot.LessonLabel, Value: bot.SaysNotNegative, Text: t.Text}
			if t.Class == 0 {
				lessons[i].Value = bot.SaysNegative
				l.SaidNegative++
			}
		}
		a.Learn(lessons)
		f, change := a.flagging(judged), a.macroRecall(elsewhere)-before
		l.After.Precision += share * f.Precision
		l.After.Recall += share * f.Recall
		l.Elsewhere += share * change
		l.WorstRecall, l.WorstPrec, l.ElsewhereMin = min(l.WorstRecall, f.Recall), min(l.WorstPrec, f.Precision), min(l.ElsewhereMin, change)
		a.Learn(nil)
	}
	l.SaidNegative /= len(draw.Seeds)
	return l, nil
}

// measured is the verdict on a text of a measurement.
func (a *Analyzer) measured(t Labelled) bot.Verdict {
	return a.Verdict(bot.Mention{Text: t.Text, Watches: []string{learningWatch}})
}

func (a *Analyzer) flags(t Labelled) bool { return a.measured(t).Flagged }

func (a *Analyzer) flagging(texts []Labelled) Flags {
	said, is, right := 0, 0, 0
	for _, t := range texts {
		flagged, negative := a.flags(t), t.Class == 0
		if flagged {
			said++
		}
		if negative {
			is++
		}
		if flagged && negative {
			right++
		}
	}
	return Flags{Precision: share(right, said), Recall: share(right, is)}
}

// macroRecall is the mean recall of the classes, of which the likeliest counts.
func (a *Analyzer) macroRecall(texts []Labelled) float64 {
	var hit, is [3]int
	for _, t := range texts {
		p := a.measured(t).Probs
		is[t.Class]++
		if likeliest([3]float64{p.Negative, p.Neutral, p.Positive}) == t.Class {
			hit[t.Class]++
		}
	}
	sum := 0.0
	for c := range is {
		sum += share(hit[c], is[c]) / float64(len(is))
	}
	return sum
}
