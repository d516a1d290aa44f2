package store

import (
	"context"
	"time"
)

// SaveWait notes that nothing of this name may be asked of a platform before a
// time; a later time that is known stays, unless a clock that was set back since
// made it. What is over is forgotten.
func (s *Store) SaveWait(ctx context.Context, platform, name string, until time.Time) error {
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM waits WHERE over_at <= ?1`, ms(s.now())); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO waits (platform, name, over_at, told_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (platform, name) DO UPDATE SET over_at = excluded.over_at, told_at = excluded.told_at
WHERE waits.over_at < excluded.over_at OR waits.told_at > ?5`, platform, name, ms(until.Add(time.Millisecond)), ms(s.now()), ms(s.now().Add(ahead)))
		return err
	})
	return wrap("save a wait", err)
}

// Waits gives, by name, what a platform has us wait for still. Where the clock
// was set back since, as long is waited as was told.
func (s *Store) Waits(ctx context.Context, platform string) (map[string]time.Time, error) {
	type wait struct {
		name       string
		over, told int64
	}
	all, err := list(ctx, s.reader(ctx), func(row scanner) (w wait, err error) { return w, row.Scan(&w.name, &w.over, &w.told) },
		`SELECT name, over_at, told_at FROM waits WHERE platform = ?1 AND over_at > ?2`, platform, ms(s.now()))
	out := make(map[string]time.Time, len(all))
	for _, w := range all {
		if early := w.told - ms(s.now()); early > ahead.Milliseconds() {
			w.over -= early
		}
		out[w.name] = at(w.over)
	}
	return out, wrap("list waits", err)
}
