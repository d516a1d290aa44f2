package main

import (
	"math"
	"math/rand/v2"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// sample is one labelled or taught text with its features, kept between epochs.
type sample struct {
	label        int // untold of a taught one
	aside        bool
	weight       float32
	likely       [sentiment.Classes]float32 // what the model should say: the label alone, or a teacher's probabilities
	words, chars []uint32
	dense        [sentiment.DenseSize]float32
}

// untold is the label of a text that has none.
const untold = -1

// setting is what a model is trained with.
type setting struct {
	bits               uint32
	rate, decay        float64
	epochs             int
	wordNorm, charNorm float32
	balanced           bool // every class weighs the same
	seed               uint64
	runs               int // models whose mean is taken
}

// model is a linear model while it is trained, with AdaGrad's sums of squares.
type model struct {
	setting
	hashed, hashedSquares []float32
	dense, denseSquares   [sentiment.DenseSize][sentiment.Classes]float32
}

// read takes the features of labelled texts.
func read(texts []labelled, lex sentiment.Lexicon) []sample {
	var t token.Text
	var f sentiment.Features
	samples := make([]sample, len(texts))
	for i, l := range texts {
		t.Read(l.text)
		f.Read(&t, lex)
		samples[i] = sample{label: l.label, aside: l.aside, weight: l.weight, dense: f.Dense,
			words: append([]uint32(nil), f.Words...), chars: append([]uint32(nil), f.Chars...)}
		samples[i].likely = l.target()
	}
	return samples
}

// fit trains a model as often as s.runs says, the samples in another order each
// time, and gives the mean of their weights: what the order alone did evens
// out, and a mean of linear models is one. The same samples and setting give
// the same weights.
func fit(samples []sample, s setting) *model {
	mean := fitOnce(samples, s)
	for range s.runs - 1 {
		s.seed++
		other := fitOnce(samples, s)
		for i, v := range other.hashed {
			mean.hashed[i] += v
		}
		for i, row := range other.dense {
			for c, v := range row {
				mean.dense[i][c] += v
			}
		}
	}
	for i := range mean.hashed {
		mean.hashed[i] /= float32(s.runs)
	}
	for i := range mean.dense {
		for c := range mean.dense[i] {
			mean.dense[i][c] /= float32(s.runs)
		}
	}
	return mean
}

// fitOnce trains a model by stochastic gradient descent.
func fitOnce(samples []sample, s setting) *model {
	m := &model{setting: s, hashed: make([]float32, sentiment.Classes<<s.bits), hashedSquares: make([]float32, sentiment.Classes<<s.bits)}
	random := rand.New(rand.NewPCG(s.seed, 1))
	order := random.Perm(len(samples))
	classes := classWeights(samples, s.balanced)
	for epoch := range s.epochs {
		random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, i := range order {
			weight := samples[i].weight * faded(samples[i].aside, epoch, s.epochs)
			if l := samples[i].label; l != untold {
				weight *= classes[l]
			}
			m.learn(&samples[i], weight)
		}
	}
	return m
}

// classWeights are what a label's texts count; what was taught is as it is.
func classWeights(samples []sample, balanced bool) (w [sentiment.Classes]float32) {
	var n [sentiment.Classes]float32
	total := float32(0)
	for _, s := range samples {
		if s.label == untold {
			continue
		}
		n[s.label] += s.weight
		total += s.weight
	}
	for c := range w {
		w[c] = 1
		if balanced && n[c] > 0 {
			w[c] = total / (sentiment.Classes * n[c])
		}
	}
	return w
}

func (m *model) logits(s *sample) (z [sentiment.Classes]float32) {
	for _, g := range groupsOf(s.words, s.chars, m.wordNorm, m.charNorm) {
		g.weigh(m.hashed, &z)
	}
	for i, v := range s.dense {
		if v != 0 {
			for c := range z {
				z[c] += v * m.dense[i][c]
			}
		}
	}
	return z
}

func softmax(z [sentiment.Classes]float32) (p [sentiment.Classes]float32) {
	top, total := max(z[0], z[1], z[2]), float32(0)
	for c := range p {
		p[c] = float32(math.Exp(float64(z[c] - top)))
		total += p[c]
	}
	for c := range p {
		p[c] /= total
	}
	return p
}

func (m *model) learn(s *sample, weight float32) {
	g := softmax(m.logits(s))
	for c := range g {
		g[c] = (g[c] - s.likely[c]) * weight
	}
	for _, list := range groupsOf(s.words, s.chars, m.wordNorm, m.charNorm) {
		for _, h := range list.buckets {
			k := bucketOf(m.hashed, h)
			for c := range sentiment.Classes {
				m.step(&m.hashed[k+c], &m.hashedSquares[k+c], g[c]*list.v)
			}
		}
	}
	for i, v := range s.dense {
		if v != 0 {
			for c := range sentiment.Classes {
				m.step(&m.dense[i][c], &m.denseSquares[i][c], g[c]*v)
			}
		}
	}
}

// step is one of AdaGrad, against weights that grow.
func (m *model) step(w, squares *float32, g float32) {
	adagrad(w, squares, g+float32(m.decay)**w, float32(m.rate))
}

// clipped is the share of weights that quantising cuts off.
const clipped = 0.0005

// quantise packs the model for shipping: one byte a hashed weight.
func (m *model) quantise(name string) *sentiment.Weights {
	w := &sentiment.Weights{Name: name, Bits: m.bits, WordNorm: m.wordNorm, CharNorm: m.charNorm, Languages: []sentiment.Table{{Temperature: 1, Dense: m.dense}}}
	top, used := float32(0), 0
	for _, v := range m.hashed {
		top = max(top, abs(v))
		if v != 0 {
			used++
		}
	}
	var histogram [4096]int
	for _, v := range m.hashed {
		if v != 0 {
			histogram[int(abs(v)/top*4095)]++
		}
	}
	cut, seen := top, 0
	for i := 4095; i >= 0; i-- {
		if seen += histogram[i]; float64(seen) > clipped*float64(used) {
			cut = top * float32(i+1) / 4095
			break
		}
	}
	w.Scale = cut / 127
	b := make([]byte, len(m.hashed))
	for i, v := range m.hashed {
		b[i] = byte(int8(max(-127, min(127, math.Round(float64(v/w.Scale))))))
	}
	w.Hashed = string(b)
	return w
}

func abs(v float32) float32 { return max(v, -v) }
