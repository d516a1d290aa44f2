package store

import (
	"context"
	"time"

	"earshot/bot"
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

// Shared implements bot.Waits: other replicas may be at work.
func (s *Store) Shared() bool { return s.Replicated() }

// turnSkew is how far the clocks of two replicas may be apart: a turn that is
// booked further ahead than anybody books was booked by a clock that has been
// set back since.
const turnSkew = time.Minute

// TakeTurn implements bot.Waits, by the generic cell rate algorithm (ITU-T
// I.371): what is kept of a name is the time at which its burst is whole again.
func (s *Store) TakeTurn(ctx context.Context, platform, name string, p bot.Pace, most time.Duration) (wait time.Duration, taken bool, err error) {
	now, burst := s.now(), time.Duration(p.Burst-1)*p.Every
	last := now.Add(burst + most)
	const start = `CASE WHEN turns.next_at BETWEEN ?3 AND ?6 THEN turns.next_at ELSE ?3 END`
	var next int64
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		next, taken, err = one(ctx, t, scanID, `INSERT INTO turns (platform, name, next_at) VALUES (?1, ?2, ?7)
ON CONFLICT (platform, name) DO UPDATE SET next_at = `+start+` + ?4 WHERE `+start+` <= ?5 RETURNING next_at`,
			platform, name, ms(now), p.Every.Milliseconds(), ms(last), ms(last.Add(p.Every+turnSkew)), ms(now.Add(p.Every)))
		if err != nil || taken {
			return err
		}
		next, _, err = one(ctx, t, scanID, `SELECT next_at + ?3 FROM turns WHERE platform = ?1 AND name = ?2`, platform, name, p.Every.Milliseconds())
		return err
	})
	if err != nil {
		return 0, false, wrap("take a turn", err)
	}
	return max(at(next).Sub(now)-p.Every-burst, 0), taken, nil
}
