package intake_test

import (
	"testing"

	"earshot/bot"
)

// A mention that speaks of several watches opens a case for the one that it
// complains of, and none for a competitor.
func TestCaseOfTheRightWatch(t *testing.T) {
	for said, want := range map[string]string{
		"The Mill is wonderful, I love it. The Larkspur broke twice, terrible!":      "Larkspur",
		"Larkspur is wonderful, I love it. But the Mill broke twice, terrible!":      "Mill",
		"Switched from Larkspur to Wren and it is so much better":                    "Larkspur",
		"Switched from Wren to Larkspur and it is so much better":                    "",
		"Wren is terrible, broke twice and nobody answers. I want my money back now": "",
	} {
		r := newRigOf(t, bot.Watch{Name: "Wren", Kind: bot.Competitor, Terms: []string{"wren"}},
			bot.Watch{Name: "Larkspur", Terms: []string{"larkspur"}}, bot.Watch{Name: "Mill", Kind: bot.Product, Terms: []string{"mill"}})
		r.take(t, r.said("hilda", said))
		c, err := r.store.Case(t.Context(), 1)
		switch {
		case want == "" && bot.KindOf(err) != bot.ErrNotFound:
			t.Errorf("%q opened a case of %q", said, c.Watch)
		case want != "" && (err != nil || c.Watch != want || c.Label != bot.Negative):
			t.Errorf("%q: a case of %q, %s (%v), want %s", said, c.Watch, c.Label, err, want)
		}
		if want == "" {
			continue
		}
		d, err := r.store.Dossier(t.Context(), 1)
		if err != nil || d.Verdict.Label != bot.Negative {
			t.Errorf("%q: the card says %s (%v)", said, d.Verdict.Label, err)
		}
	}
}
