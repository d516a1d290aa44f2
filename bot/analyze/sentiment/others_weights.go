package sentiment

import (
	"encoding/binary"
	"fmt"
	"math"
)

// othersTables is how many languages have weights of their own, that of the
// unlisted included.
const othersTables = Unlisted + 1

// OthersWeights are the weights of the model of the others: dense ones of each
// language as they are, hashed ones as one byte a class, read in place.
type OthersWeights struct {
	Name        string
	Bits        uint32  // logarithm of the number of buckets
	Scale       float32 // of one unit of the hashed weights
	WordNorm    float32 // of the sum of word features, divided by the root of their number
	CharNorm    float32
	Temperature [othersTables]float32 // of each language, that the logits are divided by
	Dense       [othersTables][OthersDense][Classes]float32
	Hashed      string // Classes<<Bits int8
}

const othersMagic = "earshot-others-1\n"

// Encode writes w as DecodeOthers reads it.
func (w *OthersWeights) Encode() []byte {
	b := append([]byte(othersMagic), byte(len(w.Name)))
	b = append(b, w.Name...)
	b = binary.LittleEndian.AppendUint32(b, w.Bits)
	for _, f := range append([]float32{w.Scale, w.WordNorm, w.CharNorm}, w.Temperature[:]...) {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	for _, table := range w.Dense {
		for _, row := range table {
			for _, f := range row {
				b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
			}
		}
	}
	return append(b, w.Hashed...)
}

// DecodeOthers reads weights. They keep s, and share its memory.
func DecodeOthers(s string) (*OthersWeights, error) {
	const fixed = 4 * (1 + 3 + othersTables + othersTables*OthersDense*Classes)
	if len(s) < len(othersMagic)+1 || s[:len(othersMagic)] != othersMagic {
		return nil, fmt.Errorf("%w: no magic number", errWeights)
	}
	s = s[len(othersMagic):]
	n := int(s[0])
	if len(s) < 1+n+fixed {
		return nil, fmt.Errorf("%w: cut short", errWeights)
	}
	w := &OthersWeights{Name: s[1 : 1+n]}
	s = s[1+n:]
	next := func() uint32 {
		v := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		s = s[4:]
		return v
	}
	w.Bits = next()
	for _, f := range []*float32{&w.Scale, &w.WordNorm, &w.CharNorm} {
		*f = math.Float32frombits(next())
	}
	for i := range w.Temperature {
		w.Temperature[i] = math.Float32frombits(next())
	}
	for l := range w.Dense {
		for i := range w.Dense[l] {
			for c := range w.Dense[l][i] {
				w.Dense[l][i][c] = math.Float32frombits(next())
			}
		}
	}
	w.Hashed = s
	if w.Bits > 24 || len(s) != Classes<<w.Bits {
		return nil, fmt.Errorf("%w: %d bytes of weights for %d bits", errWeights, len(s), w.Bits)
	}
	return w, nil
}
