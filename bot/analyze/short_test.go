package analyze

import (
	"os"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
)

// TestShort asks about short texts of customers. A false flag costs the
// attention of a team, so those that complain of nothing must seldom be
// flagged.
func TestShort(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	raw, err := os.ReadFile("testdata/short.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all, right, calm, cries, bad, found, tongue int
	for line := range strings.Lines(string(raw)) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			continue // the comment
		}
		v := a.Verdict(bot.Mention{Text: part[2]})
		all++
		wrong := ""
		if slices.Contains(strings.Split(part[1], "|"), string(v.Label)) {
			right++
		} else {
			wrong = "label"
		}
		if v.Language != part[0] && v.Language != "und" {
			tongue++
			wrong += " language"
		}
		switch {
		case part[1] == string(bot.Negative) && v.Flagged:
			bad, found = bad+1, found+1
		case part[1] == string(bot.Negative):
			bad++
			wrong += " missed"
		case v.Flagged:
			calm, cries = calm+1, cries+1
			wrong += " FLAGGED"
		default:
			calm++
		}
		if wrong != "" {
			t.Logf("%s %q is %s %s %.2f, want %s: %s", part[0], part[2], v.Language, v.Label, v.Probs, part[1], wrong)
		}
	}
	t.Logf("%d texts: %.1f %% right; %d of %d that complain of nothing are flagged (%.1f %%), %d of %d complaints (%.1f %%); %d in the wrong language",
		all, 100*float64(right)/float64(all), cries, calm, 100*float64(cries)/float64(calm), found, bad, 100*float64(found)/float64(bad), tongue)
	if all < 150 {
		t.Errorf("%d texts, want 150 at least", all)
	}
	if float64(right) < 0.80*float64(all) || float64(cries) > 0.08*float64(calm) || float64(found) < 0.75*float64(bad) {
		t.Error("worse than the floors: 80 % right, 8 % flagged in vain, 75 % of complaints flagged")
	}
}

// TestNoAlarm has texts that were flagged once, to the annoyance of people.
func TestNoAlarm(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	for _, text := range []string{
		"Thanks!", "I like it", "It arrived.", "Larkspur wrote to me, thanks.", "That helped, thanks a lot for the fast answer.",
		"Picked up a refurbished Larkspur One for 340. Like new. What a bargain.",
		"Delivery was a day early and the courier carried it to the third floor. Larkspur, you spoil me.",
		"larkspur. this.", "The meeting is on Monday.", "ok", "no problems, no complaints",
	} {
		v := a.Verdict(bot.Mention{Text: text})
		if v.Flagged || v.Label == bot.Negative || v.Language != "en" && v.Language != "und" {
			t.Errorf("%q is %s %s %.2f, flagged %t", text, v.Language, v.Label, v.Probs, v.Flagged)
		}
	}
}
