package analyze

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
)

// shared is the folder of labelled data, which is not part of the project:
// the environment names it.
func shared(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("figures are measured without -short")
	}
	dir := os.Getenv("EARSHOT_SHARED")
	if dir == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("EARSHOT_SHARED must name the folder of the labelled data")
		}
		t.Skip("EARSHOT_SHARED does not name the folder of the labelled data")
	}
	return filepath.Join(dir, "data", "sentiment")
}

func labelled(t testing.TB, path string) (texts []string, labels []int) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(raw)) {
		label, text, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok || len(label) != 1 {
			t.Fatalf("%s: no label in %q", path, line)
		}
		texts, labels = append(texts, text), append(labels, int(label[0]-'0'))
	}
	return texts, labels
}

// TestHoldOuts keeps the figures of MODEL_CARD.md: the floors are them less a
// point.
func TestHoldOuts(t *testing.T) {
	dir := shared(t)
	a := newAnalyzer(t, Settings{})
	for file, floor := range map[string]float64{
		"semeval_val": 0.70, "umsab_german_val": 0.66, "umsab_french_val": 0.605, "umsab_spanish_val": 0.56,
		"umsab_italian_val": 0.585, "umsab_portuguese_val": 0.585, "umsab_arabic_val": 0.58,
	} {
		texts, labels := labelled(t, filepath.Join(dir, file+".tsv"))
		r, err := a.EvalSentiment(texts, labels)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: macro recall %.3f, F1 %.3f, accuracy %.3f, log-loss %.3f", file, r.MacroRecall, r.MacroF1, r.Accuracy, r.LogLoss)
		if r.MacroRecall < floor {
			t.Errorf("%s: macro recall %.3f, the floor is %.3f", file, r.MacroRecall, floor)
		}
	}
}

// TestAirline measures what the model was never trained on: complaints to
// airlines (CC BY-NC-SA 4.0, measured with only), and how flagging does there.
func TestAirline(t *testing.T) {
	f, err := os.Open(filepath.Join(shared(t), "..", "airline", "dev.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Settings{})
	var texts []string
	var labels []int
	flagged, right, negative := 0, 0, 0
	for _, row := range rows[1:] {
		text, label := row[4], slices.Index([]string{"negative", "neutral", "positive"}, row[6])
		texts, labels = append(texts, text), append(labels, label)
		v := a.Verdict(bot.Mention{Text: text})
		if label == 0 {
			negative++
		}
		if v.Flagged {
			flagged++
			if label == 0 {
				right++
			}
		}
	}
	r, err := a.EvalSentiment(texts, labels)
	if err != nil {
		t.Fatal(err)
	}
	precision, recall := float64(right)/float64(flagged), float64(right)/float64(negative)
	t.Logf("airline: macro recall %.3f (%.3f, %.3f, %.3f), macro F1 %.3f, accuracy %.3f, flagged: precision %.3f, recall %.3f",
		r.MacroRecall, r.Classes[0].Recall, r.Classes[1].Recall, r.Classes[2].Recall, r.MacroF1, r.Accuracy, precision, recall)
	if r.MacroRecall < 0.71 || precision < 0.87 || recall < 0.655 {
		t.Error("worse than the floors: macro recall 0.71, flagging 0.87 and 0.655")
	}
}

// BenchmarkSentiment is what a text costs on one core: reading, language and
// sentiment.
func BenchmarkSentiment(b *testing.B) {
	texts, _ := labelled(b, filepath.Join(shared(b), "semeval_val.tsv"))
	a := newAnalyzer(b, Settings{})
	d := a.desk()
	for i := 0; b.Loop(); i++ {
		d.text.Read(texts[i%len(texts)])
		a.feel(&d.own, a.language.Detect(&d.text), nil)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
