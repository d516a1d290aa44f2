package analyze

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestLearning: what 500 corrections of airline tweets are worth, and what
// they cost elsewhere. The layer was not tuned on these texts. Three draws keep
// the test short; earshot eval all has ten.
func TestLearning(t *testing.T) {
	dir := shared(t)
	f, err := os.Open(filepath.Join(dir, "..", "airline", "dev.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var airline, elsewhere []Labelled
	for _, row := range rows[1:] {
		airline = append(airline, Labelled{row[4], slices.Index([]string{"negative", "neutral", "positive"}, row[6])})
	}
	texts, labels := labelled(t, filepath.Join(dir, "semeval_val.tsv"))
	for i := range texts[:500] {
		elsewhere = append(elsewhere, Labelled{texts[i], labels[i]})
	}
	l, err := newAnalyzer(t, Settings{}).MeasureLearning(airline, elsewhere, Draw{N: 500, WrongOnly: true, Seeds: []uint64{1, 2, 3}})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", l)
	if l.After.Recall-l.Before.Recall < 0.15 || l.After.Precision < 0.80 || l.Elsewhere < -0.01 {
		t.Error("asked: recall 15 points higher at 80 % precision, and at most a point lost elsewhere")
	}
}
