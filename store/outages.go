package store

import (
	"context"
	"time"

	"earshot/bot"
)

// noteOutage begins an outage with a source's first failure after a read that
// worked, and ends it with the next such read.
func (s *Store) noteOutage(ctx context.Context, t *tx, st bot.SourceState) error {
	old, found, err := one(ctx, t, scanSource, `SELECT `+sourceColumns+` FROM sources WHERE name = ?1`, st.Name)
	if err != nil || !found {
		return err
	}
	if old.Failures > 0 && (st.Failures == 0 || st.LastOK.After(old.LastOK)) {
		end := st.LastOK // what that read brought was seen no sooner
		if now := s.now(); end.After(now) || !end.After(old.LastOK) {
			end = now
		}
		if _, err := t.exec(ctx, `UPDATE outages SET to_time = ?2 WHERE source = ?1 AND to_time = 0`, st.Name, ms(end)); err != nil {
			return err
		}
	}
	if st.Failures > old.Failures {
		_, err = t.exec(ctx, `
INSERT INTO outages (source, from_time, to_time) SELECT ?1, ?2, 0
WHERE NOT EXISTS (SELECT 1 FROM outages WHERE source = ?1 AND (to_time = 0 OR from_time = ?2))`, st.Name, ms(s.now()))
	}
	return err
}

// Outages lists the outages that touch [from, to), the earliest first.
func (s *Store) Outages(ctx context.Context, from, to time.Time) ([]bot.Outage, error) {
	out, err := list(ctx, s.reader(ctx), func(row scanner) (o bot.Outage, err error) {
		var begin, end int64
		err = row.Scan(&o.Source, &begin, &end)
		o.From, o.To = at(begin), at(end)
		return o, err
	}, `SELECT source, from_time, to_time FROM outages WHERE from_time < ?2 AND (to_time = 0 OR to_time > ?1) ORDER BY from_time, source`, ms(from), ms(to))
	return out, wrap("list outages", err)
}

// NoteStop keeps that nothing was read from from to to, because the program did
// not run: an outage of every source that was not down anyway.
func (s *Store) NoteStop(ctx context.Context, from, to time.Time) error {
	_, err := s.exec(ctx, `
INSERT INTO outages (source, from_time, to_time) SELECT name, ?1, ?2 FROM sources
WHERE NOT EXISTS (SELECT 1 FROM outages o WHERE o.source = sources.name AND (o.to_time = 0 OR o.from_time = ?1))`, ms(from), ms(to))
	return wrap("note a stop", err)
}

// FirstSaid is the time of the first mention that a source made in an outage
// and that was read once it was over; zero when there is none.
func (s *Store) FirstSaid(ctx context.Context, o bot.Outage) (time.Time, error) {
	first, _, err := one(ctx, s.reader(ctx), func(row scanner) (first int64, err error) { return first, row.Scan(&first) }, `
SELECT created_at FROM mentions WHERE source = ?1 AND created_at >= ?2 AND created_at < ?3 AND seen_at >= ?3 ORDER BY created_at LIMIT 1`,
		o.Source, ms(o.From), ms(o.To))
	return at(first), wrap("look what was said in an outage", err)
}
