package sentiment

import (
	"encoding/binary"

	"earshot/bot/analyze/token"
)

// Lexicon is a table of words' valences, −4 to 4, read in place: slots of the
// word's hash (4 bytes, little endian) and its valence in thirtieths (1 byte),
// open addressing, a power of two of them. A slot of all zeros is empty.
type Lexicon string

const (
	slotSize   = 5
	valenceOne = 30
)

// Valence is the valence of a word by its token.Token.Hash; 0 when unknown.
func (l Lexicon) Valence(hash uint32) float32 {
	slots := uint32(len(l) / slotSize)
	if slots == 0 {
		return 0
	}
	for i := token.Mix(hash) & (slots - 1); ; i = (i + 1) & (slots - 1) {
		s := l[i*slotSize : i*slotSize+slotSize]
		key := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		if key == hash && s[4] != 0 {
			return float32(int8(s[4])) / valenceOne
		}
		if s[4] == 0 {
			return 0
		}
	}
}

// MakeLexicon builds the table from valences by hash. Valences that round to
// nothing are left out.
func MakeLexicon(valences map[uint32]float32, order []uint32) Lexicon {
	slots := uint32(1)
	for int(slots) < 2*len(order) {
		slots *= 2
	}
	b := make([]byte, slots*slotSize)
	for _, hash := range order {
		v := int8(max(-127, min(127, valences[hash]*valenceOne)))
		if v == 0 {
			continue
		}
		i := token.Mix(hash) & (slots - 1)
		for b[i*slotSize+4] != 0 {
			i = (i + 1) & (slots - 1)
		}
		binary.LittleEndian.PutUint32(b[i*slotSize:], hash)
		b[i*slotSize+4] = byte(v)
	}
	return Lexicon(b)
}
