package store

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

const caseColumns = `version, state, alive, watch, topics, source, route, mention_id, author_id, label, urgency, echoes, people,
  opened_at, due_at, owner_key, owner, claimed_at, nudged_at, answered_at, answered_by, answer_public, closed_at, snoozed_until,
  escalated_at, escalated_to, root_cause, action, dismiss_reason, merged_into, edited_since, quiet`

// caseValues lists a case in the order of caseColumns.
func caseValues(c bot.Case) []any {
	due := int64(never)
	if !c.DueAt.IsZero() {
		due = ms(c.DueAt)
	}
	return []any{c.Version, string(c.State), flag(!c.State.Done()), c.Watch, names(c.Topics), c.Source, c.Route, c.MentionID, c.AuthorID,
		string(c.Label), int(c.Urgency), c.Echoes, c.People, ms(c.OpenedAt), due, ownerKey(c.Owner), person(c.Owner), ms(c.ClaimedAt),
		ms(c.NudgedAt), ms(c.AnsweredAt), person(c.AnsweredBy), flag(c.AnswerPublic), ms(c.ClosedAt), ms(c.SnoozedUntil),
		ms(c.EscalatedAt), c.EscalatedTo, c.RootCause, c.Action, string(c.DismissReason), c.MergedInto, flag(c.EditedSince), flag(c.Quiet)}
}

func ownerKey(p bot.Person) string {
	if !p.Known() {
		return ""
	}
	return p.Key()
}

func scanCase(row scanner) (c bot.Case, err error) {
	var alive bool
	var topics, key, owner, answeredBy string
	var opened, due, claimed, nudged, answered, closed, snoozed, escalated int64
	if err := row.Scan(&c.ID, &c.Version, &c.State, &alive, &c.Watch, &topics, &c.Source, &c.Route, &c.MentionID, &c.AuthorID,
		&c.Label, &c.Urgency, &c.Echoes, &c.People, &opened, &due, &key, &owner, &claimed,
		&nudged, &answered, &answeredBy, &c.AnswerPublic, &closed, &snoozed,
		&escalated, &c.EscalatedTo, &c.RootCause, &c.Action, &c.DismissReason, &c.MergedInto, &c.EditedSince, &c.Quiet); err != nil {
		return c, err
	}
	c.Topics = readNames(topics)
	c.OpenedAt, c.DueAt, c.ClaimedAt, c.NudgedAt = at(opened), at(due), at(claimed), at(nudged)
	c.AnsweredAt, c.ClosedAt, c.SnoozedUntil, c.EscalatedAt = at(answered), at(closed), at(snoozed), at(escalated)
	if c.Owner, err = readPerson(owner); err != nil {
		return c, err
	}
	c.AnsweredBy, err = readPerson(answeredBy)
	return c, err
}

func noCase(id int64) *bot.Error { return bot.Errorf(bot.ErrNotFound, "There is no case %d.", id) }

// CreateCase stores a new case, gives it its id and version 1, and puts its
// mention into it.
func (s *Store) CreateCase(ctx context.Context, c bot.Case) (bot.Case, error) {
	c.Version = 1
	err := s.write(ctx, func(ctx context.Context, t *tx) (err error) {
		c.ID, err = t.insert(ctx, `INSERT INTO cases (`+caseColumns+`)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)`,
			caseValues(c)...)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `UPDATE mentions SET case_id = ?2 WHERE id = ?1`, c.MentionID, c.ID)
		return err
	})
	return c, wrap("create case", err)
}

// UpdateCase stores a case that has moved one version on, as bot.Case.Do gives
// it. ErrStale means that somebody was faster: nothing is stored. The roll-ups
// that count its mentions are behind once it has its first answer.
func (s *Store) UpdateCase(ctx context.Context, c bot.Case) error {
	return s.write(ctx, func(ctx context.Context, t *tx) error {
		before, _, err := one(ctx, t, scanID, `SELECT answered_at FROM cases WHERE id = ?1`, c.ID)
		if err != nil {
			return wrap("update case", err)
		}
		n, err := t.exec(ctx, `UPDATE cases SET (`+caseColumns+`) =
  (?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34)
WHERE id = ?1 AND version = ?2`, append([]any{c.ID, c.Version - 1}, caseValues(c)...)...)
		if err != nil {
			return wrap("update case", err)
		}
		if n == 1 && before == ms(c.AnsweredAt) {
			return nil
		}
		if n == 1 { // an answer changes what its author counts for
			return wrap("update case", t.markMentions(ctx, `case_id = ?1`, c.ID))
		}
		if _, found, err := one(ctx, t, scanID, `SELECT id FROM cases WHERE id = ?1`, c.ID); err != nil || !found {
			_, err = got(c, found, err, "update case", noCase(c.ID))
			return err
		}
		return bot.Errorf(bot.ErrStale, "Case %d was changed by somebody else just now. Look at it again.", c.ID)
	})
}

func scanID(row scanner) (id int64, err error) { return id, row.Scan(&id) }

// Case reads one case.
func (s *Store) Case(ctx context.Context, id int64) (bot.Case, error) {
	c, found, err := one(ctx, s.reader(ctx), scanCase, `SELECT id, `+caseColumns+` FROM cases WHERE id = ?1`, id)
	return got(c, found, err, "read case", noCase(id))
}

// JoinCase puts a mention into a case. It tells whether its author is somebody
// who had not been in the case: another person, or an anonymous one.
func (s *Store) JoinCase(ctx context.Context, caseID, mentionID int64) (newPerson bool, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		m, found, err := one(ctx, t, scanJoining, `
SELECT coalesce(m.case_id, 0), coalesce(a.id, 0), coalesce(a.customer_id, 0)
FROM mentions m LEFT JOIN authors a ON a.id = m.author_id WHERE m.id = ?1`, mentionID)
		if err != nil || !found {
			_, err = got(m, found, err, "join case", noMention())
			return err
		}
		if m.caseID == caseID {
			return nil
		}
		seen, err := inCase(ctx, t, caseID, m.author)
		if err != nil {
			return wrap("join case", err)
		}
		newPerson = !seen
		if _, err = t.exec(ctx, `UPDATE mentions SET case_id = ?2 WHERE id = ?1`, mentionID, caseID); err != nil {
			return wrap("join case", err)
		}
		return wrap("join case", t.markMentions(ctx, `id = ?1`, mentionID))
	})
	return newPerson, err
}

// joining is what counts of a mention that joins a case.
type joining struct {
	caseID int64
	author bot.Author // its ids alone
}

func scanJoining(row scanner) (j joining, err error) {
	return j, row.Scan(&j.caseID, &j.author.ID, &j.author.CustomerID)
}

// inCase tells whether an author, or the customer who they are, has a mention
// in a case. It goes by the author's mentions, which are few; a case of a flood
// may hold thousands (the + keeps its index out of the plan).
func inCase(ctx context.Context, c conn, caseID int64, a bot.Author) (bool, error) {
	_, found, err := one(ctx, c, scanID, `
SELECT id FROM mentions
WHERE author_id IN (SELECT ?2 UNION SELECT id FROM authors WHERE ?3 <> 0 AND customer_id = ?3) AND +case_id = ?1 LIMIT 1`, caseID, a.ID, a.CustomerID)
	return found, err
}

// OpenCaseOfAuthor finds the latest case of an author on a watch that was
// opened since a time and is not done; 0 for none.
func (s *Store) OpenCaseOfAuthor(ctx context.Context, authorID int64, watch string, since time.Time) (int64, error) {
	if authorID == 0 {
		return 0, nil
	}
	id, _, err := one(ctx, s.reader(ctx), scanID, `
SELECT id FROM cases WHERE author_id = ?1 AND watch = ?2 AND alive = 1 AND opened_at >= ?3 ORDER BY id DESC LIMIT 1`,
		authorID, watch, ms(since))
	return id, wrap("find the author's case", err)
}

// Cases lists the cases that a filter chooses. Where it asks for live states
// only, the order is the inbox's: most urgent first, then first due; else the
// newest come first. After is the last case of the page before.
func (s *Store) Cases(ctx context.Context, f bot.CaseFilter) ([]bot.Case, error) {
	w := caseConditions(f)
	order := `id DESC`
	if inbox(f.States) {
		order = `urgency DESC, due_at, id`
	}
	if f.After > 0 {
		if err := s.pageAfter(ctx, f, w); err != nil {
			return nil, wrap("list cases", err)
		}
	}
	out, err := list(ctx, s.reader(ctx), scanCase,
		`SELECT id, `+caseColumns+` FROM cases`+w.where()+` ORDER BY `+order+` LIMIT `+w.arg(orLimit(f.Limit, 50)), w.args...)
	return out, wrap("list cases", err)
}

// pageAfter adds the condition that a case comes after f.After in the order.
func (s *Store) pageAfter(ctx context.Context, f bot.CaseFilter, w *conditions) error {
	if !inbox(f.States) {
		w.add(`id < %s`, f.After)
		return nil
	}
	type place struct {
		urgency int
		due     int64
	}
	last, found, err := one(ctx, s.reader(ctx), func(row scanner) (p place, err error) {
		return p, row.Scan(&p.urgency, &p.due)
	}, `SELECT urgency, due_at FROM cases WHERE id = ?1`, f.After)
	if err != nil {
		return err
	}
	if !found {
		return noCase(f.After)
	}
	u, d, id := w.arg(last.urgency), w.arg(last.due), w.arg(f.After)
	w.parts = append(w.parts, fmt.Sprintf(`(urgency < %[1]s OR (urgency = %[1]s AND (due_at > %[2]s OR (due_at = %[2]s AND id > %[3]s))))`, u, d, id))
	return nil
}

// CountCases counts the cases that a filter chooses; its Limit and After do not
// count.
func (s *Store) CountCases(ctx context.Context, f bot.CaseFilter) (int, error) {
	w := caseConditions(f)
	n, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM cases`+w.where(), w.args...)
	return int(n), wrap("count cases", err)
}

// inbox tells whether only cases that are not done are asked for.
func inbox(states []bot.CaseState) bool {
	for _, st := range states {
		if st.Done() {
			return false
		}
	}
	return len(states) > 0
}

func caseConditions(f bot.CaseFilter) *conditions {
	w := &conditions{}
	if inbox(f.States) {
		w.add(`alive = %s`, 1)
	}
	if len(f.States) > 0 && !allAlive(f.States) {
		in := ""
		for i, st := range f.States {
			if i > 0 {
				in += ", "
			}
			in += w.arg(string(st))
		}
		w.parts = append(w.parts, `state IN (`+in+`)`)
	}
	for _, c := range []struct{ column, value string }{
		{"watch", f.Watch}, {"route", f.Route}, {"owner_key", f.Owner}, {"source", f.Source},
	} {
		if c.value != "" {
			w.add(c.column+` = %s`, c.value)
		}
	}
	if f.Owner != "" {
		w.parts = append(w.parts, `owner_key <> ''`) // lets the partial index be used
	}
	if f.Unowned {
		w.add(`owner_key = %s`, "")
	}
	if f.AuthorID != 0 {
		w.add(`author_id = %s`, f.AuthorID)
	}
	if f.Topic != "" {
		w.add(listed("topics", "%s"), names([]string{f.Topic}))
	}
	if !f.From.IsZero() {
		w.add(`opened_at >= %s`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(`opened_at < %s`, ms(f.To))
	}
	if !f.Awake.IsZero() {
		w.add(`snoozed_until <= %s`, ms(f.Awake))
	}
	return w
}

// allAlive tells whether the states are exactly those of a live case, so that
// being alive says it all.
func allAlive(states []bot.CaseState) bool {
	want := map[bot.CaseState]bool{bot.Open: true, bot.Claimed: true, bot.Answered: true}
	for _, st := range states {
		if _, ok := want[st]; !ok {
			return false
		}
		want[st] = false
	}
	return !want[bot.Open] && !want[bot.Claimed] && !want[bot.Answered]
}
