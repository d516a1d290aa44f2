package contrast

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// group says texts, each by so many people of their own.
type group struct {
	c    *Counter
	next int64
}

func (g *group) say(side Group, people int, format string, set func(*Text)) {
	for range people {
		g.next++
		t := Text{Mention: g.next, Person: uint64(g.next), Said: fmt.Sprintf(format, g.next), Language: "en", Label: bot.Neutral, Worth: 5}
		if set != nil {
			set(&t)
		}
		g.c.Add(side, t)
	}
}

func newGroup(set Settings) *group { return &group{c: New(set)} }

func names(r Result) []string {
	var out []string
	for _, p := range r.Phrases {
		out = append(out, p.Text)
	}
	return out
}

// TestCountedByPeople: who says it ten times counts once, and so does a text
// that many paste.
func TestCountedByPeople(t *testing.T) {
	g := newGroup(Settings{})
	g.say(A, 40, "an ordinary day number %d", nil)
	g.say(B, 40, "an ordinary day number %d", nil)
	g.say(A, 30, "the burnt smell again, note %d", func(x *Text) { x.Person = 7777 })
	g.say(A, 30, "please sign our petition against the terrible coffee tax today everybody, %d", nil)
	r := g.c.Result()
	if len(r.Phrases) != 0 || r.PeopleA != 42 || r.PeopleB != 40 {
		t.Errorf("%+v", r)
	}
}

func TestNotEnough(t *testing.T) {
	g := newGroup(Settings{})
	g.say(A, 19, "burnt smell %d", nil)
	g.say(B, 200, "all well %d", nil)
	if r := g.c.Result(); r.Enough || len(r.Phrases) != 0 || r.PeopleA != 19 || r.PeopleB != 200 {
		t.Errorf("%+v", r)
	}
	if r := New(Settings{}).Result(); r.Enough {
		t.Errorf("nothing is enough: %+v", r)
	}
}

// TestMerged: inflections, word order, spellings and overlapping phrases are
// one; what is another thing stays another.
func TestMerged(t *testing.T) {
	for _, tc := range []struct {
		name  string
		said  []string // each by eight people of A
		lead  string
		other []string
	}{
		{"inflections", []string{"it delayed us, %d", "the delay was long, %d", "all those delays, %d"}, "delayed", nil},
		{"word order", []string{"a late flight, %d", "the flight late, %d"}, "late flight", nil},
		{"longer says it better", []string{"their customer service here, %d", "awful customer service, %d", "our service, %d"}, "customer service", nil},
		{"spelling", []string{"my refund: %d", "some wi-fi issue, %d", "the wifi, %d", "wi fi down, %d"}, "wi-fi", []string{"refund"}},
		{"slip", []string{"they recieved parcel, %d", "we received parcel, %d", "i received parcel, %d", "received parcel, %d"}, "received parcel", nil},
		{"two things", []string{"the burnt smell, %d", "a broken lid, %d"}, "burnt smell", []string{"broken lid"}},
		{"denied", []string{"it won't start, %d", "machine won't start, %d"}, "won't start", nil},
		{"german", []string{"verspätete Lieferung, %d", "verspäteten Lieferungen, %d"}, "verspätete lieferung", nil},
		{"chinese", []string{"客服态度差, %d", "今天客服态度很差, %d"}, "客服态", nil},
		{"arabic", []string{"التطبيق لا يعمل، %d", "التطبيق معطل، %d"}, "التطبيق", nil},
	} {
		g := newGroup(Settings{})
		for _, s := range tc.said {
			g.say(A, 8, s, func(x *Text) {
				if tc.name == "german" {
					x.Language = "de"
				}
			})
		}
		g.say(A, 30, "hello there, %d", nil)
		g.say(B, 90, "hello there, %d", nil)
		got := names(g.c.Result())
		if !slices.Contains(got, tc.lead) {
			t.Errorf("%s: %q has no %q", tc.name, got, tc.lead)
		}
		for _, o := range tc.other {
			if !slices.Contains(got, o) {
				t.Errorf("%s: %q has no %q", tc.name, got, o)
			}
		}
		if len(got) > 1+len(tc.other) {
			t.Errorf("%s: %q says things twice", tc.name, got)
		}
	}
}

// TestNoWordsOfNoUse: neither stop words, nor judgements, nor the watch's own
// name, nor numbers, handles and addresses stand alone.
func TestNoWordsOfNoUse(t *testing.T) {
	g := newGroup(Settings{})
	g.c.Name("Larkspur One")
	g.say(A, 40, "@larkspur your larkspur is the worst, not good, larkspur's 30 https://larkspur.example/x%d a@b.example", nil)
	g.say(B, 60, "pleased %d", nil)
	if got := names(g.c.Result()); len(got) != 0 {
		t.Errorf("named %q", got)
	}
}

// TestPhraseSaysAll checks the figures beside a phrase.
func TestPhraseSaysAll(t *testing.T) {
	g := newGroup(Settings{})
	g.say(A, 10, "the hinge snapped, says %d", func(x *Text) { x.Label, x.Worth = bot.Negative, 3 })
	g.say(A, 5, "hinges snapped for me too: %d", func(x *Text) { x.Covered = true })
	g.say(A, 2, "a hinge that snapped, private %d", func(x *Text) { x.Worth, x.Label = -1, bot.Unsure })
	g.say(A, 33, "nothing to report, %d", nil)
	g.say(B, 2, "the hinge snapped, says %d", nil)
	g.say(B, 98, "nothing to report, %d", nil)
	r := g.c.Result()
	if len(r.Phrases) != 1 {
		t.Fatalf("%q", names(r))
	}
	p := r.Phrases[0]
	if p.Text != "hinge snapped" || p.PeopleA != 15 || p.PeopleB != 2 || p.Lift < 10 || p.Low > p.Lift || p.High < p.Lift || p.Z < 3 {
		t.Errorf("%+v", p)
	}
	if p.Negative.Of != 15 || p.Negative.Share < .66 || p.Negative.Share > .67 || p.Covered < .33 || p.Covered > .34 {
		t.Errorf("%+v", p)
	}
	if p.Mention != 10 { // most are negative: the latest of the best of these
		t.Errorf("the quote is of %d", p.Mention)
	}
	if d := cmp.Diff([]string{"hinges snapped"}, p.Spelt); d != "" {
		t.Error(d)
	}
}

// TestSampleIsFair: beyond what is kept, people are left out whole, on both
// sides alike.
func TestSampleIsFair(t *testing.T) {
	c := New(Settings{})
	g := &group{c: c}
	g.say(A, 400, "one two three %d", nil)
	g.say(B, 800, "one two three %d", nil)
	before := len(c.texts)
	c.thin()
	c.thin()
	kept := float64(len(c.texts)) / float64(before)
	if kept < .15 || kept > .35 {
		t.Errorf("a quarter is kept: %.2f", kept)
	}
	r := c.Result()
	if r.OneIn != 4 || r.PeopleA+r.PeopleB != len(c.texts) || r.PeopleB < r.PeopleA {
		t.Errorf("%+v", r)
	}
}

func TestTextOf(t *testing.T) {
	for name, m := range map[string]bot.Mention{
		"deleted": {Deleted: true}, "staff": {Author: bot.Author{Staff: true}}, "bot": {Author: bot.Author{Automated: true}}, "repost": {RepostOf: "1"},
	} {
		if _, ok := TextOf(bot.Reading{Mention: m}); ok {
			t.Errorf("%s is somebody's voice", name)
		}
	}
	m := bot.Mention{ID: 3, Title: "Broken", Text: "It fell apart.", Language: "en", Author: bot.Author{ID: 9}}
	got, ok := TextOf(bot.Reading{Mention: m, Verdict: bot.Verdict{Label: bot.Negative, Topics: []bot.TopicHit{{Name: "quality"}}}})
	if want := (Text{Mention: 3, Person: 9<<2 | 2, Said: "Broken\nIt fell apart.", Language: "en", Label: bot.Negative, Covered: true}); !ok || got != want {
		t.Errorf("%+v", got)
	}
}

func TestWorth(t *testing.T) {
	good := bot.Reading{Mention: bot.Mention{Text: "It arrived broken, and nobody wants to hear of it.", URL: "https://example.org/1"}, Verdict: bot.Verdict{Voice: bot.FirstHand}}
	worse := func(change func(*bot.Reading)) int {
		r := good
		change(&r)
		return Worth(r)
	}
	best := Worth(good)
	for name, w := range map[string]int{
		"hearsay": worse(func(r *bot.Reading) { r.Verdict.Voice = bot.Hearsay }),
		"long":    worse(func(r *bot.Reading) { r.Mention.Text = strings.Repeat(r.Mention.Text, 30) }),
		"short":   worse(func(r *bot.Reading) { r.Mention.Text = "Broken" }),
		"no page": worse(func(r *bot.Reading) { r.Mention.URL = "" }),
	} {
		if w >= best || w < 0 {
			t.Errorf("%s is worth %d, the best %d", name, w, best)
		}
	}
	for name, w := range map[string]int{
		"private": worse(func(r *bot.Reading) { r.Mention.Private = true }),
		"e-mail":  worse(func(r *bot.Reading) { r.Mention.Text += " write to ann@example.org" }),
		"phone":   worse(func(r *bot.Reading) { r.Mention.Text += " call +49 (30) 123-4567" }),
		"nothing": worse(func(r *bot.Reading) { r.Mention.Text = "" }),
	} {
		if w >= 0 {
			t.Errorf("%s may be quoted", name)
		}
	}
	if worse(func(r *bot.Reading) { r.Mention.Text += " It cost 12.99 for 2026, thanks @larkspur" }) < 0 {
		t.Error("a price and a handle are nobody's address")
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("We waited for the courier all day long. ", 8) + "Then the hinges\nsnapped at once. " + strings.Repeat("And nobody answers. ", 20)
	endless := strings.Repeat("and then it rained again ", 20) + "the hinge snapped " + strings.Repeat("and it rained ", 20)
	for _, tc := range []struct{ said, phrase, want string }{
		{"The hinge snapped.", "hinge snapped", "The hinge snapped."},
		{long, "hinge snapped", "Then the hinges snapped at once. And nobody…"},
		{endless, "hinge snapped", "…again the hinge snapped and it rained and it…"},
		{"The lid broke.", "hinge snapped", ""},
		{"The hinge. Snapped!", "hinge snapped", ""},
		{"客服态度差", "态度", "客服态度差"},
	} {
		if got := Excerpt(bot.Reading{Mention: bot.Mention{ID: 1, Text: tc.said}}, tc.phrase, 46); got != tc.want {
			t.Errorf("%q: %q, want %q", tc.phrase, got, tc.want)
		}
	}
	if got := Excerpt(bot.Reading{Mention: bot.Mention{ID: 1, Text: "The hinge snapped.", Private: true}}, "hinge snapped", 40); got != "" {
		t.Errorf("what is private is quoted: %q", got)
	}
}

func TestSuggest(t *testing.T) {
	r := Result{Phrases: []Phrase{{Text: "queue", Spelt: []string{"queues"}, Also: []string{"long queue", "waiting line"}}, {Text: "price", Covered: .9}}}
	got := r.Suggest()
	if len(got) != 1 || got[0].Name != "Queue" || cmp.Diff([]string{"queue", "queues", "waiting line"}, got[0].Words) != "" {
		t.Errorf("%+v", got)
	}
}

// FuzzContrast feeds anything: it never fails, and what it names can be found
// in what was said.
func FuzzContrast(f *testing.F) {
	for _, s := range []string{"It smells burnt, won't start.", "客服态度差", "a\x00\xff\u202e👍🏽 <b>x</b>", strings.Repeat("a ", 500), strings.Repeat("ha", 300), "é́́́é", "مرحبا بالعالم", "'-'’.1.2,3"} {
		f.Add(s, "the rest", "en")
	}
	f.Fuzz(func(t *testing.T, a, b, language string) {
		c := New(Settings{})
		for i := range 25 {
			c.Add(A, Text{Mention: int64(i + 1), Person: uint64(i + 1), Said: a + fmt.Sprint(" ", i), Language: language})
			c.Add(B, Text{Mention: int64(i + 100), Person: uint64(i + 100), Said: b, Language: language})
		}
		for _, p := range c.Result().Phrases {
			if p.Text == "" || p.PeopleA > 25 || p.Low > p.Lift || p.Lift > p.High {
				t.Fatalf("%+v", p)
			}
			if at, end := find(a, p.Text, familyOf(language)); at >= 0 && (end > len(a) || at >= end) {
				t.Fatalf("%q at %d–%d of %q", p.Text, at, end, a)
			}
			Excerpt(bot.Reading{Mention: bot.Mention{ID: 1, Text: a}, Verdict: bot.Verdict{Language: language}}, p.Text, 60)
		}
	})
}

// TestLinearInLength: a megabyte, however made, costs what its beginning costs.
func TestLinearInLength(t *testing.T) {
	c := New(Settings{})
	for i, s := range []string{strings.Repeat("a", 1<<20), strings.Repeat("a ", 1<<19), strings.Repeat("客", 1<<18), strings.Repeat("é\u0301", 1<<18), strings.Repeat("-'", 1<<19), strings.Repeat("@", 1<<20), strings.Repeat("1.", 1<<19), strings.Repeat("\xff", 1<<20)} {
		c.Add(A, Text{Mention: int64(i), Person: uint64(i), Said: s})
	}
	if len(c.words) > 8*(wordsPerText+1) {
		t.Errorf("%d words are kept", len(c.words))
	}
	c.Result()
}

// BenchmarkContrast is what a text costs, from adding to the result.
func BenchmarkContrast(b *testing.B) {
	s := newSpeaker(1)
	texts := make([]string, 2000)
	for i := range texts {
		texts[i] = s.text(20)
	}
	start := time.Now()
	n := 0
	for b.Loop() {
		c := New(Settings{})
		for i := range 20_000 {
			c.Add(Group(i%2), Text{Mention: int64(i), Person: uint64(i), Said: fmt.Sprint(texts[i%len(texts)], " ", i)})
		}
		c.Result()
		n += 20_000
	}
	b.ReportMetric(float64(n)/time.Since(start).Seconds(), "texts/s")
}
