package store

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"earshot/bot"
)

// Keep says how long what comes of a source is kept; 0 keeps it for good.
type Keep struct {
	Mentions time.Duration // what was said, with its verdict, since it was said
	Raw      time.Duration // attributes, links, quotes, former texts and dead letters, since they were read
	Authors  time.Duration // profiles, since their last mention
}

// Retention says how long what is stored is kept. The audit log, roll-ups and
// reports are kept for good: they hold no words of customers but the quotes of
// a report.
type Retention struct {
	Keep
	Sources    map[string]Keep // those with times of their own
	Deliveries time.Duration   // rows of what was sent; 0 keeps them
}

// None tells whether everything is kept.
func (r Retention) None() bool {
	return r.Keep == Keep{} && len(r.Sources) == 0 && r.Deliveries == 0
}

// Swept is what retention takes away, or would.
type Swept struct {
	Source   string `json:"source"`
	Mentions int    `json:"mentions"`
	Raw      int    `json:"raw"`
	Authors  int    `json:"authors"`
	Waiting  int    `json:"waiting"` // mentions that are too old and stay, for their case is not done
}

// sweepBatch is how many rows go in one transaction, so that nobody waits long
// for the writer.
const sweepBatch = 500

// swept are the conditions on rows that are too old, of a source (?1) and
// before a time (?2).
const (
	oldMentions = `m.source = ?1 AND m.created_at < ?2`
	doneOnly    = ` AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = m.case_id AND c.alive = 1)`
	rolledUp    = ` AND NOT EXISTS (SELECT 1 FROM dirty_days d WHERE d.day = m.created_at - m.created_at % 86400000)`
	oldRaw      = `m.source = ?1 AND m.seen_at < ?2 AND (m.attrs <> '' OR m.media <> '' OR m.quoted <> '')`
	oldVersions = `mention_id IN (SELECT m.id FROM mentions m WHERE m.source = ?1) AND replaced_at < ?2`
	oldAuthors  = `a.source = ?1 AND NOT EXISTS (SELECT 1 FROM mentions m WHERE m.author_id = a.id AND m.created_at >= ?2)
  AND NOT EXISTS (SELECT 1 FROM cases c WHERE c.author_id = a.id AND c.alive = 1)
  AND (a.name <> '' OR a.email <> '' OR a.url <> '' OR NOT EXISTS (SELECT 1 FROM mentions m WHERE m.author_id = a.id))`
)

// sourcesKept lists the sources that something is stored of, with how long.
func (s *Store) sourcesKept(ctx context.Context, r Retention) (map[string]Keep, error) {
	names, err := list(ctx, s.reader(ctx), scanText, `SELECT name FROM sources UNION SELECT DISTINCT source FROM authors`)
	if err != nil {
		return nil, wrap("list sources", err)
	}
	out := map[string]Keep{}
	for _, n := range append(names, "community") { // what people point at by hand
		keep, own := r.Sources[n]
		if !own {
			keep = r.Keep
		}
		if keep != (Keep{}) {
			out[n] = keep
		}
	}
	return out, nil
}

// before is the time before which something is too old; false to keep it all.
func (s *Store) before(keep time.Duration) (int64, bool) {
	return ms(s.now().Add(-keep)), keep > 0
}

// PreviewRetention tells what Retain would take away now, by source.
func (s *Store) PreviewRetention(ctx context.Context, r Retention) ([]Swept, error) {
	sources, err := s.sourcesKept(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []Swept
	for name, keep := range sources {
		sw := Swept{Source: name}
		for _, q := range []struct {
			n     *int
			keep  time.Duration
			query string
		}{
			{&sw.Mentions, keep.Mentions, `SELECT count(*) FROM mentions m WHERE ` + oldMentions + doneOnly},
			{&sw.Waiting, keep.Mentions, `SELECT count(*) FROM mentions m JOIN cases c ON c.id = m.case_id AND c.alive = 1 WHERE ` + oldMentions},
			{&sw.Raw, keep.Raw, `SELECT count(*) FROM mentions m WHERE ` + oldRaw},
			{&sw.Authors, keep.Authors, `SELECT count(*) FROM authors a WHERE ` + oldAuthors},
		} {
			before, some := s.before(q.keep)
			if !some {
				continue
			}
			n, _, err := one(ctx, s.reader(ctx), scanID, q.query, name, before)
			if err != nil {
				return nil, wrap("count what is too old", err)
			}
			*q.n = int(n)
		}
		if sw != (Swept{Source: name}) {
			out = append(out, sw)
		}
	}
	slices.SortFunc(out, func(a, b Swept) int { return compare(a.Source, b.Source) })
	return out, nil
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// DirtyWatches lists the watches with days before a time whose roll-up is
// behind: retention waits for them, so that what it takes away is counted.
func (s *Store) DirtyWatches(ctx context.Context) ([]string, error) {
	out, err := list(ctx, s.reader(ctx), scanText, `SELECT DISTINCT watch FROM dirty_days ORDER BY watch`)
	return out, wrap("list watches", err)
}

// Retain takes away what is too old, in small steps between which others
// write, and tells what went. What a day's roll-up was made from goes only once
// the day is rolled up; the roll-up is then kept as it is, for the reports.
func (s *Store) Retain(ctx context.Context, r Retention) ([]Swept, error) {
	if r.None() {
		return nil, nil
	}
	sources, err := s.sourcesKept(ctx, r)
	if err != nil {
		return nil, err
	}
	var out []Swept
	for name, keep := range sources {
		sw := Swept{Source: name}
		if err := s.retain(ctx, &sw, keep); err != nil {
			return out, wrap("retention of "+name, err)
		}
		if sw != (Swept{Source: name}) {
			out = append(out, sw)
		}
	}
	if err := s.sweepQuotes(ctx, out); err != nil {
		return out, wrap("retention of quotes", err)
	}
	if r.Deliveries > 0 {
		before, _ := s.before(r.Deliveries)
		_, err := s.inSteps(ctx, `DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries WHERE state = 'sent' AND sent_at < ?1 AND created_at < ?1 ORDER BY id LIMIT ?2)`, before)
		if err != nil {
			return out, wrap("retention of deliveries", err)
		}
	}
	return out, nil
}

func (s *Store) retain(ctx context.Context, sw *Swept, keep Keep) (err error) {
	if before, some := s.before(keep.Mentions); some {
		for n := sweepBatch; n == sweepBatch; {
			if n, err = s.sweepMentions(ctx, sw.Source, before); err != nil {
				return err
			}
			sw.Mentions += n
		}
	}
	if before, some := s.before(keep.Raw); some {
		n, err := s.inSteps(ctx, `UPDATE mentions SET attrs = '', media = '', quoted = '' WHERE id IN (SELECT m.id FROM mentions m WHERE `+oldRaw+` ORDER BY m.id LIMIT ?3)`, sw.Source, before)
		if err != nil {
			return err
		}
		versions, err := s.inSteps(ctx, `DELETE FROM mention_versions WHERE id IN (SELECT id FROM mention_versions WHERE `+oldVersions+` LIMIT ?3)`, sw.Source, before)
		if err != nil {
			return err
		}
		letters, err := s.inSteps(ctx, `DELETE FROM rejected WHERE id IN (SELECT id FROM rejected WHERE source = ?1 AND at < ?2 LIMIT ?3)`, sw.Source, before)
		if err != nil {
			return err
		}
		sw.Raw = n + versions + letters
	}
	if before, some := s.before(keep.Authors); some {
		sw.Authors, err = s.sweepAuthors(ctx, sw.Source, before)
	}
	return err
}

// inSteps runs a statement, whose last argument is how many rows it may change,
// until it changes fewer.
func (s *Store) inSteps(ctx context.Context, query string, args ...any) (int, error) {
	all := 0
	for {
		if err := ctx.Err(); err != nil {
			return all, context.Cause(ctx)
		}
		n, err := s.exec(ctx, query, append(slices.Clone(args), sweepBatch)...)
		all += int(n)
		if err != nil || n < sweepBatch {
			return all, err
		}
	}
}

// sweepMentions deletes some mentions that are too old; their days keep the
// roll-ups that they have, and their cases lose what was written about them.
func (s *Store) sweepMentions(ctx context.Context, source string, before int64) (n int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, context.Cause(ctx)
	}
	type old struct {
		id, caseID, created int64
		watches             string
	}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		found, err := list(ctx, t, func(row scanner) (o old, err error) { return o, row.Scan(&o.id, &o.caseID, &o.created, &o.watches) },
			`SELECT m.id, coalesce(m.case_id, 0), m.created_at, m.watches FROM mentions m WHERE `+oldMentions+doneOnly+rolledUp+` ORDER BY m.created_at LIMIT ?3`,
			source, before, sweepBatch)
		if err != nil {
			return err
		}
		n = len(found)
		cases, days := map[int64]bool{}, map[dirtyDay]bool{}
		for _, o := range found {
			if o.caseID > 0 {
				cases[o.caseID] = true
			}
			for _, w := range readNames(o.watches) {
				days[dirtyDay{w, dayOf(at(o.created))}] = true
			}
		}
		for d := range days {
			if _, err := t.exec(ctx, `UPDATE rollups SET frozen = 1 WHERE watch = ?1 AND day = ?2 AND frozen = 0`, d.watch, d.day); err != nil {
				return err
			}
		}
		for _, o := range found {
			if _, err := t.exec(ctx, `DELETE FROM mentions WHERE id = ?1`, o.id); err != nil {
				return err
			}
		}
		return t.emptyCases(ctx, cases)
	})
	return n, err
}

// emptyCases takes what was written out of cases that have no mention left.
func (t *tx) emptyCases(ctx context.Context, cases map[int64]bool) error {
	for id := range cases {
		left, _, err := one(ctx, t, scanID, `SELECT count(*) FROM mentions WHERE case_id = ?1`, id)
		if err != nil {
			return err
		}
		if left > 0 {
			continue
		}
		replies, err := list(ctx, t, scanID, `SELECT id FROM replies WHERE case_id = ?1`, id)
		if err != nil {
			return err
		}
		targets := []string{"case " + itoa(id)}
		for _, r := range replies {
			targets = append(targets, "reply "+itoa(r))
		}
		for _, q := range []string{
			`UPDATE replies SET text = ?2, note = '', url = '', error = '' WHERE case_id = ?1`,
			`UPDATE case_events SET text = ?2 WHERE case_id = ?1 AND verb IN (` + freely + `)`,
		} {
			if _, err := t.exec(ctx, q, id, bot.Erased); err != nil {
				return err
			}
		}
		if err := t.forgetAudit(ctx, targets...); err != nil {
			return err
		}
		if err := t.emptyMessages(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// emptyMessages takes what was said out of a case's card and thread in the
// console, whose messages are ours.
func (t *tx) emptyMessages(ctx context.Context, caseID int64) error {
	refs, err := list(ctx, t, scanText, `SELECT ref_id FROM posts WHERE kind = 'card' AND target = ?1 AND platform = 'console'`, caseID)
	if err != nil {
		return err
	}
	view, err := encode(bot.Say("Case " + itoa(caseID) + ": " + bot.Erased))
	if err != nil {
		return err
	}
	for _, ref := range refs {
		id, err := strconv.ParseInt(ref, 10, 64)
		if err != nil {
			continue // none of the store's
		}
		if _, err := t.exec(ctx, `UPDATE messages SET view = ?2 WHERE id = ?1 OR thread = ?1`, id, view); err != nil {
			return err
		}
	}
	return nil
}

// sweepQuotes takes the quotes of mentions that are gone out of stored reports.
func (s *Store) sweepQuotes(ctx context.Context, swept []Swept) error {
	if !slices.ContainsFunc(swept, func(sw Swept) bool { return sw.Mentions > 0 }) {
		return nil
	}
	return s.write(ctx, func(ctx context.Context, t *tx) error {
		var failed error
		_, err := t.scrubDigests(ctx, newScrubber(subject{}), func(mention int64) bool {
			n, _, err := one(ctx, t, scanID, `SELECT count(*) FROM mentions WHERE id = ?1`, mention)
			failed = errors.Join(failed, err)
			return err == nil && n == 0 && mention > 0
		})
		return errors.Join(err, failed)
	})
}

// sweepAuthors empties the profiles of authors who said nothing lately, and
// deletes those of whom nothing is left.
func (s *Store) sweepAuthors(ctx context.Context, source string, before int64) (int, error) {
	all := 0
	for {
		if err := ctx.Err(); err != nil {
			return all, context.Cause(ctx)
		}
		n := 0
		err := s.write(ctx, func(ctx context.Context, t *tx) error {
			t.authors, t.forget = nil, true
			ids, err := list(ctx, t, scanID, `SELECT a.id FROM authors a WHERE `+oldAuthors+` ORDER BY a.id LIMIT ?3`, source, before, sweepBatch)
			if err != nil {
				return err
			}
			n = len(ids)
			for _, id := range ids {
				if err := t.emptyAuthor(ctx, id); err != nil {
					return err
				}
			}
			return nil
		})
		all += n
		if err != nil || n < sweepBatch {
			return all, err
		}
	}
}

func (t *tx) emptyAuthor(ctx context.Context, id int64) error {
	said, _, err := one(ctx, t, scanID, `SELECT count(*) FROM mentions WHERE author_id = ?1`, id)
	if err != nil {
		return err
	}
	if said == 0 {
		_, err = t.exec(ctx, `DELETE FROM authors WHERE id = ?1`, id)
		return err
	}
	_, err = t.exec(ctx, `UPDATE authors SET name = '', email = '', url = '', email_key = '' WHERE id = ?1`, id)
	return err
}
