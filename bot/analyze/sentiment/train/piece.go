package main

import (
	"regexp"
	"strings"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// sentenceEnd is where a text is cut into pieces.
var sentenceEnd = regexp.MustCompile(`[.!?]+\s+`)

// pieces gives the short sentences of labelled texts, which have few short
// texts among them. A sentence keeps the label of its text where its words
// speak for it: a neutral text's where the lexicon knows none of them, a
// negative or positive one's where it finds their valence on that side.
func pieces(texts []labelled, lex sentiment.Lexicon, weight float32) []labelled {
	var list []labelled
	var t token.Text
	var f sentiment.Features
	for _, l := range texts {
		parts := sentenceEnd.Split(l.text, -1)
		if len(parts) < 2 {
			continue
		}
		for _, part := range parts {
			part = strings.TrimSpace(part)
			t.Read(part)
			if n := t.Counts.Words; n < 2 || n > 8 {
				continue
			}
			f.Read(&t, lex)
			v := f.Valence()
			if l.label == 1 && v == 0 || l.label == 0 && v < 0 || l.label == 2 && v > 0 {
				list = append(list, labelled{label: l.label, weight: weight * l.weight, text: part})
			}
		}
	}
	return list
}
