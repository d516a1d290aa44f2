package handlers_test

import (
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// TestTeaching walks through what people press and type to teach, look and
// undo.
func TestTeaching(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.says(w.types("vic", "learned"), "Nobody has corrected a verdict yet", "Not negative")
	w.says(w.presses("vic", "more.not_negative", c.ID, 1), "you need the role agent")
	w.says(w.presses("lea", "more.not_negative", c.ID, 1), "Noted: not negative. Similar posts will be read more mildly.", "[Undo]", "[Dismiss the case]")
	w.says(w.presses("lea", "more.negative", c.ID, 1), "Noted: negative.", "[Undo]")
	w.says(w.sends("lea", w.presses("lea", "more.wrong_topic", c.ID, 1), map[string]string{"topic": "price"}), "Noted: about price.", "[Undo]")
	w.says(w.types("lea", "learned"), "Lesson 3", "about price", "Lesson 1", "not negative", "lea", "[Undo 3]", "/voc unlearn 3")
	if a := show(w.types("max", "learned")); strings.Contains(a, "[Undo") {
		t.Errorf("somebody else is offered to undo: %s", a)
	}
	w.says(w.types("max", "unlearn 1"), "Lesson 1 is by lea; only they or an approver can undo it.")
	w.says(w.types("vic", "unlearn 1"), "you need the role agent")
	w.says(w.types("lea", "unlearn x"), "Which lesson?")
	w.says(w.types("lea", "unlearn 99"), "There is no lesson 99")
	w.says(w.presses("lea", "lesson.undo", 1, 0), "Lesson 1 (not negative) is undone")
	w.says(w.types("lea", "unlearn 1"), "Lesson 1 is undone already")
	w.says(w.types("ada", "unlearn lesson 2"), "Lesson 2 (negative) is undone")
	w.says(w.types("lea", "learned"), "undone by lea", "undone by ada", "[Undo 3]")
	w.says(w.types("lea", "history 1"), "said that it is not negative (lesson 1)", "undid lesson 2: negative")
}

// TestNotAboutUsIsALesson: the case is dismissed, and what that teaches is said
// and undone.
func TestNotAboutUsIsALesson(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.says(w.presses("lea", "more.not_us", c.ID, 1), "Noted: not about us. Case 1 is dismissed.", "open no case", "[Undo]", "[Reopen the case]")
	w.says(w.types("lea", "learned"), "Lesson 1", "not about us")
	w.says(w.types("max", "reopen 1"), "")
	w.says(w.types("lea", "learned"), "undone by max")
}

// TestHistoryTellsWhoMovedIt: a verdict that lessons moved says so.
func TestHistoryTellsWhoMovedIt(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	if _, err := w.svc.Correct(t.Context(), c.ID, bot.LessonLabel, bot.SaysNotNegative, person("lea")); err != nil {
		t.Fatal(err)
	}
	r, err := w.st.Mention(t.Context(), c.MentionID)
	if err != nil {
		t.Fatal(err)
	}
	for lesson, want := range map[int64]string{1: "Moved by what your team taught, most by lesson 1: not negative, lea", 99: "Moved by what your team taught."} {
		r.Verdict.Model = bot.MovedBy("m", lesson)
		if err := w.st.SaveVerdict(t.Context(), c.MentionID, r.Verdict); err != nil {
			t.Fatal(err)
		}
		w.says(w.types("lea", "history 1"), want)
	}
}

// TestAgentsMuteForAWeek: silence that is longer is an admin's to decide.
func TestAgentsMuteForAWeek(t *testing.T) {
	w := newWorld(t)
	w.says(w.types("vic", "mute topic:price 1 day"), "you need the role agent")
	w.says(w.types("lea", "mute topic:price 1 day"), "topic:price is muted until")
	w.says(w.types("lea", "mute topic:price 30 days"), "You can mute for up to a week; for longer, ask an admin.")
	w.says(w.types("root", "mute topic:price 30 days"), "topic:price is muted until")
	w.says(w.types("lea", "mute topic:price off"), "topic:price is heard again")
	if muted, err := w.st.Muted(t.Context()); err != nil || muted["topic:price"].After(time.Time{}) {
		t.Errorf("muted: %v, %v", muted, err)
	}
}
