// Command train makes the weights of the sentiment and language models and
// prints how well they do. The same data give the same weights, byte for byte:
//
//	go run -trimpath -tags sqlite_fts5 ./bot/analyze/sentiment/train -data DIR
//
// DIR holds semeval_train.tsv, semeval_val.tsv and umsab_*_{train,val}.tsv,
// each line a label (0 negative, 1 neutral, 2 positive), a tab and a text.
// With -only english, others or language one model is made, and the weights of
// the rest stay as they are.
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
	only := flag.String("only", "", "the one model to make: english, others or language; all without it")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "train: say where the labelled texts are: -data DIR")
		os.Exit(2)
	}
	if err := run(*data, *out, *only, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

// files are what is written, by their path beneath the folder of the analysis.
type files map[string][]byte

// part makes the weights of one model.
type part struct {
	name  string
	train func(data string, lex sentiment.Lexicon, report io.Writer) (files, error)
}

// parts are the models in the order they are made.
func parts() []part {
	return []part{{"english", trainEnglish}, {"others", trainOthers}, {"language", trainLanguage}}
}

// run trains the model that only names, or everything, and writes it when all
// of it worked.
func run(data, out, only string, report io.Writer) error {
	list := slices.DeleteFunc(parts(), func(p part) bool { return only != "" && p.name != only })
	if len(list) == 0 {
		return fmt.Errorf("no model is called %q", only)
	}
	lex, err := lexicon()
	if err != nil {
		return err
	}
	made := files{"sentiment/lexicon.bin": []byte(lex)}
	for _, p := range list {
		weights, err := p.train(data, lex, report)
		if err != nil {
			return err
		}
		for name, content := range weights {
			made[name] = content
		}
	}
	for name, content := range made {
		if err := os.WriteFile(filepath.Join(out, name), content, 0o644); err != nil {
			return fmt.Errorf("write weights: %w", err)
		}
	}
	return nil
}
