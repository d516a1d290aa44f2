package main

import (
	"fmt"
	"math"

	"earshot/bot"
	"earshot/bot/analyze/sentiment"
)

// figures are how well a model does on a hold-out, 0 to 100.
type figures struct {
	macroRecall, macroF1, accuracy float64
	recall                         [sentiment.Classes]float64
	logLoss                        float64 // mean over the classes
}

// String is one line of a report.
func (f figures) String() string {
	return fmt.Sprintf("macro recall %.1f (negative %.1f, neutral %.1f, positive %.1f), macro F1 %.1f, accuracy %.1f, log-loss %.3f",
		f.macroRecall, f.recall[0], f.recall[1], f.recall[2], f.macroF1, f.accuracy, f.logLoss)
}

// probabilities are those that a model gives to the classes of a text.
type probabilities = [sentiment.Classes]float64

// of gives probabilities as the package sentiment has them.
func of(p bot.Probs) probabilities { return probabilities{p.Negative, p.Neutral, p.Positive} }

// likeliest is the class with the highest probability.
func likeliest(p probabilities) int {
	best := 0
	for c := range p {
		if p[c] > p[best] {
			best = c
		}
	}
	return best
}

// judge tells how good the probabilities of texts with these labels are.
func judge(list []probabilities, labels []int) (f figures) {
	var confusion [sentiment.Classes][sentiment.Classes]float64
	var loss [sentiment.Classes]float64
	for i, p := range list {
		confusion[labels[i]][likeliest(p)]++
		loss[labels[i]] -= math.Log(max(p[labels[i]], 1e-9))
	}
	for c := range sentiment.Classes {
		is, said := 0.0, 0.0
		for k := range sentiment.Classes {
			is += confusion[c][k]
			said += confusion[k][c]
		}
		hit := confusion[c][c]
		f.recall[c] = 100 * hit / is
		f.macroRecall += f.recall[c] / sentiment.Classes
		f.macroF1 += 100 * 2 * hit / (is + said) / sentiment.Classes
		f.accuracy += 100 * hit / float64(len(list))
		f.logLoss += loss[c] / is / sentiment.Classes
	}
	return f
}

// temperature is that with the least log-loss for probabilities that a
// temperature of 1 gave, the texts weighing as they come (Guo and others, 2017).
func temperature(list []probabilities, labels []int) float32 {
	best, least := float32(1), math.Inf(1)
	for step := 50; step <= 300; step++ {
		t, loss := float32(step)/100, 0.0
		for i, p := range list {
			loss -= math.Log(max(soften(p, t)[labels[i]], 1e-9))
		}
		if loss < least {
			best, least = t, loss
		}
	}
	return best
}

// soften gives the probabilities that another temperature gives.
func soften(p probabilities, temperature float32) probabilities {
	total := 0.0
	for c, v := range p {
		p[c] = math.Pow(v, 1/float64(temperature))
		total += p[c]
	}
	for c := range p {
		p[c] /= total
	}
	return p
}
