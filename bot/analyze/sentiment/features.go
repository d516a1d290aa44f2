package sentiment

import (
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// Features is what a linear model sees of a text: hashed word 1- to 3-grams (a
// negated word is another word), hashed character 3- to 5-grams, and a few
// numbers from the lexicon and the look of the text. The model of other
// languages than English sees each word once more for its language, and one
// spelling of Arabic. The zero value is ready, and keeps its memory from one
// Read to the next.
type Features struct {
	Words, Chars []uint32
	Dense        [DenseSize]float32
	Language     int // that the text was read in, by LanguageNumber

	words, chars grams     // of the words that are remembered: they are not in the lists
	plain        []uint32  // hash of each token
	hashes       []uint32  // the same, of another word where it is negated
	valence      []float32 // of each token, negation applied
}

// Longest and shortest character n-grams, in runes.
const (
	gramMin = 3
	gramMax = 5
)

// longWord is more bytes than the form of a word has, so that none is
// allocated.
const longWord = 128

// Seeds that keep kinds of features apart.
const (
	seedNegated  = 77
	seedPair     = 5
	seedTriple   = 9
	seedSkip     = 13
	seedLanguage = 99
	seedLast     = 0x3c6ef372
	seedFirst    = 0xa54ff53a
	seedTag      = 0x510e527f
)

// negatedValence is what is left of a valence after "not" (Hutto & Gilbert,
// VADER, 2014).
const negatedValence = -0.74

// Read takes the features of t that a model of English alone sees, with
// valences from lex.
func (f *Features) Read(t *token.Text, lex Lexicon) {
	f.read(t, Alone, &Lexica{General: lex}, nil)
}

// ReadIn takes the features of t that the model of other languages sees, in the
// language of this number.
func (f *Features) ReadIn(t *token.Text, words *Lexica, language int) {
	f.read(t, language, words, nil)
}

// read takes the features of t. What m remembers of words is summed up instead
// of listed.
func (f *Features) read(t *token.Text, language int, words *Lexica, m *memory) {
	f.Language = language
	f.Words, f.Chars, f.words, f.chars = f.Words[:0], f.Chars[:0], grams{}, grams{}
	f.plain, f.hashes, f.valence = f.plain[:0], f.hashes[:0], f.valence[:0]
	if m != nil && m.vocabulary != t.Vocabulary {
		m = nil
	}
	for i := range t.Tokens {
		k := &t.Tokens[i]
		plain, v := f.token(t, k, words, m)
		h := plain
		if k.Negated > 0 {
			h, v = token.Mix(h+seedNegated), v*negatedValence
		}
		f.plain, f.hashes, f.valence = append(f.plain, plain), append(f.hashes, h), append(f.valence, v)
	}
	f.wordGrams(t, m != nil)
	f.dense(t)
}

// token takes the characters of a token, and gives its hash and its valence.
func (f *Features) token(t *token.Text, k *token.Token, words *Lexica, m *memory) (plain uint32, v float32) {
	form := t.FormOf(*k)
	var fold [2 * longWord]byte
	if plain = k.Hash; f.Language != Alone && arabicIn(form) {
		form = FoldForm(form, fold[:0])
		plain = token.Hash(form)
	}
	if m == nil || !k.Known {
		if lettered(k, form) {
			f.Chars = charGrams(f.Chars, form)
		}
		return plain, words.valence(form, k.Hash, f.Language)
	}
	if v = m.word(f, k, form, plain); f.Language != Alone {
		v = words.valence(form, k.Hash, f.Language)
	}
	return plain, v
}

// lettered tells whether the letters of a token count one by one.
func lettered(k *token.Token, form []byte) bool { return k.Kind <= token.Tag && len(form) > 1 }

// wordGrams takes all tokens with those that follow them; by themselves those
// that are not remembered.
func (f *Features) wordGrams(t *token.Text, remembers bool) {
	list, hashes := f.Words, f.hashes
	for i := range t.Tokens {
		k := &t.Tokens[i]
		h, known := hashes[i], remembers && k.Known
		if k.Negated > 0 || !known {
			list = append(list, token.Mix(h))
		}
		if f.Language != Alone {
			list = append(list, token.Mix(h*31+uint32(f.Language)+seedLanguage))
		}
		if k.Negated > 0 && !known {
			list = append(list, token.Mix(f.plain[i]))
		}
		if k.Kind == token.Tag {
			list = append(list, token.Mix(f.plain[i]^seedTag))
		}
		if i+1 < len(hashes) {
			pair := h*31 + hashes[i+1]
			list = append(list, token.Mix(pair+seedPair))
			if i+2 < len(hashes) {
				third := hashes[i+2]
				list = append(list, token.Mix(pair*31+third+seedTriple), token.Mix(h*31*31+third+seedSkip))
			}
		}
	}
	if n := len(hashes); n > 0 {
		ends := hashes
		if f.Language == Alone {
			ends = f.plain
		}
		list = append(list, token.Mix(ends[n-1]^seedLast), token.Mix(ends[0]^seedFirst))
	}
	f.Words = list
}

// charGrams appends the n-grams of one word, its edges marked.
func charGrams(list []uint32, form []byte) []uint32 {
	var buf [longWord + 2]byte
	b := append(append(append(buf[:0], '^'), form...), '$')
	for i := 0; i < len(b); {
		h, n := uint32(7), uint32(0)
		for j := i; j < len(b) && n < gramMax; {
			h = token.HashNext(h, b[j])
			for j++; j < len(b) && !utf8.RuneStart(b[j]); j++ {
				h = token.HashNext(h, b[j])
			}
			if n++; n >= gramMin {
				list = append(list, token.Mix(h+n))
			}
		}
		for i++; i < len(b) && !utf8.RuneStart(b[i]); i++ {
		}
	}
	return list
}
