package sentiment

import (
	_ "embed"
	"fmt"
	"math"

	"earshot/bot/analyze/token"
)

//go:embed others.bin
var othersWeights string

//go:embed others_lexicon.bin
var othersLexicon string

// OthersLanguages are the languages of the model for other languages than
// English, by ISO 639-1, in the order of its weights. Hindi is read in Latin
// letters alone.
func OthersLanguages() []string { return []string{"ar", "de", "en", "es", "fr", "hi", "it", "pt"} }

// Unlisted is the number of every language that OthersLanguages does not list.
const Unlisted = 8

// LanguageNumber is the place of a code in OthersLanguages, or Unlisted.
func LanguageNumber(code string) int {
	for i, c := range OthersLanguages() {
		if c == code {
			return i
		}
	}
	return Unlisted
}

// Others is the model of other languages than English: a multinomial logistic
// regression like the English one, with a second copy of the words for each
// language ("die" is one word in English, another in German), a lexicon of
// each, and a temperature of each.
type Others struct {
	Weights OthersWeights
	Words   OthersLexicon
}

// loadOthers gives the model that is part of the binary.
func loadOthers(general Lexicon) (*Others, error) {
	w, err := DecodeOthers(othersWeights)
	if err != nil {
		return nil, fmt.Errorf("load the sentiment model of other languages: %w", err)
	}
	return &Others{Weights: *w, Words: OthersLexicon{General: general, Own: Lexicon(othersLexicon)}}, nil
}

// othersReader scores texts by the model of the others.
type othersReader struct {
	model    *Others
	features OtherFeatures
	text     *token.Text
	clauses  []sums
}

// read takes the features of a text in the language of this code.
func (r *othersReader) read(t *token.Text, code string) {
	r.text = t
	f := &r.features
	f.Read(t, &r.model.Words, LanguageNumber(code))
	r.clauses = r.clauses[:0]
	words, chars := 0, 0
	for _, e := range f.ends {
		r.clauses = append(r.clauses, sums{
			words:  sumRows(r.model.Weights.Hashed, r.model.Weights.Bits, f.Words[words:e.words]),
			chars:  sumRows(r.model.Weights.Hashed, r.model.Weights.Bits, f.Chars[chars:e.chars]),
			nWords: e.words - words, nChars: e.chars - chars,
		})
		words, chars = e.words, e.chars
	}
}

// probs are the probabilities of the clauses from, up to but without to, of
// the text that was read last.
func (r *othersReader) probs(from, to int) [Classes]float64 {
	f := &r.features
	d := &f.Dense
	if from > 0 || to < len(f.ends) {
		first := 0
		if from > 0 {
			first = f.ends[from-1].tokens
		}
		last := f.ends[to-1].tokens
		part := othersDense(r.text, first, last, f.valence)
		d = &part
	}
	var s sums
	for i := from; i < to; i++ {
		s.add(&r.clauses[i])
	}
	return r.model.Weights.probabilities(&s, d, f.Language)
}

// sumRows adds up the rows of the buckets in a table of 1<<bits rows.
func sumRows(table string, bits uint32, buckets []uint32) (z [Classes]int32) {
	mask := uint32(1)<<bits - 1
	for _, h := range buckets {
		row := table[(h&mask)*Classes:][:Classes]
		for c := range z {
			z[c] += int32(int8(row[c]))
		}
	}
	return z
}

// probabilities weighs the sums and the dense features of a text in a language.
func (w *OthersWeights) probabilities(s *sums, d *[OthersDense]float32, language int) (p [Classes]float64) {
	word := w.Scale * w.WordNorm / float32(math.Sqrt(float64(max(s.nWords, 1))))
	char := w.Scale * w.CharNorm / float32(math.Sqrt(float64(max(s.nChars, 1))))
	var z logits
	for c := range z {
		z[c] = word*float32(s.words[c]) + char*float32(s.chars[c])
	}
	for i, v := range d {
		if v != 0 {
			for c := range z {
				z[c] += v * w.Dense[language][i][c]
			}
		}
	}
	return z.softmax(w.Temperature[language])
}

// Probabilities are those of a text's features, for the trainer.
func (w *OthersWeights) Probabilities(f *OtherFeatures) [Classes]float64 {
	s := sums{words: sumRows(w.Hashed, w.Bits, f.Words), chars: sumRows(w.Hashed, w.Bits, f.Chars), nWords: len(f.Words), nChars: len(f.Chars)}
	return w.probabilities(&s, &f.Dense, f.Language)
}
