package sentiment

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
)

// Classes are the sentiments a model tells apart, in this order: negative,
// neutral, positive.
const Classes = 3

// Weights are a model's: dense weights as they are, hashed ones as one byte a
// class, read in place. Bits is the logarithm of the number of buckets.
type Weights struct {
	Name        string // what it was trained on and when to tell models apart
	Bits        uint32
	Scale       float32 // of one unit of the hashed weights
	WordNorm    float32 // of the sum of word features, divided by the root of their number
	CharNorm    float32
	Temperature float32 // that the logits are divided by, for honest probabilities
	Dense       [DenseSize][Classes]float32
	Hashed      string // Classes<<Bits int8
}

const magic = "earshot-sentiment-1\n"

// Encode writes w as Decode reads it.
func (w *Weights) Encode() []byte {
	b := append([]byte(magic), byte(len(w.Name)))
	b = append(b, w.Name...)
	b = binary.LittleEndian.AppendUint32(b, w.Bits)
	for _, f := range []float32{w.Scale, w.WordNorm, w.CharNorm, w.Temperature} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	for _, row := range w.Dense {
		for _, f := range row {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
		}
	}
	return append(b, w.Hashed...)
}

var errWeights = errors.New("the weights of the sentiment model are damaged")

// Decode reads weights. They keep s, and share its memory.
func Decode(s string) (*Weights, error) {
	const fixed = 4 * (1 + 4 + DenseSize*Classes)
	if len(s) < len(magic)+1 || s[:len(magic)] != magic {
		return nil, fmt.Errorf("%w: no magic number", errWeights)
	}
	s = s[len(magic):]
	n := int(s[0])
	if len(s) < 1+n+fixed {
		return nil, fmt.Errorf("%w: cut short", errWeights)
	}
	w := &Weights{Name: s[1 : 1+n]}
	s = s[1+n:]
	next := func() uint32 {
		v := uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
		s = s[4:]
		return v
	}
	w.Bits = next()
	for _, f := range []*float32{&w.Scale, &w.WordNorm, &w.CharNorm, &w.Temperature} {
		*f = math.Float32frombits(next())
	}
	for i := range w.Dense {
		for c := range w.Dense[i] {
			w.Dense[i][c] = math.Float32frombits(next())
		}
	}
	w.Hashed = s
	if w.Bits > 24 || len(s) != Classes<<w.Bits {
		return nil, fmt.Errorf("%w: %d bytes of weights for %d bits", errWeights, len(s), w.Bits)
	}
	return w, nil
}

type logits [Classes]float32

// sum adds up the rows of the buckets.
func (w *Weights) sum(buckets []uint32) (z [Classes]int32) {
	mask, table := uint32(1)<<w.Bits-1, w.Hashed
	var a, b, c int32
	for _, h := range buckets {
		row := table[(h&mask)*Classes:][:Classes]
		a += int32(int8(row[0]))
		b += int32(int8(row[1]))
		c += int32(int8(row[2]))
	}
	return [Classes]int32{a, b, c}
}

// sums are the sums of one clause or text.
type sums struct {
	words, chars   [Classes]int32
	nWords, nChars int
}

func (s *sums) add(o *sums) {
	for c := range Classes {
		s.words[c] += o.words[c]
		s.chars[c] += o.chars[c]
	}
	s.nWords += o.nWords
	s.nChars += o.nChars
}

// logits weighs the sums and the dense features together.
func (w *Weights) logits(s *sums, d *[DenseSize]float32) (z logits) {
	word := w.Scale * w.WordNorm / float32(math.Sqrt(float64(max(s.nWords, 1))))
	char := w.Scale * w.CharNorm / float32(math.Sqrt(float64(max(s.nChars, 1))))
	for c := range Classes {
		z[c] = word*float32(s.words[c]) + char*float32(s.chars[c])
	}
	for i, v := range d {
		if v != 0 {
			for c := range Classes {
				z[c] += v * w.Dense[i][c]
			}
		}
	}
	return z
}

// Probabilities are those of a text's features: what Reader.Score gives, for
// the trainer.
func (w *Weights) Probabilities(words, chars []uint32, d *[DenseSize]float32) [Classes]float64 {
	s := sums{words: w.sum(words), chars: w.sum(chars), nWords: len(words), nChars: len(chars)}
	return w.logits(&s, d).softmax(w.Temperature)
}

// softmax makes probabilities of logits.
func (z logits) softmax(temperature float32) (p [Classes]float64) {
	top := max(z[0], z[1], z[2])
	total := 0.0
	for c := range p {
		p[c] = math.Exp(float64((z[c] - top) / temperature))
		total += p[c]
	}
	for c := range p {
		p[c] /= total
	}
	return p
}
