package sentiment

import (
	"strings"
	"unicode/utf8"

	"earshot/bot/analyze/token"
)

// Lexica give words their valence language by language: what the own table
// knows of a word or of its beginning, else the general one.
type Lexica struct {
	General Lexicon // English words and emoji, by token.Token.Hash
	Own     Lexicon // by LexicaKey; not asked for English alone
}

// noValence is what a word is entered with that has none, whatever the
// general lexicon says of its spelling: German "die" is an article.
const noValence = 0.05

// shortestStem is the fewest bytes a beginning of a word must have.
const shortestStem = 3

const (
	seedWordOf = 0x2545f491 // times the language's number + 1
	seedStem   = 0x61c88647
)

// LexicaKey is the key of a word, or of the beginning of words, of a language
// in the own table of Lexica. form is as FoldForm leaves it.
func LexicaKey(form []byte, language int, stem bool) uint32 {
	return keyOf(token.Hash(form), language, stem)
}

func keyOf(h uint32, language int, stem bool) uint32 {
	h += uint32(language+1) * seedWordOf
	if stem {
		h ^= seedStem
	}
	return h
}

// OwnValence is what an entry of the own table is made with: never 0, which
// the table would leave out.
func OwnValence(v float32) float32 {
	if v == 0 {
		return noValence
	}
	return v
}

// arabicPrefixes are written together with the word they stand before: "and
// the", "with the", "for the", "the", "and", "with", "so".
func arabicPrefixes() [7]string {
	return [7]string{"وال", "بال", "لل", "ال", "و", "ب", "ف"}
}

// shortestArabic is the fewest bytes that must be left of an Arabic word.
const shortestArabic = 6

// valence is that of a folded form in a language; hash is the token's.
func (l *Lexica) valence(form []byte, hash uint32, language int) float32 {
	if language == Alone {
		return l.General.Valence(hash)
	}
	v, known := l.own(form, language)
	if !known && language == 0 {
		for _, p := range arabicPrefixes() {
			rest, cut := strings.CutPrefix(string(form), p)
			if cut && len(rest) >= shortestArabic {
				if v, known = l.own([]byte(rest), language); known {
					break
				}
			}
		}
	}
	switch {
	case !known:
		return l.General.Valence(hash)
	case v > -0.1 && v < 0.1:
		return 0
	}
	return v
}

// own looks a word up, and then its longest beginning.
func (l *Lexica) own(form []byte, language int) (v float32, known bool) {
	h := token.Hash("")
	for i, c := range form {
		h = token.HashNext(h, c)
		if i+1 < shortestStem || i+1 < len(form) && !utf8.RuneStart(form[i+1]) {
			continue
		}
		if stem := l.Own.Valence(keyOf(h, language, true)); stem != 0 {
			v, known = stem, true
		}
	}
	if whole := l.Own.Valence(keyOf(h, language, false)); whole != 0 {
		return whole, true
	}
	return v, known
}

// FoldForm unifies the letters that Arabic is written with as one pleases, and
// drops its vowel signs; buf is memory to use.
func FoldForm(form, buf []byte) []byte {
	if !arabicIn(form) {
		return form
	}
	out := buf[:0]
	for len(form) > 0 {
		r, n := utf8.DecodeRune(form)
		form = form[n:]
		switch r {
		case 'أ', 'إ', 'آ', 'ٱ':
			r = 'ا'
		case 'ة':
			r = 'ه'
		case 'ى', 'ئ':
			r = 'ي'
		case 'ؤ':
			r = 'و'
		case 'ـ':
			continue
		}
		if r >= '\u064b' && r <= '\u0652' {
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}

// arabicIn tells whether a form has a letter of the Arabic block.
func arabicIn(form []byte) bool {
	for _, c := range form {
		if c >= 0xd8 && c <= 0xdb { // first bytes of U+0600 to U+06FF
			return true
		}
	}
	return false
}
