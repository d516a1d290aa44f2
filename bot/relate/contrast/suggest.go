package contrast

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Suggestion is a topic that the configuration could have.
type Suggestion struct {
	Name   string // "Customer service"
	Words  []string
	Phrase Phrase
}

// mostlyCovered is the part of those who say a phrase from which a configured
// topic holds it already.
const mostlyCovered = 0.5

// Uncovered are the phrases that no configured topic holds.
func Uncovered(all []Phrase) []Phrase {
	var out []Phrase
	for _, p := range all {
		if p.Covered < mostlyCovered {
			out = append(out, p)
		}
	}
	return out
}

// Suggest makes topics of the phrases that no configured topic holds.
func (r Result) Suggest() []Suggestion {
	var all []Suggestion
	for _, p := range Uncovered(r.Phrases) {
		first, size := utf8.DecodeRuneInString(p.Text)
		s := Suggestion{Name: string(unicode.ToUpper(first)) + p.Text[size:], Phrase: p}
		for _, w := range slices.Concat([]string{p.Text}, p.Spelt, p.Also) {
			held := slices.ContainsFunc(s.Words, func(have string) bool { return strings.Contains(" "+w+" ", " "+have+" ") })
			if !held {
				s.Words = append(s.Words, w)
			}
		}
		all = append(all, s)
	}
	return all
}
