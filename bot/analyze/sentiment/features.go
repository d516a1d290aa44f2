package sentiment

import (
	"math"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// Features is what a model sees of a text: hashed word 1- to 3-grams (a
// negated word is another word), hashed character 3- to 5-grams, and a few
// numbers from the lexicon and the look of the text. Word and character
// features stand in the order of the clauses they come from. The zero value
// is ready, and keeps its memory from one Read to the next.
type Features struct {
	Words, Chars []uint32
	Dense        [DenseSize]float32
	ends         []end // of each clause
	hashes       []uint32
	valence      []float32 // of each token, negation applied
}

type end struct{ words, chars, tokens int }

// Longest and shortest character n-grams, in runes.
const (
	gramMin = 3
	gramMax = 5
)

// Seeds that keep kinds of features apart.
const (
	seedNegated = 77
	seedPair    = 5
	seedTriple  = 9
	seedSkip    = 13
	seedLast    = 0x3c6ef372
	seedFirst   = 0xa54ff53a
	seedTag     = 0x510e527f
)

// mix spreads a hash over all of its bits (MurmurHash3's finalizer).
func mix(h uint32) uint32 {
	h ^= h >> 16
	h *= 0x85ebca6b
	h ^= h >> 13
	h *= 0xc2b2ae35
	return h ^ h>>16
}

// Read takes the features of t, with valences from lex.
func (f *Features) Read(t *token.Text, lex Lexicon) {
	f.Words, f.Chars, f.ends = f.Words[:0], f.Chars[:0], f.ends[:0]
	f.hashes, f.valence = f.hashes[:0], f.valence[:0]
	for _, k := range t.Tokens {
		h := k.Hash
		if k.Negated > 0 {
			h = mix(h + seedNegated)
		}
		f.hashes = append(f.hashes, h)
		v := lex.Valence(k.Hash)
		if k.Negated > 0 {
			v *= negatedValence
		}
		f.valence = append(f.valence, v)
	}
	for i, k := range t.Tokens {
		if i > 0 && k.Clause != t.Tokens[i-1].Clause {
			f.endClause(i)
		}
		f.wordGrams(i, k)
		if k.Kind <= Tagged && k.Len > 1 {
			f.charGrams(t.FormOf(k))
		}
	}
	if n := len(t.Tokens); n > 0 {
		f.Words = append(f.Words, mix(t.Tokens[n-1].Hash^seedLast), mix(t.Tokens[0].Hash^seedFirst))
	}
	f.endClause(len(t.Tokens))
	f.Dense = dense(t, t.Tokens, f.valence)
}

// Tagged is the last kind of token that has letters.
const Tagged = token.Tag

func (f *Features) endClause(tokens int) {
	f.ends = append(f.ends, end{len(f.Words), len(f.Chars), tokens})
}

func (f *Features) wordGrams(i int, k token.Token) {
	h := f.hashes[i]
	f.Words = append(f.Words, mix(h))
	if k.Negated > 0 {
		f.Words = append(f.Words, mix(k.Hash))
	}
	if k.Kind == token.Tag {
		f.Words = append(f.Words, mix(k.Hash^seedTag))
	}
	if i+1 < len(f.hashes) {
		pair := h*31 + f.hashes[i+1]
		f.Words = append(f.Words, mix(pair+seedPair))
		if i+2 < len(f.hashes) {
			third := f.hashes[i+2]
			f.Words = append(f.Words, mix(pair*31+third+seedTriple), mix(h*31*31+third+seedSkip))
		}
	}
}

// charGrams takes the n-grams of one word, its edges marked.
func (f *Features) charGrams(form []byte) {
	var buf [128]byte
	b := append(append(append(buf[:0], '^'), form...), '$')
	for i := 0; i < len(b); {
		h, n := uint32(7), 0
		for j := i; j < len(b) && n < gramMax; {
			c := b[j]
			h = (h ^ uint32(c)) * 16777619
			j++
			for j < len(b) && !utf8.RuneStart(b[j]) {
				h = (h ^ uint32(b[j])) * 16777619
				j++
			}
			if n++; n >= gramMin {
				f.Chars = append(f.Chars, mix(h+uint32(n)))
			}
		}
		for i++; i < len(b) && !utf8.RuneStart(b[i]); i++ {
		}
	}
}

// Places in the dense features. Those that name a bucket take the next places
// too.
const (
	denseBias = iota
	densePositive
	denseNegative
	denseHighest
	denseLowest
	denseLast
	denseSum
	denseCompound
	denseAfterBut
	denseBeforeBut
	denseShouted
	denseLinks
	densePositives                      // 4 buckets
	denseNegatives = densePositives + 4 // 4
	denseLevel     = denseNegatives + 4 // 9
	denseCaps      = denseLevel + 9     // 4
	denseLong      = denseCaps + 4      // 4
	denseBangs     = denseLong + 4      // 4
	denseAsks      = denseBangs + 4     // 4
	denseTags      = denseAsks + 4      // 4
	denseHandles   = denseTags + 4      // 4
	denseLength    = denseHandles + 4   // 8

	// DenseSize is how many dense features there are.
	DenseSize = denseLength + 8
)

// negatedValence is what is left of a valence after "not" (Hutto & Gilbert,
// VADER, 2014).
const negatedValence = -0.74

func bucket(n int) int { return min(n, 3) }

// dense takes the numbers of some tokens of t.
func dense(t *token.Text, tokens []token.Token, valence []float32) (d [DenseSize]float32) {
	var pos, neg, highest, lowest, last, half, shouted float32
	positives, negatives := 0, 0
	clause := uint16(0)
	for i, k := range tokens {
		if k.Clause != clause && t.Counts.Contrast {
			clause, half = k.Clause, 0
		}
		v := valence[i]
		if v == 0 {
			continue
		}
		if v > 0 {
			pos += v
			positives++
		} else {
			neg += v
			negatives++
		}
		highest, lowest, last = max(highest, v), min(lowest, v), v
		half += v
		if k.Caps {
			shouted += v
		}
	}
	total := pos + neg
	compound := total / float32(math.Sqrt(float64(total*total+15)))
	d[denseBias] = 1
	d[densePositive], d[denseNegative] = pos/4, neg/4
	d[denseHighest], d[denseLowest], d[denseLast] = highest/3, lowest/3, last/3
	d[denseSum], d[denseCompound], d[denseShouted] = total/4, compound, shouted/4
	if t.Counts.Contrast {
		d[denseAfterBut], d[denseBeforeBut] = half/4, (total-half)/4
	}
	c := t.Counts
	if c.Links > 0 {
		d[denseLinks] = 1
	}
	d[densePositives+bucket(positives)] = 1
	d[denseNegatives+bucket(negatives)] = 1
	d[denseLevel+int((compound+1)*4)] = 1
	d[denseCaps+bucket(c.Caps)], d[denseLong+bucket(c.Long)] = 1, 1
	d[denseBangs+bucket(c.Bangs)], d[denseAsks+bucket(c.Asks)] = 1, 1
	d[denseTags+bucket(c.Tags)], d[denseHandles+bucket(c.Handles)] = 1, 1
	length := 0
	for n := len(tokens); n > 1 && length < 7; n /= 2 {
		length++
	}
	d[denseLength+length] = 1
	return d
}

// Valence is the sum of the words' valences by the lexicon.
func (f *Features) Valence() float32 { return 4 * f.Dense[denseSum] }
