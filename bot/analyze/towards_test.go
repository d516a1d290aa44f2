package analyze

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// towards is what a verdict says of a watch, in short.
type towards struct {
	Label   bot.Label
	Flagged bool
	Stance  bot.Stance
}

func towardsOf(v bot.Verdict, watch string) towards {
	o := v.For(watch)
	return towards{o.Label, o.Flagged, o.Stance}
}

func TestTowards(t *testing.T) {
	bad := towards{bot.Negative, true, bot.Detractor}
	theirs := towards{bot.Negative, false, bot.Detractor} // nobody of ours answers for a competitor
	good := towards{bot.Positive, false, bot.Passive}
	calm := towards{bot.Neutral, false, bot.Unqualified}
	a := newAnalyzer(t, PhenomenaSettings())
	for said, want := range map[string]struct {
		larkspur, wren towards
		flagged        bool
	}{
		"Switched from Larkspur to Wren and it is so much better":                 {bad, good, true},
		"Switched from Wren to Larkspur and it is so much better":                 {good, theirs, false},
		"Goodbye Wren, hello Larkspur":                                            {good, theirs, false},
		"Larkspur or Wren, which one should I get?":                               {calm, calm, false},
		"My Larkspur broke after a day, terrible. The Wren is wonderful, love it": {bad, good, true},
	} {
		h := a.Hear(bot.Mention{Text: said})
		if d := cmp.Diff(want.larkspur, towardsOf(h.Verdict, "Larkspur")); d != "" {
			t.Errorf("%q, Larkspur (-want +got): %s", said, d)
		}
		if d := cmp.Diff(want.wren, towardsOf(h.Verdict, "Wren")); d != "" {
			t.Errorf("%q, Wren (-want +got): %s", said, d)
		}
		if h.Verdict.Flagged != want.flagged {
			t.Errorf("%q: flagged is %v", said, h.Verdict.Flagged)
		}
	}
}

// One watch alone has no list of its own, unless it is compared; then it has
// the side it is on.
func TestTowardsOne(t *testing.T) {
	s := PhenomenaSettings()
	s.Watches = s.Watches[:1]
	a := newAnalyzer(t, s)
	if v := a.Hear(bot.Mention{Text: "Larkspur is terrible, it broke twice"}).Verdict; v.Towards != nil || !v.Flagged {
		t.Errorf("a complaint: %+v", v)
	}
	v := a.Hear(bot.Mention{Text: "The new Gorse is so much better than Larkspur, love it!"}).Verdict
	if got := towardsOf(v, "Larkspur"); got.Label != bot.Negative || len(v.Towards) != 1 {
		t.Errorf("a comparison: %+v", v)
	}
}

// A mark is the author's word on the whole, and our own staff has no stance.
func TestTowardsKnown(t *testing.T) {
	a := newAnalyzer(t, PhenomenaSettings())
	const said = "Switched from Larkspur to Wren and it is so much better"
	if v := a.Hear(bot.Mention{Text: said, Rating: bot.Rating{Value: 5, Of: 5}}).Verdict; v.Towards != nil {
		t.Errorf("with a mark: %+v", v.Towards)
	}
	for _, h := range a.Hear(bot.Mention{Text: said, Author: bot.Author{Handle: "us", Staff: true}}).Verdict.Towards {
		if h.Stance != bot.Unqualified {
			t.Errorf("of our own: %+v", h)
		}
	}
}

// What is said of a competitor alone is nobody's case, unless a route names it.
func TestCompetitorAlone(t *testing.T) {
	const said = "Wren is terrible, it broke twice and nobody answers"
	s := PhenomenaSettings()
	if v := newAnalyzer(t, s).Hear(bot.Mention{Text: said}).Verdict; v.Flagged || v.Label != bot.Negative {
		t.Errorf("a competitor: %+v", v)
	}
	s.Answered = []string{"wren"}
	if v := newAnalyzer(t, s).Hear(bot.Mention{Text: said}).Verdict; !v.Flagged {
		t.Errorf("a competitor that is answered for: %+v", v)
	}
}

// Who only repeats what somebody else said shows no feeling of their own.
func TestQuotedAlone(t *testing.T) {
	a := newAnalyzer(t, PhenomenaSettings())
	for _, said := range []string{"RT @bean: Larkspur is the worst, avoid!", "> Larkspur is terrible\n> and broken"} {
		h := a.Hear(bot.Mention{Text: said})
		if v := h.Verdict; v.Label != bot.Neutral || v.Flagged || v.Stance != bot.Unqualified || v.Voice != bot.Hearsay {
			t.Errorf("%q: %+v", said, v)
		}
		if len(h.Mention.Watches) != 1 {
			t.Errorf("%q belongs to %v", said, h.Mention.Watches)
		}
	}
}

// What is told of a topic is told of the part of the text that speaks of it.
func TestTopicsApart(t *testing.T) {
	a := newAnalyzer(t, PhenomenaSettings())
	v := a.Verdict(bot.Mention{Text: "Love the app, the delivery was a disgrace"})
	got := map[string]bot.Label{}
	for _, h := range v.Topics {
		got[h.Name] = h.Label
	}
	if d := cmp.Diff(map[string]bot.Label{"app": bot.Positive, "delivery": bot.Negative}, got); d != "" || v.Label != bot.Mixed {
		t.Errorf("%s: %s", v.Label, d)
	}
}

// Who speaks of several watches says of each what they say of it, topic by
// topic; where the text does not tell them apart each has them all.
func TestTopicsOfWatches(t *testing.T) {
	a := newAnalyzer(t, PhenomenaSettings())
	type topics map[string]bot.Label
	for said, want := range map[string]struct{ larkspur, wren topics }{
		"The delivery from Larkspur was a disgrace. The support of Wren is wonderful, love it!": {topics{"delivery": bot.Negative}, topics{"support": bot.Positive}},
		"Larkspur is terrible, their support never answers. Wren has wonderful support!":        {topics{"support": bot.Negative}, topics{"support": bot.Positive}},
		"Awful delivery from Larkspur, it broke twice. The Wren is wonderful, love it":          {topics{"delivery": bot.Negative}, topics{}},
		"Larkspur and Wren both have terrible support":                                          {topics{"support": bot.Negative}, topics{"support": bot.Negative}},
	} {
		v := a.Hear(bot.Mention{Text: said}).Verdict
		for watch, want := range map[string]topics{"Larkspur": want.larkspur, "Wren": want.wren} {
			got := topics{}
			for _, h := range v.For(watch).Topics {
				got[h.Name] = h.Label
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("%q, %s (-want +got): %s", said, watch, d)
			}
		}
	}
}
