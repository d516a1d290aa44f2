package main

import (
	"math"
	"math/rand/v2"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// othersSample is one labelled text with its features.
type othersSample struct {
	label    int
	weight   float32
	features sentiment.Features
}

// readOthers takes the features of labelled texts of one language.
func readOthers(texts []labelled, code string, words *sentiment.Lexica) []othersSample {
	var t token.Text
	samples := make([]othersSample, len(texts))
	for i, l := range texts {
		t.Read(l.text)
		samples[i].label, samples[i].weight = l.label, l.weight
		samples[i].features.ReadIn(&t, words, sentiment.LanguageNumber(code))
	}
	return samples
}

// What the model of the others is trained with, chosen by the mean macro F1 of
// the eight languages, on a fifth of umsab_*_train held out and umsab_*_val.
const (
	othersBits     = 20
	othersRate     = 0.02
	othersEpochs   = 4
	othersWordNorm = 4
	othersCharNorm = 4
	othersRuns     = 6 // models whose mean is taken, each with the texts in another order
)

// othersModel is the model while it is trained, with AdaGrad's sums of
// squares. A language's dense weights are the shared ones, which stand last,
// and its own.
type othersModel struct {
	hashed, hashedSquares []float32
	dense, denseSquares   [sentiment.Unlisted + 2][sentiment.DenseSize][sentiment.Classes]float32
}

// fitOthers trains the model: the mean of several runs.
func fitOthers(samples []othersSample) *sentiment.Weights {
	mean := fitOthersOnce(samples, 1)
	for run := uint64(2); run <= othersRuns; run++ {
		m := fitOthersOnce(samples, run)
		for i, v := range m.hashed {
			mean.hashed[i] += v
		}
		for l := range m.dense {
			for i, row := range m.dense[l] {
				for c, v := range row {
					mean.dense[l][i][c] += v
				}
			}
		}
	}
	return mean.quantise(1.0 / othersRuns)
}

func fitOthersOnce(samples []othersSample, seed uint64) *othersModel {
	const size = sentiment.Classes << othersBits
	m := &othersModel{hashed: make([]float32, size), hashedSquares: make([]float32, size)}
	random := rand.New(rand.NewPCG(seed, 1))
	var each [sentiment.Classes]float32
	total := float32(0)
	for i := range samples {
		each[samples[i].label] += samples[i].weight
		total += samples[i].weight
	}
	order := random.Perm(len(samples))
	for range othersEpochs {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			s := &samples[i]
			m.learn(s, s.weight*total/(sentiment.Classes*max(each[s.label], 1e-6)))
		}
	}
	return m
}

// othersGroups are the hashed features of a text.
func othersGroups(f *sentiment.Features) [2]group {
	return groupsOf(f.Words, f.Chars, othersWordNorm, othersCharNorm)
}

// probabilities are those the model gives now.
func (m *othersModel) probabilities(f *sentiment.Features) [sentiment.Classes]float32 {
	var z [sentiment.Classes]float32
	for _, g := range othersGroups(f) {
		g.weigh(m.hashed, &z)
	}
	for i, v := range f.Dense {
		if v != 0 {
			for c := range z {
				z[c] += v * (m.dense[sharedDense][i][c] + m.dense[f.Language][i][c])
			}
		}
	}
	return softmax(z)
}

const sharedDense = sentiment.Unlisted + 1

func (m *othersModel) learn(s *othersSample, weight float32) {
	g := m.probabilities(&s.features)
	g[s.label]--
	for c := range g {
		g[c] *= weight
	}
	for _, list := range othersGroups(&s.features) {
		for _, h := range list.buckets {
			k := bucketOf(m.hashed, h)
			for c := range g {
				adagrad(&m.hashed[k+c], &m.hashedSquares[k+c], g[c]*list.v, othersRate)
			}
		}
	}
	for i, v := range s.features.Dense {
		if v == 0 {
			continue
		}
		for _, l := range [2]int{sharedDense, s.features.Language} {
			for c := range g {
				adagrad(&m.dense[l][i][c], &m.denseSquares[l][i][c], g[c]*v, othersRate)
			}
		}
	}
}

// quantise packs the model for shipping, its weights times scale: one byte a
// hashed weight.
func (m *othersModel) quantise(scale float32) *sentiment.Weights {
	w := &sentiment.Weights{Name: "linear-others-3", Bits: othersBits, WordNorm: othersWordNorm, CharNorm: othersCharNorm,
		Languages: make([]sentiment.Table, sentiment.Unlisted+1)}
	for l := range w.Languages {
		w.Languages[l].Temperature = 1
		dense := &w.Languages[l].Dense
		for i := range dense {
			for c := range dense[i] {
				dense[i][c] = scale * (m.dense[l][i][c] + m.dense[sharedDense][i][c])
			}
		}
	}
	used, squares := 0.0, 0.0
	for _, v := range m.hashed {
		if v != 0 {
			used++
			squares += float64(v) * float64(v)
		}
	}
	cut := othersCut * float32(math.Sqrt(squares/max(used, 1)))
	w.Scale = scale * cut / 127
	b := make([]byte, len(m.hashed))
	for i, v := range m.hashed {
		b[i] = byte(int8(max(-127, min(127, math.Round(float64(v/cut*127))))))
	}
	w.Hashed = string(b)
	return w
}

// othersCut is how many standard deviations the largest weight has that
// quantising keeps as it is.
const othersCut = 6
