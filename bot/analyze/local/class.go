package local

import (
	"math"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// class is what the lessons of one watch teach.
type class struct {
	terms    map[uint32]bool // words of the watch itself
	slots    []slot          // open addressing, a power of two of them
	postings []posting
	lessons  []Lesson
	bias     float64 // of the shift
	shifts   bool    // a lesson is about the label
}

// slot is what is known of one feature.
type slot struct {
	hash     uint32 // 0 for an empty slot
	weight   float32
	home     float32 // how much more often lessons hold the word than other texts do: log-odds
	from, to int32   // its postings
}

// posting says how much a feature weighs in a lesson.
type posting struct {
	lesson int32
	weight float32
}

// mostPostings is how many lessons a feature leads to, the latest: a word that
// is in more of them tells none apart.
const mostPostings = 64

// newClass learns the lessons of one watch.
func newClass(lessons []Lesson, terms map[uint32]bool) *class {
	c := &class{terms: terms, lessons: lessons}
	var t token.Text
	vectors := make([][]feature, len(lessons))
	in := map[uint32][]posting{}
	for i, l := range lessons {
		t.Read(l.Text)
		vectors[i] = append([]feature(nil), features(&t, terms, nil)...)
		for _, f := range vectors[i] {
			in[f.hash] = append(in[f.hash], posting{int32(i), f.near})
		}
	}
	c.slots = make([]slot, slotsFor(len(in)))
	for _, v := range vectors { // in the order of lessons, so that the same lessons give the same table
		for _, f := range v {
			s := c.put(f.hash)
			if s.to > s.from {
				continue
			}
			list := in[f.hash]
			list = list[max(0, len(list)-mostPostings):]
			s.from = int32(len(c.postings))
			c.postings = append(c.postings, list...)
			s.to = int32(len(c.postings))
		}
	}
	c.learn(vectors)
	return c
}

// slotsFor is how large the table of so many features is: at most two thirds
// full.
func slotsFor(features int) int {
	n := 8
	for n*2 < features*3 {
		n *= 2
	}
	return n
}

// find gives the slot of a feature; nil when no lesson holds it.
func (c *class) find(hash uint32) *slot {
	mask := uint32(len(c.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		switch s := &c.slots[i]; s.hash {
		case hash:
			return s
		case 0:
			return nil
		}
	}
}

// put gives the slot of a feature, a new one when there is none.
func (c *class) put(hash uint32) *slot {
	mask := uint32(len(c.slots) - 1)
	for i := hash & mask; ; i = (i + 1) & mask {
		s := &c.slots[i]
		if s.hash == 0 {
			s.hash = hash
		}
		if s.hash == hash {
			return s
		}
	}
}

// How the shift is learnt. Tuned on tweets of two subjects of SemEval (makers
// of phones and software; politics), each read by a model that was trained
// without it, at its own balance of classes and with 60 % negatives.
const (
	margin    = 0.5 // how far beyond the threshold a lesson's text comes
	maxPush   = 2.0 // most that one lesson pushes its own text, in logits
	biasShare = 0.5 // what all mentions of a watch have in common, beside a vector of length one
	maxLogit  = 3.0 // embedded verdicts count as no surer than this
	maxShift  = 3.0
	rounds    = 30
)

// What the words of a text say of its home: the log-odds of words that lessons
// hold, against those they do not.
const (
	homePrior = 3.0  // texts of the background that every word is thought to have been seen in
	homeMost  = 5.0  // of one word
	homeLeast = -1.0 // of one word that lessons hold less often than others
	strange   = -0.3 // of a word in no lesson
	homeFrom  = 0.3  // below, nothing is shifted
	homeFull  = 1.2  // above, all of it is
)

// learn finds the shift that keeps the lessons' margins: dual coordinate
// descent for a support vector machine with capped multipliers.
func (c *class) learn(vectors [][]feature) {
	seen := map[uint32]float64{}
	n := 0.0
	push := make([]float64, len(vectors)) // the multipliers
	for round := range rounds {
		for i, l := range c.lessons {
			if l.Kind != bot.LessonLabel || len(vectors[i]) == 0 {
				continue
			}
			y := -1.0
			if l.Value == bot.SaysNegative {
				y = 1
			}
			if round == 0 {
				n++
				for _, f := range vectors[i] {
					seen[f.hash]++
				}
			}
			at := max(-maxLogit, min(maxLogit, l.Logit)) + c.raw(vectors[i])
			next := max(0, min(maxPush, push[i]+(margin-y*at)/(1+biasShare*biasShare)))
			c.add(vectors[i], y*(next-push[i]))
			push[i] = next
		}
	}
	c.shifts = n > 0
	for _, v := range vectors {
		for _, f := range v {
			if d := seen[f.hash]; d > 0 && f.rare >= 0 {
				c.find(f.hash).home = homeOf(d, n, f.rare)
			}
		}
	}
}

// homeOf is the log-odds of a word that d of n lessons hold, less where few
// speak for it.
func homeOf(d, n float64, rare float32) float32 {
	share := math.Exp(-float64(rare))
	odds := math.Log((d + homePrior*share) / ((n + homePrior) * share))
	return float32(max(homeLeast, min(homeMost, odds*d/(d+1))))
}

// add moves the weights of a vector's features.
func (c *class) add(v []feature, by float64) {
	if by == 0 {
		return
	}
	for _, f := range v {
		c.find(f.hash).weight += float32(by) * f.weight
	}
	c.bias += by * biasShare * biasShare
}

// raw is the shift of a vector that is at home.
func (c *class) raw(v []feature) float64 {
	sum := 0.0
	for _, f := range v {
		if s := c.find(f.hash); s != nil {
			sum += float64(s.weight) * float64(f.weight)
		}
	}
	return c.bias + sum
}

// shift is how far the logit of negative moves: less the stranger the text is.
func (c *class) shift(v []feature) float64 {
	if !c.shifts {
		return 0
	}
	sum, home, words := c.bias, 0.0, 0
	for _, f := range v {
		s := c.find(f.hash)
		if s != nil {
			sum += float64(s.weight) * float64(f.weight)
		}
		if f.rare < 0 {
			continue
		}
		words++
		if s == nil {
			home += strange
		} else {
			home += float64(s.home)
		}
	}
	home /= math.Sqrt(float64(max(words, 1)))
	gate := max(0, min(1, (home-homeFrom)/(homeFull-homeFrom)))
	return gate * max(-maxShift, min(maxShift, sum))
}
