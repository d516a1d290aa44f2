package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/analyze/sentiment"
)

// judged is a set of texts with their labels: 0 negative, 1 neutral, 2 positive.
type judged struct {
	mentions []bot.Mention
	labels   []int
}

func (j *judged) add(m bot.Mention, label int) {
	j.mentions, j.labels = append(j.mentions, m), append(j.labels, label)
}

// measureSentiment measures the embedded model on English texts it has not
// seen. The temporal hold-out needs a model trained without the latest texts:
// its figures are those that the trainer wrote down.
func measureSentiment(_ *env, dir string) ([]evalRow, error) {
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		return nil, err
	}
	var rows []evalRow
	for _, set := range []struct {
		name                 string
		read                 func(file string) (judged, error)
		recall               float64 // asked
		ranking, calibration bool
	}{
		{"sentiment/semeval_val.tsv", readTweets, 71, false, true},
		{"airline/dev.csv", readAirline, 0, true, false},
		{"reviews/clothing_sample.csv", readRatings, 54, false, false},
	} {
		texts, err := set.read(filepath.Join(dir, set.name))
		if err != nil {
			return nil, err
		}
		report, err := a.EvalSentiment(texts.said(), texts.labels)
		if err != nil {
			return nil, err
		}
		list := texts.probabilities(a)
		row := evalRow{Area: "sentiment", Set: set.name, Texts: len(list), Measure: "macro recall, %", Value: 100 * report.MacroRecall, Asked: set.recall}
		rows = append(rows, row)
		if set.ranking {
			row.Measure, row.Value, row.Asked = "average precision of negative", sentiment.AveragePrecision(list, texts.labels), 0.92
			rows = append(rows, row)
		}
		if set.calibration {
			row.Measure, row.Value, row.Asked, row.AtMost = "expected calibration error", sentiment.CalibrationError(list, texts.labels), 0.03, true
			rows = append(rows, row)
			rows = append(rows, flagRows(row, sentiment.FlagPoints(list, texts.labels))...)
		}
	}
	trained, err := trainedRows()
	return append(rows, trained...), err
}

// trainedRows are what the trainer measured: the models with the rules that are
// asked after them, where they were trained without what they are measured on,
// and the models alone.
func trainedRows() ([]evalRow, error) {
	list, err := sentiment.HoldOuts()
	var rows []evalRow
	for _, h := range list {
		row := evalRow{Set: h.Set + ", by the trainer", Texts: h.Texts, Measure: "macro recall, %", Value: h.Whole}
		if strings.Contains(h.Set, "last") { // the latest years
			row.Asked, row.Note = 62, "trained without them"
			rows = append(rows, row)
		}
		row.Set = h.Set + ", the models alone, by the trainer"
		row.Asked, row.Value = 0, h.MacroRecall
		rows = append(rows, row)
		row.Measure, row.Value = "log-loss, the classes weighing the same", h.LogLoss
		rows = append(rows, row)
		row.Measure, row.Value = "expected calibration error", h.CalibrationError
		rows = append(rows, row)
	}
	return rows, err
}

func (j *judged) said() []string {
	list := make([]string, len(j.mentions))
	for i := range j.mentions {
		list[i] = j.mentions[i].Said()
	}
	return list
}

func (j *judged) probabilities(a *analyze.Analyzer) []bot.Probs {
	list := make([]bot.Probs, len(j.mentions))
	for i, m := range j.mentions {
		list[i] = a.Verdict(m).Probs
	}
	return list
}

// flagRows tell what thresholds of flagging buy.
func flagRows(row evalRow, points []sentiment.FlagPoint) []evalRow {
	row.Asked, row.AtMost = 0, false
	var rows []evalRow
	for _, f := range points {
		row.Measure, row.Value = fmt.Sprintf("flagged from %.2f: precision, %%", f.At), 100*f.Precision
		row.Note = fmt.Sprintf("recall %.1f %%", 100*f.Recall)
		rows = append(rows, row)
	}
	return rows
}

// readTweets reads a label, a tab and a text on each line.
func readTweets(file string) (j judged, err error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return j, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	n := 0
	for line := range strings.Lines(string(body)) {
		n++
		label, text, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		l, err := strconv.Atoi(label)
		if !ok || err != nil || l < 0 || l > 2 {
			return j, bot.Errorf(bot.ErrInvalid, "%s, line %d: no label 0, 1 or 2 before a tab.", file, n)
		}
		j.add(bot.Mention{Text: text}, l)
	}
	return j, nil
}

// readTable reads a CSV file without its heading.
func readTable(file string, columns int) ([][]string, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "Cannot read %s: %v", file, err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 || len(rows[0]) < columns {
		return nil, bot.Errorf(bot.ErrInvalid, "%s is not the table that is measured with: %v", file, err)
	}
	return rows[1:], nil
}

func readAirline(file string) (j judged, err error) {
	rows, err := readTable(file, 7)
	for _, row := range rows {
		if label := slices.Index([]string{"negative", "neutral", "positive"}, row[6]); label >= 0 {
			j.add(bot.Mention{Text: row[4]}, label)
		}
	}
	return j, err
}

// readRatings takes one and two stars for negative, three for neutral. The
// model sees the words alone.
func readRatings(file string) (j judged, err error) {
	rows, err := readTable(file, 6)
	for _, row := range rows {
		stars, err := strconv.Atoi(row[5])
		if err != nil || stars < 1 || stars > 5 || row[4] == "" {
			continue
		}
		j.add(bot.Mention{Title: row[3], Text: row[4]}, []int{0, 0, 1, 2, 2}[stars-1])
	}
	return j, err
}
