package analyze

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/echo"
	"earshot/bot/analyze/token"
	"earshot/bot/analyze/topic"

	"github.com/google/go-cmp/cmp"
)

func newAnalyzer(t testing.TB, s Settings) *Analyzer {
	t.Helper()
	a, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// settings are a small company's.
func settings() Settings {
	return Settings{
		Topics: []topic.Topic{
			{Name: "Firmware", Words: []string{"update*", "firmware", "app"}},
			{Name: "Coffee", Words: []string{"coffee", "espresso", "taste*"}},
			{Name: "Support", Words: []string{"support", "answer*"}},
		},
		Watches: []bot.Watch{
			{Name: "larkspur", Terms: []string{"larkspur"}, Exclude: []string{"larkspur county"}, Accounts: []string{"larkspurhelp"}},
			{Name: "delphinia", Kind: bot.Competitor, Terms: []string{"delphinia"}},
		},
	}
}

func TestHear(t *testing.T) {
	a := newAnalyzer(t, settings())
	m := bot.Mention{Source: "mastodon", Author: bot.Author{Handle: "brewhilda", Followers: 3400},
		Text: "My second Larkspur died after the 4.2 update. It smells burnt and nobody answers."}
	got := a.Hear(m)
	var words token.Text
	words.Read(m.Text)
	if !slices.Equal(got.Mention.Watches, []string{"larkspur"}) || got.Hash != echo.Hash(&words) || got.Hash == 0 {
		t.Errorf("watches %v, hash %x", got.Mention.Watches, got.Hash)
	}
	if diff := cmp.Diff(a.Verdict(m), got.Verdict); diff != "" {
		t.Errorf("Hear and Verdict differ:\n%s", diff)
	}
	v := got.Verdict
	if v.Label != bot.Negative || !v.Flagged || v.Language != "en" || v.Voice != bot.FirstHand || v.Stance != bot.Detractor || v.Urgency.Level != bot.UrgencyCritical {
		t.Errorf("verdict %+v", v)
	}
	if want := []string{"Firmware", "Support"}; !slices.Equal(v.TopicNames(), want) || !v.HasIntent(bot.Safety) || !v.HasIntent(bot.Complaint) {
		t.Errorf("topics %v, intents %v", v.TopicNames(), v.Intents)
	}
	want := []string{"smoke or fire is mentioned", "says nobody has answered", "very negative", "3,400 followers"}
	if diff := cmp.Diff(want, v.Urgency.Reasons); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
}

func TestMatch(t *testing.T) {
	a := newAnalyzer(t, settings())
	tests := []struct {
		name  string
		m     bot.Mention
		want  []string
		staff bool
	}{
		{"text", bot.Mention{Text: "a #larkspur day"}, []string{"larkspur"}, false},
		{"title", bot.Mention{Title: "Larkspur or Delphinia?", Text: "asking"}, []string{"larkspur", "delphinia"}, false},
		{"excluded", bot.Mention{Text: "larkspur in Larkspur County"}, nil, false},
		{"quoted", bot.Mention{Text: "unbelievable", Quoted: "Larkspur says no"}, []string{"larkspur"}, false},
		{"mapped by the source", bot.Mention{Text: "delphinia", Watches: []string{"mine"}}, []string{"mine"}, false},
		{"our own account", bot.Mention{Text: "larkspur", Author: bot.Author{Handle: "LarkspurHelp"}}, []string{"larkspur"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := test.m
			if got := a.Match(&m); !slices.Equal(got, test.want) || !slices.Equal(m.Watches, test.want) || m.Author.Staff != test.staff {
				t.Errorf("Match = %v, staff %t", got, m.Author.Staff)
			}
			if got := a.Hear(test.m).Mention; !slices.Equal(got.Watches, test.want) || got.Author.Staff != test.staff {
				t.Errorf("Hear: watches %v, staff %t", got.Watches, got.Author.Staff)
			}
		})
	}
}

func TestTopicsByClause(t *testing.T) {
	a := newAnalyzer(t, settings())
	v := a.Verdict(bot.Mention{Text: "I love the coffee, wonderful taste! The app is horrible and useless."})
	labels := map[string]bot.Label{}
	for _, h := range v.Topics {
		labels[h.Name] = h.Label
	}
	want := map[string]bot.Label{"Coffee": bot.Positive, "Firmware": bot.Negative}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Errorf("labels (-want +got):\n%s", diff)
	}
}

func stars(v float64) bot.Rating  { return bot.Rating{Value: v, Of: 5} }
func survey(v float64) bot.Rating { return bot.Rating{Value: v, Of: 10, Survey: true} }

func TestJudgement(t *testing.T) {
	a := newAnalyzer(t, settings())
	tests := []struct {
		name    string
		m       bot.Mention
		label   bot.Label
		flagged bool
		stance  bot.Stance
	}{
		{"one star, neutral words", bot.Mention{Text: "Arrived on Tuesday.", Rating: stars(1)}, bot.Negative, true, bot.Detractor},
		{"two stars, kind words", bot.Mention{Text: "nice colour", Rating: stars(2)}, bot.Negative, true, bot.Detractor},
		{"three stars", bot.Mention{Text: "Arrived in a blue box on Tuesday.", Rating: stars(3)}, "", false, bot.Detractor},
		{"five stars, no words", bot.Mention{Rating: stars(5)}, bot.Positive, false, bot.Promoter},
		{"four stars", bot.Mention{Text: "good", Rating: stars(4)}, bot.Positive, false, bot.Passive},
		{"survey 6", bot.Mention{Text: "ok", Rating: survey(6)}, "", true, bot.Detractor},
		{"survey 8", bot.Mention{Text: "ok", Rating: survey(8)}, "", false, bot.Passive},
		{"survey 10", bot.Mention{Text: "ok", Rating: survey(10)}, bot.Positive, false, bot.Promoter},
		{"out of a hundred", bot.Mention{Text: "fine", Rating: bot.Rating{Value: 30, Of: 100}}, bot.Negative, true, bot.Detractor},
		{"recommends", bot.Mention{Text: "I recommend it to everyone, wonderful machine"}, bot.Positive, false, bot.Promoter},
		{"strong praise", bot.Mention{Text: "Absolutely love it, the best purchase of my life"}, bot.Positive, false, bot.Promoter},
		{"mild praise", bot.Mention{Text: "Nice machine, good coffee"}, bot.Positive, false, bot.Passive},
		{"complaint", bot.Mention{Text: "The pump broke again and I am very disappointed"}, bot.Negative, true, bot.Detractor},
		{"leaving", bot.Mention{Text: "I am cancelling my subscription, switching to Delphinia"}, "", true, bot.Detractor},
		{"warning", bot.Mention{Text: "I would not recommend this to anyone"}, bot.Negative, true, bot.Detractor},
		{"mixed", bot.Mention{Text: "I love the coffee, wonderful! The app is horrible."}, bot.Mixed, true, bot.Passive},
		{"question", bot.Mention{Text: "Where do I find the serial number?"}, bot.Neutral, false, bot.Unqualified},
		{"unknown language", bot.Mention{Text: "コーヒーメーカーが壊れた"}, bot.Unsure, false, bot.Unqualified},
		{"hearsay of a fire", bot.Mention{Text: "Heard their machines catch fire, is it true?"}, "", true, bot.Unqualified},
		{"happy, no fire", bot.Mention{Text: "Had no smoke or fire at all, I love my machine!"}, bot.Positive, false, bot.Passive},
		{"staff", bot.Mention{Text: "I love it, highly recommended", Author: bot.Author{Staff: true}}, bot.Positive, false, bot.Unqualified},
		{"repost", bot.Mention{Text: "I love it, highly recommended", RepostOf: "1"}, bot.Positive, false, bot.Unqualified},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := a.Verdict(test.m)
			if test.label != "" && v.Label != test.label || v.Flagged != test.flagged || v.Stance != test.stance {
				t.Errorf("%s, flagged %t, %s; want %s, %t, %s (%+v)", v.Label, v.Flagged, v.Stance, test.label, test.flagged, test.stance, v.Probs)
			}
		})
	}
}

func TestLanguageHint(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	if v := a.Verdict(bot.Mention{Text: "super, danke", Language: "de-AT"}); v.Language != "de" || v.Label != bot.Positive {
		t.Errorf("%s, %s: the source's hint is not taken", v.Language, v.Label)
	}
	if v := a.Verdict(bot.Mention{Text: "I have been waiting for three weeks for an answer", Language: "de"}); v.Language != "en" {
		t.Errorf("%s: a wrong hint is taken", v.Language)
	}
}

func TestUrgency(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	tests := []struct {
		text      string
		followers int
		want      bot.UrgencyLevel
	}{
		{"There is smoke coming out of my machine", -1, bot.UrgencyCritical},
		{"They say there is smoke coming out of some machines", -1, bot.UrgencyHigh},
		{"My lawyer will be in touch", -1, bot.UrgencyHigh},
		{"Version 4.2 crashes all the time.", 200_000, bot.UrgencyHigh},
		{"Version 4.2 came out on Tuesday.", 200_000, bot.UrgencyLow},
		{"How do I clean it?", -1, bot.UrgencyNormal},
		{"Version 4.2 came out on Tuesday.", -1, bot.UrgencyLow},
		{"I love it, thank you so much!", 200_000, bot.UrgencyLow},
	}
	for _, test := range tests {
		v := a.Verdict(bot.Mention{Text: test.text, Author: bot.Author{Followers: test.followers}})
		if v.Urgency.Level != test.want {
			t.Errorf("%q: %s (%v), want %s", test.text, v.Urgency.Level, v.Urgency.Reasons, test.want)
		}
	}
	for points, want := range map[int]bot.UrgencyLevel{0: bot.UrgencyLow, 10: bot.UrgencyNormal, 30: bot.UrgencyHigh, 60: bot.UrgencyCritical} {
		if got := a.UrgencyLevel(points); got != want {
			t.Errorf("%d points are %s, want %s", points, got, want)
		}
	}
}

func TestRefused(t *testing.T) {
	for name, s := range map[string]Settings{
		"threshold": {FlagAt: 2}, "topic": {Topics: []topic.Topic{{Name: "x"}}}, "watch": {Watches: []bot.Watch{{Name: "x"}}},
	} {
		if _, err := New(s); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSameAtOnce asks many times at once: verdicts do not depend on what the
// desk had before.
func TestSameAtOnce(t *testing.T) {
	a := newAnalyzer(t, settings())
	texts := []string{"I love the coffee", "the app is horrible, I love the coffee", strings.Repeat("update ", 40_000), "💓", "", "Die Maschine ist kaputt", "\xff"}
	want := make([]bot.Verdict, len(texts))
	for i, s := range texts {
		want[i] = a.Verdict(bot.Mention{Text: s})
	}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 40 {
				k := (i + g) % len(texts)
				if got := a.Verdict(bot.Mention{Text: texts[k]}); !reflect.DeepEqual(got, want[k]) {
					t.Errorf("%.20q: verdict differs", texts[k])
				}
			}
		})
	}
	all.Wait()
}

func TestLine(t *testing.T) {
	a := newAnalyzer(t, settings())
	raw, err := json.Marshal(LineOf(a.Verdict(bot.Mention{Text: ""})))
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"label", "score", "probs", "confidence", "language", "topics", "intents", "firsthand"} {
		if got[key] == nil {
			t.Errorf("%q is missing or null in %s", key, raw)
		}
	}
	if len(got) != 8 {
		t.Errorf("%d keys in %s", len(got), raw)
	}
	l := LineOf(a.Verdict(bot.Mention{Text: "The app update broke my machine"}))
	if l.Label != bot.Negative || l.Score >= 0 || !l.FirstHand || !slices.Equal(l.Topics, []string{"Firmware"}) || !slices.Contains(l.Intents, "complaint") {
		t.Errorf("%+v", l)
	}
}

func TestEvalSentiment(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	r, err := a.EvalSentiment([]string{"I love it", "I hate it, it is terrible", "The shop opens at nine", "I hate it, terrible"}, []int{2, 0, 1, 2})
	if err != nil {
		t.Fatal(err)
	}
	if r.Texts != 4 || r.Accuracy != 0.75 || r.MacroRecall < 0.83 || r.MacroRecall > 0.84 || r.Confusion[2][0] != 1 || r.Classes[0].Precision != 0.5 || r.Classes[0].Recall != 1 {
		t.Errorf("%+v", r)
	}
	for name, test := range map[string]struct {
		texts  []string
		labels []int
	}{"lengths": {[]string{"a"}, nil}, "label": {[]string{"a"}, []int{3}}, "nothing": {nil, nil}} {
		if _, err := a.EvalSentiment(test.texts, test.labels); bot.KindOf(err) != bot.ErrInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzHear(f *testing.F) {
	s := settings()
	s.Watches = append(s.Watches, bot.Watch{Name: "Wren", Kind: bot.Competitor, Terms: []string{"wren"}})
	a := newAnalyzer(f, s)
	for _, text := range bad() {
		f.Add(text(120), "larkspur or wren")
	}
	for _, s := range []string{"Larkspur smells burnt but I love it", "\xff\xfe", "💓", "RT @x: larkspur", "> larkspur\nwren is better than larkspur", "unlike wren, larkspur \"said so\" /s #neveragain", "\u202elarkspur", "no no no never not"} {
		f.Add(s, "title")
	}
	f.Fuzz(func(t *testing.T, text, title string) {
		h := a.Hear(bot.Mention{Title: title, Text: text})
		p := h.Verdict.Probs
		if sum := p.Negative + p.Neutral + p.Positive; !(sum > 0.999 && sum < 1.001) {
			t.Fatalf("probabilities %+v", p)
		}
		if h.Verdict.Label == "" || h.Verdict.Stance == "" || h.Verdict.Language == "" || h.Verdict.Voice == "" {
			t.Fatalf("verdict is not whole: %+v", h.Verdict)
		}
		for _, o := range h.Verdict.Towards {
			if sum := o.Probs.Negative + o.Probs.Neutral + o.Probs.Positive; !(sum > 0.999 && sum < 1.001) || o.Label == "" || o.Stance == "" || !slices.Contains(h.Mention.Watches, o.Watch) {
				t.Fatalf("towards %+v", o)
			}
		}
	})
}

// TestLight keeps the memory of an analyzer small: the weights stay in the
// binary, and only the tables of phrases and of what is remembered of words are
// made anew.
func TestLight(t *testing.T) {
	newAnalyzer(t, settings())
	made := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			newAnalyzer(b, settings())
		}
	})
	t.Logf("made in %v with %d KB allocated", time.Duration(made.NsPerOp()), made.AllocedBytesPerOp()/1024)
	if made.AllocedBytesPerOp() > 16<<20 {
		t.Errorf("%d KB are allocated, want 16 MB at most", made.AllocedBytesPerOp()/1024)
	}
}

// BenchmarkHear is the whole analysis of a mention, of the lengths that are
// common, on one core.
func BenchmarkHear(b *testing.B) {
	a := newAnalyzer(b, settings())
	texts := []string{
		"My second Larkspur died after the 4.2 update. It smells burnt and nobody answers. @larkspur #fail http://t.co/abc",
		"love my new larkspur 💓", "Does anyone know how to descale a Larkspur without the app?",
		"Meine Larkspur ist nach zwei Tagen kaputt gegangen und der Kundendienst antwortet nicht.",
		"Just got home from work and made an espresso with the larkspur, not bad at all but a bit slow in the morning",
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		a.Hear(bot.Mention{Source: "mastodon", Text: texts[i%len(texts)]})
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}
