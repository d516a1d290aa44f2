package main

import (
	"fmt"

	"earshot/bot/analyze"
)

// measurePhenomena counts the sentences that people argue about which come out
// right, by phenomenon. They are part of the program: dir is not looked at.
func measurePhenomena(_ *env, _ string) ([]evalRow, error) {
	fits, err := analyze.EvalPhenomena()
	if err != nil {
		return nil, err
	}
	var rows []evalRow
	for _, f := range fits {
		row := evalRow{Set: "phenomena.tsv, held: " + f.Phenomenon, Measure: "right, %", Value: 100 * f.Held.Of(), Texts: f.Held.All,
			Note: fmt.Sprintf("of those the rules were written with: %.1f of %d", 100*f.Tuned.Of(), f.Tuned.All)}
		if f.Held.All == 0 {
			row.Set, row.Value, row.Texts, row.Note = "phenomena.tsv, tuned: "+f.Phenomenon, 100*f.Tuned.Of(), f.Tuned.All, ""
		}
		rows = append(rows, row)
	}
	return rows, nil
}
