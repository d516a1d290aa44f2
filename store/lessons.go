package store

import (
	"context"
	"time"

	"earshot/bot"
)

// SaveLesson keeps what somebody said of a verdict, and gives it its id. A zero
// At becomes now.
func (s *Store) SaveLesson(ctx context.Context, l bot.Lesson) (bot.Lesson, error) {
	l.At = at(s.orNow(l.At))
	err := s.write(ctx, func(ctx context.Context, t *tx) (err error) {
		l.ID, err = t.insert(ctx, `INSERT INTO corrections (mention_id, case_id, watch, what, value, was, by_whom, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
			l.MentionID, l.CaseID, l.Watch, string(l.Kind), l.Value, names(l.Was), person(l.By), ms(l.At))
		return err
	})
	return l, wrap("save lesson", err)
}

const lessonQuery = `SELECT l.id, l.mention_id, l.case_id, l.watch, l.what, l.value, l.was, l.by_whom, l.at, l.undone_by, l.undone_at, m.title, m.text
FROM corrections l JOIN mentions m ON m.id = l.mention_id`

func scanLesson(row scanner) (l bot.Lesson, err error) {
	var was, by, undoneBy string
	var when, undone int64
	var m bot.Mention
	if err := row.Scan(&l.ID, &l.MentionID, &l.CaseID, &l.Watch, &l.Kind, &l.Value, &was, &by, &when, &undoneBy, &undone, &m.Title, &m.Text); err != nil {
		return l, err
	}
	l.Was, l.At, l.UndoneAt, l.Text = readNames(was), at(when), at(undone), m.Said()
	if l.By, err = readPerson(by); err != nil {
		return l, err
	}
	l.UndoneBy, err = readPerson(undoneBy)
	return l, err
}

// Lesson reads one lesson, whether it still counts or not.
func (s *Store) Lesson(ctx context.Context, id int64) (bot.Lesson, error) {
	l, found, err := one(ctx, s.reader(ctx), scanLesson, lessonQuery+` WHERE l.id = ?1`, id)
	return got(l, found, err, "read lesson", bot.Errorf(bot.ErrNotFound, "There is no lesson %d. /voc learned lists them.", id))
}

// Lessons lists what people said of verdicts, the latest first.
func (s *Store) Lessons(ctx context.Context, f bot.LessonFilter) ([]bot.Lesson, error) {
	w := &conditions{}
	if f.Counting {
		w.add(`l.undone_at = %s`, 0)
	}
	if f.CaseID != 0 {
		w.add(`l.case_id = %s`, f.CaseID)
	}
	out, err := list(ctx, s.reader(ctx), scanLesson, lessonQuery+w.where()+` ORDER BY l.id DESC LIMIT `+w.arg(orLimit(f.Limit, 20)), w.args...)
	return out, wrap("list lessons", err)
}

// UndoLesson says that a lesson counts no more; ErrStale when it did not
// before.
func (s *Store) UndoLesson(ctx context.Context, id int64, by bot.Person, when time.Time) error {
	n, err := s.exec(ctx, `UPDATE corrections SET undone_by = ?2, undone_at = ?3 WHERE id = ?1 AND undone_at = 0`, id, person(by), s.orNow(when))
	if err == nil && n == 0 {
		err = bot.Errorf(bot.ErrStale, "Lesson %d is undone already.", id)
	}
	return wrap("undo lesson", err)
}

// SaveCaseVerdict sets what a case is about, when its mention is read anew. It
// is no act of anybody's, so the case keeps its version.
func (s *Store) SaveCaseVerdict(ctx context.Context, caseID int64, label bot.Label, topics []string) error {
	_, err := s.exec(ctx, `UPDATE cases SET label = ?2, topics = ?3 WHERE id = ?1`, caseID, string(label), names(topics))
	return wrap("save a case's verdict", err)
}
