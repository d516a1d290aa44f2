package contrast

import (
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

func grammar() Grammar {
	return Grammar{Now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Zone: time.FixedZone("", 3600),
		Watches: []string{"Larkspur", "Rival & Co"}, Topics: []string{"Customer service", "Price"}, Sources: []string{"reviews", "App Store"}}
}

func TestGrammar(t *testing.T) {
	for typed, want := range map[string]string{
		"2 stars vs 4 stars":                      "2★ against 4★",
		"1-2★ VS 5⭐":                              "1–2★ against 5★",
		"rating<=2 against rating>3":              "1–2★ against 4–5★",
		"2-star versus 4-stars":                   "2★ against 4★",
		"people who gave 2 stars":                 "2★ against the rest",
		"survey=0-6 vs survey>=9":                 "survey 0–6 against survey 9–10",
		"Detractors vs promoters":                 "detractors against promoters",
		"negative and topic:price":                "negative mentions, topic price against the rest",
		`topic="customer service" vs "App Store"`: "topic customer service against source App Store",
		"customer service vs app store":           "topic Customer service against source App Store",
		"Rival & Co vs larkspur":                  "watch Rival & Co against watch Larkspur",
		"since 2026-11-01 vs before 2026-11-01":   "since 2026-11-01 against before 2026-11-01",
		"after=2026-11-01T14:30":                  "since 2026-11-01 14:30 against the rest",
		"since yesterday":                         "since 2026-11-21 against the rest",
		"version=4.2,4.3 vs version=4.1":          "version 4.2 or 4.3 against version 4.1",
		"attr.tier=x tier=gold":                   "tier x, tier gold against the rest",
	} {
		q, err := grammar().Query(typed)
		if err != nil || q.String() != want {
			t.Errorf("%s: %q, %v; want %q", typed, q, err, want)
		}
	}
}

func TestGrammarSaysWhatWasMeant(t *testing.T) {
	for typed, want := range map[string]string{
		"":                         "Say who against whom",
		"2 stars vs":               "Say who against whom",
		"vs 2 stars":               "Say who against whom",
		"6 stars":                  "no rating",
		"3-2 stars":                "no rating",
		"survey=11":                "no mark of a survey",
		"promotors":                "Did you mean promoters?",
		"topic=prise":              "Did you mean topic=Price?",
		"source=shop":              "There are: reviews, App Store.",
		"label=angry":              "There are: negative",
		"before noon":              "not a date",
		"before":                   "not a date",
		"version>4":                "only ratings and surveys",
		"version=":                 "Write version=VALUE",
		"xyzzy quux plugh":         "I do not know",
		"\x00\u202e":               "Say who against whom",
		strings.Repeat("a ", 5000): "I do not know",
	} {
		_, err := grammar().Query(typed)
		if err == nil || bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %q", typed, err, want)
		}
	}
}

func TestMatch(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	r := bot.Reading{
		Mention: bot.Mention{Source: "reviews", Kind: "feed", Watches: []string{"Larkspur"}, Rating: bot.Rating{Value: 4, Of: 10}, CreatedAt: day, Attrs: map[string]string{"Version": "4.2"}},
		Verdict: bot.Verdict{Label: bot.Negative, Language: "de", Topics: []bot.TopicHit{{Name: "Price"}}, Stance: bot.Promoter},
	}
	g := Grammar{Zone: time.UTC}
	for typed, want := range map[string]bool{
		"2 stars": true, "1 star": false, "rating<3": true, "rating>3": false, "survey<=6": false, "source=Reviews": true, "source=feed": true, "source=x": false,
		"watch=larkspur": true, "topic=price": true, "topic=x,price": true, "label=positive": false, "negative": true, "detractors": true, "promoters": false,
		"tier=GOLD": true, "tier=silver": false, "language=de": true, "language=en": false, "version=4.2": true, "version=4.1": false, "nothing=4.2": false,
		"before 2026-11-01": false, "after 2026-11-01": true, "before 2026-11-02": true, "2 stars version=4.1": false,
	} {
		f, err := g.Filter(typed)
		if err != nil || f.Match(r, "gold") != want {
			t.Errorf("%s: %v, %v", typed, f.Match(r, "gold"), err)
		}
	}
}

// TestSides: the rest are those of whom the same is known, and who is on both
// sides is on neither.
func TestSides(t *testing.T) {
	rated := bot.Reading{Mention: bot.Mention{Rating: bot.Rating{Value: 5, Of: 5}, Source: "reviews", Attrs: map[string]string{"version": "4.1"}}}
	post := bot.Reading{Mention: bot.Mention{Source: "forum"}}
	for _, tc := range []struct {
		asked string
		r     bot.Reading
		group Group
		ok    bool
	}{
		{"5 stars", rated, A, true}, {"2 stars", rated, B, true}, {"2 stars", post, A, false},
		{"source=forum", post, A, true}, {"source=forum", rated, B, true}, {"version=4.2", rated, B, true}, {"version=4.2", post, A, false},
		{"detractors", rated, B, true}, {"detractors", post, A, false}, {"survey=10", rated, A, false}, {"tier=gold", post, A, false},
		{"source=reviews vs 5 stars", rated, A, false}, {"2 stars vs 5 stars", rated, B, true}, {"2 stars vs 4 stars", rated, A, false},
	} {
		q, err := Grammar{}.Query(tc.asked)
		if err != nil {
			t.Fatal(err)
		}
		if g, ok := q.Group(tc.r, ""); g != tc.group || ok != tc.ok {
			t.Errorf("%s: %d %t", tc.asked, g, ok)
		}
	}
	if q, _ := (Grammar{}).Query("tier=gold"); !q.NeedsTiers() {
		t.Error("tiers are needed")
	}
}

// FuzzGrammar: every question is understood or told of, and says itself.
func FuzzGrammar(f *testing.F) {
	for _, s := range []string{"2 stars vs 4 stars", `topic="a b`, "after=2026-11-01", "1–2★", "= : <", "rating=NaN", "survey=1e309", "attr.=x", `"" vs ""`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q, err := grammar().Query(s)
		if err != nil {
			if bot.KindOf(err) != bot.ErrInvalid || len(err.Error()) > 1000 {
				t.Fatalf("%v", err)
			}
			return
		}
		if q.String() == "" {
			t.Fatal("it says nothing")
		}
		q.Group(bot.Reading{}, "")
	})
}
