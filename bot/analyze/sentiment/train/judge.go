package main

import (
	"fmt"
	"io"
	"math"

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

func judge(w *sentiment.Weights, samples []sample) (f figures) {
	var confusion [sentiment.Classes][sentiment.Classes]float64
	var loss [sentiment.Classes]float64
	for _, s := range samples {
		p := w.Probabilities(s.words, s.chars, &s.dense)
		best := 0
		for c := range p {
			if p[c] > p[best] {
				best = c
			}
		}
		confusion[s.label][best]++
		loss[s.label] -= math.Log(max(p[s.label], 1e-9))
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
		f.accuracy += 100 * hit / float64(len(samples))
		f.logLoss += loss[c] / is / sentiment.Classes
	}
	return f
}

// calibrate sets the temperature with the least log-loss, the texts weighing
// as they come (Guo and others, 2017).
func calibrate(w *sentiment.Weights, samples []sample) {
	best, least := float32(1), math.Inf(1)
	for step := 50; step <= 300; step++ {
		w.Temperature = float32(step) / 100
		loss := 0.0
		for _, s := range samples {
			loss -= math.Log(max(w.Probabilities(s.words, s.chars, &s.dense)[s.label], 1e-9))
		}
		if loss < least {
			best, least = w.Temperature, loss
		}
	}
	w.Temperature = best
}

// thresholds prints what flagging from a probability of negative on costs and
// brings, and how honest the probabilities are.
func thresholds(w *sentiment.Weights, samples []sample, report io.Writer) {
	type bin struct{ n, right, sum float64 }
	var bins [10]bin
	probs := make([][sentiment.Classes]float64, len(samples))
	for i, s := range samples {
		probs[i] = w.Probabilities(s.words, s.chars, &s.dense)
		best := 0
		for c, p := range probs[i] {
			if p > probs[i][best] {
				best = c
			}
		}
		b := &bins[min(9, int(probs[i][best]*10))]
		b.n++
		b.sum += probs[i][best]
		if best == s.label {
			b.right++
		}
	}
	gap := 0.0
	for _, b := range bins {
		gap += math.Abs(b.right-b.sum) / float64(len(samples))
	}
	fmt.Fprintf(report, "English, semeval_val: expected calibration error %.3f\n", gap)
	for _, at := range []float64{0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8} {
		flagged, right, negative := 0.0, 0.0, 0.0
		for i, s := range samples {
			if s.label == 0 {
				negative++
			}
			if probs[i][0] >= at {
				flagged++
				if s.label == 0 {
					right++
				}
			}
		}
		fmt.Fprintf(report, "English, semeval_val: flagged from %.2f: precision %.1f, recall %.1f\n", at, 100*right/flagged, 100*right/negative)
	}
}
