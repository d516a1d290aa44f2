package analyze

import (
	"math"

	"earshot/bot"
)

// likeliest is the class with the highest probability.
func likeliest(p [3]float64) int {
	best := 0
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	return best
}

// logLoss is what a probability given to the truth costs.
func logLoss(p float64) float64 { return -math.Log(max(p, 1e-9)) }

// sum makes the figures of the confusion matrix.
func (r *Report) sum(loss [3]float64) {
	classes := 0.0
	right := 0
	for c, label := range []bot.Label{bot.Negative, bot.Neutral, bot.Positive} {
		said, is := 0, 0
		for k := range 3 {
			said += r.Confusion[k][c]
			is += r.Confusion[c][k]
		}
		hit := r.Confusion[c][c]
		fit := ClassFit{Label: label, Texts: is, Precision: share(hit, said), Recall: share(hit, is)}
		if fit.Precision+fit.Recall > 0 {
			fit.F1 = 2 * fit.Precision * fit.Recall / (fit.Precision + fit.Recall)
		}
		r.Classes = append(r.Classes, fit)
		right += hit
		if is > 0 {
			classes++
			r.MacroRecall += fit.Recall
			r.MacroF1 += fit.F1
			r.LogLoss += loss[c] / float64(is)
		}
	}
	r.MacroRecall /= classes
	r.MacroF1 /= classes
	r.LogLoss /= classes
	r.Accuracy = share(right, r.Texts)
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
