package intent

import (
	"os"
	"slices"
	"strings"
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

func newFinder(t testing.TB) *Finder {
	t.Helper()
	f, err := New()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// even is a sentiment that says nothing.
var even = bot.Probs{Negative: 0.4, Neutral: 0.4, Positive: 0.2}

func names(r Result) []string {
	var list []string
	for _, h := range r.Intents {
		list = append(list, string(h.Name))
	}
	return list
}

func TestIntents(t *testing.T) {
	f := newFinder(t)
	raw, err := os.ReadFile("testdata/intents.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	var s Scratch
	for line := range strings.Lines(string(raw)) {
		part := strings.Split(strings.TrimSpace(line), "\t")
		if len(part) != 3 {
			continue // the comment
		}
		text.Read(part[2])
		r := f.Find(&text, even, &s)
		got := names(r)
		for _, want := range strings.Split(part[0], ",") {
			switch want {
			case "hearsay":
			case "-":
				for _, grave := range []string{"safety", "legal", "churn"} {
					if slices.Contains(got, grave) {
						t.Errorf("%q: %v, want nothing grave", part[2], r.Intents)
					}
				}
			default:
				if !slices.Contains(got, want) {
					t.Errorf("%q: %v, want %s", part[2], got, want)
				}
			}
		}
		if string(r.Voice) != part[1] {
			t.Errorf("%q: voice %s, want %s", part[2], r.Voice, part[1])
		}
	}
}

func TestEvaluations(t *testing.T) {
	f := newFinder(t)
	bad, good := bot.Probs{Negative: 0.9, Neutral: 0.05, Positive: 0.05}, bot.Probs{Negative: 0.05, Neutral: 0.05, Positive: 0.9}
	tests := []struct {
		text                           string
		probs                          bot.Probs
		intent                         bot.Intent
		recommend, warn, strong, waits bool
	}{
		{"The lid broke and nobody answers", bad, bot.Complaint, false, false, false, true},
		{"I would not recommend it", bad, bot.Complaint, false, true, false, false},
		{"I don't think I can recommend it", bad, bot.Complaint, false, true, false, false},
		{"Highly recommended!", good, bot.Praise, true, false, false, false},
		{"I absolutely love it, best purchase ever", good, bot.Praise, false, false, true, false},
		{"Kann ich nur empfehlen", good, bot.Praise, true, false, false, false},
		{"Finger weg!", bad, bot.Complaint, false, true, false, false},
		{"Fine work", good, bot.Praise, false, false, false, false},
	}
	var text token.Text
	var s Scratch
	for _, test := range tests {
		text.Read(test.text)
		r := f.Find(&text, test.probs, &s)
		if !slices.Contains(names(r), string(test.intent)) {
			t.Errorf("%q: %v, want %s", test.text, names(r), test.intent)
		}
		if r.Recommend != test.recommend || r.Warn != test.warn || r.Strong != test.strong || r.Waiting != test.waits {
			t.Errorf("%q: recommend %t, warn %t, strong %t, waiting %t", test.text, r.Recommend, r.Warn, r.Strong, r.Waiting)
		}
	}
}

func TestWordsAndReasons(t *testing.T) {
	f := newFinder(t)
	var text token.Text
	var s Scratch
	text.Read("It smells burnt, my lawyer knows, cancel my subscription. Still waiting.")
	r := f.Find(&text, even, &s)
	want := map[bot.Intent]string{bot.Safety: "smells burnt", bot.Legal: "lawyer", bot.Churn: "cancel my subscription"}
	for _, h := range r.Intents {
		if w := want[h.Name]; w != "" && !strings.HasPrefix(h.Words, w) {
			t.Errorf("%s: words %q, want %q", h.Name, h.Words, w)
		}
		delete(want, h.Name)
	}
	var reasons []string
	for _, reason := range r.Reasons {
		reasons = append(reasons, reason.Text)
	}
	if len(want) > 0 || !slices.Equal(reasons, []string{"smoke or fire is mentioned", "legal action is mentioned", "says they are leaving", "says nobody has answered"}) {
		t.Errorf("missing %v; reasons %q", want, reasons)
	}
}

func TestGap(t *testing.T) {
	f := newFinder(t)
	var text token.Text
	var s Scratch
	for said, want := range map[string]bool{
		"best coffee machine ever": true,
		"best ever":                true,
		"best of whatever one could think of that was ever made": false,
		"the best. Have you ever":                                false,
	} {
		text.Read(said)
		if got := f.Find(&text, even, &s).Strong; got != want {
			t.Errorf("%q: strong %t", said, got)
		}
	}
}

func TestParse(t *testing.T) {
	for _, list := range []string{"safety.fire\tfire", "nothing\t0.5\tfire", "safety.fire\thigh\tfire", "safety.fire\t1\tfire", "safety.fire\t0.5\t*",
		"safety.fire\t0.5\t(a|b", "safety.fire\t0.5\t$nobody burns", "safety.fire\t0.5\tbu*n", "safety.fire\t0.5\t" + strings.Repeat("(a|b|c|d|e|f)", 9)} {
		for name, err := range map[string]error{"cues.tsv": second(parse(list, "")), "frames.tsv": second(parse("", list))} {
			if err == nil || !strings.Contains(err.Error(), name) && !strings.Contains(err.Error(), "frames.tsv") {
				t.Errorf("parse(%q): %v", list, err)
			}
		}
	}
}

func second(_ *Finder, err error) error { return err }

func TestFrames(t *testing.T) {
	f, err := parse("", "set\tpet\tcat|dog\nsafety.injury\t0.9\t(bit|$pet's) .. (my|the) $pet .. vet\nchurn.leave\t0.9\t^bye\nmask\t1\tbye bye birdie\n")
	if err != nil {
		t.Fatal(err)
	}
	var text token.Text
	var s Scratch
	for said, want := range map[string][]string{
		"it bit my dog, off to the vet":                           {"safety"},
		"the cat's toy hurt the dog so the vet came":              {"safety"},
		"it bit my dog. The vet came":                             nil,
		"it bit somebody; later on a nice day my dog went to vet": nil,
		"bye": {"churn"}, "Well: bye": {"churn"}, "@earshot bye": {"churn"}, "say bye": nil, "bye bye birdie": nil,
	} {
		text.Read(said)
		if got := names(f.Find(&text, bot.Probs{Neutral: 1}, &s)); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", said, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"safety.fire\t0.5\t(a|b) .. c*", "set\tx\ta|b\nmask\t1\t^$x's y", "# c\n\n", "praise\t0.5\t((", "praise\t0.5\t$"} {
		f.Add(s, "a then c, b y")
	}
	f.Fuzz(func(t *testing.T, list, said string) {
		finder, err := parse("", list)
		if err != nil {
			return
		}
		var text token.Text
		var s Scratch
		text.Read(said)
		finder.Find(&text, even, &s)
	})
}

func FuzzFind(f *testing.F) {
	finder := newFinder(f)
	for _, s := range []string{"smells burnt", "best .. ever best ever", "never never again", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		var text token.Text
		var s Scratch
		text.Read(said)
		for _, h := range finder.Find(&text, even, &s).Intents {
			if h.Confidence < 0 || h.Confidence > 1 {
				t.Fatalf("%q: %+v", said, h)
			}
		}
	})
}
