package local

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

const watch = "Larkspur"

// lesson is a label that somebody set right: z is what the model says.
func lesson(id int64, says, text string, z float64) Lesson {
	return Lesson{Lesson: bot.Lesson{ID: id, MentionID: id, Watch: watch, Kind: bot.LessonLabel, Value: says, Text: text}, Logit: z}
}

func terms() map[string][]string { return map[string][]string{watch: {"larkspur"}} }

func ask(l *Layer, text string) Advice {
	var t token.Text
	t.Read(text)
	return l.Ask(watch, &t, &Scratch{})
}

const crema = "the crema of this thing is sick, insane pressure every morning"

func TestNothingLearnt(t *testing.T) {
	var none *Layer
	for _, l := range []*Layer{none, New(nil, nil), New([]Lesson{lesson(1, bot.SaysNegative, "", 0)}, terms())} {
		if a := ask(l, crema); !a.Silent() {
			t.Errorf("it says %+v", a)
		}
	}
	if !none.Empty() || New([]Lesson{lesson(1, bot.SaysNegative, crema, 0)}, nil).Empty() {
		t.Error("what is empty")
	}
	l := New([]Lesson{lesson(1, bot.SaysNegative, crema, -1)}, terms())
	var text token.Text
	text.Read(crema)
	if a := l.Ask("another watch", &text, &Scratch{}); !a.Silent() {
		t.Errorf("another watch's lessons count: %+v", a)
	}
	text.Read("larkspur 💓 @larkspur")
	if a := l.Ask(watch, &text, &Scratch{}); a.Label != 0 {
		t.Errorf("the name alone is near: %+v", a)
	}
}

// TestFadesWithDistance: the words of a lesson are moved, fewer of them less,
// none of them not at all.
func TestFadesWithDistance(t *testing.T) {
	l := New([]Lesson{lesson(7, bot.SaysNotNegative, crema, 1)}, terms())
	same := ask(l, crema)
	if same.Near != 1 || same.Negative || same.Label != 7 || same.Shift > -1 {
		t.Errorf("the same words: %+v", same)
	}
	like := ask(l, "sick crema, insane pressure, what a morning in March")
	if like.Shift >= 0 || like.Shift < same.Shift || like.Weighs != 7 {
		t.Errorf("words like them: %+v after %+v", like, same)
	}
	for _, far := range []string{"my parcel is late and nobody answers", "Alles kaputt seit gestern", "", "!!!"} {
		if a := ask(l, far); a.Shift != 0 || a.Label != 0 {
			t.Errorf("%q: %+v", far, a)
		}
	}
}

// TestOnlyAsFarAsNeeded: a lesson that the model keeps already moves nothing.
func TestOnlyAsFarAsNeeded(t *testing.T) {
	kept := New([]Lesson{lesson(1, bot.SaysNegative, crema, margin+0.01)}, terms())
	if a := ask(kept, crema); a.Shift != 0 {
		t.Errorf("it moves by %g", a.Shift)
	}
	for z := -6.0; z < margin; z += 0.25 {
		a := ask(New([]Lesson{lesson(1, bot.SaysNegative, crema, z)}, terms()), crema)
		want := min(margin-max(z, -maxLogit), maxPush*(1+biasShare*biasShare))
		if math.Abs(a.Shift-want) > 0.01 {
			t.Errorf("from %g it moves by %g, want %g", z, a.Shift, want)
		}
	}
}

func TestTheLaterCounts(t *testing.T) {
	list := []Lesson{lesson(1, bot.SaysNegative, crema, -1), lesson(2, bot.SaysNotNegative, crema, -1)}
	if a := ask(New(list, terms()), crema); a.Label != 2 || a.Negative {
		t.Errorf("of two lessons: %+v", a)
	}
	list[1].MentionID = 1
	if a, b := ask(New(list, terms()), crema), ask(New(list[1:], terms()), crema); !cmp.Equal(a, b) {
		t.Errorf("the earlier lesson of a mention counts: %+v, alone %+v", a, b)
	}
}

// story makes lessons of words drawn at random.
func story(n int) []Lesson {
	rng := rand.New(rand.NewPCG(1, 2))
	list := make([]Lesson, n)
	for i := range list {
		var b strings.Builder
		for range 5 + rng.IntN(20) {
			fmt.Fprintf(&b, "w%c%c ", 'a'+rune(rng.IntN(26)), 'a'+rune(min(rng.IntN(26), rng.IntN(26))))
		}
		list[i] = lesson(int64(i+1), []string{bot.SaysNegative, bot.SaysNotNegative}[rng.IntN(2)], b.String(), rng.NormFloat64())
		switch rng.IntN(6) {
		case 0:
			list[i].Kind, list[i].Value = bot.LessonDismiss, string(bot.DismissNotUs)
		case 1:
			list[i].Kind, list[i].Value, list[i].Was = bot.LessonTopic, "Price", []string{"Power"}
		}
	}
	return list
}

// TestTheSameAgain: the same lessons give the same layer, bit for bit, and
// those that are undone leave no trace.
func TestTheSameAgain(t *testing.T) {
	list := story(300)
	a, b := New(list, terms()), New(list, terms())
	undone := story(301)[300]
	undone.UndoneAt = undone.UndoneAt.AddDate(1, 0, 0)
	c := New(append(list[:300:300], undone), terms())
	for _, l := range list {
		x, y, z := ask(a, l.Text+"more"), ask(b, l.Text+"more"), ask(c, l.Text+"more")
		if !cmp.Equal(x, y) || !cmp.Equal(x, z) {
			t.Fatalf("%q: %+v, %+v, %+v", l.Text, x, y, z)
		}
	}
}

// TestMostLessons: far more lessons than count are learnt, the latest of them.
func TestMostLessons(t *testing.T) {
	list := story(mostLessons + 50)
	l := New(list, terms())
	if n := len(l.classes[watch].lessons); n != mostLessons {
		t.Errorf("%d lessons count", n)
	}
	last := list[len(list)-1]
	if a := ask(l, last.Text); a.Label != last.ID && a.NotUsID != last.ID && a.TopicID != last.ID {
		t.Errorf("the last is not known: %+v", a)
	}
}

func TestNotUsAgainstUs(t *testing.T) {
	notUs := lesson(1, string(bot.DismissNotUs), "larkspur in my garden, blue flowers and slugs", 1)
	notUs.Kind = bot.LessonDismiss
	us := lesson(2, bot.SaysNegative, "larkspur in my kitchen broke, water and slugs everywhere", 0)
	l := New([]Lesson{notUs, us}, terms())
	for text, want := range map[string]bot.DismissReason{
		"larkspur in the garden, such blue flowers, and slugs":     bot.DismissNotUs,
		"larkspur in the kitchen broke, water and slugs, all over": "",
		"the weather in my town":                                   "",
	} {
		if a := ask(l, text); a.NotUs != want {
			t.Errorf("%q: %+v, want %q", text, a, want)
		}
	}
}

func TestTopics(t *testing.T) {
	right := lesson(3, "Power", "does not charge on the cable overnight", 1)
	right.Kind, right.Was = bot.LessonTopic, []string{"Price", "Power"}
	none := lesson(4, bot.NoTopic, "charge of the light brigade, a poem", 1)
	none.Kind, none.Was = bot.LessonTopic, []string{"Price"}
	l := New([]Lesson{right, none}, terms())
	if a := ask(l, "it does not charge on the cable overnight any more"); a.Topic != "Power" || !cmp.Equal(a.Without, []string{"Price"}) || a.TopicID != 3 {
		t.Errorf("%+v", a)
	}
	if a := ask(l, "the charge of the light brigade, that poem"); a.Topic != "" || !cmp.Equal(a.Without, []string{"Price"}) || a.TopicID != 4 {
		t.Errorf("%+v", a)
	}
}

// FuzzAsk: whatever is taught and asked, nothing breaks, and no text is moved
// beyond the limit.
func FuzzAsk(f *testing.F) {
	f.Add(crema, crema)
	f.Add("", "\x00\xff💓")
	f.Add(strings.Repeat("spam ", 400), "spam")
	f.Add("not good but not bad", "not bad")
	f.Fuzz(func(t *testing.T, taught, asked string) {
		l := New([]Lesson{lesson(1, bot.SaysNegative, taught, -2), lesson(2, bot.SaysNotNegative, asked, 2)}, terms())
		for _, text := range []string{taught, asked, taught + " " + asked} {
			a := ask(l, text)
			if math.IsNaN(a.Shift) || math.Abs(a.Shift) > maxShift || a.Near < 0 || a.Near > 1 {
				t.Errorf("%q: %+v", text, a)
			}
		}
	})
}

// BenchmarkAsk is what 2,000 lessons cost a text of twenty words, features and
// all.
func BenchmarkAsk(b *testing.B) {
	list := story(2000)
	l := New(list, terms())
	texts := make([]token.Text, 64)
	for i := range texts {
		texts[i].Read(list[i*20].Text + "and more words")
	}
	var s Scratch
	for i := 0; b.Loop(); i++ {
		l.Ask(watch, &texts[i%len(texts)], &s)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "texts/s")
}

// BenchmarkLearn is what a lesson costs when there are 2,000.
func BenchmarkLearn(b *testing.B) {
	list := story(2000)
	for b.Loop() {
		New(list, terms())
	}
}
