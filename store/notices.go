package store

import (
	"context"
	"time"

	"earshot/bot"
)

const noticeColumns = `id, key, text, mend, at, mended`

func scanNotice(row scanner) (n bot.Notice, err error) {
	var when, mended int64
	err = row.Scan(&n.ID, &n.Key, &n.Text, &n.Mend, &when, &mended)
	n.At, n.Mended = at(when), at(mended)
	return n, err
}

// OpenNotice stores a word to the team. It is fresh once: while a notice of
// the same key is open, that one is given back.
func (s *Store) OpenNotice(ctx context.Context, n bot.Notice) (_ bot.Notice, fresh bool, err error) {
	n.At, n.Mended = at(s.orNow(n.At)), time.Time{}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		id, err := t.insert(ctx, `INSERT INTO notices (key, text, mend, at, mended) VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT DO NOTHING`,
			n.Key, n.Text, n.Mend, ms(n.At))
		if err != nil {
			return err
		}
		if fresh = id != 0; fresh {
			n.ID = id
			return nil
		}
		n, _, err = one(ctx, t, scanNotice, `SELECT `+noticeColumns+` FROM notices WHERE key = ?1 AND mended = 0`, n.Key)
		return err
	})
	return n, fresh, wrap("open notice", err)
}

// MendNotice closes the open notice of a key. It gives false when none is open.
func (s *Store) MendNotice(ctx context.Context, key string, when time.Time) (n bot.Notice, mended bool, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		n, mended, err = one(ctx, t, scanNotice, `SELECT `+noticeColumns+` FROM notices WHERE key = ?1 AND mended = 0`, key)
		if err != nil || !mended {
			return err
		}
		n.Mended = at(s.orNow(when))
		_, err = t.exec(ctx, `UPDATE notices SET mended = ?2 WHERE id = ?1`, n.ID, ms(n.Mended))
		return err
	})
	return n, mended, wrap("mend notice", err)
}

// Notices lists the open notices, the oldest first.
func (s *Store) Notices(ctx context.Context) ([]bot.Notice, error) {
	out, err := list(ctx, s.reader(ctx), scanNotice, `SELECT `+noticeColumns+` FROM notices WHERE mended = 0 ORDER BY id`)
	return out, wrap("list notices", err)
}

// Notice reads one notice.
func (s *Store) Notice(ctx context.Context, id int64) (bot.Notice, error) {
	n, found, err := one(ctx, s.reader(ctx), scanNotice, `SELECT `+noticeColumns+` FROM notices WHERE id = ?1`, id)
	return got(n, found, err, "read notice", bot.Errorf(bot.ErrNotFound, "That notice is not stored (any more)."))
}
