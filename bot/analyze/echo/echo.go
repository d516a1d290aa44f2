// Package echo recognises texts that repeat one another: reposts, forwards,
// copies that were cut or touched up, the same complaint pasted to several
// places. A text's hash is a sketch of its word pairs (weighted min-hash:
// Ioffe, 2010; b-bit: Li and König, 2010) that finds the few recent texts which
// may say the same; Same then compares the words themselves, so that "the
// battery died after two days" and "the screen died after two days" stay two
// complaints. Links, handles, "RT @name:", "Fwd:", case and punctuation count
// for neither.
package echo

import (
	"math"

	"earshot/bot/analyze/token"
)

// shortBit marks the hash of a text too short for a sketch: the other bits
// are an exact hash of its words.
const shortBit = 1 << 63

// shortWords is the number of words from which a text has a sketch.
const shortWords = 4

// hashWords is how many words of a text are hashed: what repeats a mention
// repeats its beginning.
const hashWords = 40

// A sketch has eight fields of one byte each, the last of seven bits: each
// holds some bits of the pair of words that is least by one of eight orders.
const (
	fields    = 8
	fieldBits = 8
)

// shareFields is how many fields two sketches must have in common for their
// texts to be compared: half of the pairs of words in common give them 86 times
// in a hundred, three quarters 99.6 times, no pair in common three times in a
// million.
const shareFields = 3

// Hash is the hash of a text that was read. It is 0 for a text without words,
// which is nobody's echo. Numbers are all alike to it. A hash of an earlier
// version of this package shares fields with others by chance alone, and Same
// turns those away.
func Hash(t *token.Text) uint64 {
	least := [fields]float32{}
	for f := range least {
		least[f] = math.MaxFloat32
	}
	var hash, exact, previous uint64
	n := 0
	each(t, func(k token.Token) bool {
		h := spread(uint64(k.Hash))
		exact = spread(exact ^ h)
		if n++; n > 1 {
			hash = sketch(hash, &least, spread(previous*3+h), n)
		}
		previous = h
		return n < hashWords
	})
	switch {
	case n == 0:
		return 0
	case n < shortWords:
		return exact | shortBit
	}
	return max(hash&^shortBit, 1)
}

// sketch lets a pair of words stand for the fields in which it is the least.
// Pairs weigh the less the later they come, for the end is what gets cut off.
func sketch(hash uint64, least *[fields]float32, pair uint64, place int) uint64 {
	rarity := float32(place + earliness)
	draw := pair
	for f := range least {
		draw *= 0xd1342543de82ef95 // another order for each field
		if e := exponential(uint32(draw>>32)) * rarity; e < least[f] {
			least[f] = e
			shift := f * fieldBits
			hash = hash&^(0xff<<shift) | pair&(0xff<<shift)
		}
	}
	return hash
}

// earliness says how slowly the weight of pairs falls: that at place n weighs
// 1/(n+earliness).
const earliness = 6

// exponential makes an exponential variable of a uniform one, its logarithm
// taken from the bits of the number: coarse, the same everywhere, and in order.
func exponential(u uint32) float32 {
	bits := math.Float32bits(float32(u) + 1)
	return 32 - (float32(bits)/(1<<23) - 127) + 1e-6
}

// each hands over the words that count, in order, until fn says false.
func each(t *token.Text, fn func(token.Token) bool) {
	begun := false
	for i, k := range t.Tokens {
		if k.Kind > token.Tag {
			continue
		}
		form := t.FormOf(k)
		if isForward(form) && (!begun || isHandle(t, i+1)) {
			continue
		}
		begun = true
		if !fn(k) {
			return
		}
	}
}

func isHandle(t *token.Text, i int) bool {
	return i < len(t.Tokens) && t.Tokens[i].Kind == token.Handle
}

// isForward tells whether a word marks what follows as somebody else's, at the
// beginning of a text or before a handle.
func isForward(form []byte) bool {
	switch string(form) {
	case "rt", "mt", "fwd", "fw", "wg", "tr", "rv", "enc", "re", "aw", "via", "repost", "reposting", "forwarded", "quote":
		return true
	}
	return false
}

// spread is the finalizer of SplitMix64 (Steele, Lea and Flood, 2014).
func spread(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// zeroBytes counts the bytes of x that are zero (Warren, Hacker's Delight,
// 2012, 6-1).
func zeroBytes(x uint64) (n int) {
	const low = 0x7f7f7f7f7f7f7f7f
	x = ^((x&low + low) | x | low) >> 7
	return int(x * 0x0101010101010101 >> 56)
}
