package store

import (
	"context"
	"fmt"
	"path/filepath"

	"earshot/bot"
)

// The ids of the time between the backup and the restore are not used again:
// what was sent then is known to the other side by them. Where the replaced
// store cannot be read, that many are left out.
const (
	idGap     = 100_000
	idGapSent = 1_000_000 // of what is sent under its id
)

// settle makes a restored store look before it sends.
func (r *restore) settle(ctx context.Context, s *Store) error {
	erased, err := r.remembered(ctx)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		for _, step := range []func(context.Context, *tx, *Settled) error{s.settleOutbox, s.settleInbox, s.settleSchedules} {
			if err := step(ctx, t, &r.out.Settled); err != nil {
				return err
			}
		}
		if err := r.skipIDs(ctx, t); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM moves`); err != nil { // wherever it was moved to, it runs here again
			return err
		}
		after := fmt.Sprintf(`{"backup_of":%q}`, r.out.Backup.Last.Format("2006-01-02T15:04:05Z"))
		return t.addAudit(ctx, ms(s.now()), bot.AuditEntry{By: r.o.By, Act: "restore", Target: "store", After: after})
	})
	if err != nil {
		return wrap("settle", err)
	}
	r.out.Settled.Erased, err = s.eraseAgain(ctx, erased)
	return wrap("erase again", err)
}

// settleOutbox: what was on its way may have arrived.
func (s *Store) settleOutbox(ctx context.Context, t *tx, st *Settled) error {
	replies, _, err := one(ctx, t, scanID, `SELECT count(*) FROM deliveries WHERE kind = 'reply' AND state IN ('due', 'sending', 'uncertain')`)
	if err != nil {
		return err
	}
	all, err := t.exec(ctx, `UPDATE deliveries SET state = 'uncertain', attempts = CASE WHEN attempts > 0 THEN attempts ELSE 1 END WHERE state IN ('due', 'sending', 'uncertain')`)
	st.Deliveries, st.Replies = int(all), int(replies)
	return err
}

// settleInbox: what people pressed before the backup was made was done then, or
// they were told that it was not.
func (s *Store) settleInbox(ctx context.Context, t *tx, st *Settled) error {
	n, err := t.exec(ctx, `UPDATE interactions SET finished = 1, body = '' WHERE finished <> 1`)
	st.Interactions = int(n)
	return err
}

// settleSchedules: nobody knows whether a slot since then was done, so none is
// done again; each schedule goes on with its next slot.
func (s *Store) settleSchedules(ctx context.Context, t *tx, st *Settled) error {
	due, err := list(ctx, t, scanText, `SELECT name FROM schedules WHERE next_due_at <= ?1 AND next_due_at > 0 ORDER BY name`, ms(s.now()))
	if err != nil {
		return err
	}
	st.Slots = due
	if _, err := t.exec(ctx, `UPDATE schedules SET next_due_at = 0 WHERE next_due_at <= ?1`, ms(s.now())); err != nil {
		return err
	}
	_, err = t.exec(ctx, `DELETE FROM river_job WHERE json_extract(args, '$.kind') IN (?1, ?2) AND state <> 'completed'`, string(bot.JobDigest), string(bot.JobBackup))
	return err
}

// skipIDs sees to it that no id is given twice.
func (r *restore) skipIDs(ctx context.Context, t *tx) error {
	used, err := r.sequences(ctx)
	if err != nil {
		return err
	}
	mine, err := list(ctx, t, scanText, `SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%' AND name NOT LIKE 'river%' AND name NOT LIKE 'goose%'`)
	if err != nil {
		return err
	}
	for _, table := range mine {
		gap := int64(idGap)
		if table == "deliveries" || table == "replies" {
			gap = idGapSent
		}
		if used != nil {
			gap = 0
		}
		last, found, err := one(ctx, t, scanID, `SELECT seq FROM sqlite_sequence WHERE name = ?1`, table)
		if err != nil {
			return err
		}
		query := `UPDATE sqlite_sequence SET seq = ?2 WHERE name = ?1`
		if !found {
			query = `INSERT INTO sqlite_sequence (name, seq) VALUES (?1, ?2)`
		}
		if _, err := t.exec(ctx, query, table, max(last, used[table])+gap); err != nil {
			return err
		}
	}
	return nil
}

// sequences reads the last ids that the replaced store gave; nil where it
// cannot be read.
func (r *restore) sequences(ctx context.Context) (map[string]int64, error) {
	if r.old.tx == nil {
		return nil, nil
	}
	return lastIDs(ctx, r.old.tx)
}

// remembered is who was erased, by all that remembers it: the files beside the
// store and beside the backup, and the store that is replaced.
func (r *restore) remembered(ctx context.Context) ([]erasure, error) {
	var all []erasure
	for _, file := range []string{ErasedFile(r.to), ErasedFile(r.from), filepath.Join(filepath.Dir(r.from), "earshot"+forgottenName)} {
		more, err := readErased(file)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	if r.old.tx == nil {
		return all, nil
	}
	n, _, err := one(ctx, r.old.tx, scanID, `SELECT count(*) FROM sqlite_schema WHERE name = 'erased'`)
	if err != nil || n == 0 {
		return all, err
	}
	err = each(ctx, r.old.tx, scanErasure, func(e erasure) error { all = append(all, e); return nil }, `SELECT key, hash, at FROM erased`)
	return all, err
}

// eraseAgain erases those who are remembered and whom the backup brought back.
func (s *Store) eraseAgain(ctx context.Context, all []erasure) (int, error) {
	fresh, err := s.learnErasures(ctx, all)
	if err != nil || len(fresh.at) == 0 {
		return 0, err
	}
	people, err := s.recognise(ctx, fresh)
	if err != nil {
		return 0, err
	}
	n := 0
	var samples [][]byte
	for _, who := range people {
		e, err := s.eraseRows(ctx, who, bot.Bot())
		if bot.KindOf(err) == bot.ErrNotFound { // went with the customer that they are
			continue
		}
		if err != nil {
			return n, err
		}
		n, samples = n+1, append(samples, e.samples()...)
	}
	_, _, err = s.purge(ctx, samples[:min(len(samples), maxSamples)])
	return n, err
}

// learnErasures stores what is remembered, and gives what the backup did not
// know of.
func (s *Store) learnErasures(ctx context.Context, all []erasure) (*erasedSet, error) {
	fresh := &erasedSet{at: map[string]map[string]int64{}}
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		for _, e := range all {
			known, _, err := one(ctx, t, scanID, `SELECT count(*) FROM erased WHERE key = ?1 AND hash = ?2`, e.Key, e.Hash)
			if err != nil {
				return err
			}
			if err := saveErasure(ctx, t, e); err != nil {
				return err
			}
			if known > 0 {
				continue
			}
			if fresh.at[e.Key] == nil {
				fresh.at[e.Key] = map[string]int64{}
			}
			fresh.at[e.Key][e.Hash] = e.At
		}
		return nil
	})
	return fresh, err
}

// recognise finds who of the stored people are in a set.
func (s *Store) recognise(ctx context.Context, set *erasedSet) ([]Whom, error) {
	var out []Whom
	err := each(ctx, s.reader(ctx), scanCustomer, func(c bot.Customer) error {
		if set.customer(c) {
			out = append(out, Whom{Customer: c.ExternalID})
		}
		return nil
	}, `SELECT `+customerColumns+` FROM customers`)
	if err != nil {
		return nil, err
	}
	err = each(ctx, s.reader(ctx), scanSubject, func(k knownSubject) error {
		for _, mark := range marksOfAuthor(k.source, k.author) {
			if _, ok := set.has(mark...); ok {
				out = append(out, Whom{Source: k.source, Author: k.key})
				break
			}
		}
		return nil
	}, `SELECT `+subjectColumns+` FROM authors`)
	return out, err
}
