package aspect

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

func rules(t testing.TB) *Rules {
	t.Helper()
	r, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func read(said string) *token.Text {
	t := new(token.Text)
	t.Read(said)
	return t
}

func TestOwn(t *testing.T) {
	for said, want := range map[string]string{
		"no quotes at all":                                       "no quotes at all",
		"> somebody\n> else\nmine":                               "mine",
		"On Tuesday Ann wrote:\n> hello there\nmine":             "mine",
		">:( not a quote":                                        ">:( not a quote",
		"so true RT @ann: it is bad":                             "so true ",
		"START @ann is no repost":                                "START @ann is no repost",
		"RT @ann: it is bad":                                     "",
		`he said "this is the best thing" and left`:              "he said   and left",
		`they call it "premium care" here`:                       "they call it   here",
		`the "premium" one`:                                      `the "premium" one`,
		`I read "Pride and Prejudice" again`:                     `I read "Pride and Prejudice" again`,
		"“We value your time” says the voice":                    "  says the voice",
		"an open \"quote that never ends, he said":               "an open \"quote that never ends, he said",
		"\"one two three\" he said and \"four five six\" I said": "  he said and   I said",
	} {
		if got := Own(said); got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for said, want := range map[string][]string{
		"Love the app, the delivery was a disgrace":            {"love the app", "the delivery was a disgrace"},
		"Lovely staff, but the food was cold":                  {"lovely staff", "but the food was cold"},
		"The coffee is good and the app is bad":                {"the coffee is good", "and the app is bad"},
		"Fish and chips and a beer":                            {"fish and chips and a beer"},
		"One sentence. Another one!":                           {"one sentence", "another one!"},
		"Yes, no, maybe":                                       {"yes, no, maybe"},
		"While the room was clean the staff ignored us, sadly": {"while the room was clean the staff ignored us, sadly"},
		"": nil,
	} {
		var got []string
		text := read(said)
		for _, g := range Split(text, new(Scratch)) {
			got = append(got, strings.TrimSpace(string(text.Folded[g.Start:g.End])))
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q (-want +got): %s", said, d)
		}
	}
}

// places finds the words "larkspur" (0) and "wren" (1).
func places(text *token.Text) []Place {
	var list []Place
	for _, k := range text.Tokens {
		switch string(text.FormOf(k)) {
		case "larkspur":
			list = append(list, Place{0, k.Start, k.End})
		case "wren":
			list = append(list, Place{1, k.Start, k.End})
		}
	}
	return list
}

func TestSides(t *testing.T) {
	r := rules(t)
	for said, want := range map[string][2]int{ // the sign of what is said of Larkspur and of Wren
		"Switched from Larkspur to Wren":                {-1, 1},
		"leaving my old Larkspur for a Wren":            {-1, 1},
		"Larkspur is much better than Wren":             {1, -1},
		"Wren > Larkspur":                               {-1, 1},
		"Larkspur < Wren":                               {-1, 1},
		"Larkspur is not as good as Wren":               {-1, 1},
		"I wish I had bought a Wren":                    {0, 1},
		"I switched to Wren from Larkspur, a mistake":   {1, -1},
		"Larkspur and Wren both make kettles":           {0, 0},
		"It is better. Larkspur answered. Wren did too": {0, 0},
	} {
		text := read(said)
		m := r.Read(text, places(text), new(Scratch))
		var got [2]int
		for _, s := range m.Sides {
			switch {
			case s.Weight > 0:
				got[s.Watch] = 1
			case s.Weight < 0:
				got[s.Watch] = -1
			}
		}
		if got != want {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
}

func TestMarks(t *testing.T) {
	r := rules(t)
	for said, want := range map[string]struct{ asks, headline bool }{
		"How do I reset my password?":                 {asks: true},
		"How do I reset my password? It never works.": {},
		"Why does it never work?":                     {},
		"Larkspur opens a factory in Ohio":            {headline: true},
		"Larkspur opens a factory and I love it":      {},
		"I love my Larkspur":                          {},
	} {
		m := r.Read(read(said), nil, new(Scratch))
		if m.Asks != want.asks || m.Headline != want.headline {
			t.Errorf("%q asks %v, headline %v", said, m.Asks, m.Headline)
		}
	}
}

// A hashtag is read as the words that it is made of, and "/s" as sarcasm.
func TestSequence(t *testing.T) {
	r := rules(t)
	for said, want := range map[string]int{ // the sign of what the rules shift
		"#neveragain": -1, "#boycottlarkspur": -1, "#thankyou": 1, "#larkspur": 0, "great service /s": -1, "km/s": 0, "love/s": 0,
	} {
		m := r.Read(read(said), nil, new(Scratch))
		by := m.shift[positive] - m.shift[negative]
		if got := int(math.Copysign(math.Ceil(math.Abs(by)/MaxShift), by)); got != want {
			t.Errorf("%q shifts by %v", said, m.shift)
		}
	}
}

// What the rules do is bounded, and leaves probabilities.
func TestShift(t *testing.T) {
	r := rules(t)
	said := strings.Repeat("thanks for nothing. couldn't be worse! #fail ", 20)
	m := r.Read(read(said), nil, new(Scratch))
	for _, v := range m.shift {
		if math.Abs(v) > MaxShift {
			t.Errorf("shifts %v", m.shift)
		}
	}
	for _, p := range []bot.Probs{{Positive: 1}, {Negative: 0.2, Neutral: 0.3, Positive: 0.5}, {Neutral: 1}} {
		got := m.Shift(p)
		if sum := got.Negative + got.Neutral + got.Positive; math.Abs(sum-1) > 1e-9 || got.Negative <= p.Negative {
			t.Errorf("%+v becomes %+v", p, got)
		}
	}
}

func TestRulesRefused(t *testing.T) {
	for list, want := range map[string]string{
		"negative\t1\tx":                      "four columns",
		"sad\t1\tx\tword":                     "effect",
		"negative\t9\tx\tword":                "weight",
		"negative\t1\tx\t* word":              "begins with a word",
		"negative\t1\tx\tword *":              "does not end with a gap",
		"negative\t1\tx\ttwo-words":           "not one word",
		"# fine\n\nnegative\t1\tx\tword":      "",
		"@a\tb|c\nnegative\t1\tx\t@a|d other": "",
	} {
		_, err := parse(list + "\n@before\ta\n@greeting\thi\n@affix\tfail\n")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", list, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	r := rules(f)
	for _, s := range []string{"couldn't be happier /s", "Larkspur > wren #neveragain", "> quoted\nsaid \"a b c\"", "\xff\xfe“", "soooo, and the but, though"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		own := Own(said)
		if len(own) > len(said)+maxQuotes {
			t.Fatalf("%q became %q", said, own)
		}
		text := read(own)
		var s Scratch
		last := uint32(0)
		for _, g := range Split(text, &s) {
			if g.Start < last || g.End < g.Start || int(g.End) > len(text.Folded) || g.From >= g.To {
				t.Fatalf("%q: segment %+v", said, g)
			}
			last = g.End
		}
		p := r.Read(text, places(text), &s).Shift(bot.Probs{Negative: 0.2, Neutral: 0.5, Positive: 0.3})
		if sum := p.Negative + p.Neutral + p.Positive; !(math.Abs(sum-1) < 1e-9) {
			t.Fatalf("%q: %+v", said, p)
		}
	})
}
