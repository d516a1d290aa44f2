package contrast

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"earshot/bot/text"
)

// longWord is the most runes of a word: beyond it is an address, a key or noise.
const longWord = 32

// class says what a word is worth in a phrase.
type class uint8

const (
	content class = iota // a subject
	glue                 // the, of, was: inside a phrase only
	turn                 // not, too, without: at its beginning or inside
	mood                 // great, worst: with a subject
	number               // 30: with a subject
	wide                 // a letter of a script that writes no spaces: two make a phrase
)

// stemOf is a key as it is compared.
func (v *vocabulary) stemOf(key uint32) string { return v.stems[key] }

// vocabulary numbers words: forms as they are written, keys as they are
// compared. Number 0 is where a phrase ends.
type vocabulary struct {
	forms []string
	key   []uint32
	class []class // by key
	stems []string
	byID  map[string]uint32
	keys  map[string]uint32
	kinds map[family]map[string]class
	names map[string]bool
	buf   []byte
}

func newVocabulary() *vocabulary {
	return &vocabulary{
		forms: []string{""}, key: []uint32{0}, class: []class{glue}, stems: []string{""},
		byID: map[string]uint32{}, keys: map[string]uint32{}, kinds: map[family]map[string]class{}, names: map[string]bool{},
	}
}

// read appends the words of s. It reads the beginning of a long text.
func (v *vocabulary) read(into []uint32, s, language string) []uint32 {
	s = text.Clean(text.CutBytes(s, bytesPerText))
	family := familyOf(language)
	end := len(into) + wordsPerText
	scan(s, func(p piece) bool {
		if p.breaks && len(into) > 0 && into[len(into)-1] != 0 {
			into = append(into, 0)
		}
		if id := v.form(s[p.start:p.end], family, p.wide); p.start < p.end && (id != 0 || len(into) > 0 && into[len(into)-1] != 0) {
			into = append(into, id)
		}
		return len(into) < end
	})
	return into
}

// form is the number of a word as it is written.
func (v *vocabulary) form(w string, f family, isWide bool) uint32 {
	if w == "" || utf8.RuneCountInString(w) > longWord {
		return 0
	}
	v.buf = append(appendLower(v.buf[:0], w), byte(f))
	if id, ok := v.byID[string(v.buf)]; ok {
		return id
	}
	if len(v.forms) >= maxForms {
		return 0
	}
	form := string(v.buf[:len(v.buf)-1])
	id := uint32(len(v.forms))
	v.byID[string(v.buf)] = id
	v.forms = append(v.forms, form)
	v.key = append(v.key, v.keyOf(form, f, isWide))
	return id
}

func (v *vocabulary) keyOf(form string, f family, isWide bool) uint32 {
	k := stem(form, f)
	c := v.kindOf(form, f, isWide)
	name := string(rune('0'+int(c))) + k // a stop word and a subject may have one stem: evening, even
	if id, ok := v.keys[name]; ok {
		return id
	}
	id := uint32(len(v.class))
	v.keys[name] = id
	v.class = append(v.class, c)
	v.stems = append(v.stems, k)
	return id
}

// kindOf looks a word up as it is written, without apostrophes, and without
// drawn-out letters.
func (v *vocabulary) kindOf(form string, f family, isWide bool) class {
	if isWide {
		return wide
	}
	if v.kinds[f] == nil {
		v.kinds[f] = kinds(f)
	}
	bare := strings.ReplaceAll(form, "'", "")
	if v.names[bare] || v.names[strings.TrimSuffix(form, "'s")] {
		return mood
	}
	for _, w := range []string{form, bare, strings.TrimSuffix(form, "'s"), squeeze(bare, 1)} {
		if c, ok := v.kinds[f][w]; ok {
			return c
		}
	}
	switch {
	case !strings.ContainsFunc(form, unicode.IsLetter) && !strings.Contains(form, "."):
		return number // 4.2 is a subject: a version
	case utf8.RuneCountInString(bare) < 2:
		return glue
	}
	return content
}

// appendLower appends w in lower case, apostrophes as ', letters drawn out to
// two.
func appendLower(b []byte, w string) []byte {
	var last rune
	run := 0
	for _, r := range w {
		switch r {
		case '’', '`', 'ʼ':
			r = '\''
		case '‐', '‑':
			r = '-'
		}
		if r = unicode.ToLower(r); r == last && unicode.IsLetter(r) {
			run++
		} else {
			last, run = r, 1
		}
		if run <= 2 {
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// squeeze leaves at most n equal letters in a row.
func squeeze(w string, n int) string {
	var last rune
	run := 0
	return strings.Map(func(r rune) rune {
		if r == last {
			run++
		} else {
			last, run = r, 1
		}
		if run > n {
			return -1
		}
		return r
	}, w)
}

// piece is a word at s[start:end]; breaks when a phrase may not run over what
// stands before it. An empty piece only breaks.
type piece struct {
	start, end   int
	breaks, wide bool
}

// scan cuts s into words until fn has enough. Addresses and handles break
// phrases, and so does every mark that parts thoughts.
func scan(s string, fn func(piece) bool) {
	breaks := true
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case isWide(r):
			end := i + size
			for end < len(s) {
				m, n := utf8.DecodeRuneInString(s[end:])
				if !unicode.IsMark(m) {
					break
				}
				end += n
			}
			if !fn(piece{i, end, breaks, true}) {
				return
			}
			i, breaks = end, false
		case isLetter(r):
			end := wordEnd(s, i)
			if skip := address(s, i, end); skip > 0 {
				i, breaks = skip, true
				continue
			}
			if !fn(piece{i, end, breaks, false}) {
				return
			}
			i, breaks = end, false
		case r == '@':
			i, breaks = fieldEnd(s, i), true
		default:
			breaks = breaks || parts(r)
			i += size
		}
	}
}

func isLetter(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) && r != 0xfe0f && r != 0x20e3
}

// parts tells whether a phrase ends at a mark: not at a space, a quotation
// mark, a hash or a hyphen.
func parts(r rune) bool {
	return !strings.ContainsRune(" \t\"'’‘“”„«»#*_-‐‑´`", r)
}

// wordEnd is where the word that begins at i ends: an apostrophe or a hyphen
// inside it belongs to it, and a dot or comma between digits.
func wordEnd(s string, i int) int {
	var before rune
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		if isWide(r) {
			return i
		}
		if !isLetter(r) {
			next, _ := utf8.DecodeRuneInString(s[i+size:])
			joins := strings.ContainsRune("'’-‐‑", r) && unicode.IsLetter(next) && unicode.IsLetter(before) ||
				(r == '.' || r == ',') && unicode.IsDigit(next) && unicode.IsDigit(before)
			if !joins || isWide(next) {
				return i
			}
		}
		before = r
		i += size
	}
	return i
}

// address gives where the field ends in which the word at [i, end) stands, when
// that is a web or e-mail address; else 0.
func address(s string, i, end int) int {
	if end >= len(s) {
		return 0
	}
	w := s[i:end]
	switch {
	case s[end] == '@',
		strings.HasPrefix(s[end:], "://"),
		s[end] == '.' && strings.EqualFold(w, "www"):
		return fieldEnd(s, end)
	}
	return 0
}

// fieldEnd is where the next white space is.
func fieldEnd(s string, i int) int {
	if n := strings.IndexFunc(s[i:], unicode.IsSpace); n >= 0 {
		return i + n
	}
	return len(s)
}

// isWide tells whether r belongs to a script that writes without spaces:
// Chinese, Japanese, Thai, Lao, Khmer, Burmese.
func isWide(r rune) bool {
	switch {
	case r < 0x0e00:
		return false
	case r <= 0x0eff, r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17ff: // Thai, Lao; Burmese; Khmer
		return true
	case r >= 0x3040 && r <= 0x30ff, r >= 0x31f0 && r <= 0x31ff: // kana
		return true
	case r >= 0x3400 && r <= 0x4dbf, r >= 0x4e00 && r <= 0x9fff, r >= 0xf900 && r <= 0xfaff, r >= 0x20000 && r <= 0x323af: // Han
		return true
	}
	return false
}
