package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze"
)

// How learning from corrections is measured.
const (
	learningCorrections = 500
	learningDraws       = 10
)

// measureLearning measures what corrections of one half of the airline tweets
// are worth on the other half, and what they cost on validation texts.
func measureLearning(_ *env, dir string) ([]evalRow, error) {
	airline, err := labelledCSV(filepath.Join(dir, "airline", "dev.csv"), "text", "sentiment")
	if err != nil {
		return nil, err
	}
	elsewhere, err := labelledTSV(filepath.Join(dir, "sentiment", "semeval_val.tsv"))
	if err != nil {
		return nil, err
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, err
	}
	seeds := make([]uint64, learningDraws)
	for i := range seeds {
		seeds[i] = uint64(i + 1)
	}
	l, err := a.MeasureLearning(airline, elsewhere, analyze.Draw{N: learningCorrections, WrongOnly: true, Seeds: seeds})
	if err != nil {
		return nil, err
	}
	sample, err := a.MeasureLearning(airline, elsewhere, analyze.Draw{N: learningCorrections, Seeds: seeds})
	if err != nil {
		return nil, err
	}
	const set, val = "airline/dev.csv, second half", "semeval_val.tsv"
	n, m := l.Texts, len(elsewhere)
	return []evalRow{
		{Set: set, Measure: "negative recall before, %", Value: 100 * l.Before.Recall, Texts: n},
		{Set: set, Measure: "precision before, %", Value: 100 * l.Before.Precision, Texts: n},
		{Set: set, Measure: "negative recall gained by 500 corrections, points", Value: 100 * (l.After.Recall - l.Before.Recall), Asked: 15, Texts: n,
			Note: "mean of ten draws of wrong verdicts from the first half"},
		{Set: set, Measure: "precision after, %", Value: 100 * l.After.Precision, Asked: 80, Texts: n},
		{Set: set, Measure: "negative recall gained in the worst draw, points", Value: 100 * (l.WorstRecall - l.Before.Recall), Texts: n},
		{Set: set, Measure: "precision in the worst draw, %", Value: 100 * l.WorstPrec, Texts: n},
		{Set: set, Measure: "negative recall gained by 500 labels of any verdicts, points", Value: 100 * (sample.After.Recall - sample.Before.Recall), Texts: n,
			Note: "right ones too: most of them teach nothing new"},
		{Set: set, Measure: "precision after these, %", Value: 100 * sample.After.Precision, Texts: n},
		{Set: val, Measure: "macro recall lost with the layer on, points", Value: -100 * l.Elsewhere, Asked: 1, AtMost: true, Texts: m},
		{Set: val, Measure: "macro recall lost in the worst draw, points", Value: -100 * l.ElsewhereMin, Texts: m},
	}, nil
}

// labelledCSV reads a table whose columns hold a text and the name of its
// sentiment.
func labelledCSV(file, text, label string) ([]analyze.Labelled, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, unwrapPath(err))
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil, bot.Errorf(bot.ErrInvalid, "%s is no table: %v", file, err)
	}
	at, of := slices.Index(rows[0], text), slices.Index(rows[0], label)
	if at < 0 || of < 0 {
		return nil, bot.Errorf(bot.ErrInvalid, "%s has no columns %q and %q.", file, text, label)
	}
	var out []analyze.Labelled
	for i, row := range rows[1:] {
		class := slices.Index([]string{string(bot.Negative), string(bot.Neutral), string(bot.Positive)}, row[of])
		if class < 0 {
			return nil, bot.Errorf(bot.ErrInvalid, "%s, row %d: %q is no sentiment.", file, i+2, row[of])
		}
		out = append(out, analyze.Labelled{Text: row[at], Class: class})
	}
	return out, nil
}

// labelledTSV reads lines of a class (0 negative, 1 neutral, 2 positive), a tab
// and a text.
func labelledTSV(file string) ([]analyze.Labelled, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, unwrapPath(err))
	}
	var out []analyze.Labelled
	n := 0
	for line := range strings.Lines(string(raw)) {
		n++
		label, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if !ok || len(label) != 1 || label[0] < '0' || label[0] > '2' {
			return nil, bot.Errorf(bot.ErrInvalid, "%s, line %d: write 0, 1 or 2, a tab and the text.", file, n)
		}
		out = append(out, analyze.Labelled{Text: text, Class: int(label[0] - '0')})
	}
	return out, nil
}
