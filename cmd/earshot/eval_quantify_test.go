package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"earshot/digest/quantify"
)

// staleFrom is the share of a row's texts that may be answered otherwise today
// than when the matrix was counted: fewer move no score by a point.
const staleFrom = 0.03

// TestValidationIsCurrent: what digest/quantify holds of the embedded model is
// what it answers today.
func TestValidationIsCurrent(t *testing.T) {
	items, model, err := validationItems(sharedData(t))
	if err != nil {
		t.Fatal(err)
	}
	held, ok := quantify.Validated(model)
	for i, row := range quantify.ConfusionOf(items) {
		moved := 0.0
		for k := range row {
			moved += math.Abs(row[k]-held[i][k]) / 2
		}
		if share := moved / row.Sum(); !ok || share > staleFrom {
			t.Errorf("%s answers %.1f %% of row %d otherwise: %v, held are %v.\nRun earshot eval matrix and put what it prints into digest/quantify/validation.go.", model, 100*share, i, row, held[i])
		}
	}
}

// sharedData is the folder of the labelled texts, which are not part of this
// repository.
func sharedData(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("EARSHOT_SHARED")
	switch {
	case dir == "" && os.Getenv("CI") == "true":
		t.Fatal("EARSHOT_SHARED is not set: in CI this test must run")
	case dir == "":
		t.Skip("EARSHOT_SHARED names no folder with the shared data")
	}
	return filepath.Join(dir, "data")
}

// TestQuantifyBadData: a folder without the data, or with something else, is
// told about.
func TestQuantifyBadData(t *testing.T) {
	dir := t.TempDir()
	if _, err := measureQuantify(nil, dir); err == nil {
		t.Error("an empty folder is measured")
	}
	for name, body := range map[string]string{"airline/dev.csv": "a,b\n1,2\n", "sentiment/semeval_val.tsv": "no label\n"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := measureQuantify(nil, dir); err == nil {
		t.Error("a table of something else is measured")
	}
	if _, _, err := validationItems(dir); err == nil {
		t.Error("texts without labels are counted")
	}
}
