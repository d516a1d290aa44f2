// Command train counts how common words are in public tweets and writes
// background.bin, which weighs the words of lessons:
//
//	go run -trimpath ./bot/analyze/local/train -data DIR
//
// DIR holds semeval_train.tsv and umsab_*_train.tsv, each line a label, a tab
// and a text. The same data give the same bytes.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"earshot/bot/analyze/local"
	"earshot/bot/analyze/token"
)

func main() {
	data := flag.String("data", "", "folder of the texts")
	out := flag.String("out", "bot/analyze/local/background.bin", "file that is written")
	flag.Parse()
	if *data == "" {
		fmt.Fprintln(os.Stderr, "train: say where the texts are: -data DIR")
		os.Exit(2)
	}
	if err := run(*data, *out); err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(data, out string) error {
	names, err := filepath.Glob(filepath.Join(data, "umsab_*_train.tsv"))
	if err != nil {
		return fmt.Errorf("find the texts: %w", err)
	}
	var counts local.Background
	for _, name := range append(names, filepath.Join(data, "semeval_train.tsv")) {
		if err := count(&counts, name); err != nil {
			return err
		}
	}
	if err := os.WriteFile(out, counts.Encode(), 0o644); err != nil {
		return fmt.Errorf("write the counts: %w", err)
	}
	return nil
}

func count(counts *local.Background, name string) error {
	raw, err := os.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read texts: %w", err)
	}
	var t token.Text
	for line := range strings.Lines(string(raw)) {
		_, text, ok := strings.Cut(line, "\t")
		if !ok {
			return fmt.Errorf("read texts: %s has a line without a tab", name)
		}
		t.Read(text)
		counts.Add(&t)
	}
	return nil
}
