package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"earshot/bot/analyze/sentiment"
)

func TestLoadUnlabelled(t *testing.T) {
	dir := smallData(t)
	found := levels{auxiliary()[0]: "123450123450123"}
	texts, err := loadUnlabelled(dir, 0.5, found)
	if err != nil {
		t.Fatal(err)
	}
	if want := 15 * len(auxiliary()); len(texts) != want {
		t.Errorf("%d texts, want %d", len(texts), want)
	}
	if l := texts[1]; l != (labelled{label: untold, weight: 0.5, text: "the aux_emoji_train lid number 1 is table", level: 2}) {
		t.Errorf("read %+v", l)
	}
	if _, err := loadUnlabelled(dir, 0.5, levels{auxiliary()[1]: "123"}); err == nil || !strings.Contains(err.Error(), "other data") {
		t.Errorf("levels of other rows: %v", err)
	}
	file := filepath.Join(dir, auxiliary()[1]+".tsv")
	if err := os.WriteFile(file, []byte("3\tfine\nno label\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := loadUnlabelled(dir, 1, nil); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line without a tab: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if _, err := loadUnlabelled(dir, 1, nil); err == nil {
		t.Error("a missing file is taken")
	}
}

// TestTaught has a model learn a word from a teacher's probabilities alone.
func TestTaught(t *testing.T) {
	var lex sentiment.Lexicon
	texts := []labelled{{label: 0, weight: 1, text: "broken lid"}, {label: 1, weight: 1, text: "blue lid"}, {label: 2, weight: 1, text: "lovely lid"}}
	list := []taught{{labelled{label: untold, weight: 1, text: "the frobnitz"}, probabilities{0.7, 0.2, 0.1}}}
	s := english().linear
	s.runs, s.epochs, s.rate = 1, 40, 0.1
	without := fit(read(texts, lex), s)
	samples := append(read(texts, lex), readTaught(list, lex)...)
	if got, want := classWeights(samples, true), ([sentiment.Classes]float32{1, 1, 1}); got != want {
		t.Errorf("the classes weigh %v, want %v: what is taught counts for none", got, want)
	}
	with := fit(samples, s)
	asked := read([]labelled{{label: untold, weight: 1, text: "the frobnitz"}}, lex)[0]
	before, after := softmax(without.logits(&asked)), softmax(with.logits(&asked))
	if before[0] > 0.5 || after[0] < 0.6 || after[0] > 0.8 {
		t.Errorf("negative at %.2f before and %.2f after it was taught to be at 0.70", before[0], after[0])
	}
}
