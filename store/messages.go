package store

import (
	"context"
	"math"
	"time"

	"earshot/bot"
)

const messageColumns = `id, key, channel, thread, view, at, edited_at, loud`

func scanMessage(row scanner) (m bot.StoredMessage, err error) {
	var view string
	var when, edited int64
	if err := row.Scan(&m.ID, &m.Key, &m.Channel, &m.Thread, &view, &when, &edited, &m.Loud); err != nil {
		return m, err
	}
	m.At, m.EditedAt = at(when), at(edited)
	return m, decode(view, &m.View)
}

func noMessage() *bot.Error {
	return bot.Errorf(bot.ErrNotFound, "That message is not there (any more).")
}

// SaveMessage stores a new message (ID 0), or draws the view of one anew. A
// new one whose key is there already is given back as it stands.
func (s *Store) SaveMessage(ctx context.Context, m bot.StoredMessage) (bot.StoredMessage, error) {
	view, err := encode(m.View)
	if err != nil {
		return m, wrap("save message", err)
	}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		if m.ID != 0 {
			n, err := t.exec(ctx, `UPDATE messages SET view = ?2, edited_at = ?3 WHERE id = ?1`, m.ID, view, s.orNow(m.EditedAt))
			if err != nil {
				return err
			}
			if n == 0 {
				return noMessage()
			}
			m, _, err = one(ctx, t, scanMessage, `SELECT `+messageColumns+` FROM messages WHERE id = ?1`, m.ID)
			return err
		}
		id, err := t.insert(ctx, `INSERT INTO messages (key, channel, thread, view, at, edited_at, loud) VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)
ON CONFLICT DO NOTHING`, m.Key, m.Channel, m.Thread, view, s.orNow(m.At), flag(m.Loud))
		if err != nil {
			return err
		}
		if m.ID = id; id == 0 {
			m, _, err = one(ctx, t, scanMessage, `SELECT `+messageColumns+` FROM messages WHERE key = ?1 AND key <> ''`, m.Key)
			return err
		}
		m.At, m.EditedAt = at(s.orNow(m.At)), time.Time{}
		return nil
	})
	return m, wrap("save message", err)
}

// Message reads one message.
func (s *Store) Message(ctx context.Context, id int64) (bot.StoredMessage, error) {
	m, found, err := one(ctx, s.reader(ctx), scanMessage, `SELECT `+messageColumns+` FROM messages WHERE id = ?1`, id)
	return got(m, found, err, "read message", noMessage())
}

// MessageByKey finds a message by its key; false when it is certainly not there.
func (s *Store) MessageByKey(ctx context.Context, key string) (bot.StoredMessage, bool, error) {
	m, found, err := one(ctx, s.reader(ctx), scanMessage, `SELECT `+messageColumns+` FROM messages WHERE key = ?1 AND key <> ''`, key)
	return m, found, wrap("find message", err)
}

// Messages lists the last messages of a channel before an id (0 for the end),
// threads left out, the oldest of them first. limit 0 is 50.
func (s *Store) Messages(ctx context.Context, channel string, before int64, limit int) ([]bot.StoredMessage, error) {
	if before <= 0 {
		before = math.MaxInt64
	}
	out, err := list(ctx, s.reader(ctx), scanMessage, `SELECT `+messageColumns+` FROM (
  SELECT * FROM messages WHERE channel = ?1 AND thread = 0 AND id < ?2 ORDER BY id DESC LIMIT ?3) latest ORDER BY id`,
		channel, before, orLimit(limit, 50))
	return out, wrap("list messages", err)
}

// ThreadMessages lists the messages below one, the oldest first.
func (s *Store) ThreadMessages(ctx context.Context, root int64) ([]bot.StoredMessage, error) {
	out, err := list(ctx, s.reader(ctx), scanMessage, `SELECT `+messageColumns+` FROM messages WHERE thread = ?1 AND thread > 0 ORDER BY id`, root)
	return out, wrap("list thread", err)
}

// MessageChannels lists the channels that have messages, with how many, by name.
func (s *Store) MessageChannels(ctx context.Context) ([]bot.Count, error) {
	out, err := list(ctx, s.reader(ctx), func(row scanner) (c bot.Count, err error) {
		return c, row.Scan(&c.Name, &c.N)
	}, `SELECT channel, count(*) FROM messages WHERE thread = 0 GROUP BY channel ORDER BY channel`)
	return out, wrap("list channels", err)
}
