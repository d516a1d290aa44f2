package main

import (
	"math"
	"os"
	"strings"
	"testing"

	"earshot/bot/analyze/sentiment"
)

// TestShippedAsides: what is shipped can be read, classes weigh the same, and
// nobody is trained on what is asked of them later.
func TestShippedAsides(t *testing.T) {
	texts, err := asides()
	if err != nil || len(texts) < 20_000 {
		t.Fatalf("%d texts, %v", len(texts), err)
	}
	asked := map[string]bool{}
	for _, file := range []string{"../../testdata/phenomena.tsv", "../../testdata/short.tsv", "../../intent/testdata/labelled.tsv"} {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			for _, part := range strings.Split(line, "\t") {
				if len(strings.Fields(part)) > 2 {
					asked[bare(part)] = true
				}
			}
		}
	}
	var sums [sentiment.Classes]float64
	for _, l := range texts {
		if l.label != untold {
			sums[l.label] += float64(l.weight)
		}
		if asked[bare(l.text)] {
			t.Errorf("%q is asked for and trained on", l.text)
		}
		for _, word := range []string{"airline", "airport", "flight delay"} {
			if strings.Contains(" "+strings.ToLower(l.text), " "+word) && l.label != untold {
				t.Errorf("%q is of the domain that is kept for testing", l.text)
			}
		}
	}
	if math.Abs(sums[0]-sums[1]) > 1 || math.Abs(sums[1]-sums[2]) > 1 {
		t.Errorf("the classes weigh %v", sums)
	}
}

func TestAsidesOfBadLines(t *testing.T) {
	for _, content := range []string{"3\tfine", "fine", "0\t", "x\tfine"} {
		if _, err := writtenTexts("customers.tsv", "# one\n1\tgood\n"+content+"\n", 1); err == nil || !strings.Contains(err.Error(), "customers.tsv, line 3") {
			t.Errorf("%q as a customer's text: %v", content, err)
		}
	}
	for _, content := range []string{"0\tfine", "4\tfine", "fine"} {
		if _, err := ratedTexts("words.tsv", content, 1); err == nil || !strings.Contains(err.Error(), "words.tsv, line 1") {
			t.Errorf("%q as a rated word: %v", content, err)
		}
	}
	for rating := -3; rating <= 3; rating++ {
		p := said(rating)
		if total := p[0] + p[1] + p[2]; rating != 0 && (math.Abs(float64(total)-1) > 1e-6 || (p[2] > p[0]) != (rating > 0)) {
			t.Errorf("a word of %d says %v", rating, p)
		}
	}
}

func TestReadLevels(t *testing.T) {
	l, err := readLevels(levelsText)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(auxiliary(), "semeval_train") {
		if len(l[name]) < 2000 {
			t.Errorf("%d levels of %s", len(l[name]), name)
		}
	}
	for _, bad := range []string{"a\t1", "a\t1\t129\n", "a\t1\t12\na\t2\t12\n", "a\tx\t1\n"} {
		if _, err := readLevels(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

// TestMeaning: a level means what annotators made of such texts, the classes
// weighing the same; a label gives way to it in part.
func TestMeaning(t *testing.T) {
	texts := []labelled{
		{label: 0, level: 1}, {label: 0, level: 1}, {label: 1, level: 1}, {label: 1, level: 3}, {label: 1, level: 3}, {label: 1, level: 0}, {label: 2, level: 5}, {label: 2, level: 5},
	}
	m, ok := meaningOf(texts)
	if !ok || math.Abs(float64(m[1].likely[0])-0.8) > 1e-6 || m[3].likely[1] != 1 || m[2].worth != 0 {
		t.Fatalf("%v, %+v", ok, m)
	}
	soft := softened(texts, m)
	if got, want := soft[2].target(), 1-softening*0.8; math.Abs(float64(got[1])-want) > 1e-6 || soft[5].target() != [sentiment.Classes]float32{0, 1, 0} {
		t.Errorf("softened to %v, want %.3f; unread %v", got, want, soft[5].target())
	}
	list := told(reread([]labelled{{label: untold, level: 1, text: "a"}, {label: untold, level: 2, text: "b"}, {label: untold, text: "c"}}, m))
	if len(list) != 1 || list[0].likely != m[1].likely || list[0].weight != readWeight*m[1].worth {
		t.Errorf("reread %+v", list)
	}
	if _, ok := meaningOf([]labelled{{label: 1}}); ok {
		t.Error("texts without levels have a meaning")
	}
}
