package store

import (
	"context"
	"math"
	"math/rand/v2"
	"time"

	"earshot/bot"
)

// dirtyDay is a watch and the start of a UTC day whose roll-up is behind.
type dirtyDay struct {
	watch string
	day   int64
}

func (t *tx) markDirty(ctx context.Context, days map[dirtyDay]struct{}) error {
	for d := range days {
		_, err := t.exec(ctx, `
INSERT INTO dirty_days (watch, day, reading)
SELECT CAST(?1 AS TEXT), CAST(?2 AS BIGINT), 0 WHERE NOT EXISTS (SELECT 1 FROM rollups r WHERE r.watch = ?1 AND r.day = ?2 AND r.frozen = 1)
ON CONFLICT (watch, day) DO UPDATE SET reading = 0 WHERE dirty_days.reading <> 0`, d.watch, d.day)
		if err != nil {
			return wrap("mark day", err)
		}
	}
	return nil
}

// markMentions marks the days of the mentions that meet a condition: what is
// known of their author or case has changed.
func (t *tx) markMentions(ctx context.Context, condition string, arg any) error {
	days := map[dirtyDay]struct{}{}
	type said struct {
		watches string
		created int64
	}
	err := each(ctx, t, func(row scanner) (v said, err error) { return v, row.Scan(&v.watches, &v.created) },
		func(v said) error {
			for _, w := range readNames(v.watches) {
				days[dirtyDay{w, dayOf(at(v.created))}] = struct{}{}
			}
			return nil
		}, `SELECT watches, created_at FROM mentions WHERE `+condition, arg)
	if err != nil {
		return wrap("find days", err)
	}
	return t.markDirty(ctx, days)
}

// MarkDirty says that the roll-up of a watch and UTC day must be made again.
func (s *Store) MarkDirty(ctx context.Context, watch string, day time.Time) error {
	return s.write(ctx, func(ctx context.Context, t *tx) error {
		return t.markDirty(ctx, map[dirtyDay]struct{}{{watch, dayOf(day)}: {}})
	})
}

func scanDay(row scanner) (time.Time, error) {
	var day int64
	err := row.Scan(&day)
	return time.UnixMilli(day).UTC(), err
}

// DirtyDays lists the UTC days of a watch whose roll-up is behind, in order.
func (s *Store) DirtyDays(ctx context.Context, watch string) ([]time.Time, error) {
	out, err := list(ctx, s.reader(ctx), scanDay, `SELECT day FROM dirty_days WHERE watch = ?1 ORDER BY day`, watch)
	return out, wrap("list days", err)
}

// DayReadings hands over the mentions of a watch on one UTC day, in order of
// creation, each with its verdict towards the watch. It marks the day as being
// read, with a number of this reading: SaveRollup then leaves it dirty if more
// came in meanwhile, and leaves what a later reading made of it alone.
func (s *Store) DayReadings(ctx context.Context, watch string, day time.Time, fn func(bot.Reading) error) error {
	start := dayOf(day)
	if s.w != nil {
		number := rand.Int64N(math.MaxInt64-1) + 1
		n, err := s.exec(ctx, `UPDATE dirty_days SET reading = ?3 WHERE watch = ?1 AND day = ?2`, watch, start, number)
		if err != nil {
			return wrap("read day", err)
		}
		if n > 0 {
			s.reads.Store(dirtyDay{watch, start}, number)
		}
	}
	own := func(r bot.Reading) error {
		r.Verdict = r.Verdict.For(watch)
		return fn(r)
	}
	return wrap("read day", each(ctx, s.reader(ctx), scanReading, own, `
SELECT `+readingColumns+` FROM `+readingTables+`
WHERE m.created_at >= ?1 AND m.created_at < ?2 AND `+listed("m.watches", "?3")+` ORDER BY m.created_at, m.id`,
		start, start+dayLength, names([]string{watch})))
}

// SaveRollup stores what was made of a day's readings. The day is no longer
// dirty, unless mentions came in since DayReadings. Where another replica has
// begun to read the day after us, it knows more, and its roll-up stands.
func (s *Store) SaveRollup(ctx context.Context, watch string, day time.Time, body []byte) error {
	number := int64(0)
	if n, ok := s.reads.LoadAndDelete(dirtyDay{watch, dayOf(day)}); ok {
		number = n.(int64)
	}
	return wrap("save roll-up", s.write(ctx, func(ctx context.Context, t *tx) error {
		last, found, err := one(ctx, t, scanID, `SELECT reading FROM dirty_days WHERE watch = ?1 AND day = ?2`, watch, dayOf(day))
		if err != nil || (number != 0 && (!found || (last != 0 && last != number))) {
			return err
		}
		if _, err := t.exec(ctx, `
INSERT INTO rollups (watch, day, body, made_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (watch, day) DO UPDATE SET body = excluded.body,
  made_at = CASE WHEN excluded.made_at > rollups.made_at THEN excluded.made_at ELSE rollups.made_at + 1 END`, // RollupMark relies on a change
			watch, dayOf(day), blob(body), ms(s.now())); err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM dirty_days WHERE watch = ?1 AND day = ?2 AND reading <> 0 AND reading = ?3`, watch, dayOf(day), number)
		return err
	}))
}

// Rollups hands over the roll-ups of a watch for the UTC days in [from, to),
// in order.
func (s *Store) Rollups(ctx context.Context, watch string, from, to time.Time, fn func(day time.Time, body []byte) error) error {
	type rollup struct {
		day  int64
		body []byte
	}
	return wrap("read roll-ups", each(ctx, s.reader(ctx), func(row scanner) (r rollup, err error) {
		return r, row.Scan(&r.day, &r.body)
	}, func(r rollup) error {
		return fn(time.UnixMilli(r.day).UTC(), r.body)
	}, `SELECT day, body FROM rollups WHERE watch = ?1 AND day >= ?2 AND day < ?3 ORDER BY day`, watch, dayOf(from), ms(to)))
}

// blob is b, never nil: an empty body is stored as such.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}
