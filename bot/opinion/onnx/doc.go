// Package onnx reads mentions with a sequence classifier from a folder: its
// ONNX file, tokenizer.json and config.json, as model hubs lay them out. It runs
// in process and in pure Go (github.com/knights-analytics/hugot), which makes
// the binary about 15 MB larger: so it is there only in one that was built with
// the tag onnx, and any other says so.
package onnx

import (
	"strings"

	"earshot/bot"
)

// weigh adds up what a classifier gives its labels as the three sentiments. It
// is false when a label is none that is known: negative, neutral, positive,
// their short forms, LABEL_0 to LABEL_2, or 1 to 5 stars.
func weigh(scores map[string]float64) (bot.Probs, bool) {
	var p bot.Probs
	for label, s := range scores {
		switch strings.ToLower(strings.TrimSpace(label)) {
		case "negative", "neg", "label_0", "1 star", "2 stars", "very negative":
			p.Negative += s
		case "neutral", "neu", "label_1", "3 stars":
			p.Neutral += s
		case "positive", "pos", "label_2", "4 stars", "5 stars", "very positive":
			p.Positive += s
		default:
			return p, false
		}
	}
	sum := p.Negative + p.Neutral + p.Positive
	if sum <= 0 || sum != sum {
		return p, false
	}
	p.Negative, p.Neutral, p.Positive = p.Negative/sum, p.Neutral/sum, p.Positive/sum
	return p, true
}

// likeliest is the label with the most probability.
func likeliest(p bot.Probs) (bot.Label, float64) {
	label, most := bot.Neutral, p.Neutral
	if p.Negative > most {
		label, most = bot.Negative, p.Negative
	}
	if p.Positive > most {
		label, most = bot.Positive, p.Positive
	}
	return label, most
}
