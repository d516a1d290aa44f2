package store

import (
	"context"
	"slices"
	"time"

	"earshot/bot"
)

// Dossier reads all that a card of a case needs.
func (s *Store) Dossier(ctx context.Context, caseID int64) (bot.Dossier, error) {
	c, err := s.Case(ctx, caseID)
	if err != nil {
		return bot.Dossier{}, err
	}
	d := bot.Dossier{Case: c}
	r, err := s.Mention(ctx, c.MentionID)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound { // a forgotten mention leaves its case
		return d, wrap("read dossier", err)
	}
	d.Erased = err != nil
	d.Mention, d.Verdict = r.Mention, r.Verdict.For(c.Watch)
	if d.Latest, err = s.latestWords(ctx, c, r.Mention); err != nil {
		return d, wrap("read dossier: latest words", err)
	}
	before := c.OpenedAt
	if !d.Mention.CreatedAt.IsZero() {
		before = d.Mention.CreatedAt
	}
	if d.Speaker, err = s.Speaker(ctx, c.AuthorID, before, c.ID); err != nil {
		return d, wrap("read dossier", err)
	}
	if d.Speaker.Author.ID == 0 {
		d.Speaker.Author = r.Mention.Author
	}
	if d.Reply, _, err = one(ctx, s.reader(ctx), scanReply,
		`SELECT `+replyColumns+` FROM replies WHERE case_id = ?1 ORDER BY CASE state WHEN 'parked' THEN 0 WHEN 'awaiting' THEN 1 WHEN 'queued' THEN 2 ELSE 3 END, id DESC LIMIT 1`, caseID); err != nil {
		return d, wrap("read dossier: reply", err)
	}
	if d.Was, err = s.ratedBefore(ctx, c, d.Mention); err != nil {
		return d, wrap("read dossier: former rating", err)
	}
	if d.Parent, err = s.parentText(ctx, r.Mention); err != nil {
		return d, wrap("read dossier: parent", err)
	}
	since, _, err := one(ctx, s.reader(ctx), scanID, `SELECT coalesce(min(created_at), 0) FROM mentions WHERE case_id = ?1`, caseID)
	d.Since = at(since)
	return d, wrap("read dossier: since", err)
}

// latestWords finds what whoever the case is about said last in it, behind
// first, on the same source; nothing where that was all.
func (s *Store) latestWords(ctx context.Context, c bot.Case, first bot.Mention) (bot.Mention, error) {
	if first.ID == 0 || first.Author.ID == 0 {
		return bot.Mention{}, nil
	}
	r, _, err := one(ctx, s.reader(ctx), scanReading, `SELECT `+readingColumns+` FROM `+readingTables+`
WHERE m.case_id = ?1 AND m.created_at >= ?2 AND m.id > ?3 AND m.deleted = 0 AND m.source = ?4 AND (m.author_id = ?5 OR (?6 <> 0 AND a.customer_id = ?6))
ORDER BY m.created_at DESC, m.id DESC LIMIT 1`,
		c.ID, ms(first.CreatedAt), first.ID, first.Source, first.Author.ID, first.Author.CustomerID)
	return r.Mention, err
}

// ratedBefore is what the author rated when we answered, where that is not what
// they rate now.
func (s *Store) ratedBefore(ctx context.Context, c bot.Case, m bot.Mention) (bot.Rating, error) {
	if c.AnsweredAt.IsZero() || m.EditedAt.IsZero() || !m.Rating.Given() {
		return bot.Rating{}, nil
	}
	was, _, err := one(ctx, s.reader(ctx), func(row scanner) (r bot.Rating, err error) {
		return r, row.Scan(&r.Value, &r.Of)
	}, `SELECT rating_value, rating_of FROM mention_versions WHERE mention_id = ?1 AND replaced_at >= ?2 ORDER BY replaced_at, id LIMIT 1`,
		m.ID, ms(c.AnsweredAt))
	if was.Survey = m.Rating.Survey; was == m.Rating || !was.Given() {
		return bot.Rating{}, err
	}
	return was, err
}

func (s *Store) parentText(ctx context.Context, m bot.Mention) (string, error) {
	if m.ParentID == "" {
		return "", nil
	}
	text, _, err := one(ctx, s.reader(ctx), func(row scanner) (t string, err error) {
		return t, row.Scan(&t)
	}, `SELECT text FROM mentions WHERE source = ?1 AND external_id = ?2`, m.Source, m.ParentID)
	return text, err
}

// recently is how far back Speaker.Last30Days looks.
const recently = 30 * 24 * time.Hour

// Speaker is what was known of an author before a time: as the customer, with
// all their authors, where one is known. One case is not counted: the one that
// is looked at (0 for none); those before it are earlier, even where an import
// or a slow source brought them at once.
func (s *Store) Speaker(ctx context.Context, authorID int64, before time.Time, exceptCase int64) (bot.Speaker, error) {
	var sp bot.Speaker
	if authorID == 0 {
		return sp, nil
	}
	c := s.reader(ctx)
	a, found, err := one(ctx, c, scanAuthor, `SELECT `+authorColumns+` FROM authors WHERE id = ?1`, authorID)
	if err != nil || !found {
		return sp, wrap("read author", err)
	}
	sp.Author = a
	ids := []int64{a.ID}
	if a.CustomerID != 0 {
		if sp.Customer, err = s.Customer(ctx, a.CustomerID); err != nil {
			return sp, err
		}
		said, err := linkings(ctx, c, a.ID)
		if err != nil {
			return sp, err
		}
		for _, l := range said {
			if l.Linked {
				sp.Linked = l
			}
		}
		if ids, err = list(ctx, c, scanID, `SELECT id FROM authors WHERE customer_id = ?1`, a.CustomerID); err != nil {
			return sp, wrap("list the customer's authors", err)
		}
	}
	slices.Sort(ids)
	for _, id := range ids {
		if err := addHistory(ctx, c, &sp, id, before, exceptCase); err != nil {
			return sp, wrap("read the author's history", err)
		}
	}
	return sp, nil
}

// addHistory adds what one author said and what cases came of it.
func addHistory(ctx context.Context, c conn, sp *bot.Speaker, authorID int64, before time.Time, exceptCase int64) error {
	type span struct{ n, first int64 }
	m, _, err := one(ctx, c, func(row scanner) (v span, err error) { return v, row.Scan(&v.n, &v.first) },
		`SELECT count(*), coalesce(min(created_at), 0) FROM mentions WHERE author_id = ?1 AND created_at < ?2`, authorID, ms(before))
	if err != nil {
		return err
	}
	sp.Mentions += int(m.n)
	if first := at(m.first); m.n > 0 && (sp.FirstMention.IsZero() || first.Before(sp.FirstMention)) {
		sp.FirstMention = first
	}
	type earlier struct {
		id, opened int64
		state      bot.CaseState
	}
	return each(ctx, c, func(row scanner) (e earlier, err error) { return e, row.Scan(&e.id, &e.opened, &e.state) },
		func(e earlier) error {
			sp.Cases++
			if before.Sub(at(e.opened)) <= recently {
				sp.Last30Days++
			}
			if e.id > sp.LastCase {
				sp.LastCase, sp.LastState = e.id, e.state
			}
			return nil
		}, `SELECT id, opened_at, state FROM cases WHERE author_id = ?1 AND id <> ?2 AND (opened_at < ?3 OR id < ?2)`, authorID, exceptCase, ms(before))
}

// WorkStats is what a team did with the cases that a filter chooses: opened in
// its From and To, on its watch, route and so on. States do not limit it.
func (s *Store) WorkStats(ctx context.Context, f bot.CaseFilter) (bot.WorkStats, error) {
	f.States = nil
	w := caseConditions(f)
	var st bot.WorkStats
	type work struct {
		state            bot.CaseState
		opened, answered int64
	}
	err := each(ctx, s.reader(ctx), func(row scanner) (v work, err error) {
		return v, row.Scan(&v.state, &v.opened, &v.answered)
	}, func(v work) error {
		st.Opened++
		switch {
		case v.state == bot.Resolved:
			st.Resolved++
		case v.state == bot.Dismissed:
			st.Dismissed++
		case v.answered == 0:
			st.Unanswered++
		}
		if v.answered != 0 {
			st.Answered++
			st.FirstAnswer = append(st.FirstAnswer, time.Duration(v.answered-v.opened)*time.Millisecond)
		}
		return nil
	}, `SELECT state, opened_at, answered_at FROM cases`+w.where(), w.args...)
	slices.Sort(st.FirstAnswer)
	return st, wrap("count the work done", err)
}
