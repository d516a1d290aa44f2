package act

import (
	"context"
	"fmt"
	"slices"

	"earshot/bot"
	"earshot/bot/text"
)

// Learner reads mentions by what people say of verdicts.
type Learner interface {
	// Learn takes these lessons in the place of all before.
	Learn(lessons []bot.Lesson)
	// HearBy reads a mention as it would be read by these lessons.
	HearBy(lessons []bot.Lesson, m bot.Mention) bot.Heard
}

// Correct keeps what somebody says of a case's verdict, and has similar
// mentions of its watch read by it from now on: value is bot.SaysNegative or
// bot.SaysNotNegative for bot.LessonLabel, the right topic or bot.NoTopic for
// bot.LessonTopic. The mentions of the case are read anew at once. What is not
// about us is dismissed with Do.
func (s *Service) Correct(ctx context.Context, caseID int64, kind bot.LessonKind, value string, by bot.Person) (bot.Lesson, error) {
	if err := s.mustBe(ctx, by, bot.Agent, "correct a verdict"); err != nil {
		return bot.Lesson{}, err
	}
	value = text.Cut(text.OneLine(text.Clean(value)), 60)
	sides := value == bot.SaysNegative || value == bot.SaysNotNegative
	if value == "" || kind != bot.LessonLabel && kind != bot.LessonTopic || kind == bot.LessonLabel && !sides {
		return bot.Lesson{}, bot.Errorf(bot.ErrInvalid, "Say what is right.")
	}
	var l bot.Lesson
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		c, err := s.st.Case(ctx, caseID)
		if err != nil {
			return err
		}
		l = bot.Lesson{Kind: kind, Value: value, By: by}
		if kind == bot.LessonTopic {
			l.Was = c.Topics
		}
		if err := s.newLesson(ctx, c, l); err != nil {
			return err
		}
		if l, err = s.saveLesson(ctx, c, l); err != nil {
			return err
		}
		return s.noteLesson(ctx, c, by, fmt.Sprintf("said that it is %s (lesson %d)", l.Words(), l.ID))
	})
	if err != nil {
		return l, fmt.Errorf("correct case %d: %w", caseID, err)
	}
	return l, nil
}

// newLesson refuses what the same person said of the same case before: a button
// that was pressed twice.
func (s *Service) newLesson(ctx context.Context, c bot.Case, l bot.Lesson) error {
	all, err := s.st.Lessons(ctx, bot.LessonFilter{Counting: true, CaseID: c.ID, Limit: lessonsMost})
	if err != nil {
		return err
	}
	for _, old := range all {
		if old.Kind == l.Kind && old.Value == l.Value && old.By.Key() == l.By.Key() {
			return bot.Errorf(bot.ErrStale, "You said so already (lesson %d). /voc unlearn %d undoes it.", old.ID, old.ID)
		}
	}
	return nil
}

// saveLesson keeps a lesson about the mention that c was opened from.
func (s *Service) saveLesson(ctx context.Context, c bot.Case, l bot.Lesson) (bot.Lesson, error) {
	l.MentionID, l.CaseID, l.Watch, l.At = c.MentionID, c.ID, c.Watch, s.now().UTC()
	l, err := s.st.SaveLesson(ctx, l)
	if err != nil {
		return l, err
	}
	entry := bot.AuditEntry{By: l.By, Act: "correct_" + string(l.Kind), Target: caseTarget(c.ID), After: fmt.Sprintf("lesson %d: %s", l.ID, l.Words())}
	if err := s.audit(ctx, entry); err != nil {
		return l, err
	}
	return l, s.reread(ctx, c, l)
}

// noteLesson writes a line about a lesson into the case's history and thread,
// and has its card drawn as the lesson leaves it.
func (s *Service) noteLesson(ctx context.Context, c bot.Case, by bot.Person, said string) error {
	if err := s.redraw(ctx, c); err != nil {
		return err
	}
	return s.note(ctx, c, bot.Event{CaseID: c.ID, At: s.now().UTC(), By: by, Verb: bot.Correct, Before: c.State, After: c.State, Text: said})
}

// learnOf keeps what a change of a case teaches: a reason for dismissing it,
// which ends when it is taken up again.
func (s *Service) learnOf(ctx context.Context, c bot.Case, ch bot.Change) error {
	switch ch.Verb {
	case bot.Dismiss:
		_, err := s.saveLesson(ctx, c, bot.Lesson{Kind: bot.LessonDismiss, Value: string(ch.Dismiss), By: ch.By})
		return err
	case bot.Reopen:
		lessons, err := s.st.Lessons(ctx, bot.LessonFilter{Counting: true, CaseID: c.ID, Limit: lessonsMost})
		if err != nil {
			return err
		}
		for _, l := range lessons {
			if l.Kind != bot.LessonDismiss {
				continue
			}
			if err := s.forgetLesson(ctx, c, l, ch.By); err != nil {
				return err
			}
		}
	}
	return nil
}

// Unlearn undoes a lesson: similar mentions are read as before it from now on,
// and so are those of its case. Who said it may, and any approver. ErrStale
// when it is undone already.
func (s *Service) Unlearn(ctx context.Context, lessonID int64, by bot.Person) (bot.Lesson, error) {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Agent, "undo a lesson"); err != nil {
		return bot.Lesson{}, err
	}
	var l bot.Lesson
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		var err error
		if l, err = s.st.Lesson(ctx, lessonID); err != nil {
			return err
		}
		if l.By.Key() != by.Key() && role < bot.Approver {
			return bot.Errorf(bot.ErrForbidden, "Lesson %d is by %s; only they or an approver can undo it.", l.ID, l.By.Name)
		}
		c, err := s.st.Case(ctx, l.CaseID)
		if err != nil {
			return err
		}
		if err := s.forgetLesson(ctx, c, l, by); err != nil {
			return err
		}
		return s.noteLesson(ctx, c, by, fmt.Sprintf("undid lesson %d: %s", l.ID, l.Words()))
	})
	if err != nil {
		return l, fmt.Errorf("undo lesson %d: %w", lessonID, err)
	}
	return l, nil
}

func (s *Service) forgetLesson(ctx context.Context, c bot.Case, l bot.Lesson, by bot.Person) error {
	if err := s.st.UndoLesson(ctx, l.ID, by, s.now().UTC()); err != nil {
		return err
	}
	entry := bot.AuditEntry{By: by, Act: "unlearn", Target: caseTarget(c.ID), Before: fmt.Sprintf("lesson %d: %s", l.ID, l.Words())}
	if err := s.audit(ctx, entry); err != nil {
		return err
	}
	return s.reread(ctx, c, l)
}

// lessonsMost is how many lessons are read at once, the latest: more than one
// watch ever counts.
const lessonsMost = 20_000

// rereadMost is how many mentions of a case are read anew.
const rereadMost = 100

// reread reads the mentions of a case anew by the lessons that count now, of
// which l is new or undone, and has everything read by them once that is
// stored.
func (s *Service) reread(ctx context.Context, c bot.Case, l bot.Lesson) error {
	if s.learner == nil || !l.Teaches() {
		return nil
	}
	s.st.AfterCommit(ctx, func(ctx context.Context) {
		if err := s.Relearn(ctx); err != nil { // the next lesson or start makes it good
			s.log.ErrorContext(ctx, "what the team taught could not be learnt", "error", err)
		}
	})
	lessons, err := s.lessons(ctx)
	if err != nil {
		return err
	}
	lessons = slices.DeleteFunc(lessons, func(o bot.Lesson) bool { return o.Watch != l.Watch })
	readings, err := s.st.CaseMentions(ctx, c.ID, rereadMost)
	if err != nil {
		return err
	}
	for _, r := range readings {
		v := s.learner.HearBy(lessons, r.Mention).Verdict
		if err := s.st.SaveVerdict(ctx, r.Mention.ID, v); err != nil {
			return err
		}
		if r.Mention.ID != c.MentionID {
			continue
		}
		if err := s.st.SaveCaseVerdict(ctx, c.ID, v.For(c.Watch).Label, v.TopicNames()); err != nil {
			return err
		}
	}
	return nil
}

// lessons are those that count, in the order they were given.
func (s *Service) lessons(ctx context.Context) ([]bot.Lesson, error) {
	list, err := s.st.Lessons(ctx, bot.LessonFilter{Counting: true, Limit: lessonsMost})
	slices.Reverse(list)
	return list, err
}

// Relearn has mentions read by the lessons that are stored: called once at
// start, before anything is heard. Without a Learner it does nothing.
func (s *Service) Relearn(ctx context.Context) error {
	if s.learner == nil {
		return nil
	}
	s.learning.Lock()
	defer s.learning.Unlock()
	list, err := s.lessons(ctx)
	if err != nil {
		return fmt.Errorf("learn what the team taught: %w", err)
	}
	s.learner.Learn(list)
	return nil
}
