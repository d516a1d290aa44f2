package main

import (
	"fmt"
	"io"
	"slices"

	"earshot/bot/analyze/sentiment"
)

// heldOut is how many of the latest training texts the temporal hold-out has;
// the file is in the order of years.
const heldOut = 8000

// english is what the English model is trained with. The rate and the number
// of epochs were chosen by both hold-outs, random and temporal.
func english() setting {
	return setting{bits: 20, rate: 0.03, decay: 1e-6, epochs: 2, wordNorm: 3, charNorm: 3, balanced: true, seed: 1, runs: 6}
}

// What a text that is not labelled by others counts.
const (
	ownWeight   = 0.5  // a sentence of our own templates
	pieceWeight = 0.25 // one short sentence of a labelled text
)

// unknowns is how many texts of unknown words the English model learns from.
const unknowns = 500

// trainEnglish makes the weights of the English model.
func trainEnglish(data string, lex sentiment.Lexicon, report io.Writer) (files, error) {
	texts, err := load(data, "semeval_train", 1)
	if err != nil {
		return nil, err
	}
	check, err := load(data, "semeval_val", 1)
	if err != nil {
		return nil, err
	}
	own, err := ownTexts(true, ownWeight)
	if err != nil {
		return nil, err
	}
	samples, ours := read(texts, lex), read(slices.Concat(own, unknownTexts(unknowns, ownWeight)), lex)
	if len(samples) > 2*heldOut {
		early, late := samples[:len(samples)-heldOut], samples[len(samples)-heldOut:]
		parts := read(pieces(texts[:len(texts)-heldOut], lex, pieceWeight), lex)
		judged := judge(fit(slices.Concat(early, ours, parts), english()).quantise("temporal"), late)
		fmt.Fprintf(report, "English, temporal hold-out: %v\n", judged)
	}
	parts := read(pieces(texts, lex, pieceWeight), lex)
	w := fit(slices.Concat(samples, ours, parts), english()).quantise("linear-2")
	held := read(check, lex)
	calibrate(w, held)
	fmt.Fprintf(report, "English, semeval_val: %v, temperature %.2f\n", judge(w, held), w.Temperature)
	thresholds(w, held, report)
	return files{"sentiment/english.bin": w.Encode()}, nil
}
