// Command train makes the weights of the sentiment and language models and
// prints how well they do. The same data give the same weights, byte for byte:
//
//	go run -trimpath -tags sqlite_fts5 ./bot/analyze/sentiment/train -data DIR
//
// DIR holds semeval_train.tsv, semeval_val.tsv and umsab_*_{train,val}.tsv,
// each line a label (0 negative, 1 neutral, 2 positive), a tab and a text.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"earshot/bot/analyze/sentiment"
)

func main() {
	data := flag.String("data", "", "folder of the labelled texts")
	out := flag.String("out", "bot/analyze", "folder of the analysis, where the weights are written")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "train: say where the labelled texts are: -data DIR")
		os.Exit(2)
	}
	if err := run(*data, *out, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// heldOut is how many of the latest training texts the temporal hold-out has;
// the file is in the order of years.
const heldOut = 8000

// english is what the English model is trained with. The rate and the number
// of epochs were chosen by both hold-outs, random and temporal.
func english() setting {
	return setting{bits: 20, rate: 0.03, decay: 1e-6, epochs: 2, wordNorm: 3, charNorm: 3, balanced: true, seed: 1, runs: 6}
}

// others is what the model of the other languages is trained with.
func others() setting {
	return setting{bits: 18, rate: 0.02, decay: 1e-6, epochs: 4, wordNorm: 3, charNorm: 4, balanced: true, seed: 1, runs: 4}
}

// run trains everything, and writes it only when all of it worked.
func run(data, out string, report io.Writer) error {
	lex, err := lexicon()
	if err != nil {
		return err
	}
	first, err := trainEnglish(data, lex, report)
	if err != nil {
		return err
	}
	second, err := trainOthers(data, lex, report)
	if err != nil {
		return err
	}
	spoken, err := fitLanguage(data, report)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"sentiment/english.bin": first, "sentiment/others.bin": second,
		"sentiment/lexicon.bin": []byte(lex), "language/weights.bin": spoken,
	} {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return fmt.Errorf("write weights: %w", err)
		}
	}
	return nil
}

// What a text that is not labelled by others counts.
const (
	ownWeight       = 0.5  // a sentence of our own templates, in the English model
	othersOwnWeight = 0.25 // in that of the others, which has fewer labelled texts
	pieceWeight     = 0.25 // one short sentence of a labelled text
)

// unknowns is how many texts of unknown words the English model learns from.
const unknowns = 500

func trainEnglish(data string, lex sentiment.Lexicon, report io.Writer) ([]byte, error) {
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
	return w.Encode(), nil
}

// languages are those of the labelled texts of the other model, as their
// files name them.
func languages() []string {
	return []string{"arabic", "english", "french", "german", "hindi", "italian", "portuguese", "spanish"}
}

// englishWeight is what an English text counts in the model of the others: a
// little, for emoji, borrowed words and the lexicon.
const englishWeight = 0.2

func trainOthers(data string, lex sentiment.Lexicon, report io.Writer) ([]byte, error) {
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
	return w.Encode(), nil
}
