package bot

import (
	"strconv"
	"strings"
	"time"
)

// LessonKind says what of a verdict somebody set right.
type LessonKind string

// The kinds of lesson.
const (
	LessonLabel   LessonKind = "label"   // Value is SaysNegative or SaysNotNegative
	LessonTopic   LessonKind = "topic"   // Value is the right topic, or NoTopic
	LessonDismiss LessonKind = "dismiss" // Value is a DismissReason: spam and not_us teach, the others are kept only
)

// What lessons say.
const (
	SaysNegative    = "negative"
	SaysNotNegative = "not negative"
	NoTopic         = "none of them"
)

// Lesson is what somebody on the team said of a verdict: similar mentions of
// the same watch are read by it from then on, until it is undone.
type Lesson struct {
	ID        int64      `json:"id"`
	MentionID int64      `json:"mention_id"`
	CaseID    int64      `json:"case_id"`
	Watch     string     `json:"watch"`
	Kind      LessonKind `json:"kind"`
	Value     string     `json:"value"`
	Was       []string   `json:"was,omitempty"` // LessonTopic: the topics that the verdict had
	By        Person     `json:"by"`
	At        time.Time  `json:"at"`
	UndoneBy  Person     `json:"undone_by"`
	UndoneAt  time.Time  `json:"undone_at,omitzero"` // zero while it counts
	Text      string     `json:"-"`                  // what was said, title and text: read from the mention
}

// Teaches tells whether similar mentions are read differently for it: a
// duplicate, or a case that needs no action, says nothing about words.
func (l Lesson) Teaches() bool {
	if l.Kind == LessonDismiss {
		return l.Value == string(DismissNotUs) || l.Value == string(DismissSpam)
	}
	return true
}

// Words is what the lesson says, as people read it: "not negative", "about
// Delivery", "not about us".
func (l Lesson) Words() string {
	switch {
	case l.Kind == LessonDismiss:
		return DismissWords(DismissReason(l.Value))
	case l.Kind == LessonTopic && l.Value == NoTopic:
		return "about none of the topics"
	case l.Kind == LessonTopic:
		return "about " + l.Value
	}
	return l.Value
}

// lessonMark stands in Verdict.Model before the number of the lesson that
// moved a verdict most.
const lessonMark = "+lesson "

// MovedBy gives the name of a model whose verdict was moved by lessons, of
// which this one weighed most.
func MovedBy(model string, lesson int64) string {
	return model + lessonMark + strconv.FormatInt(lesson, 10)
}

// BaseModel is the model of the verdict, whether lessons moved it or not.
func (v Verdict) BaseModel() string {
	name, _, _ := strings.Cut(v.Model, lessonMark)
	return name
}

// Lesson is the number of the lesson that moved the verdict most; 0 where it
// is as the model alone gave it.
func (v Verdict) Lesson() int64 {
	_, number, _ := strings.Cut(v.Model, lessonMark)
	id, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// LessonFilter chooses lessons; zero fields do not limit.
type LessonFilter struct {
	Counting bool // only those that are not undone
	CaseID   int64
	Limit    int // the latest that many; 0 for 20
}
