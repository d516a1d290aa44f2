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

//go:embed posts.tsv
var postsText string

//go:embed words.tsv
var wordsText string

//go:embed phrases.tsv
var phrasesText string

// asides gives what was written for Earshot beside the templates: texts as
// customers write them, posts about everything else, and rated words and phrases.
func asides() (texts []labelled, err error) {
	for _, f := range []struct {
		read    func(name, content string, weight float32) ([]labelled, error)
		name    string
		content string
		weight  float32
	}{
		{writtenTexts, "customers.tsv", customersText, customerWeight},
		{writtenTexts, "posts.tsv", postsText, postWeight},
		{ratedTexts, "words.tsv", wordsText, wordWeight},
		{ratedTexts, "phrases.tsv", phrasesText, phraseWeight},
	} {
		more, err := f.read(f.name, f.content, f.weight)
		if err != nil {
			return nil, err
		}
		texts = append(texts, more...)
	}
	return texts, nil
}

// writtenTexts reads a file of texts that were written with a label: a label and a
// text a line. The classes weigh the same, and a text weight in the mean.
func writtenTexts(name, content string, weight float32) (texts []labelled, err error) {
	err = columns(name, content, func(label int, text string) bool {
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

// said is what a post is likely to say that holds something of a rating from -3
// to 3, as far as that alone tells.
func said(rating int) [sentiment.Classes]float32 {
	p := [4][sentiment.Classes]float32{1: {0.15, 0.35, 0.5}, 2: {0.08, 0.22, 0.7}, 3: {0.03, 0.12, 0.85}}[max(rating, -rating)]
	if rating < 0 {
		p[0], p[2] = p[2], p[0]
	}
	return p
}

// ratedTexts makes a text of each word or phrase of a file: a rating and a word or
// phrase a line.
func ratedTexts(name, content string, weight float32) (texts []labelled, err error) {
	return texts, columns(name, content, func(rating int, phrase string) bool {
		if rating == 0 || rating < -3 || rating > 3 {
			return false
		}
		texts = append(texts, labelled{label: untold, weight: weight, text: phrase, likely: said(rating), aside: true})
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
