package analyze

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/sentiment"
)

// probabilities are those of the verdicts on texts.
func probabilities(a *Analyzer, mentions []bot.Mention) []bot.Probs {
	list := make([]bot.Probs, len(mentions))
	for i, m := range mentions {
		list[i] = a.Verdict(m).Probs
	}
	return list
}

func table(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(shared(t), "..", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}

// TestCalibration keeps probabilities honest on tweets that temperature alone
// was tuned on.
func TestCalibration(t *testing.T) {
	texts, labels := labelled(t, filepath.Join(shared(t), "semeval_val.tsv"))
	mentions := make([]bot.Mention, len(texts))
	for i, text := range texts {
		mentions[i].Text = text
	}
	gap := sentiment.CalibrationError(probabilities(newAnalyzer(t, Settings{}), mentions), labels)
	t.Logf("semeval_val: expected calibration error %.3f", gap)
	if gap > 0.03 {
		t.Errorf("the expected calibration error is %.3f, want 0.03 at most", gap)
	}
}

// TestRanking ranks airline tweets by how negative they are; nothing was
// trained on or tuned to them.
func TestRanking(t *testing.T) {
	var mentions []bot.Mention
	var labels []int
	for _, row := range table(t, "airline/dev.csv") {
		mentions = append(mentions, bot.Mention{Text: row[4]})
		labels = append(labels, slices.Index([]string{"negative", "neutral", "positive"}, row[6]))
	}
	precision := sentiment.AveragePrecision(probabilities(newAnalyzer(t, Settings{}), mentions), labels)
	t.Logf("airline: average precision of negative %.3f", precision)
	if precision < 0.895 {
		t.Errorf("the average precision of negative is %.3f, the floor is 0.895", precision)
	}
}

// TestReviewWords reads reviews by their words alone: one and two stars are
// negative, three neutral.
func TestReviewWords(t *testing.T) {
	var texts []string
	var labels []int
	for _, row := range table(t, "reviews/clothing_sample.csv") {
		stars, err := strconv.Atoi(row[5])
		if err != nil || row[4] == "" {
			continue
		}
		texts = append(texts, (&bot.Mention{Title: row[3], Text: row[4]}).Said())
		labels = append(labels, []int{0, 0, 1, 2, 2}[stars-1])
	}
	r, err := newAnalyzer(t, Settings{}).EvalSentiment(texts, labels)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("clothing: macro recall %.4f", r.MacroRecall)
	if r.MacroRecall < 0.53 {
		t.Errorf("the macro recall is %.3f, the floor is 0.53", r.MacroRecall)
	}
}
