package local

import (
	"testing"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// TestWordsThatTeachNothing: the watch's own name and people's handles make no
// text alike; a negated word is another word.
func TestWordsThatTeachNothing(t *testing.T) {
	l := New([]Lesson{lesson(1, bot.SaysNegative, "larkspur leaks @ann @bob", -1)}, terms())
	for _, text := range []string{"larkspur", "larkspur shines @ann @bob", "@ann @bob"} {
		if a := ask(l, text); !a.Silent() {
			t.Errorf("%q: %+v", text, a)
		}
	}
	if a := ask(l, "leaks"); a.Near != 1 || a.Shift <= 0 {
		t.Errorf("the word that teaches: %+v", a)
	}
	if a, b := ask(l, "leaks"), ask(l, "leaks @ann @carl"); a.Shift != b.Shift {
		t.Errorf("handles count: %+v, %+v", a, b)
	}
	l = New([]Lesson{lesson(1, bot.SaysNegative, "recommended", -1)}, terms())
	if a := ask(l, "never recommended"); a.Label != 0 {
		t.Errorf("a negated word is the same: %+v", a)
	}
}

// TestManyOfOneSide: however many lessons say the same, a text is moved only
// so far.
func TestManyOfOneSide(t *testing.T) {
	var list []Lesson
	for i, what := range []string{"pump", "valve", "tank", "grinder", "cable", "filter", "gasket", "display", "handle", "tray", "spout", "boiler"} {
		list = append(list, lesson(int64(i+1), bot.SaysNegative, "leaky broken dripping "+what, -6))
	}
	if a := ask(New(list, terms()), "leaky broken dripping"); a.Shift != maxShift {
		t.Errorf("it moves by %g, the most is %g", a.Shift, maxShift)
	}
}

// TestTheNearerCounts: of a lesson that it is not about us and one that it is,
// the nearer counts, whatever their order.
func TestTheNearerCounts(t *testing.T) {
	for _, ids := range [][2]int64{{1, 2}, {2, 1}} {
		notUs := lesson(ids[0], string(bot.DismissNotUs), "slugs eat blue petals in the flower garden", 1)
		notUs.Kind = bot.LessonDismiss
		us := lesson(ids[1], bot.SaysNegative, "slugs eat blue cables in the flower vase machine", 0)
		list := []Lesson{notUs, us}
		if ids[0] > ids[1] {
			list = []Lesson{us, notUs}
		}
		l := New(list, terms())
		if a := ask(l, "slugs eat blue cables in the flower machine"); a.NotUs != "" {
			t.Errorf("order %v: nearer to what is about us, but %+v", ids, a)
		}
		if a := ask(l, "slugs eat blue petals in a flower garden"); a.NotUs != bot.DismissNotUs {
			t.Errorf("order %v: nearer to what is not, but %+v", ids, a)
		}
	}
}

// TestQuestionsDoNotMix: what was asked before leaves nothing behind.
func TestQuestionsDoNotMix(t *testing.T) {
	l := New([]Lesson{lesson(1, bot.SaysNegative, crema, -1)}, terms())
	var s Scratch
	var text token.Text
	first := Advice{}
	for i := range 20 {
		text.Read("sick crema and more of it")
		a := l.Ask(watch, &text, &s)
		if i == 0 {
			first = a
		}
		if a.Near != first.Near || a.Shift != first.Shift || a.Label != first.Label {
			t.Fatalf("question %d: %+v, at first %+v", i, a, first)
		}
	}
}
