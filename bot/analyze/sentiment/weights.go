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

// Weights are those of a linear model: dense ones as they are, of each language
// it tells apart, and hashed ones as one byte a class.
//
// A file has a line that names its format, the length of the name in one byte,
// the name, and then, little endian: Bits in four bytes; as 32-bit floats Scale,
// WordNorm, CharNorm, the temperature of each language, and the dense weights
// of each language, those of a feature together; Hashed to the end.
type Weights struct {
	Name      string  // what it was trained on and when, to tell models apart
	Bits      uint32  // logarithm of the number of buckets
	Scale     float32 // of one unit of the hashed weights
	WordNorm  float32 // of the sum of word features, divided by the root of their number
	CharNorm  float32
	Languages []Table // one of a model of English alone; else by LanguageNumber, Unlisted as well
	Hashed    string  // Classes<<Bits int8, those of a bucket together, read in place
}

// Table is what a linear model has of one language.
type Table struct {
	Temperature float32 // that the logits are divided by, for honest probabilities
	Dense       [DenseSize][Classes]float32
}

// The first lines of the two formats: of English alone, and of all languages,
// without the dense features that only English has.
const (
	magic       = "earshot-sentiment-1\n"
	othersMagic = "earshot-others-1\n"
)

// shape gives the first line of the format for a number of languages, and the
// dense features it leaves out: from, up to but without to.
func shape(languages int) (first string, from, to int) {
	if languages == 1 {
		return magic, 0, 0
	}
	return othersMagic, denseAfterBut, denseBeforeBut + 1
}

// floats lists all numbers of w in the order they are shipped.
func (w *Weights) floats(each func(*float32)) {
	_, from, to := shape(len(w.Languages))
	for _, f := range []*float32{&w.Scale, &w.WordNorm, &w.CharNorm} {
		each(f)
	}
	for l := range w.Languages {
		each(&w.Languages[l].Temperature)
	}
	for l := range w.Languages {
		d := &w.Languages[l].Dense
		for i := range d {
			if from <= i && i < to {
				continue
			}
			for c := range d[i] {
				each(&d[i][c])
			}
		}
	}
}

// Encode writes w as Decode reads it.
func (w *Weights) Encode() []byte {
	first, _, _ := shape(len(w.Languages))
	b := append([]byte(first), byte(len(w.Name)))
	b = append(b, w.Name...)
	b = binary.LittleEndian.AppendUint32(b, w.Bits)
	w.floats(func(f *float32) { b = binary.LittleEndian.AppendUint32(b, math.Float32bits(*f)) })
	return append(b, w.Hashed...)
}

var errWeights = errors.New("the weights of the sentiment model are damaged")

// Decode reads weights of English alone. They keep s, and share its memory.
func Decode(s string) (*Weights, error) { return decode(s, 1) }

// DecodeOthers reads weights of all languages. They keep s, and share its
// memory.
func DecodeOthers(s string) (*Weights, error) { return decode(s, Unlisted+1) }

func decode(s string, languages int) (*Weights, error) {
	first, from, to := shape(languages)
	if len(s) < len(first)+1 || s[:len(first)] != first {
		return nil, fmt.Errorf("%w: no magic number", errWeights)
	}
	s = s[len(first):]
	n := int(s[0])
	if len(s) < 1+n+4*(1+3+languages*(1+(DenseSize-to+from)*Classes)) {
		return nil, fmt.Errorf("%w: cut short", errWeights)
	}
	w := &Weights{Name: s[1 : 1+n], Languages: make([]Table, languages)}
	r := reader{s[1+n:]}
	w.Bits = r.next()
	w.floats(func(f *float32) { *f = r.float() })
	w.Hashed = r.rest
	if w.Bits > 24 || len(w.Hashed) != Classes<<w.Bits {
		return nil, fmt.Errorf("%w: %d bytes of weights for %d bits", errWeights, len(w.Hashed), w.Bits)
	}
	return w, nil
}

// reader reads numbers from what is left of a file.
type reader struct{ rest string }

func (r *reader) next() uint32 {
	s := r.rest
	r.rest = s[4:]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

func (r *reader) float() float32 { return math.Float32frombits(r.next()) }

// grams adds up the rows of the buckets.
func (w *Weights) grams(buckets []uint32) grams {
	mask, table := uint32(1)<<w.Bits-1, w.Hashed
	var a, b, c int32
	for _, h := range buckets {
		row := table[(h&mask)*Classes:][:Classes]
		a += int32(int8(row[0]))
		b += int32(int8(row[1]))
		c += int32(int8(row[2]))
	}
	return grams{[Classes]int32{a, b, c}, int32(len(buckets))}
}

// table is what w has of a language.
func (w *Weights) table(language int) *Table { return &w.Languages[max(language, 0)] }

// logits weighs the features of a text.
func (w *Weights) logits(f *Features) (z logits) {
	words, chars := w.grams(f.Words), w.grams(f.Chars)
	words.add(&f.words)
	chars.add(&f.chars)
	word := w.Scale * w.WordNorm / float32(math.Sqrt(float64(max(words.n, 1))))
	char := w.Scale * w.CharNorm / float32(math.Sqrt(float64(max(chars.n, 1))))
	for c := range z {
		z[c] = word*float32(words.sum[c]) + char*float32(chars.sum[c])
	}
	z.add(&f.Dense, &w.table(f.Language).Dense)
	return z
}

// Probabilities are those of a text's features.
func (w *Weights) Probabilities(f *Features) [Classes]float64 {
	return w.logits(f).softmax(w.table(f.Language).Temperature)
}

// logits are the logarithms of odds of the classes.
type logits [Classes]float32

// add weighs dense features.
func (z *logits) add(d *[DenseSize]float32, weights *[DenseSize][Classes]float32) {
	for i, v := range d {
		if v != 0 {
			row := &weights[i]
			z[0] += v * row[0]
			z[1] += v * row[1]
			z[2] += v * row[2]
		}
	}
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
