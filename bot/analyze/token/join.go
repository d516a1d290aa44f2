package token

import (
	"strings"
	"sync"
)

// join is what a word does to those that follow it.
type join uint8

const (
	joinNone join = iota
	joinNegation
	joinContrast
)

// Words that negate or set against what was said, in the languages that the
// models know; they are harmless in the others. The models were trained on what
// these do: another list needs other weights.
const (
	negations = "not no never none nothing nobody nowhere neither nor cannot cant dont wont " +
		"didnt doesnt isnt wasnt arent werent shouldnt wouldnt couldnt havent hasnt hadnt " +
		"aint mustnt neednt without hardly barely rarely scarcely " +
		"nicht nie niemals kein keine keinen keiner keinem ohne nichts kaum nich " +
		"nunca jamás jamas nada sin ningún ninguna tampoco " +
		"pas jamais sans aucun aucune rien " +
		"non mai senza nessun nessuna nessuno niente nulla " +
		"não nao sem nem nenhum nenhuma " +
		"nahi nahin nhi mat"
	contrasts = "but however although though yet except nevertheless " +
		"aber jedoch allerdings trotzdem leider doch obwohl " +
		"pero sino aunque " +
		"mais cependant pourtant " +
		"però tuttavia purtroppo " +
		"mas porém porem contudo infelizmente"
)

// joinWords finds those words: nearly all others are passed over by a bit of
// their hash.
type joinWords struct {
	bits  [64]uint64
	words map[string]join
}

// joins are made once in a process.
var joins = sync.OnceValue(func() *joinWords {
	j := &joinWords{words: map[string]join{}}
	for does, list := range map[join]string{joinNegation: negations, joinContrast: contrasts} {
		for _, w := range strings.Fields(list) {
			h := Hash(w)
			j.bits[h>>6&63] |= 1 << (h & 63)
			j.words[w] = does
		}
	}
	return j
})

// of tells what a word does.
func (j *joinWords) of(hash uint32, form []byte) join {
	if j.bits[hash>>6&63]>>(hash&63)&1 == 0 {
		return joinNone
	}
	return j.words[string(form)]
}

// Negates tells whether a word, in its normalised form, negates those after it.
func Negates(form []byte) bool { return joins().of(Hash(form), form) == joinNegation }
