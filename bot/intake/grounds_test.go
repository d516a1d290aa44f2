package intake_test

import (
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
)

// TestSpikeSaysWhetherItIsSo: the returns of the day rise with the burst, so
// its card says that it looks like a product problem, and how many people
// complain per thousand orders.
func TestSpikeSaysWhetherItIsSo(t *testing.T) {
	w := newWeather(t)
	var facts []bot.Fact
	for d := range 32 {
		day := w.now.Truncate(24*time.Hour).AddDate(0, 0, d-28)
		returns := 6.0 + float64(d%3)
		if d >= 31 { // the day of the burst
			returns = 40
		}
		facts = append(facts, bot.Fact{Name: "returns", Role: bot.Trouble, Day: day, Count: returns}, bot.Fact{Name: "orders", Role: bot.Base, Day: day, Count: 500})
	}
	if _, _, err := w.store.SaveFacts(t.Context(), facts); err != nil {
		t.Fatal(err)
	}
	cards := &shown{last: map[int64]bot.Spike{}}
	s := w.watcher(cards)
	if err := s.Load(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.story(t, func() *intake.Spikes { return s })
	for _, sp := range cards.last {
		g := sp.Grounds
		if g == nil || g.Verdict != bot.ProductProblem || len(g.Rising) != 1 || g.Rising[0].Name != "returns" || g.Base != "orders" || g.Rate <= 2*g.RateUsual {
			t.Errorf("the grounds are %+v", g)
		}
	}
	if len(cards.last) == 0 {
		t.Error("no spike was shown")
	}
	g, err := intake.Grounds(t.Context(), w.store, bot.Series{Watch: "Larkspur"}, w.now.Add(-24*time.Hour), w.now)
	if err != nil || g.Verdict != bot.ProductProblem || g.Mentions < 40 || g.Rate <= g.RateUsual {
		t.Errorf("asked for, the grounds are %+v, %v", g, err)
	}
	g, err = intake.Grounds(t.Context(), w.store, bot.Series{Watch: "Wren"}, w.now.Add(-24*time.Hour), w.now)
	if err != nil || g.Verdict != bot.NotEnoughData || g.Mentions != 0 {
		t.Errorf("of a watch that nobody speaks of: %+v, %v", g, err)
	}
}
