package token

import (
	"slices"
	"unicode"
	"unicode/utf8"
)

// maxWord is the most bytes of a word that are read as one word.
const maxWord = 96

// shape is what the letters of a word look like while it is read.
type shape struct {
	letters, upper, run int
	last                rune
	hash                uint32 // of the form, unless mixed
	long                bool
	mixed               bool // not all of it is ASCII
}

// word reads a word, or the word of a hashtag, that begins at s[i].
func (t *Text) word(s string, i int, kind Kind) int {
	start, form := len(t.Folded), len(t.Forms)
	if kind == Tag {
		start-- // the # before it
	}
	w := shape{hash: hashSeed}
	j, end := i, min(len(s), i+maxWord)
	for j < end {
		if t.last < utf8.RuneSelf && (isAlnum(s[j]) || s[j] == '_') {
			j += t.ascii(s[j:end], &w)
			continue
		}
		r, size := rune(s[j]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[j:])
		}
		if r == '\'' || r == '’' || r == '`' {
			if !startsLetter(s[j+size:]) {
				break
			}
			t.fold('\'')
			j += size
			continue
		}
		if !IsWordRune(r) || isWide(r) {
			break
		}
		w.mixed = true
		t.fold(r)
		t.letter(r, &w)
		j += size
	}
	if j == i { // a tag of a wide script: the # stands alone
		return i
	}
	t.Counts.Words++
	caps := w.letters >= 3 && w.upper == w.letters
	if caps {
		t.Counts.Caps++
	}
	if w.long {
		t.Counts.Long++
	}
	if w.mixed {
		w.hash = Hash(t.Forms[form:])
	}
	t.add(Token{Hash: w.hash, Start: uint32(start), Form: uint32(form), Kind: kind, Caps: caps, Long: w.long})
	return j
}

// ascii is fold and letter for the letters, digits and underscores that s
// begins with, of which most words are made; t.last is in ASCII. It gives how
// many they are.
func (t *Text) ascii(s string, w *shape) int {
	if !asciiWord(t.last) {
		t.Edges = append(t.Edges, uint32(len(t.Folded)))
	}
	t.Folded, t.Forms = slices.Grow(t.Folded, len(s)), slices.Grow(t.Forms, len(s))
	folded, forms := t.Folded[len(t.Folded):][:len(s)], t.Forms[len(t.Forms):][:len(s)]
	n, kept, hash := 0, 0, w.hash
	last, run := w.last, w.run
	for ; n < len(s); n++ {
		c := s[n]
		lower := c | 0x20
		switch {
		case lower-'a' < 26:
			if c != lower {
				w.upper++
			}
		case isDigit(c):
			folded[n], forms[kept] = c, '0'
			hash = HashNext(hash, '0')
			kept++
			last, run = '0', 1
			continue
		case c == '_':
			lower = c
		default:
			goto done
		}
		folded[n] = lower
		w.letters++
		if rune(lower) != last {
			last, run = rune(lower), 1
		} else if run++; run > 2 {
			w.long = true
			continue
		}
		forms[kept] = lower
		hash = HashNext(hash, lower)
		kept++
	}
done:
	t.last = rune(folded[n-1])
	w.last, w.run, w.hash = last, run, hash
	t.Folded, t.Forms = t.Folded[:len(t.Folded)+n], t.Forms[:len(t.Forms)+kept]
	return n
}

// letter adds one rune to the normalised form.
func (t *Text) letter(r rune, w *shape) {
	lower := t.last // fold has just written it
	switch {
	case r < utf8.RuneSelf && isDigit(byte(r)) || r >= utf8.RuneSelf && unicode.IsDigit(r):
		t.Forms = append(t.Forms, '0')
		w.last, w.run = '0', 1
		return
	case r != lower:
		w.upper++
		w.letters++
	default:
		w.letters++
	}
	if lower != w.last {
		w.last, w.run = lower, 1
	} else if w.run++; w.run > 2 {
		w.long = true
		return
	}
	if lower < utf8.RuneSelf {
		t.Forms = append(t.Forms, byte(lower))
	} else {
		t.Forms = utf8.AppendRune(t.Forms, lower)
	}
}

// addForm adds a token that has a fixed form.
func (t *Text) addForm(form string, start int, kind Kind) {
	at := len(t.Forms)
	t.Forms = append(t.Forms, form...)
	t.add(Token{Hash: Hash(form), Start: uint32(start), Form: uint32(at), Kind: kind})
}

// add puts the token at the end and carries negation and clauses on.
func (t *Text) add(k Token) {
	k.End = uint32(len(t.Folded))
	k.Len = uint32(len(t.Forms)) - k.Form
	join := joinNone
	if k.Kind == Word {
		join = t.joins.of(k.Hash, t.Forms[k.Form:])
	}
	if join == joinContrast && !t.fresh && !t.excepts() {
		t.Counts.Contrast = true
		t.breakClause()
	}
	k.Clause = t.clause
	t.fresh = false
	if t.negation > 0 {
		k.Negated = negationReach + 1 - t.negation
		t.negation--
	}
	t.Tokens = append(t.Tokens, k)
	if join == joinNegation {
		t.negation = negationReach
	}
}

// excepts tells whether the last word makes of "but" no contrast: "nothing but
// praise", "anything but helpful".
func (t *Text) excepts() bool {
	n := len(t.Tokens)
	if n == 0 || t.Tokens[n-1].Clause != t.clause {
		return false
	}
	switch string(t.FormOf(t.Tokens[n-1])) {
	case "nothing", "anything", "none", "nobody", "everything", "all":
		return true
	}
	return false
}

// breakClause begins a new clause unless the present one is still empty.
func (t *Text) breakClause() {
	t.negation = 0
	if t.fresh {
		return
	}
	t.fresh = true
	if t.clause < maxClauses-1 {
		t.clause++
	}
}
