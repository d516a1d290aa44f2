package analyze

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// wicked reads as a complaint, and is none.
const wicked = "This Larkspur is wicked, sick crema, insane pressure, I hate how badly I want another one"

func labelLesson(watch, says, text string) bot.Lesson {
	return bot.Lesson{ID: 4, MentionID: 4, Watch: watch, Kind: bot.LessonLabel, Value: says, Text: text}
}

// TestLessonsAreOfTheirWatch: what is said of one watch's mentions moves no
// other's, and of a mention of both only what it says of the one.
func TestLessonsAreOfTheirWatch(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	a.Learn([]bot.Lesson{labelLesson("Larkspur", bot.SaysNotNegative, wicked)})
	for _, tc := range []struct {
		watches []string
		flagged bool
	}{{[]string{"Larkspur"}, false}, {[]string{"Rival"}, true}, {nil, true}} {
		v := a.Verdict(bot.Mention{Text: wicked, Watches: tc.watches})
		if v.Flagged != tc.flagged || (v.Lesson() == 4) == tc.flagged || v.BaseModel() != a.model.Name() {
			t.Errorf("of %v: flagged %t, %s", tc.watches, v.Flagged, v.Model)
		}
	}
	about := labelLesson("Larkspur", "", wicked)
	about.Kind, about.Value = bot.LessonDismiss, string(bot.DismissNotUs)
	a.Learn([]bot.Lesson{about})
	v := a.Verdict(bot.Mention{Text: wicked, Watches: []string{"Larkspur", "Rival"}})
	if !v.Flagged || v.For("Larkspur").Flagged || v.For("Larkspur").Stance != bot.Unqualified || !v.For("Rival").Flagged {
		t.Errorf("not about one of two watches: %+v", v)
	}
}

// TestAMarkIsTheAuthorsWord: a low rating stays flagged whatever was taught.
func TestAMarkIsTheAuthorsWord(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	a.Learn([]bot.Lesson{labelLesson("Larkspur", bot.SaysNotNegative, wicked)})
	v := a.Verdict(bot.Mention{Text: wicked, Watches: []string{"Larkspur"}, Rating: bot.Rating{Value: 1, Of: 5}})
	if !v.Flagged || v.Stance != bot.Detractor {
		t.Errorf("one star: %+v", v)
	}
}

// TestTaughtUnknownLanguage: in a language that no model knows, what the team
// says is negative is found again, and other words are read as before.
func TestTaughtUnknownLanguage(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	const said = "A készülék két nap után elromlott, az ügyfélszolgálat nem válaszol a leveleimre"
	a.Learn([]bot.Lesson{labelLesson("Larkspur", bot.SaysNegative, said)})
	if v := a.Verdict(bot.Mention{Text: said + " sem", Watches: []string{"Larkspur"}}); !v.Flagged || v.Label != bot.Negative {
		t.Errorf("words that were taught: %+v", v)
	}
	other := bot.Mention{Text: "Ma reggel elmentünk a piacra almát és körtét venni a gyerekekkel", Watches: []string{"Larkspur"}}
	taught := a.Verdict(other)
	a.Learn(nil)
	if d := cmp.Diff(a.Verdict(other), taught); d != "" {
		t.Errorf("other words are moved:\n%s", d)
	}
}

// TestLearnWhileHearing: lessons come and go while mentions are read; each is
// read by one of the states, never by something between.
func TestLearnWhileHearing(t *testing.T) {
	a := newAnalyzer(t, Settings{})
	m := bot.Mention{Text: wicked, Watches: []string{"Larkspur"}}
	before := a.Verdict(m)
	lessons := []bot.Lesson{labelLesson("Larkspur", bot.SaysNotNegative, wicked)}
	after := a.HearBy(lessons, m).Verdict
	if before.Flagged == after.Flagged || a.Verdict(m).Flagged != before.Flagged {
		t.Fatal("the lesson changes nothing, or asking by it taught it")
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 100 {
				if p := a.Hear(m).Verdict.Probs; p != before.Probs && p != after.Probs {
					t.Errorf("read as %+v", p)
				}
			}
		})
	}
	for i := range 50 {
		a.Learn(lessons[:i%2])
	}
	wg.Wait()
}
