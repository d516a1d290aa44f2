package sentiment

import (
	"math"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// OtherFeatures is what the model of the others sees of a text: hashed word 1-
// to 3-grams, each word once more for its language, hashed character 3- to
// 5-grams, and numbers from the lexicon and the look of the text. The zero
// value is ready, and keeps its memory from one Read to the next.
type OtherFeatures struct {
	Language     int
	Words, Chars []uint32
	Dense        [OthersDense]float32
	ends         []end
	hashes       []uint32
	valence      []float32 // of each token, negation applied
}

// OthersDense is how many dense features there are.
const OthersDense = othersLength + 8

// Places in the dense features. Those that name a bucket take the next places
// too.
const (
	othersBias = iota
	othersPositive
	othersNegative
	othersHighest
	othersLowest
	othersLast
	othersSum
	othersCompound
	othersShouted
	othersLinks
	othersPositives                       // 4 buckets
	othersNegatives = othersPositives + 4 // 4
	othersLevel     = othersNegatives + 4 // 9
	othersCaps      = othersLevel + 9     // 4
	othersLong      = othersCaps + 4      // 4
	othersBangs     = othersLong + 4      // 4
	othersAsks      = othersBangs + 4     // 4
	othersTags      = othersAsks + 4      // 4
	othersHandles   = othersTags + 4      // 4
	othersLength    = othersHandles + 4   // 8
)

const (
	seedLanguage                 = 99
	othersGramMin, othersGramMax = 3, 5 // in runes
	// longWord is more bytes than a word has, so that none is allocated.
	longWord = 128
	// weakened is what is left of a valence after "not" (Hutto & Gilbert,
	// VADER, 2014).
	weakened = -0.74
)

// Read takes the features of t in the language of this number.
func (f *OtherFeatures) Read(t *token.Text, words *OthersLexicon, language int) {
	f.Language = language
	f.Words, f.Chars, f.ends = f.Words[:0], f.Chars[:0], f.ends[:0]
	f.hashes, f.valence = f.hashes[:0], f.valence[:0]
	for _, k := range t.Tokens {
		var buf [2 * longWord]byte
		form := FoldForm(t.FormOf(k), buf[:0])
		h, v := token.Hash(form), words.valence(form, k.Hash, language)
		if k.Negated > 0 {
			h, v = mix(h+seedNegated), v*weakened
		}
		f.hashes, f.valence = append(f.hashes, h), append(f.valence, v)
	}
	for i, k := range t.Tokens {
		if i > 0 && k.Clause != t.Tokens[i-1].Clause {
			f.endClause(i)
		}
		f.wordGrams(t, i)
	}
	if n := len(f.hashes); n > 0 {
		f.Words = append(f.Words, mix(f.hashes[n-1]^seedLast), mix(f.hashes[0]^seedFirst))
	}
	f.endClause(len(t.Tokens))
	f.Dense = othersDense(t, 0, len(t.Tokens), f.valence)
}

func (f *OtherFeatures) endClause(tokens int) {
	f.ends = append(f.ends, end{len(f.Words), len(f.Chars), tokens})
}

// wordGrams takes token i with what follows it, and its characters.
func (f *OtherFeatures) wordGrams(t *token.Text, i int) {
	k, h := t.Tokens[i], f.hashes[i]
	var buf [2 * longWord]byte
	form := FoldForm(t.FormOf(k), buf[:0])
	f.Words = append(f.Words, mix(h), mix(h*31+uint32(f.Language)+seedLanguage))
	if k.Negated > 0 {
		f.Words = append(f.Words, mix(token.Hash(form)))
	}
	if k.Kind == token.Tag {
		f.Words = append(f.Words, mix(token.Hash(form)^seedTag))
	}
	if i+1 < len(f.hashes) {
		pair := h*31 + f.hashes[i+1]
		f.Words = append(f.Words, mix(pair+seedPair))
		if i+2 < len(f.hashes) {
			third := f.hashes[i+2]
			f.Words = append(f.Words, mix(pair*31+third+seedTriple), mix(h*31*31+third+seedSkip))
		}
	}
	if k.Kind <= token.Tag && len(form) > 1 {
		f.Chars = othersGrams(f.Chars, form)
	}
}

// othersGrams appends the character n-grams of one word, its edges marked.
func othersGrams(list []uint32, form []byte) []uint32 {
	var buf [longWord + 2]byte
	b := append(append(append(buf[:0], '^'), form...), '$')
	for i := 0; i < len(b); {
		h, n := uint32(7), uint32(0)
		for j := i; j < len(b) && n < othersGramMax; {
			h = (h ^ uint32(b[j])) * formPrime
			for j++; j < len(b) && !utf8.RuneStart(b[j]); j++ {
				h = (h ^ uint32(b[j])) * formPrime
			}
			if n++; n >= othersGramMin {
				list = append(list, mix(h+n))
			}
		}
		for i++; i < len(b) && !utf8.RuneStart(b[i]); i++ {
		}
	}
	return list
}

// othersDense takes the numbers of the tokens from first up to last.
func othersDense(t *token.Text, first, last int, valence []float32) (d [OthersDense]float32) {
	var pos, neg, highest, lowest, latest, shouted float32
	positives, negatives := 0, 0
	for i := first; i < last; i++ {
		v := valence[i]
		switch {
		case v > 0:
			pos += v
			positives++
		case v < 0:
			neg += v
			negatives++
		default:
			continue
		}
		highest, lowest, latest = max(highest, v), min(lowest, v), v
		if t.Tokens[i].Caps {
			shouted += v
		}
	}
	total := pos + neg
	compound := total / float32(math.Sqrt(float64(total*total+15)))
	d[othersBias] = 1
	d[othersPositive], d[othersNegative] = pos/4, neg/4
	d[othersHighest], d[othersLowest], d[othersLast] = highest/3, lowest/3, latest/3
	d[othersSum], d[othersCompound], d[othersShouted] = total/4, compound, shouted/4
	c := t.Counts
	if c.Links > 0 {
		d[othersLinks] = 1
	}
	d[othersPositives+few(positives)], d[othersNegatives+few(negatives)] = 1, 1
	d[othersLevel+int((compound+1)*4)] = 1
	d[othersCaps+few(c.Caps)], d[othersLong+few(c.Long)] = 1, 1
	d[othersBangs+few(c.Bangs)], d[othersAsks+few(c.Asks)] = 1, 1
	d[othersTags+few(c.Tags)], d[othersHandles+few(c.Handles)] = 1, 1
	length := 0
	for n := last - first; n > 1 && length < 7; n /= 2 {
		length++
	}
	d[othersLength+length] = 1
	return d
}

// few is the bucket of a small number.
func few(n int) int { return min(n, 3) }
