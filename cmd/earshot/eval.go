package main

import (
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/analyze"
)

type evalCmd struct {
	Sentiment evalSentimentCmd `cmd:"" help:"Measure the sentiment model on labelled texts."`
	Spikes    evalSpikesCmd    `cmd:"" help:"Score a series of counts with the spike detector, or measure the detector."`
	Matrix    evalMatrixCmd    `cmd:"" help:"Count how the embedded model errs, for correcting shares."`
	All       evalAllCmd       `cmd:"" help:"Measure all that Earshot understands, and print one table."`
}

type evalSentimentCmd struct {
	Text   string `required:"" help:"One text a line." placeholder:"FILE"`
	Labels string `required:"" help:"0 negative, 1 neutral, 2 positive: one a line." placeholder:"FILE"`
	JSON   bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (evalSentimentCmd) Help() string {
	return "Example:\n  earshot eval sentiment --text test_text.txt --labels test_labels.txt"
}

// Run measures and prints.
func (c evalSentimentCmd) Run(e *env) error {
	texts, err := readTexts(e, c.Text)
	if err != nil {
		return err
	}
	labels, err := readLabels(e, c.Labels)
	if err != nil {
		return err
	}
	defer debug.SetGCPercent(debug.SetGCPercent(leanPercent))
	a, err := analyze.NewFeeling(0)
	if err != nil {
		return err
	}
	start := time.Now() // one text after the other: of one core
	report, err := a.EvalSentiment(texts, labels)
	if err != nil {
		return err
	}
	report.TextsPerSecond = float64(len(texts)) / since(start).Seconds()
	if c.JSON {
		return e.printJSON(report)
	}
	e.printf("texts %d  macro recall %.2f  macro F1 %.2f  accuracy %.2f  %.0f texts/s\n",
		report.Texts, 100*report.MacroRecall, 100*report.MacroF1, 100*report.Accuracy, report.TextsPerSecond)
	for _, class := range report.Classes {
		e.printf("%-8s  precision %.2f  recall %.2f  F1 %.2f  n %d\n",
			class.Label, 100*class.Precision, 100*class.Recall, 100*class.F1, class.Texts)
	}
	return nil
}

func readLabels(e *env, name string) ([]int, error) {
	lines, err := readTexts(e, name)
	if err != nil {
		return nil, err
	}
	labels := make([]int, len(lines))
	for i, line := range lines {
		n, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil || n < 0 || n > 2 {
			return nil, bot.Errorf(bot.ErrInvalid, "%s, line %d: %q is not a label; write 0 (negative), 1 (neutral) or 2 (positive).", name, i+1, line)
		}
		labels[i] = n
	}
	return labels, nil
}
