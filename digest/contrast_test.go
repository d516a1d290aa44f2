package digest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/relate/contrast"
)

// kettles is a store with five weeks of talk: in the last one detractors say
// that the lid leaks, and everybody speaks of a new descaling kit.
func kettles() *memory {
	var rs []bot.Reading
	id := int64(0)
	say := func(week, n int, stance bot.Stance, topic, format string) {
		for i := range n {
			id++
			r := said(id, id, float64(168*week)+float64(i%160), stance, nil)
			r.Mention.Text, r.Mention.URL = fmt.Sprintf(format, id), fmt.Sprintf("https://example.org/%d", id)
			r.Verdict.Voice = bot.FirstHand
			r.Verdict.Label = map[bot.Stance]bot.Label{bot.Detractor: bot.Negative, bot.Promoter: bot.Positive}[stance]
			if topic != "" {
				r.Verdict.Topics = []bot.TopicHit{{Name: topic}}
			}
			rs = append(rs, r)
		}
	}
	for week := -4; week <= 0; week++ {
		say(week, 40, bot.Promoter, "", "Home%d: mornings are quiet since we have it.")
		say(week, 30, bot.Detractor, "", "Home%d: mornings are loud since we have it.")
	}
	say(0, 18, bot.Detractor, "Quality", "Home%d: the Larkspur lid leaks.")
	say(0, 1, bot.Promoter, "Quality", "Home%d: the lid never leaks.")
	say(0, 9, bot.Unqualified, "", "Home%d asks for the descaling kit.")
	say(0, 6, bot.Detractor, "", "Home%d got a descaling kit at last.")
	say(0, 8, bot.Unqualified, "Price", "Home%d found a voucher.")
	return newMemory(rs...)
}

func TestContrastSections(t *testing.T) {
	m := kettles()
	a := WatchAudience("Larkspur", time.UTC)
	a.Sections = []string{"contrast", "topics"}
	r, err := builder(m).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "contrast.txt", words(r.View(made(), time.UTC)))
	if r.Contrast == nil || r.Contrast.Phrases[0].Mention == 0 || r.Discovered == nil || len(r.Discovered.Phrases) != 1 {
		t.Fatalf("%+v %+v", r.Contrast, r.Discovered)
	}
	for _, p := range r.Discovered.Phrases {
		if strings.Contains(p.Text, "lid") {
			t.Errorf("%q has a topic and is discovered", p.Text)
		}
	}
	calm, err := builder(m).Preview(t.Context(), a, monday().AddDate(0, 0, -7), monday())
	if err != nil || calm.Contrast != nil && strings.Contains(words(calm.View(made(), time.UTC)), "lid") || calm.Discovered != nil {
		t.Errorf("of a calm week: %+v %v", calm.Discovered, err)
	}
}

// TestContrastOfASample: what was counted in one of ten is told as that.
func TestContrastOfASample(t *testing.T) {
	r := Report{Watch: "Larkspur", Sections: []string{"contrast", "topics"},
		ContrastWith: "promoters",
		Contrast:     &contrast.Result{OneIn: 10, Phrases: []contrast.Phrase{{Text: "lid leaks", PeopleA: 18, Low: 1.4, PeopleB: 1}, {Text: "dead", PeopleA: 9}, {Text: "noise", PeopleA: 8}, {Text: "left out", PeopleA: 7}}},
		Discovered:   &contrast.Result{OneIn: 10, PeopleA: 100, PeopleB: 400, Phrases: []contrast.Phrase{{Text: "queue", PeopleA: 40, PeopleB: 20, Negative: contrast.Share{Share: .625, Of: 40}}}}}
	golden(t, "contrast_sample.txt", words(r.View(made(), time.UTC)))
}

func TestContrastQuestion(t *testing.T) {
	b := builder(kettles())
	ask := func(s string) (contrast.Result, error) {
		q, err := contrast.Grammar{Zone: time.UTC}.Query(s)
		if err != nil {
			t.Fatal(err)
		}
		q.Watch, q.From, q.To = "Larkspur", monday().AddDate(0, 0, -30), made()
		return b.Contrast(t.Context(), q)
	}
	r, err := ask("detractors vs promoters")
	if err != nil || len(r.Phrases) == 0 || r.Phrases[0].Quote == "" || r.Phrases[0].Author == "" || r.Phrases[0].URL == "" {
		t.Fatalf("%+v %v", r, err)
	}
	for s, want := range map[string]string{
		"sorce=x":          `Did you mean source?`,
		"source=mastodn":   `No mention of this time has the source "mastodn". Did you mean mastodon?`,
		"topic=weather":    `There are: Price, Quality.`,
		"topic=quality":    "",
		"tier=gold":        "",
		"colour=red":       "nor anything of its kind",
		"after=2031-01-01": "",
	} {
		_, err := ask(s)
		if want == "" && err != nil || want != "" && (bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}

// TestContrastWithWhom: few promoters are joined by those of the weeks before,
// and hardly any give way to everybody else.
func TestContrastWithWhom(t *testing.T) {
	for want, keep := range map[string]func(r *bot.Reading, i int) bool{
		"promoters": func(*bot.Reading, int) bool { return true },
		"promoters since 12 Jan": func(r *bot.Reading, i int) bool {
			return r.Verdict.Stance != bot.Promoter || r.Mention.CreatedAt.Before(monday())
		},
		"others": func(r *bot.Reading, i int) bool {
			if r.Verdict.Stance == bot.Promoter && i%20 != 0 {
				r.Verdict.Stance = bot.Passive
			}
			return true
		},
		"": func(r *bot.Reading, i int) bool { return r.Verdict.Stance != bot.Detractor || i%20 == 0 },
	} {
		m := kettles()
		var kept []bot.Reading
		for i, r := range m.readings {
			if keep(&r, i) {
				kept = append(kept, r)
			}
		}
		a := WatchAudience("Larkspur", time.UTC)
		r, err := builder(newMemory(kept...)).Preview(t.Context(), a, monday(), monday().AddDate(0, 0, 7))
		if err != nil || r.ContrastWith != want || r.Contrast != nil && r.Contrast.PeopleA != 54 {
			t.Errorf("compared with %q, want %q (%v)", r.ContrastWith, want, err)
		}
	}
}

// TestContrastFails: what the store says is not lost, and a quote that is gone
// is left out.
func TestContrastFails(t *testing.T) {
	for _, method := range []string{"Readings", "Mention", "Tiers"} {
		m := kettles()
		m.failAt = method
		q, err := contrast.Grammar{}.Query("detractors tier=gold vs promoters")
		if method == "Mention" {
			q, err = contrast.Grammar{}.Query("detractors vs promoters")
		}
		if err != nil {
			t.Fatal(err)
		}
		q.Watch, q.To = "Larkspur", made()
		if _, err := builder(m).Contrast(t.Context(), q); err == nil {
			t.Errorf("%s fails, and nobody is told", method)
		}
	}
	b := builder(kettles())
	for _, gone := range []int64{0, 99_999} {
		p := contrast.Phrase{Text: "lid leaks", Mention: gone}
		if err := b.quote(t.Context(), &p); err != nil || p.Mention != 0 || p.Quote != "" {
			t.Errorf("%+v %v", p, err)
		}
	}
}
