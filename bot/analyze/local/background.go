package local

import (
	_ "embed"
	"math"

	"earshot/bot/analyze/token"
)

//go:embed background.bin
var background string

const (
	backgroundBits = 15       // logarithm of the number of buckets
	rarenessStep   = 1.0 / 16 // one unit of the background
	rarenessMost   = 255      // units
	backgroundMask = 1<<backgroundBits - 1
)

// rareness is −ln of the share of texts that hold the word, by the bucket of
// its hash: 0 for a word of every text.
func rareness(hash uint32) float32 {
	return float32(background[mix(hash)&backgroundMask]) * rarenessStep
}

// Background counts how common words are, for background.bin. The zero value
// is ready.
type Background struct {
	texts int
	in    [1 << backgroundBits]int // texts that hold a word of the bucket
	last  [1 << backgroundBits]int // the text that was counted last
}

// Add counts the words of one text.
func (b *Background) Add(t *token.Text) {
	b.texts++
	for _, k := range t.Tokens {
		if i := mix(k.Hash) & backgroundMask; b.last[i] != b.texts {
			b.last[i] = b.texts
			b.in[i]++
		}
	}
}

// Encode writes the rareness of every bucket, one byte each.
func (b *Background) Encode() []byte {
	out := make([]byte, len(b.in))
	for i, n := range b.in {
		r := math.Log(float64(b.texts+1) / float64(n+1))
		out[i] = byte(min(rarenessMost, math.Round(r/rarenessStep)))
	}
	return out
}

// mix spreads a hash over all of its bits (MurmurHash3's finalizer).
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
