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
	near   float32 // its share of the text's vector by which lessons are near: rare words alone say that the same is meant
	weight float32 // its share of the vector by which texts are shifted: common words count for more there
	rare   float32 // rareness of a word; negative for a pair
}

// maxTokens is how many tokens of a text are looked at.
const maxTokens = 256

// Seeds that keep kinds of features apart.
const (
	seedNegated = 0x9e3779b9
	seedPair    = 0x7f4a7c15
)

// pairShare is what a pair weighs of the sum of what its words weigh.
const pairShare = 0.35

// features are the words and pairs of neighbours of t as vectors of length
// one. Handles name people, and the words of skip the watch: both are left out.
func features(t *token.Text, skip map[uint32]bool, into []feature) []feature {
	into = into[:0]
	var last uint32
	var lastRare, lastRoot float32
	for _, k := range t.Tokens[:min(len(t.Tokens), maxTokens)] {
		if k.Kind == token.Handle || skip[k.Hash] {
			last = 0
			continue
		}
		h, r := k.Hash, rareness(k.Hash)
		root := float32(math.Sqrt(float64(r)))
		if k.Negated > 0 {
			h = token.Mix(h + seedNegated)
		}
		into = append(into, feature{token.Mix(h), r, root, r})
		if last != 0 {
			into = append(into, feature{token.Mix(last*31 + h + seedPair), pairShare * (lastRare + r), pairShare * (lastRoot + root), -1})
		}
		last, lastRare, lastRoot = h, r, root
	}
	return unit(into)
}

// unit counts what occurs twice once, and makes the vectors as long as one.
func unit(list []feature) []feature {
	slices.SortFunc(list, func(a, b feature) int { return cmp.Compare(a.hash, b.hash) })
	list = slices.CompactFunc(list, func(a, b feature) bool { return a.hash == b.hash })
	near, weight := 0.0, 0.0
	for _, f := range list {
		near += float64(f.near) * float64(f.near)
		weight += float64(f.weight) * float64(f.weight)
	}
	if near == 0 {
		return list[:0]
	}
	byNear, byWeight := float32(1/math.Sqrt(near)), float32(1/math.Sqrt(weight))
	for i := range list {
		list[i].near *= byNear
		list[i].weight *= byWeight
	}
	return list
}
