package main

import (
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

// Vectors start short, so that training turns them soon: GloVe's know what
// words stand near, and not how they feel. Longer ones did worse on both
// hold-outs. Words that have none start near nothing.
const (
	vectorScale = 0.25
	vectorNoise = 0.025
)

// newVocabulary takes the counted words that have a vector, in the order of
// the vectors, those without one that are not rare, and further words that have
// one, up to the size.
func newVocabulary(counts map[uint32]int, vectors []wordVector) *vocabulary {
	v := &vocabulary{rows: map[uint32]uint32{}, vectors: make([]float32, sentiment.VectorSize)}
	random := rand.New(rand.NewPCG(3, 9))
	noise := func() {
		for range sentiment.VectorSize {
			v.vectors = append(v.vectors, float32(random.NormFloat64()*vectorNoise))
		}
	}
	noise() // the unknown word
	has := make(map[uint32]bool, len(vectors))
	take := func(seen bool) {
		for i := range vectors {
			hash := vectors[i].hash
			has[hash] = true
			if (counts[hash] > 0) == seen && v.room() > 0 {
				v.add(hash)
				for _, f := range vectors[i].numbers {
					v.vectors = append(v.vectors, f*vectorScale)
				}
			}
		}
	}
	take(true)
	var others []uint32
	for hash, n := range counts {
		if !has[hash] && n >= rarest {
			others = append(others, hash)
		}
	}
	slices.Sort(others)
	for _, hash := range others[:min(len(others), v.room())] {
		v.add(hash)
		noise()
	}
	take(false)
	return v
}

// room is how many words may still be added.
func (v *vocabulary) room() int { return vocabularySize - 2 - len(v.hashes) }

func (v *vocabulary) add(hash uint32) {
	v.rows[hash] = uint32(len(v.hashes)) + sentiment.Unknown + 1
	v.hashes = append(v.hashes, hash)
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
		list[i] = words{l.label, l.aside, l.target(), l.weight, sentiment.Rows(t.Tokens, nil, sentiment.Pad, v.row), f.Dense}
	}
	return list
}
