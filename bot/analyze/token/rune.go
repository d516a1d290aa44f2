package token

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c)
}

// asciiWord is IsWordRune of folded ASCII.
func asciiWord(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '_' }

// IsWordRune tells whether r is part of a word: a letter, a digit, a mark
// that belongs to a letter, or an underscore.
func IsWordRune(r rune) bool {
	if r < utf8.RuneSelf {
		return r == '_' || isAlnum(byte(r))
	}
	return unicode.In(r, unicode.Letter, unicode.Mn, unicode.Mc, unicode.Nd) && r != 0xfe0f
}

// startsWord tells whether s begins with a word rune.
func startsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r != utf8.RuneError && IsWordRune(r)
}

func startsLetter(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return r != utf8.RuneError && unicode.IsLetter(r)
}

// isWide tells whether r belongs to a script that writes without spaces, so
// that a word has no edges to look for: Chinese, Japanese, Thai, Lao, Khmer,
// Burmese. (Korean writes spaces, but joins particles to names.)
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

// Edge tells whether a word may end between a and b: one of them is no word
// rune, or one belongs to a script that writes no spaces.
func Edge(a, b rune) bool {
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return !IsWordRune(a) || !IsWordRune(b)
	}
	return !IsWordRune(a) || !IsWordRune(b) || isWide(a) || isWide(b) || isHangul(a) || isHangul(b)
}

// isHangul: Korean particles are joined to names, so a name ends anywhere.
func isHangul(r rune) bool { return r >= 0xac00 && r <= 0xd7a3 }

// foldRune is the lower case of r, the same for all of its forms.
func foldRune(r rune) rune {
	return unicode.ToLower(unicode.ToUpper(r))
}

// isEmoji tells whether r is an emoji or a part of one.
func isEmoji(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r >= 0x2b00 && r <= 0x2bff || r >= 0x2190 && r <= 0x21ff
}

// isEmojiPart tells whether r only modifies an emoji: skin tones.
func isEmojiPart(r rune) bool { return r >= 0x1f3fb && r <= 0x1f3ff }

// compose gives letters with their accents as one rune each, drops what is
// stacked on them beyond that, and reads styled and full-width letters as
// plain ones. Text without such runes is given back as it is.
func compose(s string) string {
	if !needsCompose(s) {
		return s
	}
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch {
		case r >= 0x300 && r <= 0x36f:
		case isStyled(r):
			b.WriteString(norm.NFKC.String(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// needsCompose looks for the first bytes of combining accents (U+0300–036F),
// mathematical letters (U+1D400–1D7FF) and full-width forms (U+FF00–FFEF).
func needsCompose(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0xcc {
			continue
		}
		switch s[i] {
		case 0xcc, 0xcd:
			return true
		case 0xef:
			if i+1 < len(s) && (s[i+1] == 0xbc || s[i+1] == 0xbd) {
				return true
			}
		case 0xf0:
			if i+2 < len(s) && s[i+1] == 0x9d && s[i+2] >= 0x90 && s[i+2] <= 0x9f {
				return true
			}
		}
	}
	return false
}

func isStyled(r rune) bool {
	return r >= 0x1d400 && r <= 0x1d7ff || r >= 0xff01 && r <= 0xff5e
}

// Term gives s as it is looked for: its Folded and Edges are those that a text
// has where the term stands in it.
func Term(s string) *Text {
	t := new(Text)
	t.Read(strings.TrimSpace(s))
	t.Folded = []byte(strings.TrimRight(string(t.Folded), " "))
	return t
}
