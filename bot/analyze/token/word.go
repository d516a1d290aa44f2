package token

import (
	"unicode"
	"unicode/utf8"
)

// maxWord is the most bytes of a word that are read as one word.
const maxWord = 96

// shape is what the letters of a word look like while it is read.
type shape struct {
	letters, upper, run int
	last                rune
	long                bool
}

// word reads a word, or the word of a hashtag, that begins at s[i].
func (t *Text) word(s string, i int, kind Kind) int {
	start, form := len(t.Folded), len(t.Forms)
	if kind == Tag {
		start-- // the # before it
	}
	var w shape
	j := i
	for j < len(s) && j-i < maxWord {
		if c := s[j]; c < utf8.RuneSelf && t.last < utf8.RuneSelf && asciiWord(t.last) && (isAlnum(c) || c == '_') {
			t.ascii(c, &w)
			j++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[j:])
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
	t.add(Token{Hash: Hash(t.Forms[form:]), Start: uint32(start), Form: uint32(form), Kind: kind, Caps: caps, Long: w.long})
	return j
}

// ascii is fold and letter for most characters there are: one in ASCII,
// inside a word.
func (t *Text) ascii(c byte, w *shape) {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
		w.upper++
	}
	t.Folded = append(t.Folded, c)
	t.last = rune(c)
	if isDigit(c) {
		t.Forms = append(t.Forms, '0')
		w.last, w.run = '0', 1
		return
	}
	w.letters++
	if rune(c) != w.last {
		w.last, w.run = rune(c), 1
	} else if w.run++; w.run > 2 {
		w.long = true
		return
	}
	t.Forms = append(t.Forms, c)
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
		join = joining(t.Forms[k.Form:])
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

// What a word does to those that follow it.
const (
	joinNone = iota
	joinNegation
	joinContrast
)

// Negates tells whether a word, in its normalised form, negates those after it.
func Negates(form []byte) bool { return joining(form) == joinNegation }

// joining tells what a word does to those that follow it. The words are those
// of the languages that the models know; they are harmless in the others.
func joining(w []byte) int {
	if len(w) < 2 || len(w) > 12 {
		return joinNone
	}
	switch string(w) {
	case "not", "no", "never", "none", "nothing", "nobody", "nowhere", "neither", "nor", "cannot", "cant", "dont", "wont",
		"didnt", "doesnt", "isnt", "wasnt", "arent", "werent", "shouldnt", "wouldnt", "couldnt", "havent", "hasnt", "hadnt",
		"aint", "mustnt", "neednt", "without", "hardly", "barely", "rarely", "scarcely",
		"nicht", "nie", "niemals", "kein", "keine", "keinen", "keiner", "keinem", "ohne", "nichts", "kaum", "nich",
		"nunca", "jamás", "jamas", "nada", "sin", "ningún", "ninguna", "tampoco",
		"pas", "jamais", "sans", "aucun", "aucune", "rien",
		"non", "mai", "senza", "nessun", "nessuna", "nessuno", "niente", "nulla",
		"não", "nao", "sem", "nem", "nenhum", "nenhuma",
		"nahi", "nahin", "nhi", "mat":
		return joinNegation
	case "but", "however", "although", "though", "yet", "except", "unfortunately", "nevertheless",
		"aber", "jedoch", "allerdings", "trotzdem", "leider", "doch", "obwohl",
		"pero", "sino", "aunque",
		"mais", "cependant", "pourtant", "malheureusement",
		"però", "tuttavia", "purtroppo",
		"mas", "porém", "porem", "contudo", "infelizmente":
		return joinContrast
	}
	return joinNone
}
