package sentiment

import (
	"sync/atomic"

	"earshot/bot/analyze/token"
)

// Linear is a linear model: a multinomial logistic regression over Features.
type Linear struct {
	Weights *Weights
	Words   Lexica

	memory *memory
}

// remember makes the linear model look at the letters of each word of a
// vocabulary once: of texts that are read with it.
func (l *Linear) remember(v *token.Vocabulary) {
	l.memory = &memory{vocabulary: v, model: l, words: make([]atomic.Pointer[remembered], v.Len())}
}

// memory is what was worked out of single words for one model. It is safe for
// concurrent use.
type memory struct {
	vocabulary *token.Vocabulary
	model      *Linear
	words      []atomic.Pointer[remembered] // by number; nil where nobody asked yet
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

// remembered is what was worked out of one word.
type remembered struct {
	chars   grams
	word    grams   // of the word by itself
	valence float32 // by the general lexicon
}

// word is what is remembered of the word of a token, whose form and the hash of
// that are as the model reads them.
func (m *memory) word(k *token.Token, form []byte, plain uint32) *remembered {
	if w := m.words[k.Number].Load(); w != nil {
		return w
	}
	var buf [3 * longWord]uint32
	of := m.model.Weights.grams
	w := &remembered{chars: of(charGrams(buf[:0], form)), word: of([]uint32{token.Mix(plain)}), valence: m.model.Words.General.Valence(k.Hash)}
	m.words[k.Number].Store(w)
	return w
}
