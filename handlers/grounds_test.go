package handlers_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// fakeGrounds finds returns up for one topic, nothing for others.
type fakeGrounds struct{}

func (fakeGrounds) Grounds(_ context.Context, s bot.Series, from, to time.Time) (bot.Grounds, error) {
	if s.Topic == "" {
		return bot.Grounds{Verdict: bot.NotEnoughData, Mentions: int(to.Sub(from).Hours() / 24)}, nil
	}
	return bot.Grounds{Verdict: bot.ProductProblem, Mentions: 1204, FirstHand: 430, Repeats: 610, Base: "orders", Rate: 12, RateUsual: 2.25,
		Rising: []bot.Rise{{Name: "returns", Now: 31, Usual: 12.2}}, Usual: []bot.Rise{{Name: "messages to us", Now: 3, Usual: 2.5}}}, nil
}

// TestGroundsAsPeopleType keeps the words of the answers, and of mistakes.
func TestGroundsAsPeopleType(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	for _, line := range []string{"grounds", "grounds firmware", "grounds firmware 2d", "grounds larkspur 30d", "grounds frmware", "grounds elephants 2d"} {
		fmt.Fprintf(&b, "--- %s\n%s", line, show(w.types("vic", line)))
	}
	golden(t, "grounds", b.String())
}
