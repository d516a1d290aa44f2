package main

import (
	"math"

	"earshot/bot/analyze/sentiment"
)

// judgeOthers gives the macro F1, 0 to 100, and the mean log-loss.
func judgeOthers(w *sentiment.Weights, samples []othersSample) (f1, loss float64) {
	var confusion [sentiment.Classes][sentiment.Classes]float64
	for i := range samples {
		s := &samples[i]
		p := w.Probabilities(&s.features)
		best := 0
		for c := range p {
			if p[c] > p[best] {
				best = c
			}
		}
		confusion[s.label][best]++
		loss -= math.Log(max(p[s.label], 1e-9)) / float64(len(samples))
	}
	for c := range sentiment.Classes {
		either := 0.0
		for k := range sentiment.Classes {
			either += confusion[c][k] + confusion[k][c]
		}
		f1 += 100 * 2 * confusion[c][c] / max(either, 1) / sentiment.Classes
	}
	return f1, loss
}

// calibrateOthers sets the temperature of each language to that with the least
// log-loss on its texts (Guo and others, 2017), and that of the unlisted to the
// mean.
func calibrateOthers(w *sentiment.Weights, held map[string][]othersSample) {
	mean := float32(0)
	for _, name := range languages() {
		language := sentiment.LanguageNumber(codeOf(name))
		best, least := float32(1), math.Inf(1)
		for step := 10; step <= maxTemperature*20; step++ {
			w.Languages[language].Temperature = float32(step) / 20
			if _, loss := judgeOthers(w, held[name]); loss < least {
				best, least = w.Languages[language].Temperature, loss
			}
		}
		w.Languages[language].Temperature = best
		mean += best / float32(len(languages()))
	}
	w.Languages[sentiment.Unlisted].Temperature = mean
}

// maxTemperature leaves a language whose labels are mostly noise some of its mind.
const maxTemperature = 3
