package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/relate/contrast"
)

// fakeContrasts answers every question with the same phrases, and keeps what
// was asked.
type fakeContrasts struct{ asked *contrast.Query }

func (f fakeContrasts) Contrast(_ context.Context, q contrast.Query) (contrast.Result, error) {
	if f.asked != nil {
		*f.asked = q
	}
	r := contrast.Result{PeopleA: 120, PeopleB: 340, Enough: true, OneIn: 1, Compared: 512, Phrases: []contrast.Phrase{
		{Text: "burnt smell", PeopleA: 18, PeopleB: 2, Lift: 21.4, Low: 5.9, High: 78.2, Negative: contrast.Share{Share: .94, Low: .74, High: .99, Of: 18},
			Quote: "Second machine, same burnt smell.", Author: "@brewhilda", URL: "https://social.example/1", Mention: 7},
		{Text: "won't start", PeopleA: 9, PeopleB: 0, Lift: 169, Low: 10, High: 2866},
	}}
	switch {
	case q.A.Has("plan"):
		return r, bot.Errorf(bot.ErrInvalid, "No mention of this time has \"plan\". There are: version.")
	case q.A.Has("source"):
		return contrast.Result{PeopleA: 11, PeopleB: 400, OneIn: 1}, nil
	case q.A.Has("before"):
		r.Phrases = nil
	case q.A.Has("label"):
		r.OneIn = 10
	}
	return r, nil
}

// TestContrastAsPeopleType keeps the words of the answers, and of mistakes.
func TestContrastAsPeopleType(t *testing.T) {
	w := newWorld(t)
	if err := w.st.SaveSourceState(t.Context(), bot.SourceState{Name: "reviews", Synced: true}); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, line := range []string{
		"contrast", "contrast 2 stars vs 4 stars", "contrast 1–2★ vs 5★ for larkspur 30d", "contrast detractors versus promoters 2 weeks", "contrast negative",
		"contrast source=reviews", "contrast reviews", "contrast before 2026-03-01", "contrast before yesterdy", "contrast version=4.2 vs version=4.1", "contrast plan=gold",
		"contrast topic=pric", "contrast source=revews", "contrast detracters", "contrast 2 stars vs", "contrast 9 stars", "contrast purple elephants", "contrast 2 stars for larkspr", "contrast 2 stars for teapots",
		"contrast rating<=2 and topic=price vs rating>=4", `contrast "price" vs firmware`,
	} {
		fmt.Fprintf(&b, "--- %s\n%s", line, show(w.types("vic", line)))
	}
	golden(t, "contrast", b.String())
}

// TestContrastAsks checks what is asked of the store.
func TestContrastAsks(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"2 stars vs 4 stars":                          "2★ against 4★ of  over 2160h0m0s",
		"1-2 stars topic:price for larkspur 30d":      "1–2★, topic price against the rest of larkspur over 720h0m0s",
		"since 2026-03-01 vs before 2026-03-01 1 day": "since 2026-03-01 against before 2026-03-01 of  over 24h0m0s",
		"version=4.2,4.3 vs version=4.1":              "version 4.2 or 4.3 against version 4.1 of  over 2160h0m0s",
		"tier=gold":                                   "tier gold against the rest of  over 2160h0m0s",
	} {
		w.types("vic", "contrast "+line)
		q := w.asked
		if got := fmt.Sprintf("%s against %s of %s over %s", q.A, q.Other(), q.Watch, q.To.Sub(q.From)); got != want {
			t.Errorf("%s: asked %q, want %q", line, got, want)
		}
	}
}
