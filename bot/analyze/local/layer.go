package local

import (
	"slices"

	"earshot/bot"
	"earshot/bot/analyze/token"
)

// Lesson is one that is to be learnt, with what the embedded model says of its
// text.
type Lesson struct {
	bot.Lesson
	Logit float64 // of negative, above the threshold from which a mention is flagged
}

// Advice is what lessons say of a text. The zero value says nothing.
type Advice struct {
	Shift  float64 // added to the logit of negative
	Weighs int64   // number of the lesson that is nearest, of those about how texts feel; 0 when none shares a word

	Near     float64 // 0 to 1: how far the nearest lesson decides whether it is negative
	Negative bool    // what that lesson says
	Label    int64   // its number; 0 where no lesson is near

	NotUs     bot.DismissReason // why it is not about the watch; "" where it may be
	NotUsNear float64           // 0 to 1: how near the lesson is that says so
	NotUsID   int64             // its number

	Topic   string   // that it is about as well; "" for none
	Without []string // topics that it is not about
	TopicID int64    // number of the lesson that says so
}

// Silent tells whether the advice changes nothing.
func (a Advice) Silent() bool {
	return a.Shift == 0 && a.Label == 0 && a.NotUsID == 0 && a.TopicID == 0
}

// Layer is what was learnt. It is never changed once made, and safe for
// concurrent use; a nil Layer has learnt nothing.
type Layer struct {
	classes map[string]*class // by watch
}

// mostLessons is how many lessons of one watch count, the latest: a fifth of a
// second to learn, and some 5 MB.
const mostLessons = 5000

// New learns the lessons, which stand in the order they were given in. terms
// are the words of each watch: all its mentions share them, so they teach
// nothing.
func New(lessons []Lesson, terms map[string][]string) *Layer {
	of := map[string][]Lesson{}
	for _, l := range lessons {
		if l.Teaches() && l.UndoneAt.IsZero() {
			of[l.Watch] = append(of[l.Watch], l)
		}
	}
	layer := &Layer{classes: map[string]*class{}}
	for watch, list := range of {
		list = latest(list)
		layer.classes[watch] = newClass(list, hashesOf(terms[watch]))
	}
	return layer
}

// latest leaves of several lessons of one kind about one mention the last,
// and of all the last mostLessons.
func latest(list []Lesson) []Lesson {
	type about struct {
		mention int64
		kind    bot.LessonKind
	}
	last := map[about]int64{}
	for _, l := range list {
		last[about{l.MentionID, l.Kind}] = l.ID
	}
	list = slices.DeleteFunc(slices.Clone(list), func(l Lesson) bool { return last[about{l.MentionID, l.Kind}] != l.ID })
	return list[max(0, len(list)-mostLessons):]
}

// hashesOf are the hashes of the words of some phrases.
func hashesOf(phrases []string) map[uint32]bool {
	var t token.Text
	words := map[uint32]bool{}
	for _, p := range phrases {
		t.Read(p)
		for _, k := range t.Tokens {
			words[k.Hash] = true
		}
	}
	return words
}

// Scratch is what asking needs; the zero value is ready, for one goroutine.
type Scratch struct {
	features []feature
	scores   []float32 // by lesson; all zero between two questions
	touched  []int32
}

// Empty tells whether nothing was learnt.
func (l *Layer) Empty() bool { return l == nil || len(l.classes) == 0 }

// Ask says what the lessons of a watch say of a text.
func (l *Layer) Ask(watch string, t *token.Text, s *Scratch) Advice {
	if l == nil {
		return Advice{}
	}
	c := l.classes[watch]
	if c == nil {
		return Advice{}
	}
	s.features = features(t, c.terms, s.features)
	if len(s.features) == 0 {
		return Advice{}
	}
	a := c.nearest(s)
	if a.Weighs != 0 { // a text that shares no word with a lesson is not theirs to move
		a.Shift = c.shift(s.features)
	}
	return a
}
