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

// grams is the sum of the rows of character n-grams, and how many they are.
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
	grams   grams   // of its characters
	valence float32 // by the general lexicon
}

// word is what is remembered of the word with a number, a form as the model
// reads it, and a hash.
func (m *memory) word(number uint32, form []byte, hash uint32) *remembered {
	if w := m.words[number].Load(); w != nil {
		return w
	}
	var buf [3 * longWord]uint32
	list := charGrams(buf[:0], form)
	w := &remembered{grams{m.model.Weights.sum(list), int32(len(list))}, m.model.Words.General.Valence(hash)}
	m.words[number].Store(w)
	return w
}
