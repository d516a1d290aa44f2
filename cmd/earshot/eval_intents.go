package main

import (
	"fmt"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/analyze/intent"
	"earshot/bot/relate"
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
			if was := firstRecall(bot.Intent(f.Name)); part == intent.Last && was > 0 {
				row.Note += fmt.Sprintf("; recall was %.0f when first measured, before some of what was missed was added", was)
			}
			row.Measure, row.Value = f.Name+": precision, %", 100*f.Precision
			rows = append(rows, row)
			row.Measure, row.Value, row.Asked = f.Name+": recall, %", 100*f.Recall, askedRecall(bot.Intent(f.Name))
			rows = append(rows, row)
		}
	}
	urgent, err := measureUrgency(a)
	return append(rows, urgent...), err
}

// measureUrgency measures the levels of urgency, with what the author's tier
// adds.
func measureUrgency(a *analyze.Analyzer) ([]evalRow, error) {
	all, err := analyze.UrgencyExamples()
	if err != nil {
		return nil, err
	}
	fits, n := analyze.EvalUrgency(all, true, func(x analyze.UrgencyExample) bot.Urgency {
		return relate.Urge(a.Verdict(x.Mention).Urgency, bot.Customer{Tier: x.Tier}, relate.UsualTiers(), a.UrgencyLevel)
	}, nil)
	var rows []evalRow
	for _, f := range fits {
		row := evalRow{Set: "urgency.tsv, held", Texts: n, Note: fmt.Sprintf("%d have it", f.Is)}
		row.Measure, row.Value = f.Level.String()+": precision, %", 100*f.Precision
		rows = append(rows, row)
		row.Measure, row.Value = f.Level.String()+": recall, %", 100*f.Recall
		rows = append(rows, row)
	}
	return rows, nil
}

// firstRecall is the recall of the texts written last, in per cent, before any
// of them was looked at: an honest guess at what the world's own words bring.
func firstRecall(i bot.Intent) float64 {
	switch i {
	case bot.Churn:
		return 83
	case bot.Safety:
		return 68
	case bot.Legal:
		return 95
	}
	return 0
}

// askedRecall is the recall that is aimed at: what is grave must not be missed.
func askedRecall(i bot.Intent) float64 {
	switch i {
	case bot.Churn, bot.Safety, bot.Legal:
		return 90
	}
	return 0
}
