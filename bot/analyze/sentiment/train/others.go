package main

import (
	"fmt"
	"io"

	"earshot/bot/analyze/sentiment"
)

// others is what the model of the other languages is trained with.
func others() setting {
	return setting{bits: 18, rate: 0.02, decay: 1e-6, epochs: 4, wordNorm: 3, charNorm: 4, balanced: true, seed: 1, runs: 4}
}

// othersOwnWeight is what a sentence of our own templates counts: less than in
// English, as there are fewer labelled texts.
const othersOwnWeight = 0.25

// languages are those of the labelled texts of the other model, as their
// files name them.
func languages() []string {
	return []string{"arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish"}
}

// englishWeight is what an English text counts in the model of the others: a
// little, for emoji, borrowed words and the lexicon.
const englishWeight = 0.2

// trainOthers makes the weights of the model of the other languages.
func trainOthers(data string, lex sentiment.Lexicon, report io.Writer) (files, error) {
	texts, err := load(data, "semeval_train", englishWeight)
	if err != nil {
		return nil, err
	}
	for _, english := range []bool{true, false} {
		own, err := ownTexts(english, othersOwnWeight)
		if err != nil {
			return nil, err
		}
		texts = append(texts, own...)
	}
	texts = append(texts, unknownTexts(unknowns/8, othersOwnWeight)...)
	held := map[string][]sample{}
	var all []sample
	for _, name := range languages() {
		list, err := load(data, "umsab_"+name+"_train", 1)
		if err != nil {
			return nil, err
		}
		texts = append(texts, list...)
		if list, err = load(data, "umsab_"+name+"_val", 1); err != nil {
			return nil, err
		}
		held[name] = read(list, lex)
		if name != "english" {
			all = append(all, held[name]...)
		}
	}
	w := fit(read(texts, lex), others()).quantise("linear-others-2")
	calibrate(w, all)
	for _, name := range languages() {
		fmt.Fprintf(report, "%s, umsab_%s_val: %v\n", name, name, judge(w, held[name]))
	}
	return files{"sentiment/others.bin": w.Encode()}, nil
}
