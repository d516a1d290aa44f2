package sentiment

import "earshot/bot/analyze/token"

// Linear is a linear model: a multinomial logistic regression over Features.
type Linear struct {
	Weights *Weights
	Words   Lexica

	memory *memory
}

// remember makes the linear model look at the letters of each word of a
// vocabulary once: of texts that are read with it.
func (l *Linear) remember(v *token.Vocabulary) {
	l.memory = &memory{vocabulary: v, model: l, words: make([]remembered, v.Len())}
}

// memory is what was worked out of single words for one model. It is safe for
// concurrent use.
type memory struct {
	vocabulary *token.Vocabulary
	model      *Linear
	words      []remembered // by number
}

// grams is the sum of the rows of some n-grams, and how many they are.
type grams struct {
	sum [Classes]int32
	n   int32
}

func (g *grams) add(o *grams) {
	for c := range g.sum {
		g.sum[c] += o.sum[c]
	}
	g.n += o.n
}

// remembered is what was worked out of one word: half a cache line.
type remembered struct {
	chars, word [Classes]int32 // sums of the rows of its n-grams, and of the word by itself
	valence     float32        // by the general lexicon
	noted       token.Note     // how many n-grams it has
}

// word adds what is remembered of the word of a token, whose form and the hash
// of that are as the model reads them, and gives its valence.
func (m *memory) word(f *Features, k *token.Token, form []byte, plain uint32) float32 {
	w := &m.words[k.Number]
	n, noted := w.noted.Read()
	if !noted {
		if !w.noted.Claim() {
			w = new(remembered)
		}
		n = m.look(w, k, form, plain)
		w.noted.Write(n)
	}
	f.words.add(&grams{w.word, 1})
	if lettered(k, form) {
		f.chars.add(&grams{w.chars, int32(n)})
	}
	return w.valence
}

// look works out what is remembered of a word, and how many n-grams it has.
func (m *memory) look(w *remembered, k *token.Token, form []byte, plain uint32) uint32 {
	var buf [3 * longWord]uint32
	chars := m.model.Weights.grams(charGrams(buf[:0], form))
	w.chars, w.word = chars.sum, m.model.Weights.grams([]uint32{token.Mix(plain)}).sum
	w.valence = m.model.Words.General.Valence(k.Hash)
	return uint32(chars.n)
}
