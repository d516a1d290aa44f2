package aspect

import (
	"math/bits"

	"earshot/bot/analyze/token"
)

// Of a text that somebody wrote: how many tokens are looked at; from how many
// on they tell anything; one of how many must be another than before; and which
// share of its words may have one or two letters.
const (
	legibleTokens = 300
	legibleLeast  = 16
	legibleAnew   = 10
	legibleShort  = 0.75
)

// Legible tells whether a text may be somebody's words: not marks alone, not
// the same few tokens over and over, not scraps of letters as in a file that
// was read as text. What is short is given the benefit of the doubt.
func Legible(t *token.Text) bool {
	if t.Counts.Words == 0 && t.Counts.Emoji == 0 {
		return false
	}
	if len(t.Tokens) < legibleLeast {
		return true
	}
	var seen [4]uint64
	words, short := 0, 0
	n := min(len(t.Tokens), legibleTokens)
	for _, k := range t.Tokens[:n] {
		seen[k.Hash>>6&3] |= 1 << (k.Hash & 63)
		if k.Kind == token.Word {
			words++
			if k.Len <= 2 {
				short++
			}
		}
	}
	different := 0
	for _, s := range seen {
		different += bits.OnesCount64(s)
	}
	return different*legibleAnew > n && float64(short) <= legibleShort*float64(words)
}
