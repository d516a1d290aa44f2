package main

import (
	"fmt"
	"path/filepath"
	"time"

	"earshot/bot/analyze"
	"earshot/bot/analyze/language"
	"earshot/bot/analyze/token"
)

// measureLanguages measures how well eight languages are read and told apart,
// by what `earshot analyze` gives: the language is found, not given. A third of
// the Hindi texts are English, so Hindi does not count for the language.
func measureLanguages(_ *env, dir string) ([]evalRow, error) {
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, err
	}
	var rows []evalRow
	var all []string
	mean := evalRow{Set: "sentiment/umsab_*_val.tsv", Measure: "mean macro F1, %", Asked: 60}
	found := evalRow{Set: "sentiment/umsab_*_val.tsv without hindi", Measure: "language right, %", Asked: 96}
	names := umsabLanguages()
	for _, l := range names {
		set := "sentiment/umsab_" + l.name + "_val.tsv"
		texts, err := readTweets(filepath.Join(dir, set))
		if err != nil {
			return nil, err
		}
		said := texts.said()
		report, err := a.EvalSentiment(said, texts.labels)
		if err != nil {
			return nil, err
		}
		row := evalRow{Set: set, Measure: "macro F1, %", Value: 100 * report.MacroF1, Texts: len(said)}
		mean.Value += row.Value / float64(len(names))
		mean.Texts += row.Texts
		right := 0
		for _, m := range texts.mentions {
			if a.Verdict(m).Language == l.code {
				right++
			}
		}
		if l.code == "hi" {
			row.Note = fmt.Sprintf("%d read as Hindi", right)
		} else {
			row.Note = fmt.Sprintf("language right: %.1f %%", 100*float64(right)/float64(len(said)))
			found.Value += 100 * float64(right)
			found.Texts += len(said)
			all = append(all, said...)
		}
		rows = append(rows, row, evalRow{Set: set, Measure: "expected calibration error", Value: report.Calibration, Texts: len(said)})
	}
	found.Value /= float64(max(found.Texts, 1))
	speed, err := languageSpeed(all)
	return append(rows, mean, found, speed), err
}

// umsabLanguage is a language as its file names it, and its code.
type umsabLanguage struct{ name, code string }

func umsabLanguages() []umsabLanguage {
	return []umsabLanguage{{"arabic", "ar"}, {"english", "en"}, {"french", "fr"}, {"german", "de"}, {"hindi", "hi"}, {"italian", "it"}, {"portuguese", "pt"}, {"spanish", "es"}}
}

// languageSpeed is how many texts, read already, the language is told of in a
// second of one core.
func languageSpeed(texts []string) (evalRow, error) {
	row := evalRow{Set: "sentiment/umsab_*_val.tsv without hindi", Measure: "language, texts a second", Asked: 100_000, Texts: len(texts)}
	m, err := language.Load()
	if err != nil {
		return row, err
	}
	read := make([]token.Text, len(texts))
	for i, s := range texts {
		read[i].Read(s)
	}
	row.Value = fastest(len(read), func(i int) { m.Detect(&read[i]) })
	var again token.Text
	row.Note = fmt.Sprintf("with reading the text, which all of analysis shares: %.0f", fastest(len(texts), func(i int) {
		again.Read(texts[i])
		m.Detect(&again)
	}))
	return row, nil
}

// fastest is how often a second work was done on each of n things in the best
// of several rounds: what else runs on the machine does not count.
func fastest(n int, work func(i int)) float64 {
	const rounds = 20
	best := 0.0
	for range rounds {
		begin := time.Now()
		for i := range n {
			work(i)
		}
		best = max(best, float64(n)/time.Since(begin).Seconds())
	}
	return best
}
