package corroborate

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"earshot/bot"
)

func noon() time.Time { return time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC) }

// talkOf is an episode of six hours with so many who saw it themselves, so many
// who heard of it, and so many who only repeat.
func talkOf(own, heard, repeats int) Talk {
	t := Talk{From: noon().Add(-6 * time.Hour), To: noon(), BeforeFrom: noon().AddDate(0, 0, -7), Complaints: own + heard, Usual: 4}
	add := func(n int, said string, v bot.Voice, repost bool) {
		for i := range n {
			r := bot.Reading{Mention: bot.Mention{Text: fmt.Sprintf("%s %d", said, i)}, Verdict: bot.Verdict{Label: bot.Negative, Voice: v}}
			if repost {
				r.Mention.RepostOf = "1"
			}
			t.During = append(t.During, r)
		}
	}
	add(own, "mine died", bot.FirstHand, false)
	add(heard, "they say it dies", bot.Hearsay, false)
	add(repeats, "RT they die", bot.Hearsay, true)
	return t
}

// daily is four weeks of counts of a fact, and those of the day itself.
func daily(name string, role bot.FactRole, usual, today float64) []bot.Fact {
	var out []bot.Fact
	for i := range 28 {
		n := usual
		if i%2 == 0 {
			n += min(usual, 1)
		}
		out = append(out, bot.Fact{Name: name, Role: role, Day: noon().Truncate(24*time.Hour).AddDate(0, 0, -1-i), Count: n})
	}
	return append(out, bot.Fact{Name: name, Role: role, Day: noon().Truncate(24 * time.Hour), Count: today})
}

// private adds messages to us: so many in the episode, so many in the week before.
func private(t Talk, now, before int) Talk {
	r := bot.Reading{Mention: bot.Mention{Private: true, Text: "it died"}, Verdict: bot.Verdict{Label: bot.Negative}}
	for i := range now {
		r.Mention.Text = fmt.Sprintf("dear support, it died, number %d", i)
		t.During = append(t.During, r)
	}
	for range before {
		t.Before = append(t.Before, r)
	}
	return t
}

func TestJudge(t *testing.T) {
	for name, tt := range map[string]struct {
		talk    Talk
		facts   []bot.Fact
		want    bot.Ground
		rising  string
		asUsual string
	}{
		"returns rise with it":                {talkOf(10, 10, 10), daily("returns", bot.Trouble, 8, 30), bot.ProductProblem, "returns", ""},
		"messages to us rise with it":         {private(talkOf(10, 10, 0), 9, 14), nil, bot.ProductProblem, "messages to us", ""},
		"many saw it themselves":              {talkOf(12, 8, 5), nil, bot.ProductProblem, "", ""},
		"few saw it, and returns are as ever": {talkOf(2, 20, 30), daily("returns", bot.Trouble, 8, 8), bot.PerceptionProblem, "", "returns"},
		"mostly repeats, returns as ever":     {talkOf(5, 5, 40), daily("returns", bot.Trouble, 20, 19), bot.PerceptionProblem, "", "returns"},
		"told on, and nothing else is known":  {talkOf(2, 20, 30), nil, bot.NotEnoughData, "", ""},
		"many saw it, but returns as ever":    {talkOf(12, 8, 0), daily("returns", bot.Trouble, 20, 19), bot.NotEnoughData, "", "returns"},
		"returns were hardly counted":         {talkOf(2, 20, 30), daily("returns", bot.Trouble, 8, 8)[24:], bot.NotEnoughData, "", ""},
		"too few returns to tell":             {talkOf(2, 20, 30), daily("returns", bot.Trouble, 0, 1), bot.NotEnoughData, "", "returns"},
		"only we have not heard of it":        {talkOf(0, 0, 40), daily("returns", bot.Trouble, 8, 30), bot.NotEnoughData, "returns", ""},
		"orders rise: they are no trouble":    {talkOf(2, 20, 30), daily("orders", bot.Base, 100, 400), bot.NotEnoughData, "", ""},
		"nothing was said":                    {talkOf(0, 0, 0), nil, bot.NotEnoughData, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			g := Judge(tt.talk, tt.facts)
			if g.Verdict != tt.want || first(g.Rising) != tt.rising || (tt.asUsual != "" && first(g.Usual) != tt.asUsual && tt.want == bot.PerceptionProblem) {
				t.Errorf("got %+v", g)
			}
		})
	}
}

func first(list []bot.Rise) string {
	if len(list) == 0 {
		return ""
	}
	return list[0].Name
}

func TestRate(t *testing.T) {
	facts := append(daily("orders", bot.Base, 1000, 2000), daily("visits", bot.Base, 10, 10)...)
	g := Judge(talkOf(30, 10, 0), facts)
	if g.Base != "orders" || g.Rate != 1000*40/2000 || g.RateUsual < 15 || g.RateUsual > 16.1 {
		t.Errorf("got %v per thousand %s, usually %v", g.Rate, g.Base, g.RateUsual)
	}
	if g := Judge(talkOf(30, 10, 0), nil); g.Base != "" || g.Rate != 0 {
		t.Errorf("without facts: %+v", g)
	}
}

func TestCopiesAreRepeats(t *testing.T) {
	talk := talkOf(0, 0, 0)
	for range 10 {
		talk.During = append(talk.During, bot.Reading{Mention: bot.Mention{Text: "mine  died"}, Verdict: bot.Verdict{Voice: bot.FirstHand}})
	}
	if g := Judge(talk, nil); g.Repeats != 9 || g.FirstHand != 1 {
		t.Errorf("got %+v", g)
	}
}

// TestQuietCountsDoNotRise simulates days on which nothing is wrong: a fact
// whose days vary more than by chance is said to rise in fewer than one run in twenty.
func TestQuietCountsDoNotRise(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 7))
	wrong, runs := 0, 2000
	for range runs {
		facts := daily("returns", bot.Trouble, 0, 0)
		for i := range facts {
			n, rate := 0, 12*rnd.ExpFloat64()/2+6 // a rate that itself varies
			for at := rnd.ExpFloat64(); at < rate; at += rnd.ExpFloat64() {
				n++
			}
			facts[i].Count = float64(n)
		}
		if len(Judge(talkOf(10, 10, 0), facts).Rising) > 0 {
			wrong++
		}
	}
	if wrong > runs/20 {
		t.Errorf("%d of %d quiet days are said to rise", wrong, runs)
	}
}
