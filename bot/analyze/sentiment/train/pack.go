package main

import (
	"math/rand/v2"

	"earshot/bot/analyze/sentiment"
)

// rounds of k-means, and of how many vectors at most.
const (
	packRounds = 12
	packSample = 12000
)

// packVectors finds the codes of vectors (one after the other), part by part,
// by k-means: the first ones, which are the commonest words', count most, as
// the codes are learnt from a sample that always has them.
func packVectors(vectors []float32, p *sentiment.Packed) {
	n := len(vectors) / sentiment.VectorSize
	random := rand.New(rand.NewPCG(5, 1))
	sample := make([]int, 0, packSample)
	for i := range n {
		if i < packSample/2 || random.IntN(n) < packSample/2 {
			sample = append(sample, i)
		}
	}
	p.Codes = make([]byte, n*sentiment.Parts)
	for part := range sentiment.Parts {
		book := &p.Book[part]
		for c := range book {
			copy(book[c][:], piece(vectors, sample[random.IntN(len(sample))], part))
		}
		for range packRounds {
			improve(book, vectors, sample, part)
		}
		for i := range n {
			p.Codes[i*sentiment.Parts+part] = byte(nearest(book, piece(vectors, i, part)))
		}
	}
}

// piece is one part of a vector.
func piece(vectors []float32, i, part int) []float32 {
	return vectors[i*sentiment.VectorSize+part*sentiment.PartSize:][:sentiment.PartSize]
}

type book = [sentiment.Codes][sentiment.PartSize]float32

func nearest(b *book, v []float32) int {
	best, least := 0, float32(0)
	for c := range b {
		x, y := b[c][0]-v[0], b[c][1]-v[1]
		if d := float32(x*x) + float32(y*y); c == 0 || d < least {
			best, least = c, d
		}
	}
	return best
}

// improve moves every code to the middle of the vectors it stands for.
func improve(b *book, vectors []float32, sample []int, part int) {
	var sums book
	var count [sentiment.Codes]float32
	for _, i := range sample {
		v := piece(vectors, i, part)
		c := nearest(b, v)
		sums[c][0] += v[0]
		sums[c][1] += v[1]
		count[c]++
	}
	for c, n := range count {
		if n > 0 {
			b[c] = [sentiment.PartSize]float32{sums[c][0] / n, sums[c][1] / n}
		}
	}
}
