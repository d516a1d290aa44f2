package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/relate/contrast"
)

// How contrasts are measured.
const (
	contrastRuns = 200
	contrastSeed = 2026
)

// measureContrast measures whether what sets groups apart is so: groups that
// are drawn from the same texts should have nothing named, and what is planted
// into one should be found.
func measureContrast(_ *env, dir string) ([]evalRow, error) {
	reviews, err := columns(filepath.Join(dir, "reviews", "clothing_sample.csv"), "Title", "Review Text")
	if err != nil {
		return nil, err
	}
	tweets, err := columns(filepath.Join(dir, "airline", "dev.csv"), "text")
	if err != nil {
		return nil, err
	}
	var out []evalRow
	for _, t := range []struct {
		name  string
		texts []string
		trial contrast.Trial
	}{
		{"invented texts", nil, contrast.Trial{A: 60, B: 60, Share: .3}},
		{"invented texts", nil, contrast.Trial{A: 40, B: 600, Share: .25}},
		{"clothing reviews, drawn at random", reviews, contrast.Trial{A: 100, B: 300, Share: .15}},
		{"airline tweets, drawn at random", tweets, contrast.Trial{A: 150, B: 600, Share: .15}},
	} {
		t.trial.Runs, t.trial.Seed = contrastRuns, contrastSeed
		set := fmt.Sprintf("%s, %d against %d people", t.name, t.trial.A, t.trial.B)
		null := t.trial.Run(t.texts)
		t.trial.Plant = "the zarkle hinge snapped"
		planted := t.trial.Run(t.texts)
		out = append(out,
			evalRow{Set: set, Measure: "pairs without a difference that have anything named, %", Value: 100 * float64(null.Claimed) / float64(null.Runs), Asked: 10, AtMost: true, Texts: null.Runs},
			evalRow{Set: set, Measure: fmt.Sprintf("a phrase that %.0f %% of A say is found, %%", 100*t.trial.Share), Value: 100 * float64(planted.Found) / float64(planted.Runs), Asked: 80, Texts: planted.Runs},
			evalRow{Set: set, Measure: "of what is named then, wrong, %", Value: 100 * float64(planted.Wrong) / float64(max(planted.Named, 1)), Asked: 10, AtMost: true, Texts: planted.Named},
		)
	}
	return out, nil
}

// columns reads columns of a CSV file, joined, a text a row.
func columns(file string, names ...string) ([]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, bot.Errorf(bot.ErrInvalid, "%s is not a table: %v", file, err)
	}
	texts := make([]string, 0, len(rows))
	for _, row := range rows[1:] {
		var parts []string
		for _, name := range names {
			if i := slices.Index(rows[0], name); i >= 0 && i < len(row) {
				parts = append(parts, row[i])
			}
		}
		texts = append(texts, strings.Join(parts, "\n"))
	}
	return texts, nil
}
