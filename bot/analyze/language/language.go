// Package language tells in which language a text is written: by its script
// where that is enough, else by a linear model over the beginnings, ends and
// inner trigrams of its words. It is trained by the sentiment trainer, for
// short and careless texts, and says "und" (undetermined, ISO 639-2) rather
// than guess.
package language

import (
	_ "embed"
	"errors"
	"math"
	"sync"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// Undetermined is the code of a language that is not known.
const Undetermined = "und"

// Latin lists the languages in Latin script that the model tells apart, in
// the order of its classes. Hindi stands for its romanised form.
func Latin() []string {
	return []string{"en", "es", "fr", "de", "it", "pt", "hi", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu", "tr", "id"}
}

// Classes is the number of languages in Latin.
const Classes = 18

// Bits is the logarithm of the number of buckets of features.
const Bits = 15

//go:embed weights.bin
var embedded string

// header is before the rows of the weights: the scale of one unit, in
// millionths, 4 bytes little endian, and the classes' biases, one byte each.
const header = 4 + Classes

// row holds the sums of the weights of some features, two classes in a word,
// each in 16 bits and raised by 128 a feature: nine additions add two of them.
type row [(Classes + 1) / 2]uint32

const raised = 128

// maxFeatures keeps the sums of raised weights within 16 bits.
const maxFeatures = 256

// Model identifies languages. It is safe for concurrent use.
type Model struct {
	scale float64
	bias  [Classes]int8
	rows  string // Classes<<Bits int8, those of a feature together, read in place
	codes []string

	vocabulary *token.Vocabulary // whose words it remembers; nil for none
	words      []letters         // by their numbers in it
}

// letters is what the features of one word sum up to, and how many they are.
type letters struct {
	sum   row
	noted token.Note // how many they are
}

// Load gives the model that is part of the binary.
func Load() (*Model, error) { return load() }

// load decodes the model once in a process.
var load = sync.OnceValues(func() (*Model, error) { return decode(embedded) })

// Remember gives a model that finds the same, and looks at the letters of each
// word of a vocabulary once: of texts that are read with it.
func (m *Model) Remember(v *token.Vocabulary) *Model {
	r := *m
	r.vocabulary, r.words = v, make([]letters, v.Len())
	return &r
}

func decode(s string) (*Model, error) {
	if len(s) != header+Classes<<Bits {
		return nil, errors.New("the weights of the language model are damaged")
	}
	m := &Model{rows: s[header:], codes: Latin()}
	m.scale = float64(uint32(s[0])|uint32(s[1])<<8|uint32(s[2])<<16|uint32(s[3])<<24) / 1e6
	for c := range m.bias {
		m.bias[c] = int8(s[4+c])
	}
	return m, nil
}

// Encode packs weights, as Load reads them.
func Encode(scale float64, bias [Classes]int8, rows []int8) []byte {
	n := uint32(math.Round(scale * 1e6))
	b := []byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
	for _, v := range bias {
		b = append(b, byte(v))
	}
	for _, v := range rows {
		b = append(b, byte(v))
	}
	return b
}

// Guess is the language of a text.
type Guess struct {
	Code       string  // ISO 639-1, or Undetermined
	Confidence float64 // 0 to 1
	// English is the probability of English, also where Code says otherwise.
	English float64
	// Latin tells that the text is written in Latin letters: "hi" is Hindi in
	// Devanagari without it, romanised Hindi with it.
	Latin bool
}

// maxWords is how many words decide; a text seldom changes its language after.
const maxWords = 48

// minConfidence is how sure a guess must be to be given. Tuned on the
// validation texts of the eight languages: of those given there, 97 % are right.
const minConfidence = 0.5

// Detect tells the language of a text that was read.
func (m *Model) Detect(t *token.Text) Guess {
	script, words := scriptOf(t)
	switch {
	case words == 0:
		return Guess{Code: Undetermined, English: 1}
	case script == latin:
		return m.latin(t)
	}
	if code := codeOf(script, t); code != "" {
		return Guess{Code: code, Confidence: 0.95}
	}
	return Guess{Code: Undetermined}
}

func (m *Model) latin(t *token.Text) Guess {
	var total row
	features := 0
	eachWord(t, func(k *token.Token) int {
		n := m.add(t, k, &total)
		features += n
		return n
	})
	if features == 0 {
		return Guess{Code: Undetermined, English: 1}
	}
	var sums [Classes]int
	for c := range sums {
		sums[c] = int(total[c/2]>>(c%2*16)&0xffff) - raised*features
	}
	scale := m.scale * Norm(features)
	var p [Classes]float64
	best, all, top := 0, 0.0, math.Inf(-1)
	for c, s := range sums {
		p[c] = scale*float64(s) + m.scale*float64(m.bias[c])
		if p[c] > top {
			best, top = c, p[c]
		}
	}
	for c := range p {
		if p[c] -= top; p[c] < nothing {
			p[c] = 0
			continue
		}
		p[c] = math.Exp(p[c])
		all += p[c]
	}
	g := Guess{Code: m.codes[best], Confidence: 1 / all, English: p[0] / all, Latin: true}
	if g.Confidence < minConfidence {
		g.Code = Undetermined
	}
	return g
}

// nothing is the logarithm of the odds against the likeliest language below
// which another is as good as impossible.
const nothing = -20

// Norm is what the sum of n features is multiplied by: more text is more
// evidence, but not in proportion.
func Norm(n int) float64 { return 4 / math.Sqrt(float64(n)) }

// add adds the features of a word to total, and tells how many they are.
func (m *Model) add(t *token.Text, k *token.Token, total *row) int {
	if !k.Known || t.Vocabulary != m.vocabulary {
		return m.sum(t.FormOf(*k), k.Hash, total)
	}
	w := &m.words[k.Number]
	n, noted := w.noted.Read()
	if !noted {
		if !w.noted.Claim() {
			w = new(letters)
		}
		n = uint32(m.sum(t.FormOf(*k), k.Hash, &w.sum))
		w.noted.Write(n)
	}
	for i := range total {
		total[i] += w.sum[i]
	}
	return int(n)
}

// sum is add of a word that is not remembered: eight classes at a time, those
// with even and with odd numbers in lanes of 16 bits.
func (m *Model) sum(form []byte, hash uint32, total *row) int {
	var buf [longWord]uint32
	var even, odd [2]uint64
	var last uint32
	list := wordFeatures(form, hash, buf[:0])
	for _, h := range list {
		weights := m.rows[(h&(1<<Bits-1))*Classes:][:Classes]
		v, w := little(weights[:8])^raise, little(weights[8:16])^raise
		even[0] += v & low
		odd[0] += v >> 8 & low
		even[1] += w & low
		odd[1] += w >> 8 & low
		last += uint32(weights[16]^raised) | uint32(weights[17]^raised)<<16
	}
	for i := range total[:8] {
		shift := i % 4 * 16
		total[i] += uint32(even[i/4]>>shift&0xffff) | uint32(odd[i/4]>>shift&0xffff)<<16
	}
	total[8] += last
	return len(list)
}

// Of eight weights: what raises each by 128, and every other of them.
const (
	raise = 0x8080_8080_8080_8080
	low   = 0x00ff_00ff_00ff_00ff
)

// little reads eight bytes, the lowest first.
func little(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// longWord is more features than a word has, so that none is allocated.
const longWord = 128

// Features appends the hashes of a text's features to list, at most
// maxFeatures of them: words, their trigrams with their edges, and their last
// two letters.
func Features(t *token.Text, list []uint32) []uint32 {
	eachWord(t, func(k *token.Token) int {
		before := len(list)
		list = wordFeatures(t.FormOf(*k), k.Hash, list)
		return len(list) - before
	})
	return list
}

// eachWord hands over the words that decide, as long as there is room for the
// features of another; features tells how many one has.
func eachWord(t *token.Text, features func(k *token.Token) int) {
	words, n := 0, 0
	for i := range t.Tokens {
		k := &t.Tokens[i]
		if k.Kind != token.Word {
			continue
		}
		if words++; words > maxWords || n+int(k.Len)+2 > maxFeatures {
			return
		}
		n += features(k)
	}
}

func wordFeatures(form []byte, hash uint32, list []uint32) []uint32 {
	return trigrams(form, append(list, token.Mix(hash)))
}

func trigrams(form []byte, list []uint32) []uint32 {
	var a uint32 // a, b, c: the last three characters
	b, c := uint32(0), uint32('^')
	length := 0
	for i := 0; i < len(form); length++ {
		r, size := rune(form[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(form[i:])
		}
		i += size
		a, b, c = b, c, uint32(r)
		if a != 0 {
			list = append(list, token.Mix(a*961+b*29791+c+1))
		}
	}
	if length > 1 {
		list = append(list, token.Mix(b*961+c*29791+'$'+1))
	}
	return list
}
