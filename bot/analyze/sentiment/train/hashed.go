package main

import (
	"math"

	"earshot/bot/analyze/sentiment"
)

// group is a list of hashed features with the weight of each of them.
type group struct {
	buckets []uint32
	v       float32
}

// groupsOf are the words and the characters of a text: each list weighs as much
// as the root of its length, times its norm.
func groupsOf(words, chars []uint32, wordNorm, charNorm float32) [2]group {
	weight := func(norm float32, n int) float32 { return norm / float32(math.Sqrt(float64(max(n, 1)))) }
	return [2]group{{words, weight(wordNorm, len(words))}, {chars, weight(charNorm, len(chars))}}
}

// bucketOf is where the weights of a feature stand in hashed, which has a power
// of two of buckets.
func bucketOf(hashed []float32, h uint32) int {
	return int(h&uint32(len(hashed)/sentiment.Classes-1)) * sentiment.Classes
}

// weigh adds what the features of a group say to z.
func (g *group) weigh(hashed []float32, z *[sentiment.Classes]float32) {
	var sum [sentiment.Classes]float32
	for _, h := range g.buckets {
		row := hashed[bucketOf(hashed, h):][:sentiment.Classes]
		for c := range sum {
			sum[c] += row[c]
		}
	}
	for c := range z {
		z[c] += g.v * sum[c]
	}
}

// adagrad is one step of a weight at a rate (Duchi, Hazan and Singer, 2011).
func adagrad(w, squares *float32, g, rate float32) {
	*squares += g * g
	*w -= rate * g / (float32(math.Sqrt(float64(*squares))) + 1e-3)
}
