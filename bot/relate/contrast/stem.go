package contrast

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// family is a group of languages with the same endings.
type family byte

const (
	english  family = 'e' // and where the language is unknown
	germanic family = 'g'
	romance  family = 'r'
	hindi    family = 'h' // in Latin letters, with English between
	others   family = 'o' // no endings are taken away
)

func familyOf(language string) family {
	if len(language) > 3 && language[2] == '-' {
		language = language[:2]
	}
	switch language {
	case "", "en", "und":
		return english
	case "hi":
		return hindi
	case "de", "nl":
		return germanic
	case "fr", "es", "it", "pt", "ca":
		return romance
	}
	return others
}

// stem gives a word as it is compared: without apostrophes, hyphens, accents
// and the ending of its family (for English, less than step 1 of Porter 1980).
func stem(w string, f family) string {
	w = strings.TrimSuffix(w, "'s")
	w = strings.Map(func(r rune) rune {
		if r == '\'' || r == '-' || r == 'ـ' || r >= 0x64b && r <= 0x652 { // and Arabic tatweel and vowel signs
			return -1
		}
		return r
	}, w)
	w = bareLetters(w)
	switch f {
	case english:
		return stemEnglish(w)
	case germanic:
		return double(trimEnding(w, "en", "er", "em", "es", "e", "n", "s"))
	case romance:
		return trimEnding(trimEnding(w, "s", "x"), "a", "e", "i", "o")
	}
	return w
}

// bareLetters takes the accents from letters that have them.
func bareLetters(w string) string {
	for i := 0; i < len(w); i++ {
		if w[i] >= utf8.RuneSelf {
			return norm.NFC.String(strings.Map(func(r rune) rune {
				if r >= 0x300 && r <= 0x36f {
					return -1
				}
				return r
			}, norm.NFD.String(w)))
		}
	}
	return w
}

func stemEnglish(w string) string {
	switch w {
	case "min", "mins":
		w = "minute"
	case "hr", "hrs":
		w = "hour"
	}
	if len(w) < 4 {
		return w
	}
	if strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is") {
		w = w[:len(w)-1]
	}
	for _, ending := range []string{"ing", "ed"} {
		if rest, ok := strings.CutSuffix(w, ending); ok && len(rest) >= 3 && !strings.HasSuffix(w, "eed") && strings.ContainsAny(rest, "aeiouy") {
			w = rest
			break
		}
	}
	if len(w) > 3 {
		w = strings.TrimSuffix(w, "e")
	}
	if rest, ok := strings.CutSuffix(w, "y"); ok && len(rest) > 2 {
		w = rest + "i"
	}
	return double(w)
}

// double takes the second of two equal last letters away: cancelled, canceled.
func double(w string) string {
	if n := len(w); n > 3 && w[n-1] == w[n-2] && w[n-1] < utf8.RuneSelf {
		return w[:n-1]
	}
	return w
}

// trimEnding takes the first of the endings away that leaves four letters.
func trimEnding(w string, endings ...string) string {
	for _, e := range endings {
		if rest, ok := strings.CutSuffix(w, e); ok && utf8.RuneCountInString(rest) >= 4 {
			return rest
		}
	}
	return w
}
