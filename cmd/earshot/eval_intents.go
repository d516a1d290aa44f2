package main

import (
	"fmt"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/analyze/intent"
)

// measureIntents measures intents, voices and levels of urgency on our own
// labelled texts, of which the held half was not looked at while phrases were
// chosen. They are part of the program: the folder is not looked at.
func measureIntents(_ *env, _ string) ([]evalRow, error) {
	all, err := intent.Labelled()
	if err != nil {
		return nil, err
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, err
	}
	judge := func(text string) bot.Verdict { return a.Verdict(bot.Mention{Text: text}) }
	tuned, _ := intent.Eval(all, intent.Tune, judge, nil)
	var rows []evalRow
	for _, part := range []string{intent.Held, intent.Last} {
		fits, n := intent.Eval(all, part, judge, nil)
		for k, f := range fits {
			row := evalRow{Set: "labelled.tsv, " + part, Texts: n, Note: fmt.Sprintf("%d have it", f.Is)}
			if part == intent.Held {
				row.Note += fmt.Sprintf("; tuned on: precision %.1f, recall %.1f", 100*tuned[k].Precision, 100*tuned[k].Recall)
			}
			row.Measure, row.Value = f.Name+": precision, %", 100*f.Precision
			rows = append(rows, row)
			row.Measure, row.Value, row.Asked = f.Name+": recall, %", 100*f.Recall, askedRecall(bot.Intent(f.Name))
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// askedRecall is the recall that is aimed at: what is grave must not be missed.
func askedRecall(i bot.Intent) float64 {
	switch i {
	case bot.Churn, bot.Safety, bot.Legal:
		return 90
	}
	return 0
}
