package main

import (
	"math"
	"math/rand/v2"
	"slices"

	"earshot/bot/analyze/sentiment"
)

// convolution is the convolution while it is trained: filters over the
// vectors of 1, 2 and 3 words, the largest answer of each and the mean of
// those of width 1, and a linear layer on them and the dense features.
type convolution struct {
	convolutionSetting
	random  *rand.Rand
	vectors numbers // of the vocabulary's rows, one after the other
	filters numbers // a vector for each of sentiment.Columns
	across  []float32
	bias    numbers
	output  numbers // a row of sentiment.Classes for each hidden number, then for each dense feature
	desk    desk
}

// convolutionSetting is what a convolution is trained with.
type convolutionSetting struct {
	rate, vectorRate     float64 // of filters and output, and of vectors
	lastRate             float64 // share of rate that is left in the last epoch
	dropout, wordDropout float64 // hidden numbers and words that are left out, by chance
	epochs, batch        int
	branches, branchAt   int // after branchAt epochs the rest is trained so often, each time from there
	seed                 uint64
}

// words is one labelled text as the convolution sees it.
type words struct {
	label  int
	aside  bool
	likely [sentiment.Classes]float32 // what the model should say
	weight float32
	rows   []uint32
	dense  [sentiment.DenseSize]float32
}

// numbers are weights, AdaGrad's sums of squares and the gradients of a batch.
type numbers struct{ values, squares, gradients []float32 }

// Sums of squares at the start: a large one makes the first steps short.
const (
	firstSquare       = 0.1
	firstVectorSquare = 0.05
)

func newNumbers(n int, square float32) numbers {
	m := numbers{make([]float32, n), make([]float32, n), make([]float32, n)}
	for i := range m.squares {
		m.squares[i] = square
	}
	return m
}

func (m *numbers) step(rate float32) { descend(m.values, m.squares, m.gradients, rate) }

// places are the places of a word in the windows of the filters, in the order
// of the slots: the width, and which word of it.
func places() [6]struct{ width, at int } {
	return [6]struct{ width, at int }{{1, 0}, {2, 0}, {2, 1}, {3, 0}, {3, 1}, {3, 2}}
}

// newConvolution starts from the vectors of a vocabulary.
func newConvolution(vectors []float32, s convolutionSetting) *convolution {
	const outputs = (sentiment.Hidden + sentiment.DenseSize) * sentiment.Classes
	c := &convolution{
		convolutionSetting: s, random: rand.New(rand.NewPCG(s.seed, 3)),
		vectors: newNumbers(len(vectors), firstVectorSquare),
		filters: newNumbers(sentiment.Columns*sentiment.VectorSize, firstSquare),
		across:  make([]float32, sentiment.Columns*sentiment.VectorSize),
		bias:    newNumbers(3*sentiment.Filters, firstSquare),
		output:  newNumbers(outputs, firstSquare),
	}
	copy(c.vectors.values, vectors)
	size := sentiment.Filters * sentiment.VectorSize
	for slot, p := range places() { // He and others, 2015
		spread := math.Sqrt(2 / float64(p.width*sentiment.VectorSize))
		for i := range size {
			c.filters.values[slot*size+i] = float32(c.random.NormFloat64() * spread)
		}
	}
	for i := range c.output.values {
		c.output.values[i] = float32(c.random.NormFloat64() * 0.05)
	}
	c.turn()
	return c
}

// turn lays the filters out as project reads them.
func (c *convolution) turn() {
	for column := range sentiment.Columns {
		for i, v := range c.filter(column) {
			c.across[i*sentiment.Columns+column] = v
		}
	}
}

func (c *convolution) filter(column int) []float32 {
	return c.filters.values[column*sentiment.VectorSize:][:sentiment.VectorSize]
}

func (c *convolution) vector(row uint32) []float32 {
	return c.vectors.values[int(row)*sentiment.VectorSize:][:sentiment.VectorSize]
}

// desk is what a text is read with.
type desk struct {
	rows           []uint32
	answers, slope []float32 // of each word and column, and of the loss by them
	hidden, kept   [sentiment.Hidden]float32
	at             [3 * sentiment.Filters]int // where the largest answer is; -1 for nowhere
	touched        []uint32                   // rows that have a gradient
	marked         map[uint32]bool
}

// fit trains the convolution, the last epochs several times, the texts in
// another order each time, and leaves the mean of what comes of it: trainings
// that began together end near enough for that, and their mean is steadier than
// any (Wortsman and others, Model soups, 2022). The same texts give the same
// numbers.
func (c *convolution) fit(texts []words) {
	order := c.random.Perm(len(texts))
	c.desk.marked = map[uint32]bool{}
	for epoch := range c.branchAt {
		c.epoch(texts, order, epoch)
	}
	start, sum := c.copies(), c.copies()
	for i := range sum {
		clear(sum[i].values)
	}
	for branch := range c.branches {
		for i, n := range c.all() {
			copy(n.values, start[i].values)
			copy(n.squares, start[i].squares)
		}
		c.turn()
		c.random = rand.New(rand.NewPCG(c.seed, 10+uint64(branch)))
		for epoch := c.branchAt; epoch < c.epochs; epoch++ {
			c.epoch(texts, order, epoch)
		}
		for i, n := range c.all() {
			axpy(1/float32(c.branches), n.values, sum[i].values)
		}
	}
	for i, n := range c.all() {
		copy(n.values, sum[i].values)
	}
	c.turn()
}

// all are the numbers that are trained.
func (c *convolution) all() []*numbers {
	return []*numbers{&c.vectors, &c.filters, &c.bias, &c.output}
}

// copies are their values and squares as they are now.
func (c *convolution) copies() (list []numbers) {
	for _, n := range c.all() {
		list = append(list, numbers{values: slices.Clone(n.values), squares: slices.Clone(n.squares)})
	}
	return list
}

// epoch learns from every text once.
func (c *convolution) epoch(texts []words, order []int, epoch int) {
	c.random.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	rate := c.rate * (1 - (1-c.lastRate)*float64(epoch)/float64(max(1, c.epochs-1)))
	for n, i := range order {
		c.learn(&texts[i], faded(texts[i].aside, epoch, c.epochs))
		if (n+1)%c.batch == 0 || n+1 == len(order) {
			c.step(float32(rate))
		}
	}
}

// step moves all numbers against the gradients of a batch.
func (c *convolution) step(rate float32) {
	c.filters.step(rate)
	c.bias.step(rate)
	c.output.step(rate)
	for _, row := range c.desk.touched {
		from, to := int(row)*sentiment.VectorSize, (int(row)+1)*sentiment.VectorSize
		descend(c.vectors.values[from:to], c.vectors.squares[from:to], c.vectors.gradients[from:to], float32(c.vectorRate))
	}
	c.desk.touched = c.desk.touched[:0]
	clear(c.desk.marked)
	c.turn()
}

// nudge is a step of AdaGrad for one number; it clears the gradient.
func nudge(value, square, gradient *float32, rate float32) {
	s := float32(*gradient**gradient) + *square
	*square = s
	*value -= float32(rate**gradient) / float32(math.Sqrt(float64(s)))
	*gradient = 0
}
