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
	return float32(background[token.Mix(hash)&backgroundMask]) * rarenessStep
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
		if i := token.Mix(k.Hash) & backgroundMask; b.last[i] != b.texts {
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
