package main

import (
	"maps"
	"math/rand/v2"
	"slices"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// vocabularySize is how many rows the English model has at most, padding and
// the unknown word included.
const vocabularySize = 55_000

// rarest is how often a word without a vector must be seen to get one.
const rarest = 3

// vocabulary is the words of the convolution and the vectors it starts from.
type vocabulary struct {
	rows    map[uint32]uint32 // by hash
	hashes  []uint32          // of the rows from sentiment.Unknown+1 on
	vectors []float32         // of all rows, one after the other
}

// count tells how often each word stands in the texts, by hash.
func count(lists ...[]labelled) map[uint32]int {
	counts := map[uint32]int{}
	var t token.Text
	for _, list := range lists {
		for _, l := range list {
			t.Read(l.text)
			for _, k := range t.Tokens {
				counts[k.Hash]++
			}
		}
	}
	return counts
}

// Vectors are scaled so that they are about as long as the convolution makes
// them; words that have none start near nothing.
const (
	vectorScale = 0.5
	vectorNoise = 0.05
)

// newVocabulary takes the counted words that have a vector or are not rare, the
// commonest first, and words that were not seen, in the order of the vectors'
// file, up to the size.
func newVocabulary(counts map[uint32]int, vectors []wordVector) *vocabulary {
	v := &vocabulary{rows: map[uint32]uint32{}}
	random := rand.New(rand.NewPCG(3, 9))
	noise := func() (numbers [sentiment.VectorSize]float32) {
		for i := range numbers {
			numbers[i] = float32(random.NormFloat64() * vectorNoise)
		}
		return numbers
	}
	var padding [sentiment.VectorSize]float32
	unknown := noise()
	v.vectors = append(append(v.vectors, padding[:]...), unknown[:]...)
	words := slices.Clone(vectors)
	has := make(map[uint32]bool, len(vectors))
	for i := range words {
		has[words[i].hash] = true
		for k := range words[i].numbers {
			words[i].numbers[k] *= vectorScale
		}
	}
	for _, hash := range slices.Sorted(maps.Keys(counts)) {
		if !has[hash] && counts[hash] >= rarest {
			words = append(words, wordVector{hash, noise()})
		}
	}
	slices.SortStableFunc(words, func(a, b wordVector) int { return counts[b.hash] - counts[a.hash] })
	for _, w := range words[:min(len(words), vocabularySize-2)] {
		v.rows[w.hash] = uint32(len(v.hashes) + 2)
		v.hashes, v.vectors = append(v.hashes, w.hash), append(v.vectors, w.numbers[:]...)
	}
	return v
}

// row is the number of a word.
func (v *vocabulary) row(hash uint32) uint32 {
	if n, ok := v.rows[hash]; ok {
		return n
	}
	return sentiment.Unknown
}

// read makes of labelled texts what the convolution learns from.
func (v *vocabulary) read(texts []labelled, lex sentiment.Lexicon) []words {
	var t token.Text
	var f sentiment.Features
	list := make([]words, len(texts))
	for i, l := range texts {
		t.Read(l.text)
		f.Read(&t, lex)
		list[i] = words{l.label, l.weight, sentiment.Rows(t.Tokens, nil, sentiment.Pad, v.row), f.Dense}
	}
	return list
}
