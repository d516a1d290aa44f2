// Package token reads a text once, for all of analysis: it folds the text for
// matching, cuts it into words, tags, handles, emoji and marks, squeezes
// elongated words, notes which words are negated, and counts clauses. Reading
// takes linear time and never fails: what is not valid UTF-8 separates words.
package token

// Kind says what a token is.
type Kind uint8

// The kinds of token.
const (
	Word     Kind = iota
	Tag           // a #hashtag; its hash is that of the word
	Handle        // an @handle; all handles are one word to a model
	Emoji         // one emoji
	Emoticon      // :) and its like, by meaning
	Mark          // punctuation that carries mood: ! ? … " $ %
)

// Token is one piece of a text.
type Token struct {
	Hash       uint32 // of the normalised form: lower case, no apostrophes, digits as 0, "soooo" as "soo"
	Start, End uint32 // where it stands in Text.Folded
	Form, Len  uint32 // the normalised form is Text.Forms[Form:Form+Len]
	Number     uint32 // of Hash in Text.Vocabulary; 0 for none
	Clause     uint16 // number of the clause it stands in
	Kind       Kind
	Negated    uint8 // words since a negation, 1 to 4; 0 when not negated
	Caps       bool  // three letters or more, all capitals
	Long       bool  // a letter was drawn out
	Known      bool  // its form is the one that Number stands for
}

// Text is a text that was read. The zero value is ready; it keeps its memory
// from one Read to the next and must not be shared between goroutines.
type Text struct {
	Folded []byte   // lower case, white space runs and inner hyphens as one space, for matching
	Edges  []uint32 // where in Folded words, signs and emoji begin, ascending
	Forms  []byte   // the normalised forms of all tokens, one after the other
	Tokens []Token  //
	Counts Counts
	Cut    bool // the text was longer than Limit; only its beginning was read

	Vocabulary *Vocabulary // that numbers the words; nil for none

	joins    *joinWords
	last     rune // last rune written to Folded
	negation uint8
	clause   uint16
	fresh    bool // nothing but space since the clause began
}

// Counts is what a text has, in numbers.
type Counts struct {
	Words, Caps, Long, Bangs, Asks, Tags, Handles, Links, Emoji int
	Clauses                                                     int  // at least 1
	Contrast                                                    bool // a "but" or the like joins two clauses
}

// Limit is the most bytes of a text that are read; what a customer wants is
// said by then, and a megabyte cannot slow the others down.
const Limit = 1 << 16

// maxClauses bounds the clauses of a text; the rest belongs to the last.
const maxClauses = 64

// negationReach is how many words a negation colours.
const negationReach = 4

// Read reads s, which replaces what was read before.
func (t *Text) Read(s string) {
	t.reset()
	if len(s) > Limit {
		s, t.Cut = s[:Limit], true
	}
	s = compose(s)
	for i := 0; i < len(s); {
		i = t.step(s, i)
	}
	t.Counts.Clauses = int(t.clause) + 1
	if t.Vocabulary != nil {
		t.Vocabulary.number(t)
	}
}

func (t *Text) reset() {
	t.Folded, t.Edges, t.Forms, t.Tokens = t.Folded[:0], t.Edges[:0], t.Forms[:0], t.Tokens[:0]
	t.Counts, t.Cut = Counts{}, false
	if t.joins == nil {
		t.joins = joins()
	}
	t.last, t.negation, t.clause, t.fresh = ' ', 0, 0, true
}

// FormOf is the normalised form of a token.
func (t *Text) FormOf(k Token) []byte { return t.Forms[k.Form : k.Form+k.Len] }

// Hash is the hash that Token.Hash holds for a form.
func Hash[T string | []byte](form T) uint32 {
	h := uint32(hashSeed)
	for i := range len(form) {
		h = (h ^ uint32(form[i])) * hashPrime
	}
	return h
}

// HashNext is the hash of a form that is one byte longer; that of "" begins it.
func HashNext(h uint32, c byte) uint32 { return (h ^ uint32(c)) * hashPrime }

// FNV-1a, 32 bits: https://datatracker.ietf.org/doc/html/rfc9923
const (
	hashSeed  = 2166136261
	hashPrime = 16777619
)
