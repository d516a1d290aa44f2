// Package echo recognises texts that repeat one another: reposts, copies with
// a word changed, the same complaint pasted to several places. A text's hash
// is a simhash (Charikar, 2002) of its words and word pairs, without links,
// handles, "RT @name:", case and punctuation; near-duplicates differ in few
// bits. Texts of fewer than four words must be the same to be echoes.
package echo

import (
	"math/bits"

	"earshot/bot/analyze/token"
)

// shortBit marks the hash of a text too short for a simhash: the other bits
// are an exact hash of its words.
const shortBit = 1 << 63

// shortWords is the number of words from which a text has a simhash.
const shortWords = 4

// hashWords is how many words of a text are hashed: what repeats a mention
// repeats its beginning. It keeps the counters of votes in a byte.
const hashWords = 80

// filler is the length up to which a word says nothing by itself: "the", "to",
// "17". Such words count in pairs alone, or all English would look alike.
const filler = 3

// Hash is the hash of a text that was read. It is 0 for a text without words,
// which is nobody's echo.
func Hash(t *token.Text) uint64 {
	var votes ballot
	var previous, exact uint64
	words := 0
	for i, k := range t.Tokens {
		if k.Kind > token.Tag || isRepost(t, i) {
			continue
		}
		if words++; words > hashWords {
			break
		}
		h := spread(uint64(k.Hash))
		exact = spread(exact ^ h)
		if k.Len > filler {
			votes.cast(h, 1)
		}
		if previous != 0 {
			votes.cast(spread(previous*3+h), 0)
		}
		previous = h
	}
	switch {
	case words == 0:
		return 0
	case words < shortWords:
		return exact | shortBit
	}
	return max(votes.count(), 1)
}

// isRepost tells whether token i is the "RT" before a handle.
func isRepost(t *token.Text, i int) bool {
	return i+1 < len(t.Tokens) && t.Tokens[i+1].Kind == token.Handle && string(t.FormOf(t.Tokens[i])) == "rt"
}

// ballot counts how often each of 64 bits was set: the count of bit 8b+j is
// byte b of ones[j].
type ballot struct {
	ones  [8]uint64
	total uint64
}

const everyByte = 0x0101010101010101

// cast counts the bits of h 1<<double times.
func (b *ballot) cast(h uint64, double int) {
	for j := range b.ones {
		b.ones[j] += (h >> j & everyByte) << double
	}
	b.total += 1 << double
}

// count is the word of all bits, but the highest, that most votes set.
func (b *ballot) count() (hash uint64) {
	for i := range 63 {
		if b.ones[i%8]>>(i/8*8)&0xff*2 > b.total {
			hash |= 1 << i
		}
	}
	return hash
}

// spread is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
func spread(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// Distance is in how many bits two hashes differ, 0 to 63; 64 where one is of
// a short text and they are not the same, or one has no words.
func Distance(a, b uint64) int {
	switch {
	case a == 0 || b == 0:
		return 64
	case a == b:
		return 0
	case (a|b)&shortBit != 0:
		return 64
	}
	return bits.OnesCount64(a ^ b)
}
