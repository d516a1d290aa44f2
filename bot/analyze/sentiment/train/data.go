package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// labelled is one text with its sentiment: 0 negative, 1 neutral, 2 positive.
type labelled struct {
	label  int // untold of a text that nobody labelled
	weight float32
	text   string
	level  uint8                      // how a reader found it, 1 to 5; 0 for not told
	likely [sentiment.Classes]float32 // how likely each label is; zeros where the label is certain
	aside  bool                       // not labelled by the public's annotators: it counts less from epoch to epoch
}

// faded is how much a text counts in an epoch: one that stands aside teaches
// words first, and leaves the last word to the annotators.
func faded(aside bool, epoch, epochs int) float32 {
	if !aside || epochs < 2 {
		return 1
	}
	return 1 - (1-lastAside)*float32(epoch)/float32(epochs-1)
}

// target is what a model should say of the text.
func (l *labelled) target() [sentiment.Classes]float32 {
	t := l.likely
	if t == [sentiment.Classes]float32{} && l.label != untold {
		t[l.label] = 1
	}
	return t
}

// load reads name.tsv in dir: a label, a tab, a text on each line.
func load(dir, name string, weight float32) ([]labelled, error) {
	raw, err := os.ReadFile(filepath.Join(dir, name+".tsv"))
	if err != nil {
		return nil, fmt.Errorf("read training data: %w", err)
	}
	var texts []labelled
	lines := bufio.NewScanner(bytes.NewReader(raw))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		label, text, ok := strings.Cut(lines.Text(), "\t")
		l, err := strconv.Atoi(label)
		if !ok || err != nil || l < 0 || l >= sentiment.Classes {
			return nil, fmt.Errorf("read training data: %s.tsv, line %d: no label 0, 1 or 2 before a tab", name, n)
		}
		texts = append(texts, labelled{label: l, weight: weight, text: text})
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read training data: %s.tsv: %w", name, err)
	}
	return texts, nil
}

//go:embed lexicon.tsv
var lexiconText string

// lexicon makes the table of valences that the models use. A word's hash is
// that of the token it is read as; what reads as several tokens is left out.
func lexicon() (sentiment.Lexicon, error) {
	valences := map[uint32]float32{}
	var order []uint32
	var t token.Text
	for n, line := range strings.Split(strings.TrimSpace(lexiconText), "\n") {
		if strings.HasPrefix(line, "# ") {
			continue
		}
		word, mark, ok := strings.Cut(line, "\t")
		v, err := strconv.ParseFloat(mark, 32)
		if !ok || err != nil {
			return "", fmt.Errorf("lexicon.tsv, line %d: no number after a tab", n+1)
		}
		if t.Read(word); len(t.Tokens) != 1 {
			continue
		}
		hash := t.Tokens[0].Hash
		if _, known := valences[hash]; !known {
			order = append(order, hash)
		}
		valences[hash] = float32(v)
	}
	return sentiment.MakeLexicon(valences, order), nil
}
