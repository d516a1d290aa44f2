package store

import (
	"context"

	"earshot/bot"
)

const eventColumns = `id, case_id, at, by_whom, verb, text, before, after, loud`

func scanCaseEvent(row scanner) (e bot.Event, err error) {
	var when int64
	var by string
	if err := row.Scan(&e.ID, &e.CaseID, &when, &by, &e.Verb, &e.Text, &e.Before, &e.After, &e.Loud); err != nil {
		return e, err
	}
	e.At = at(when)
	e.By, err = readPerson(by)
	return e, err
}

// AddEvent adds a line to a case's history and gives it its id.
func (s *Store) AddEvent(ctx context.Context, e bot.Event) (bot.Event, error) {
	err := s.write(ctx, func(ctx context.Context, t *tx) (err error) {
		e.ID, err = t.insert(ctx, `INSERT INTO case_events (case_id, at, by_whom, verb, text, before, after, loud)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
			e.CaseID, s.orNow(e.At), person(e.By), string(e.Verb), e.Text, string(e.Before), string(e.After), flag(e.Loud))
		return err
	})
	return e, wrap("add event", err)
}

// CaseEvents lists a case's history, the first line first.
func (s *Store) CaseEvents(ctx context.Context, caseID int64) ([]bot.Event, error) {
	out, err := list(ctx, s.reader(ctx), scanCaseEvent, `SELECT `+eventColumns+` FROM case_events WHERE case_id = ?1 ORDER BY id`, caseID)
	return out, wrap("list events", err)
}

// Event reads one line of history.
func (s *Store) Event(ctx context.Context, id int64) (bot.Event, error) {
	e, found, err := one(ctx, s.reader(ctx), scanCaseEvent, `SELECT `+eventColumns+` FROM case_events WHERE id = ?1`, id)
	return got(e, found, err, "read event", bot.Errorf(bot.ErrNotFound, "That line of history is not stored (any more)."))
}

// AddAudit adds a line to the audit log. A zero At becomes now.
func (s *Store) AddAudit(ctx context.Context, e bot.AuditEntry) error {
	return wrap("add to the audit log", s.write(ctx, func(ctx context.Context, t *tx) error {
		return t.addAudit(ctx, s.orNow(e.At), e)
	}))
}

// Audit lists the audit log, the newest line first: of one target, or all of
// it when target is empty. limit 0 is 50.
func (s *Store) Audit(ctx context.Context, limit int, target string) ([]bot.AuditEntry, error) {
	query, args := `SELECT id, at, by_whom, act, target, before, after FROM audit ORDER BY id DESC LIMIT ?1`, []any{orLimit(limit, 50)}
	if target != "" {
		query = `SELECT id, at, by_whom, act, target, before, after FROM audit WHERE target = ?2 ORDER BY id DESC LIMIT ?1`
		args = append(args, target)
	}
	out, err := list(ctx, s.reader(ctx), func(row scanner) (e bot.AuditEntry, err error) {
		var when int64
		var by string
		if err := row.Scan(&e.ID, &when, &by, &e.Act, &e.Target, &e.Before, &e.After); err != nil {
			return e, err
		}
		e.At = at(when)
		e.By, err = readPerson(by)
		return e, err
	}, query, args...)
	return out, wrap("read the audit log", err)
}
