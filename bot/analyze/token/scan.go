package token

import (
	"strings"
	"unicode/utf8"
)

// step reads what begins at s[i] and tells where to go on.
func (t *Text) step(s string, i int) int {
	c := s[i]
	switch {
	case c <= ' ':
		t.space()
		if c == '\n' {
			t.breakClause()
		}
		return i + 1
	case c < utf8.RuneSelf && isAlnum(c):
		if n := linkLength(s[i:]); n > 0 {
			return t.link(s, i, n)
		}
		if t.last == ' ' || !IsWordRune(t.last) {
			if form, n := emoticon(s[i:]); n > 0 {
				return t.emoticon(s, i, form, n)
			}
		}
		return t.word(s, i, Word)
	case c == '@' && i+1 < len(s) && isAlnum(s[i+1]) && !IsWordRune(t.last):
		return t.handle(s, i)
	case c == '#' && i+1 < len(s) && startsWord(s[i+1:]):
		t.fold('#')
		t.Counts.Tags++
		return t.word(s, i+1, Tag)
	case c < utf8.RuneSelf:
		if form, n := emoticon(s[i:]); n > 0 {
			return t.emoticon(s, i, form, n)
		}
		return t.mark(s, i, rune(c), 1)
	}
	r, size := utf8.DecodeRuneInString(s[i:])
	switch {
	case isWide(r):
		return t.wide(r, i+size)
	case IsWordRune(r):
		return t.word(s, i, Word)
	case isEmoji(r):
		return t.emoji(s, i, r, size)
	}
	return t.mark(s, i, r, size)
}

// space writes one space for a run of them.
func (t *Text) space() {
	if t.last != ' ' {
		t.Folded = append(t.Folded, ' ')
		t.last = ' '
	}
}

// fold writes one rune to Folded, in lower case, and notes where words begin.
func (t *Text) fold(r rune) {
	at := uint32(len(t.Folded))
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		t.Folded = append(t.Folded, byte(r))
		if r != ' ' && !(asciiWord(r) && t.last < utf8.RuneSelf && asciiWord(t.last)) && Edge(t.last, r) {
			t.Edges = append(t.Edges, at)
		}
	} else {
		r = foldRune(r)
		t.Folded = utf8.AppendRune(t.Folded, r)
		if Edge(t.last, r) {
			t.Edges = append(t.Edges, at)
		}
	}
	t.last = r
}

// foldAll is fold of every rune of s.
func (t *Text) foldAll(s string) {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf && t.last < utf8.RuneSelf && asciiWord(t.last) && isAlnum(c) {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			t.Folded = append(t.Folded, c)
			t.last = rune(c)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		t.fold(r)
		i += size
	}
}

// link passes over an address: it can be matched, and is no word.
func (t *Text) link(s string, i, n int) int {
	t.Counts.Links++
	t.foldAll(s[i : i+n])
	return i + n
}

// linkLength is how long the address is that s begins with; 0 for none.
func linkLength(s string) int {
	switch s[0] {
	case 'h', 'H', 'w', 'W':
	default:
		return 0
	}
	if !hasPrefixFold(s, "http://") && !hasPrefixFold(s, "https://") && !hasPrefixFold(s, "www.") {
		return 0
	}
	n := 0
	for n < len(s) && s[n] > ' ' {
		n++
	}
	return n
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// handle reads an @handle. To a model all handles are one word.
func (t *Text) handle(s string, i int) int {
	start := len(t.Folded)
	j := i + 1
	for j < len(s) && (isAlnum(s[j]) || s[j] == '_') {
		j++
	}
	t.foldAll(s[i:j])
	t.Counts.Handles++
	t.addForm("<user>", start, Handle)
	return j
}

func (t *Text) emoticon(s string, i int, form string, n int) int {
	start := len(t.Folded)
	for _, r := range s[i : i+n] {
		t.fold(r)
	}
	t.addForm(form, start, Emoticon)
	t.Counts.Emoji++
	return i + n
}

func (t *Text) emoji(s string, i int, r rune, size int) int {
	start := len(t.Folded)
	t.fold(r)
	if !isEmojiPart(r) {
		t.addForm(s[i:i+size], start, Emoji)
		t.Counts.Emoji++
	}
	return i + size
}

// wide reads one character of a script that writes no spaces: each is a word.
func (t *Text) wide(r rune, next int) int {
	start, form := len(t.Folded), len(t.Forms)
	t.fold(r)
	t.Forms = utf8.AppendRune(t.Forms, r)
	t.Counts.Words++
	t.add(Token{Hash: Hash(t.Forms[form:]), Start: uint32(start), Form: uint32(form), Kind: Word})
	return next
}

// mark reads punctuation.
func (t *Text) mark(s string, i int, r rune, size int) int {
	start := len(t.Folded)
	switch r {
	case '!', '?', '¿', '¡', '！', '？':
		return t.bangs(s, i)
	case '.', '…':
		return t.dots(s, i, size, r)
	case '。':
		t.fold(r)
		t.breakClause()
		return i + size
	case ',', ';', ':', '(', ')', '،':
		t.fold(r)
		t.negation = 0
		return i + size
	case '"', '“', '”', '„', '«', '»':
		t.fold('"')
		t.addForm(`"`, start, Mark)
		return i + size
	case '$', '%', '&', '*', '€', '£':
		t.fold(r)
		t.addForm(string(r), start, Mark)
		return i + size
	case '-', '‐', '‑', '–', '—', '_', '/':
		return t.dash(s, i, r, size)
	case '’', '‘', '`':
		r = '\''
	case '\u200d', '\ufe0f', '\ufeff', '\u00ad', '\u200b': // joiners and invisible characters are not there for matching
		return i + size
	}
	if r > ' ' && r != 0x7f && r != utf8.RuneError {
		t.fold(r)
	} else {
		t.space()
	}
	return i + size
}

// dash makes a hyphen inside a word a space, so that "e-mail" is "e mail".
func (t *Text) dash(s string, i int, r rune, size int) int {
	next := i + size
	inner := IsWordRune(t.last) && startsWord(s[next:])
	switch {
	case inner && r != '_' && r != '/':
		t.space()
	case r == '–' || r == '—':
		t.fold('-')
		t.negation = 0
	default:
		t.fold(r)
	}
	return next
}

// bangs reads a run of exclamation and question marks as one token.
func (t *Text) bangs(s string, i int) int {
	start, bang, ask := len(t.Folded), 0, 0
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch r {
		case '!', '¡', '！':
			bang++
		case '?', '¿', '？':
			ask++
		default:
			size = 0
		}
		if size == 0 {
			break
		}
		t.fold(r)
		i += size
	}
	t.Counts.Bangs += bang
	t.Counts.Asks += ask
	form := "?"
	switch {
	case bang > 0 && ask > 0:
		form = "?!"
	case bang > 1:
		form = "!!"
	case bang == 1:
		form = "!"
	case ask > 1:
		form = "??"
	}
	t.addForm(form, start, Mark)
	t.breakClause()
	return i
}

// dots reads a full stop, or several as an ellipsis. A dot inside a number or
// a name ("4.2", "larkspur.com") ends nothing.
func (t *Text) dots(s string, i, size int, r rune) int {
	start, n := len(t.Folded), 0
	j := i
	for j < len(s) && s[j] == '.' {
		t.fold('.')
		j, n = j+1, n+1
	}
	if r == '…' {
		t.fold('…')
		j, n = i+size, 3
	}
	if n == 1 && j < len(s) && isAlnum(s[j]) && IsWordRune(rune(s[i-min(i, 1)])) {
		return j
	}
	t.negation = 0
	if n > 1 {
		t.addForm("...", start, Mark)
	}
	t.breakClause()
	return j
}
