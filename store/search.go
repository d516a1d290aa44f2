package store

import (
	"strconv"
	"strings"
	"unicode"
)

// Nobody types more than this into a search box; a paste is cut.
const (
	maxTerms    = 32
	maxTermSize = 200 // bytes
)

// term is a word or a phrase to look for.
type term struct {
	text   string
	phrase bool
}

// searchTerms splits what a person typed into words and "quoted phrases".
// Those without a letter or digit say nothing and are left out.
func searchTerms(typed string) []term {
	var out []term
	add := func(s string, phrase bool) {
		if len(out) < maxTerms && strings.IndexFunc(s, sayable) >= 0 {
			out = append(out, term{cutBytes(s, maxTermSize), phrase})
		}
	}
	typed = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		switch {
		case r == '“' || r == '”' || r == '„':
			return '"'
		case unicode.IsControl(r):
			return ' '
		}
		return r
	}, typed), "")
	for i, piece := range strings.Split(typed, `"`) {
		if i%2 == 1 { // between quotes
			add(strings.TrimSpace(piece), true)
			continue
		}
		for _, word := range strings.Fields(piece) {
			add(word, false)
		}
	}
	return out
}

// sayable tells whether a character is part of a word in the index.
func sayable(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) }

// placeholder is how the n-th argument is written, from 1.
func placeholder(n int) string { return "?" + strconv.Itoa(n) }
