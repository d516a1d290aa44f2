package sentiment

import (
	_ "embed"
	"fmt"
)

//go:embed others.bin
var othersWeights string

//go:embed others_lexicon.bin
var othersLexicon string

// OthersLanguages are the languages of the model for other languages than
// English, by ISO 639-1, in the order of its weights. Hindi is read in Latin
// letters alone.
func OthersLanguages() []string { return []string{"ar", "de", "en", "es", "fr", "hi", "it", "pt"} }

// Unlisted is the number of every language that OthersLanguages does not list.
const Unlisted = 8

// LanguageNumber is the place of a code in OthersLanguages, or Unlisted.
func LanguageNumber(code string) int {
	for i, c := range OthersLanguages() {
		if c == code {
			return i
		}
	}
	return Unlisted
}

// Alone is what stands for the language in a model that knows English alone.
const Alone = -1

// loadOthers gives the model of other languages than English that is part of
// the binary: it has a second copy of the words for each language ("die" is one
// word in English, another in German), a lexicon of each, and a temperature of
// each.
func loadOthers(general Lexicon) (*Linear, error) {
	w, err := DecodeOthers(othersWeights)
	if err != nil {
		return nil, fmt.Errorf("load the sentiment model of other languages: %w", err)
	}
	return &Linear{Weights: w, Words: Lexica{General: general, Own: Lexicon(othersLexicon)}}, nil
}
