package store

import (
	"context"
	"strconv"
	"time"

	"earshot/bot"
)

// keepWindows is how long a folded period is kept after it was made: a digest
// of months looks back a year, and folds anew what is gone.
const keepWindows = 100 * 24 * time.Hour

// RollupMark tells states of a watch's roll-ups of the UTC days in [from, to)
// apart: it changes whenever one of them is saved.
func (s *Store) RollupMark(ctx context.Context, watch string, from, to time.Time) (string, error) {
	mark, _, err := one(ctx, s.reader(ctx), func(row scanner) (string, error) {
		var count, sum int64
		err := row.Scan(&count, &sum)
		return strconv.FormatInt(count, 36) + "-" + strconv.FormatInt(sum, 36), err
	}, `SELECT count(*), coalesce(sum(made_at), 0) FROM rollups WHERE watch = ?1 AND day >= ?2 AND day < ?3`, watch, dayOf(from), ms(to))
	return mark, wrap("mark roll-ups", err)
}

// SaveWindow keeps what the roll-ups of a watch come to in [from, to), with the
// mark that they had before they were read.
func (s *Store) SaveWindow(ctx context.Context, watch string, from, to time.Time, mark string, body []byte) error {
	_, err := s.exec(ctx, `INSERT INTO windows (watch, from_time, to_time, mark, body, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (watch, from_time, to_time) DO UPDATE SET mark = excluded.mark, body = excluded.body, made_at = excluded.made_at`,
		watch, ms(from), ms(to), mark, blob(body), ms(s.now()))
	return wrap("save window", err)
}

// SavedWindow reads what SaveWindow kept under the same mark; ErrNotFound when
// there is nothing, or it was made from other roll-ups.
func (s *Store) SavedWindow(ctx context.Context, watch string, from, to time.Time, mark string) ([]byte, error) {
	body, found, err := one(ctx, s.reader(ctx), func(row scanner) (b []byte, err error) { return b, row.Scan(&b) },
		`SELECT body FROM windows WHERE watch = ?1 AND from_time = ?2 AND to_time = ?3 AND mark = ?4`, watch, ms(from), ms(to), mark)
	return got(body, found, err, "read window", bot.Errorf(bot.ErrNotFound, "This period has not been counted yet."))
}
