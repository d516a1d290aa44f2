package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/digest/quantify"
)

// How quantification is measured: windows for each negative share and size, and
// the audited mentions of each.
const (
	quantifyWindows = 100
	quantifyAudit   = 250
	quantifySeed    = 2026
)

type evalMatrixCmd struct {
	Data string `required:"" help:"Folder with the labelled data." placeholder:"DIR"`
}

// Help is shown by --help.
func (evalMatrixCmd) Help() string {
	return `Prints the answers of the embedded model to semeval_val.tsv by what people say of each text, as
digest/quantify/validation.go holds them. Run it when the model has changed.

Example:
  earshot eval matrix --data ../data`
}

// Run counts and prints.
func (c evalMatrixCmd) Run(e *env) error {
	items, model, err := validationItems(c.Data)
	if err != nil {
		return err
	}
	e.printf("\t\t{%q, Confusion{\n", model)
	for _, row := range quantify.ConfusionOf(items) {
		var cells []string
		for _, n := range row {
			cells = append(cells, fmt.Sprintf("%.0f", n))
		}
		e.printf("\t\t\t{%s},\n", strings.Join(cells, ", "))
	}
	e.printf("\t\t}},\n")
	return nil
}

// validationItems are the texts of semeval_val.tsv with the embedded model's
// answers, and that model's name.
func validationItems(dir string) ([]quantify.Item, string, error) {
	file := filepath.Join(dir, "sentiment", "semeval_val.tsv")
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, "", bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, "", err
	}
	labels := map[string]bot.Label{"0": bot.Negative, "1": bot.Neutral, "2": bot.Positive}
	var items []quantify.Item
	for line := range strings.Lines(string(body)) {
		label, text, _ := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if labels[label] == "" {
			return nil, "", bot.Errorf(bot.ErrInvalid, "%s holds a line without a label: %q. Write 0, 1 or 2, a tab and the text.", file, line)
		}
		items = append(items, itemOf(a, labels[label], text))
	}
	return items, a.Verdict(bot.Mention{}).Model, nil
}

// itemOf is a labelled text with the model's answer.
func itemOf(a *analyze.Analyzer, truth bot.Label, text string) quantify.Item {
	v := a.Verdict(bot.Mention{Text: text})
	return quantify.Item{Truth: truth, Answer: quantify.AnswerOf(v.Stance, v.Label),
		Negative: v.Probs.Negative > v.Probs.Neutral && v.Probs.Negative > v.Probs.Positive}
}

// airlineItems are the tweets of airline/dev.csv with the embedded model's
// answers, and that model's name.
func airlineItems(dir string) ([]quantify.Item, string, error) {
	file := filepath.Join(dir, "airline", "dev.csv")
	f, err := os.Open(file)
	if err != nil {
		return nil, "", bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[0]) < 7 {
		return nil, "", bot.Errorf(bot.ErrInvalid, "%s is not the table of airline tweets: %v", file, err)
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, "", err
	}
	items := make([]quantify.Item, 0, len(rows))
	for _, row := range rows[1:] {
		items = append(items, itemOf(a, bot.Label(row[6]), row[4]))
	}
	return items, a.Verdict(bot.Mention{}).Model, nil
}

// measureQuantify measures how well the share of those who complain is told,
// with an audit sample and with the validation's matrix alone.
func measureQuantify(_ *env, dir string) ([]evalRow, error) {
	items, model, err := airlineItems(dir)
	if err != nil {
		return nil, err
	}
	var out []evalRow
	for _, t := range []struct {
		set   string
		audit int
		asked float64
	}{
		{"airline windows, audit of 250", quantifyAudit, 1},
		{"airline windows, validation alone", 0, 0},
	} {
		rows := quantify.Trial{Model: model, Audit: t.audit, Windows: quantifyWindows, Seed: quantifySeed}.Run(items)
		out = append(out, quantifyRows(t.set, rows, t.asked)...)
	}
	return out, nil
}

// quantifyRows are the figures of a trial; asked is 1 where the aims hold.
func quantifyRows(set string, rows []quantify.Row, asked float64) []evalRow {
	all := rows[len(rows)-1]
	add := func(measure string, value, aim float64, atMost bool) evalRow {
		return evalRow{Set: set, Measure: measure, Value: value, Asked: aim * asked, AtMost: atMost, Texts: all.Windows}
	}
	out := []evalRow{
		add("mean absolute error of the negative share, counted, points", 100*all.Counted, 0, true),
		add("the same, corrected, points", 100*all.Error, 0, true),
		add("corrected ÷ counted", all.Error/all.Counted, 0.6, true),
		add("95 % interval holds the window's share, %", 100*all.Covered, 92, false),
		add("95 % interval holds the window's share, % (no more than)", 100*all.Covered, 98, true),
		add("95 % interval holds the share drawn from, %", 100*all.CoveredD, 92, false),
		add("width of the interval, points", 100*all.Width, 0, true),
	}
	for _, r := range rows[:len(rows)-1] {
		out = append(out, evalRow{Set: set, Measure: fmt.Sprintf("at %.0f %% negative: error counted, points", 100*r.Share), Value: 100 * r.Counted, Texts: r.Windows,
			Note: fmt.Sprintf("corrected %.1f, interval holds it in %.0f %%", 100*r.Error, 100*r.Covered)})
	}
	return out
}
