package token

import "sync/atomic"

// Vocabulary numbers words, so that what somebody works out of a word's
// letters need be worked out once. It is safe for concurrent use.
//
// Words are entered by their hashes alone; which letters a number stands for is
// settled by the first text that has them. What else has the same hash has the
// number too, but is not Known.
type Vocabulary struct {
	slots []uint64               // hash and number, open addressing, a power of two of them; 0 for an empty slot
	forms []atomic.Pointer[form] // of each number; nil where no text had it yet
}

// NewVocabulary numbers the words of these hashes from 1 on, in their order.
func NewVocabulary(hashes []uint32) *Vocabulary {
	size := 2
	for size < 2*len(hashes) {
		size *= 2
	}
	v := &Vocabulary{slots: make([]uint64, size), forms: make([]atomic.Pointer[form], len(hashes)+1)}
	mask := uint32(size - 1)
	for n, hash := range hashes {
		i := Mix(hash) & mask
		for v.slots[i] != 0 {
			i = (i + 1) & mask
		}
		v.slots[i] = uint64(hash)<<32 | uint64(n+1)
	}
	return v
}

// Len is the number that follows the last word's.
func (v *Vocabulary) Len() int { return len(v.forms) }

// Number is the number of the words with this hash; 0 for none.
func (v *Vocabulary) Number(hash uint32) uint32 {
	mask := uint32(len(v.slots) - 1)
	for i := Mix(hash) & mask; ; i = (i + 1) & mask {
		switch s := v.slots[i]; {
		case s == 0:
			return 0
		case uint32(s>>32) == hash:
			return uint32(s)
		}
	}
}

// number gives the tokens of a text their numbers.
func (v *Vocabulary) number(t *Text) {
	for i := range t.Tokens { // no look-up waits for another
		t.Tokens[i].Number = v.Number(t.Tokens[i].Hash)
	}
	for i := range t.Tokens {
		if k := &t.Tokens[i]; k.Number != 0 {
			k.Known = v.knows(k.Number, t.Forms[k.Form:k.Form+k.Len])
		}
	}
}

// form is the form of a word.
type form struct {
	length  uint8
	letters [longest]byte
}

// longest is the most bytes of a word that is known; longer ones are rare.
const longest = 23

// knows tells whether the letters of the word of a number are these.
func (v *Vocabulary) knows(number uint32, letters []byte) bool {
	if len(letters) > longest {
		return false
	}
	w := v.forms[number].Load()
	if w == nil {
		first := &form{length: uint8(len(letters))}
		copy(first.letters[:], letters)
		v.forms[number].CompareAndSwap(nil, first)
		w = v.forms[number].Load()
	}
	return int(w.length) == len(letters) && string(w.letters[:len(letters)]) == string(letters)
}

// Mix spreads a hash over all of its bits (MurmurHash3's finalizer).
func Mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
