package analyze

import (
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/intent"
	"earshot/bot/relate"
)

// TestLabelledIntents keeps the figures of MODEL_CARD.md; the floors are those
// of the held part less a few points, for the sentiment beneath moves.
func TestLabelledIntents(t *testing.T) {
	all, err := intent.Labelled()
	if err != nil {
		t.Fatal(err)
	}
	a := newAnalyzer(t, Settings{})
	judge := func(text string) bot.Verdict { return a.Verdict(bot.Mention{Text: text}) }
	floors := map[string]struct{ precision, recall float64 }{
		"complaint": {0.68, 0.62}, "question": {0.82, 0.90}, "request": {0.84, 0.90}, "praise": {0.78, 0.60},
		"churn": {0.78, 0.90}, "safety": {0.85, 0.90}, "legal": {0.90, 0.90}, "firsthand": {0.88, 0.86}, "hearsay": {0.80, 0.80},
	}
	fits, n := intent.Eval(all, intent.Held, judge, nil)
	if n < 200 || len(fits) != len(floors) {
		t.Errorf("%d texts, %d intents and voices", n, len(fits))
	}
	for _, f := range fits {
		t.Logf("%-10s n %3d of %d precision %.2f recall %.2f", f.Name, f.Is, n, f.Precision, f.Recall)
		if want := floors[f.Name]; f.Precision < want.precision || f.Recall < want.recall {
			t.Errorf("%s: precision %.2f, recall %.2f; the floors are %.2f and %.2f", f.Name, f.Precision, f.Recall, want.precision, want.recall)
		}
	}
}

// TestOnlyAsking: who merely asks does not complain.
func TestOnlyAsking(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	for _, text := range []string{
		"How do I reset the timer?", "Where can I buy the filters?", "Is there a student discount?", "Do you ship to Norway?",
		"Which cable fits the old model?", "Wie lange hält der Akku?", "¿Hacen envíos a Canarias?", "Quanto dura la garanzia?",
	} {
		v := a.Verdict(bot.Mention{Text: text})
		if !v.HasIntent(bot.Question) || v.HasIntent(bot.Complaint) {
			t.Errorf("%q: %+v", text, v.Intents)
		}
	}
}

// TestLabelledUrgency keeps the figures of MODEL_CARD.md; what a tier adds is
// added as acting does.
func TestLabelledUrgency(t *testing.T) {
	all, err := UrgencyExamples()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 200 {
		t.Errorf("%d examples", len(all))
	}
	a := newAnalyzer(t, Settings{})
	fits, n := EvalUrgency(all, true, func(x UrgencyExample) bot.Urgency {
		return relate.Urge(a.Verdict(x.Mention).Urgency, bot.Customer{Tier: x.Tier}, relate.UsualTiers(), a.UrgencyLevel)
	}, nil)
	for _, f := range fits {
		t.Logf("%-7s n %3d of %d precision %.2f recall %.2f", f.Level, f.Is, n, f.Precision, f.Recall)
		if f.Precision < 0.72 || f.Recall < 0.72 {
			t.Errorf("%s: precision %.2f, recall %.2f; the floor is 0.72", f.Level, f.Precision, f.Recall)
		}
	}
}

// TestUrgencyReasons: every reason is named, and counts what the settings say.
func TestUrgencyReasons(t *testing.T) {
	points := Urgency{Safety: 1, Legal: 2, Churn: 4, VeryNegative: 8, Complaint: 8, Waiting: 16, Repeated: 32, Asks: 64, LowRating: 128, Old: 256,
		Reach: []Reach{{10, 512}}, Normal: 1, High: 2, Critical: 3}
	a := newAnalyzer(t, Settings{Urgency: points})
	day := bot.Mention{Text: "It smells burnt and nobody answers, for the third time. I am cancelling my contract, my lawyer knows. Where is my refund?",
		Rating: bot.Rating{Value: 1, Of: 5}, Author: bot.Author{Followers: 10}}
	day.CreatedAt = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	day.SeenAt = day.CreatedAt.Add(oldAfter)
	u := a.Verdict(day).Urgency
	if u.Points != 1023 || len(u.Reasons) != 10 {
		t.Errorf("%d points, %q", u.Points, u.Reasons)
	}
	day.History = true
	if u := a.Verdict(day).Urgency; u.Points != 1023-256 {
		t.Errorf("history: %d points, %q", u.Points, u.Reasons)
	}
}
