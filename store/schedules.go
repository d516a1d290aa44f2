package store

import (
	"context"
	"slices"
	"time"

	"earshot/bot"
)

func scanSchedule(row scanner) (sc bot.Schedule, err error) {
	var next, last int64
	err = row.Scan(&sc.Name, &sc.Spec, &sc.Zone, &next, &last)
	sc.NextDueAt, sc.LastSlot = at(next), at(last)
	return sc, err
}

// SaveSchedule stores a schedule. One that is known keeps its place, unless
// its spec or zone is another: then it is next due when sc says.
func (s *Store) SaveSchedule(ctx context.Context, sc bot.Schedule) error {
	_, err := s.exec(ctx, `
INSERT INTO schedules (name, spec, zone, next_due_at, last_slot) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (name) DO UPDATE SET spec = excluded.spec, zone = excluded.zone, next_due_at = excluded.next_due_at
WHERE schedules.spec <> excluded.spec OR schedules.zone <> excluded.zone`,
		sc.Name, sc.Spec, sc.Zone, ms(sc.NextDueAt), ms(sc.LastSlot))
	return wrap("save schedule", err)
}

// Schedules lists all schedules, by name.
func (s *Store) Schedules(ctx context.Context) ([]bot.Schedule, error) {
	out, err := list(ctx, s.reader(ctx), scanSchedule, `SELECT name, spec, zone, next_due_at, last_slot FROM schedules ORDER BY name`)
	return out, wrap("list schedules", err)
}

// RemoveSchedulesExcept removes the schedules that are no longer configured.
func (s *Store) RemoveSchedulesExcept(ctx context.Context, keep []string) error {
	return wrap("remove schedules", s.write(ctx, func(ctx context.Context, t *tx) error {
		all, err := list(ctx, t, scanText, `SELECT name FROM schedules`)
		if err != nil {
			return err
		}
		for _, name := range all {
			if slices.Contains(keep, name) {
				continue
			}
			if _, err := t.exec(ctx, `DELETE FROM schedules WHERE name = ?1`, name); err != nil {
				return err
			}
		}
		return nil
	}))
}

// AdvanceSchedule moves a schedule on from one due time to the next, noting
// the slot that is done. It gives false when somebody else was faster.
func (s *Store) AdvanceSchedule(ctx context.Context, name string, from, to, slot time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE schedules SET next_due_at = ?3, last_slot = ?4 WHERE name = ?1 AND next_due_at = ?2`,
		name, ms(from), ms(to), ms(slot))
	return n == 1, wrap("advance schedule", err)
}

const digestColumns = `id, audience, slot, from_time, to_time, zone, made_at, body`

func scanDigest(row scanner) (d bot.Digest, err error) {
	var slot, from, to, made int64
	err = row.Scan(&d.ID, &d.Audience, &slot, &from, &to, &d.Zone, &made, &d.Body)
	d.Slot, d.From, d.To, d.MadeAt = at(slot), at(from), at(to), at(made)
	if len(d.Body) == 0 {
		d.Body = nil
	}
	return d, err
}

func noDigest() *bot.Error {
	return bot.Errorf(bot.ErrNotFound, "That digest is not stored (any more).")
}

// CreateDigest makes the row of a digest. It is fresh once for each audience
// and slot; the one that is there is given back.
func (s *Store) CreateDigest(ctx context.Context, d bot.Digest) (_ bot.Digest, fresh bool, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.insert(ctx, `INSERT INTO digests (audience, slot, from_time, to_time, zone, made_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
ON CONFLICT (audience, slot) DO NOTHING`, d.Audience, ms(d.Slot), ms(d.From), ms(d.To), d.Zone, ms(d.MadeAt), blob(d.Body))
		if err != nil {
			return err
		}
		fresh = id != 0
		d, _, err = one(ctx, t, scanDigest, `SELECT `+digestColumns+` FROM digests WHERE audience = ?1 AND slot = ?2`, d.Audience, ms(d.Slot))
		return err
	})
	return d, fresh, wrap("create digest", err)
}

// SaveDigestBody stores what a digest says, and when it was made.
func (s *Store) SaveDigestBody(ctx context.Context, id int64, body []byte, when time.Time) error {
	n, err := s.exec(ctx, `UPDATE digests SET body = ?2, made_at = ?3 WHERE id = ?1`, id, blob(body), s.orNow(when))
	if err == nil && n == 0 {
		return noDigest()
	}
	return wrap("save digest", err)
}

// Digest reads one digest.
func (s *Store) Digest(ctx context.Context, id int64) (bot.Digest, error) {
	d, found, err := one(ctx, s.reader(ctx), scanDigest, `SELECT `+digestColumns+` FROM digests WHERE id = ?1`, id)
	return got(d, found, err, "read digest", noDigest())
}

// LatestDigests lists the digests of an audience that were made, the newest
// first. limit 0 is 10.
func (s *Store) LatestDigests(ctx context.Context, audience string, limit int) ([]bot.Digest, error) {
	out, err := list(ctx, s.reader(ctx), scanDigest,
		`SELECT `+digestColumns+` FROM digests WHERE audience = ?1 AND made_at > 0 ORDER BY slot DESC LIMIT ?2`, audience, orLimit(limit, 10))
	return out, wrap("list digests", err)
}
