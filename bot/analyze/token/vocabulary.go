package token

// Vocabulary numbers words, so that what somebody works out of a word's
// letters need be worked out once. It is safe for concurrent use.
//
// Words are entered by their hashes alone; which letters a number stands for is
// settled by the first text that has them. What else has the same hash has the
// number too, but is not Known.
type Vocabulary struct {
	slots []uint32 // numbers, with the highest bits of their hashes above; open addressing, a power of two of them; 0 for an empty slot
	words []word   // by number
}

// MaxWords is the most words that a Vocabulary numbers.
const MaxWords = 1<<numberBits - 1

// numberBits are the bits of a slot that are the number.
const numberBits = 17

// word is one word: half a cache line.
type word struct {
	hash    uint32
	settled Note // the length of its form
	letters [longest]byte
}

// longest is the most bytes of a word that is known; longer ones are rare.
const longest = 24

// NewVocabulary numbers the words of these hashes from 1 on, in their order;
// those beyond MaxWords have none.
func NewVocabulary(hashes []uint32) *Vocabulary {
	hashes = hashes[:min(len(hashes), MaxWords)]
	size := 2
	for size < 2*len(hashes) {
		size *= 2
	}
	v := &Vocabulary{slots: make([]uint32, size), words: make([]word, len(hashes)+1)}
	mask := uint32(size - 1)
	for n, hash := range hashes {
		i := Mix(hash) & mask
		for v.slots[i] != 0 {
			i = (i + 1) & mask
		}
		v.slots[i] = hash>>numberBits<<numberBits | uint32(n+1)
		v.words[n+1].hash = hash
	}
	return v
}

// Len is the number that follows the last word's.
func (v *Vocabulary) Len() int { return len(v.words) }

// Number is the number of the words with this hash; 0 for none.
func (v *Vocabulary) Number(hash uint32) uint32 {
	mask := uint32(len(v.slots) - 1)
	for i := Mix(hash) & mask; ; i = (i + 1) & mask {
		s := v.slots[i]
		if s == 0 {
			return 0
		}
		if (s^hash)>>numberBits == 0 && v.words[s&MaxWords].hash == hash {
			return s & MaxWords
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
			k.Known = v.words[k.Number].is(t.Forms[k.Form : k.Form+k.Len])
		}
	}
}

// is tells whether the letters of a word are these.
func (w *word) is(letters []byte) bool {
	length, settled := w.settled.Read()
	if settled {
		return int(length) == len(letters) && string(w.letters[:length]) == string(letters)
	}
	if len(letters) > longest || !w.settled.Claim() {
		return false
	}
	copy(w.letters[:], letters)
	w.settled.Write(uint32(len(letters)))
	return true
}

// Mix spreads a hash over all of its bits (MurmurHash3's finalizer).
func Mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}
