package main

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
)

//go:embed customers.tsv
var customersText string

//go:embed words.tsv
var wordsText string

// asides gives what was written for Earshot beside the templates: texts as
// customers write them, and rated words.
func asides() ([]labelled, error) {
	texts, err := customers(customersText, customerWeight)
	if err != nil {
		return nil, err
	}
	words, err := ratedWords(wordsText, wordWeight)
	return append(texts, words...), err
}

// customers reads customers.tsv: a label and a text a line. The classes weigh
// the same, and a text weight in the mean.
func customers(content string, weight float32) (texts []labelled, err error) {
	err = columns("customers.tsv", content, func(label int, text string) bool {
		texts = append(texts, labelled{label: label, weight: weight, text: text, aside: true})
		return label >= 0 && label < sentiment.Classes
	})
	if err != nil {
		return nil, err
	}
	classes := shares(texts)
	for i := range texts {
		texts[i].weight *= classes[texts[i].label]
	}
	return texts, nil
}

// said is what a post is likely to say that holds a word of a rating from -3 to
// 3, as far as the word alone tells.
func said(rating int) [sentiment.Classes]float32 {
	p := [4][sentiment.Classes]float32{1: {0.15, 0.35, 0.5}, 2: {0.08, 0.22, 0.7}, 3: {0.03, 0.12, 0.85}}[max(rating, -rating)]
	if rating < 0 {
		p[0], p[2] = p[2], p[0]
	}
	return p
}

// ratedWords makes a text of each word of words.tsv: its rating and a
// word a line.
func ratedWords(content string, weight float32) (texts []labelled, err error) {
	return texts, columns("words.tsv", content, func(rating int, word string) bool {
		if rating == 0 || rating < -3 || rating > 3 {
			return false
		}
		texts = append(texts, labelled{label: untold, weight: weight, text: word, likely: said(rating), aside: true})
		return true
	})
}

// columns hands over the number and the text of each line that is no comment.
func columns(name, content string, take func(number int, text string) bool) error {
	n := 0
	for line := range strings.Lines(content) {
		n++
		if strings.HasPrefix(line, "# ") {
			continue
		}
		number, text, ok := strings.Cut(strings.TrimSpace(line), "\t")
		v, err := strconv.Atoi(number)
		if !ok || err != nil || text == "" || !take(v, text) {
			return fmt.Errorf("%s, line %d: want a number, a tab and a text", name, n)
		}
	}
	return nil
}
