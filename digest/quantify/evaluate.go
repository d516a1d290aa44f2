package quantify

import (
	"math"
	"math/rand/v2"

	"earshot/bot"
)

// Item is a labelled mention with what the classifier says of it.
type Item struct {
	Truth    bot.Label // negative, neutral or positive, as a person read it
	Answer   Answer
	Negative bool // negative is the likeliest class: what classify and count counts
}

// ConfusionOf counts items.
func ConfusionOf(items []Item) Confusion {
	var c Confusion
	for _, it := range items {
		c.Add(it.Truth, it.Answer, 1)
	}
	return c
}

// Trial is how windows are drawn to measure quantification.
type Trial struct {
	Model   string // whose validation is used
	Audit   int    // mentions in each window's audit sample; 0 for validation alone
	Windows int    // per share and size
	Seed    uint64
}

// Row is what a Trial comes to for windows of one negative share; the last row
// of a table, of share 0, is of all.
type Row struct {
	Share    float64 // negative, of the windows drawn
	Windows  int
	Counted  float64 // mean absolute error of classify and count, 0 to 1
	Error    float64 // the same of the corrected share
	Covered  float64 // how often the 95 % interval holds the window's own share
	CoveredD float64 // how often it holds the share that the window was drawn from
	Width    float64 // mean width of the interval
}

// Run measures quantification: windows of 100, 200 and 400 mentions are drawn
// from one half of the items with 5 to 80 % negative and the rest shared out at
// random, each with an audit sample drawn at random from the other half.
func (t Trial) Run(items []Item) []Row {
	rng := rand.New(rand.NewPCG(t.Seed, 1))
	order := rng.Perm(len(items))
	var audit []Item
	by := map[bot.Label][]Item{}
	for i, at := range order {
		if it := items[at]; i < len(order)/2 {
			audit = append(audit, it)
		} else {
			by[it.Truth] = append(by[it.Truth], it)
		}
	}
	var rows []Row
	var all Row
	for _, share := range []float64{0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8} {
		row := Row{Share: share}
		for i := range 3 * t.Windows {
			errs := Know(t.Model, ConfusionOf(sample(rng, audit, t.Audit)))
			row.take(errs, window(rng, by, share, 100<<(i%3)), rng.Uint64())
		}
		all.plus(row)
		rows = append(rows, row.mean())
	}
	return append(rows, all.mean())
}

// sample draws n items, none of them twice.
func sample(rng *rand.Rand, items []Item, n int) []Item {
	out := make([]Item, 0, n)
	for _, at := range rng.Perm(len(items))[:min(n, len(items))] {
		out = append(out, items[at])
	}
	return out
}

// window draws n items of which about share are negative, and a random part of
// the others neutral.
func window(rng *rand.Rand, by map[bot.Label][]Item, share float64, n int) []Item {
	neutral := (1 - share) * (0.2 + 0.6*rng.Float64())
	count := map[bot.Label]int{}
	for range n {
		switch u := rng.Float64(); {
		case u < share:
			count[bot.Negative]++
		case u < share+neutral:
			count[bot.Neutral]++
		default:
			count[bot.Positive]++
		}
	}
	var out []Item
	for _, l := range []bot.Label{bot.Negative, bot.Neutral, bot.Positive} {
		out = append(out, sample(rng, by[l], count[l])...)
	}
	return out
}

// take adds one window's figures.
func (r *Row) take(e *Errors, w []Item, seed uint64) {
	var a Answers
	said, is := 0.0, 0.0
	for _, it := range w {
		a[it.Answer]++
		if it.Negative {
			said++
		}
		if it.Truth == bot.Negative {
			is++
		}
	}
	n := float64(len(w))
	truth := is / n
	draws := make([]float64, 0, Draws)
	for _, s := range e.Bootstrap(a, seed) {
		draws = append(draws, s.Detractor)
	}
	low, high, _ := Interval(draws)
	r.Windows++
	r.Counted += math.Abs(said/n - truth)
	r.Error += math.Abs(e.Correct(a).Detractor - truth)
	r.Width += high - low
	r.Covered += within(truth, low, high)
	r.CoveredD += within(r.Share, low, high)
}

func within(v, low, high float64) float64 {
	if v >= low && v <= high {
		return 1
	}
	return 0
}

func (r *Row) plus(o Row) {
	r.Windows += o.Windows
	r.Counted, r.Error, r.Width = r.Counted+o.Counted, r.Error+o.Error, r.Width+o.Width
	r.Covered, r.CoveredD = r.Covered+o.Covered, r.CoveredD+o.CoveredD
}

func (r Row) mean() Row {
	n := float64(max(1, r.Windows))
	r.Counted, r.Error, r.Width, r.Covered, r.CoveredD = r.Counted/n, r.Error/n, r.Width/n, r.Covered/n, r.CoveredD/n
	return r
}
