package local

import (
	"cmp"
	"math"
	"slices"

	"earshot/bot/analyze/token"
)

// feature is a word or a pair of neighbours of a text.
type feature struct {
	hash   uint32
	weight float32 // its share of the text's vector
	rare   float32 // rareness of a word; negative for a pair
}

// maxTokens is how many tokens of a text are looked at.
const maxTokens = 256

// Seeds that keep kinds of features apart.
const (
	seedNegated = 0x9e3779b9
	seedPair    = 0x7f4a7c15
)

// pairShare is what a pair weighs of the sum of its words' rareness.
const pairShare = 0.35

// features are the words and pairs of neighbours of t as a vector of length
// one. Handles name people, and the words of skip the watch: both are left out.
func features(t *token.Text, skip map[uint32]bool, into []feature) []feature {
	into = into[:0]
	var last uint32
	var lastRare float32
	for _, k := range t.Tokens[:min(len(t.Tokens), maxTokens)] {
		if k.Kind == token.Handle || skip[k.Hash] {
			last = 0
			continue
		}
		h, r := k.Hash, rareness(k.Hash)
		if k.Negated > 0 {
			h = mix(h + seedNegated)
		}
		into = append(into, feature{mix(h), r, r})
		if last != 0 {
			into = append(into, feature{mix(last*31 + h + seedPair), pairShare * (lastRare + r), -1})
		}
		last, lastRare = h, r
	}
	return unit(into)
}

// unit counts what occurs twice once, and makes the vector as long as one.
func unit(list []feature) []feature {
	slices.SortFunc(list, func(a, b feature) int { return cmp.Compare(a.hash, b.hash) })
	list = slices.CompactFunc(list, func(a, b feature) bool { return a.hash == b.hash })
	sum := 0.0
	for _, f := range list {
		sum += float64(f.weight) * float64(f.weight)
	}
	if sum == 0 {
		return list[:0]
	}
	by := float32(1 / math.Sqrt(sum))
	for i := range list {
		list[i].weight *= by
	}
	return list
}
