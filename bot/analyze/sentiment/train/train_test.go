package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"earshot/bot/analyze/sentiment"
	"earshot/bot/analyze/token"
)

// smallData writes a few labelled texts in every file the trainer reads.
func smallData(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	words := [][]string{{"broken", "kaputt", "awful"}, {"table", "Tuesday", "blue"}, {"wonderful", "prima", "love"}}
	write := func(name string, n int) {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "%d\tthe %s lid number %d is %s\n", i%3, name, i, words[i%3][i/3%3])
		}
		if err := os.WriteFile(filepath.Join(dir, name+".tsv"), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("semeval_train", 90)
	write("semeval_val", 30)
	for _, name := range auxiliary() {
		write(name, 15)
	}
	for _, l := range languages() {
		write("umsab_"+l+"_train", 30)
		write("umsab_"+l+"_val", 30)
	}
	return dir
}

// smallVectors writes the vectors of a few words.
func smallVectors(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	var list []string
	for i, word := range []string{"the", "]", "is", "broken", "awful", "wonderful", "love", "lid", "unseen"} {
		numbers := make([]string, sentiment.VectorSize+2)
		for k := range numbers {
			numbers[k] = fmt.Sprintf("%.3f", float64((i*31+k*17)%23-11)/20)
		}
		list = append(list, fmt.Sprintf("%q:[%s]", word, strings.Join(numbers, ",")))
	}
	body := `{"words":["the"],"vectors":{` + strings.Join(list, ",") + `},"unkVector":[0]}`
	if err := os.WriteFile(filepath.Join(dir, vectorsFile), []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// quick is a plan that trains as little as can be.
func quick() plan {
	p := english()
	p.linear.runs, p.linear.epochs = 1, 1
	p.words.epochs, p.words.branchAt, p.words.branches = 2, 1, 2
	p.own = func(bool, float32) ([]labelled, error) {
		return []labelled{{label: 2, weight: 1, text: "thank you"}}, nil
	}
	p.aside = func() ([]labelled, error) {
		return []labelled{{label: untold, weight: 1, text: "prima", likely: said(2)}}, nil
	}
	p.levels = "semeval_train\t1\t" + strings.Repeat("234", 30) + "\naux_emoji_train\t1\t" + strings.Repeat("135", 5) + "\n"
	return p
}

func TestLoadVectors(t *testing.T) {
	wanted := func(hash uint32) bool { return hash == token.Hash("lid") }
	list, err := loadVectors(smallVectors(t), 3, wanted)
	if err != nil {
		t.Fatal(err)
	}
	var got []uint32
	for _, v := range list {
		got = append(got, v.hash)
	}
	if want := []uint32{token.Hash("the"), token.Hash("is"), token.Hash("broken"), token.Hash("lid")}; !slices.Equal(got, want) {
		t.Errorf("the words %v, want %v", got, want)
	}
	if list[0].numbers[0] != -0.55 || list[0].numbers[1] != 0.3 {
		t.Errorf("numbers %v", list[0].numbers[:3])
	}
	if _, err := loadVectors(t.TempDir(), 3, wanted); err == nil {
		t.Error("a folder without vectors is taken")
	}
	for _, body := range []string{`{"vectors":{`, `{"vectors":{"a":[1,2]}}`, `{"vectors":{"a":[1,2`, `{}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, vectorsFile), []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := loadVectors(dir, 3, wanted); err == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

// TestRun makes all models once, and English twice: the other trainers draw
// from the same generator, and take longer.
func TestRun(t *testing.T) {
	if testing.Short() {
		t.Skip("training twice takes its time: without -short")
	}
	dir, vectors := smallData(t), smallVectors(t)
	var made [2]files
	for i, only := range []string{"", "english"} {
		out := t.TempDir()
		for _, folder := range []string{"sentiment", "language"} {
			if err := os.Mkdir(filepath.Join(out, folder), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		var report bytes.Buffer
		if err := run(dir, out, parts(quick(), vectors, only), &report); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(report.String(), "semeval_val: macro recall") || !strings.Contains(report.String(), "flagged from 0.50") {
			t.Errorf("report:\n%s", report.String())
		}
		made[i] = files{}
		for _, name := range []string{"sentiment/english.bin", "sentiment/words.bin", "sentiment/holdout.tsv", "sentiment/others.bin", "sentiment/others_lexicon.bin", "sentiment/lexicon.bin", "language/weights.bin"} {
			raw, err := os.ReadFile(filepath.Join(out, name))
			if err != nil && only == "" {
				t.Fatal(err)
			}
			if err == nil {
				made[i][name] = raw
			}
		}
	}
	if len(made[1]) != 4 {
		t.Errorf("%d files are made of English alone, want 4", len(made[1]))
	}
	for name := range made[1] {
		if !bytes.Equal(made[0][name], made[1][name]) {
			t.Errorf("%s differs between two runs on the same data", name)
		}
	}
	if _, err := sentiment.Decode(string(made[0]["sentiment/english.bin"])); err != nil {
		t.Error(err)
	}
	if _, err := sentiment.DecodeWords(string(made[0]["sentiment/words.bin"])); err != nil {
		t.Error(err)
	}
	if err := run(dir, t.TempDir(), parts(quick(), vectors, "klingon"), io.Discard); err == nil {
		t.Error("a model of no name is made")
	}
}

func TestRunFails(t *testing.T) {
	dir, vectors := smallData(t), smallVectors(t)
	if err := os.WriteFile(filepath.Join(dir, "semeval_val.tsv"), []byte("0\tfine\nseven\tbad\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	if err := run(dir, out, parts(quick(), vectors, ""), io.Discard); err == nil || !strings.Contains(err.Error(), "semeval_val.tsv, line 2") {
		t.Errorf("a bad label: %v", err)
	}
	if err := run(t.TempDir(), out, parts(quick(), vectors, ""), io.Discard); err == nil {
		t.Error("an empty folder is taken")
	}
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("a failed run wrote %v (%v)", left, err)
	}
}

func TestLexiconShipped(t *testing.T) {
	lex, err := lexicon()
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("../lexicon.bin")
	if err != nil {
		t.Fatal(err)
	}
	if string(shipped) != string(lex) {
		t.Error("lexicon.bin is not made of lexicon.tsv: run the trainer")
	}
	for word, positive := range map[string]bool{"great": true, "awful": false, "kaputt": false, "💓": true, "😡": false} {
		if v := lex.Valence(token.Hash(word)); v == 0 || v > 0 != positive {
			t.Errorf("%s has the valence %.1f", word, v)
		}
	}
}

func TestOwnTexts(t *testing.T) {
	for _, english := range []bool{true, false} {
		texts, err := ownTexts(english, 1)
		if err != nil || len(texts) < 500 {
			t.Fatalf("%d texts, %v", len(texts), err)
		}
		for _, l := range texts {
			if strings.ContainsAny(l.text, "[]|") || strings.TrimSpace(l.text) == "" {
				t.Errorf("%q is not expanded", l.text)
			}
		}
	}
}

// TestShortIsUnseen keeps the test of short texts honest: none of its texts,
// capitals and marks aside, can be drawn from a template.
func TestShortIsUnseen(t *testing.T) {
	raw, err := os.ReadFile("../../testdata/short.tsv")
	if err != nil {
		t.Fatal(err)
	}
	asked := map[string]bool{}
	for line := range strings.Lines(string(raw)) {
		if part := strings.Split(line, "\t"); len(part) == 3 {
			asked[bare(part[2])] = true
		}
	}
	if len(asked) < 150 {
		t.Fatalf("%d texts", len(asked))
	}
	for _, content := range []string{templateText, shortText, customersText} {
		for line := range strings.Lines(content) {
			if part := strings.Split(line, "\t"); len(part) == 2 && asked[bare(part[1])] {
				t.Errorf("%q is asked for and trained on", part[1])
			} else if len(part) == 3 {
				for _, text := range every(part[2]) {
					if asked[bare(text)] {
						t.Errorf("%q is asked for and trained on: %s", text, part[2])
					}
				}
			}
		}
	}
}

// every is all that a template can say.
func every(template string) []string {
	before, rest, found := strings.Cut(template, "[")
	if !found {
		return []string{template}
	}
	choice, after, _ := strings.Cut(rest, "]")
	var texts []string
	for _, tail := range every(after) {
		for _, s := range strings.Split(choice, "|") {
			texts = append(texts, before+s+tail)
		}
	}
	return texts
}

// bare is a text's letters and digits.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
