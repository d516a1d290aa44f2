package handlers_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// saidLastWeek stores mentions of the week before, which the audit draws from.
func (w *world) saidLastWeek(n int) {
	w.Helper()
	var all []bot.Heard
	for i := range n {
		at := w.clock.Now().Add(-7*24*time.Hour - time.Duration(i)*time.Minute)
		all = append(all, bot.Heard{
			Mention: bot.Mention{Source: "masto", Kind: "mastodon", ExternalID: fmt.Sprint("week", i), Text: fmt.Sprintf("Words of %d last week, <!channel>.", i),
				Author: bot.Author{Handle: fmt.Sprint("week", i)}, Watches: []string{"larkspur"}, CreatedAt: at, SeenAt: at, URL: "https://social.example/w"},
			Verdict: bot.Verdict{Label: bot.Positive, Probs: bot.Probs{Negative: .1, Neutral: .2, Positive: .7}, Stance: bot.Passive, Model: "test"},
		})
	}
	if _, err := w.st.SaveHeard(w.Context(), all); err != nil {
		w.Fatal(err)
	}
}

// labels presses the button of an answer that has this label.
func (w *world) labels(who string, a bot.Answer, label string) bot.Answer {
	w.Helper()
	for _, b := range a.Tell.Blocks {
		for _, bt := range b.Buttons {
			if bt.Label == label {
				return w.does(bot.Interaction{Kind: bot.DidPress, By: person(who), Action: bt.Action})
			}
		}
	}
	w.Fatalf("there is no button %q:\n%s", label, show(a))
	return bot.Answer{}
}

// TestAudit labels what was drawn, one mention after the other.
func TestAudit(t *testing.T) {
	w := newWorld(t)
	w.says(w.types("lea", "audit"), "Nothing waits for you to be labelled.", "/voc audit more")
	w.says(w.types("lea", "audit status"), "No mention was drawn")
	w.saidLastWeek(3)
	first := w.types("lea", "audit")
	w.says(first, "**What does this say about larkspur?**", "last week", "[Negative] [Neutral] [Positive] [Not about us] [Skip]", "3 to go.")
	if s := show(first); strings.Contains(strings.ToLower(strings.ReplaceAll(s, "[Positive]", "")), "positive") || strings.Contains(s, "passive") {
		t.Errorf("the machine's verdict is shown to who is to judge without it:\n%s", s)
	}
	golden(t, "audit", show(first))
	second := w.labels("lea", first, "Negative")
	w.says(second, "Kept: negative.", "[Change it]", "2 to go.")
	w.says(w.labels("lea", w.labels("lea", second, "Change it"), "Positive"), "Kept: positive.", "2 to go.")
	third := w.labels("lea", second, "Not about us")
	w.says(third, "Kept: not about us.", "The last one.")
	w.says(w.labels("lea", third, "Skip"), "Skipped.", "Nothing waits for you")
	got, err := w.st.Audited(t.Context(), w.clock.Now().Add(-time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Positive != 1 || got[0].People() != 1 || got[1].NotUs != 1 || got[0].Label != bot.Positive || got[0].Model != "test" {
		t.Errorf("kept %+v", got)
	}
	w.says(w.types("max", "audit larkspur"), "3 to go.") // what nobody has judged comes first, then what one has
	status := w.types("lea", "audit status")
	w.says(status, "larkspur | **2** of 3 drawn are labelled; the digest tells the accuracy from 30 on", "from 100 on they correct the social NPS")
	golden(t, "audit_status", show(status))
}

// TestAuditMore draws more of the same week, until there is none.
func TestAuditMore(t *testing.T) {
	w := newWorld(t)
	w.saidLastWeek(40)
	w.says(w.types("lea", "audit"), "25 to go.")
	w.says(w.types("lea", "audit"), "25 to go.") // a week is drawn once
	w.says(w.types("lea", "audit more larkspur"), "40 to go.")
	w.says(w.types("lea", "audit more"), "40 to go.")
}

// TestAuditRefuses keeps out who may not label, and what is no label.
func TestAuditRefuses(t *testing.T) {
	w := newWorld(t)
	w.saidLastWeek(1)
	w.says(w.types("vic", "audit"), "you need the role agent; you are viewer")
	w.says(w.types("lea", "audit larkspru"), "Did you mean /voc audit larkspur?")
	w.says(w.types("lea", "audit nothing of ours"), "The watches are: larkspur, rival.")
	w.types("lea", "audit")
	press := func(who, arg string, id int64) bot.Answer {
		return w.does(bot.Interaction{Kind: bot.DidPress, By: person(who), Action: bot.ActionID{Name: "audit.label", Target: id, Arg: arg}})
	}
	w.says(press("vic", "negative", 1), "To label mentions you need the role agent")
	w.says(press("lea", "furious", 1), "another version of Earshot")
	w.says(press("lea", "negative", 99), "not stored (any more)")
	if got, err := w.st.Audited(t.Context(), time.Time{}); err != nil || len(got) != 0 {
		t.Errorf("kept %+v, %v", got, err)
	}
}
