package store

import (
	"context"
	"time"

	"earshot/bot"
)

const postColumns = `kind, target, platform, channel, ref_channel, ref_id, ref_thread, version, posted_at`

func scanPost(row scanner) (p bot.Post, err error) {
	var posted int64
	err = row.Scan(&p.Kind, &p.Target, &p.Platform, &p.Channel, &p.Ref.Channel, &p.Ref.ID, &p.Ref.Thread, &p.Version, &posted)
	p.PostedAt = at(posted)
	return p, err
}

// SavePost stores where a card stands in a channel. A card that is only drawn
// again keeps the time at which it was posted.
func (s *Store) SavePost(ctx context.Context, p bot.Post) error {
	_, err := s.exec(ctx, `
INSERT INTO posts (`+postColumns+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (kind, target, platform, channel) DO UPDATE SET ref_channel = ?5, ref_id = ?6, ref_thread = ?7, version = ?8,
  posted_at = CASE WHEN posts.ref_id = ?6 AND posts.ref_channel = ?5 THEN posts.posted_at ELSE ?9 END`,
		string(p.Kind), p.Target, p.Platform, p.Channel, p.Ref.Channel, p.Ref.ID, p.Ref.Thread, p.Version, s.orNow(p.PostedAt))
	return wrap("save post", err)
}

// Posts lists where a case's, spike's or digest's card stands.
func (s *Store) Posts(ctx context.Context, kind bot.DeliveryKind, target int64) ([]bot.Post, error) {
	out, err := list(ctx, s.reader(ctx), scanPost,
		`SELECT `+postColumns+` FROM posts WHERE kind = ?1 AND target = ?2 ORDER BY platform, channel`, string(kind), target)
	return out, wrap("list posts", err)
}

// PostAt finds the card that a message is, or in whose thread it is: by the
// message's id, by the id of its thread's root, or by the thread, which on some
// platforms is a channel of its own.
func (s *Store) PostAt(ctx context.Context, platform string, ref bot.MessageRef) (bot.Post, error) {
	c := s.reader(ctx)
	p, found, err := one(ctx, c, scanPost, `SELECT `+postColumns+` FROM posts
WHERE platform = ?1 AND ref_id <> '' AND ref_id IN (?2, ?3) AND (?4 = '' OR ref_channel = ?4)
ORDER BY CASE WHEN ref_id = ?2 THEN 0 ELSE 1 END, posted_at DESC LIMIT 1`, platform, ref.ID, ref.Thread, ref.Channel)
	if err == nil && !found {
		p, found, err = one(ctx, c, scanPost, `SELECT `+postColumns+` FROM posts
WHERE platform = ?1 AND ref_thread <> '' AND ref_thread IN (?2, ?3, ?4) ORDER BY posted_at DESC LIMIT 1`,
			platform, ref.Thread, ref.Channel, ref.ID)
	}
	return got(p, found, err, "find post", bot.Errorf(bot.ErrNotFound, "No card of Earshot stands there."))
}

// TakePlace gives a card that is to be posted a place in its channel's message
// budget: of limit messages since a time, those posted count and those that
// have a place, on all replicas. False means that none is left. A card that is
// tried again keeps its place, until it is sent or left to people.
func (s *Store) TakePlace(ctx context.Context, d bot.Delivery, since time.Time, limit int) (bool, error) {
	n, err := s.exec(ctx, `
UPDATE deliveries SET placed = 1 WHERE id = ?1 AND (placed = 1 OR CAST(?5 AS BIGINT) >
  (SELECT count(*) FROM posts p WHERE p.platform = ?2 AND p.channel = ?3 AND p.posted_at >= ?4) +
  (SELECT count(*) FROM deliveries o WHERE o.placed = 1 AND o.platform = ?2 AND o.channel = ?3))`,
		d.ID, d.Platform, d.Channel, ms(since), limit)
	return n > 0, wrap("take a place in "+d.Channel, err)
}

const foldColumns = `id, version, platform, channel, since, cases, closed`

func scanFold(row scanner) (f bot.Fold, err error) {
	var since int64
	var cases string
	if err := row.Scan(&f.ID, &f.Version, &f.Platform, &f.Channel, &since, &cases, &f.Closed); err != nil {
		return f, err
	}
	f.Since = at(since)
	return f, decode(cases, &f.Cases)
}

// Fold reads the open roll-up card of a channel; ErrNotFound when none is open.
func (s *Store) Fold(ctx context.Context, platform, channel string) (bot.Fold, error) {
	f, found, err := one(ctx, s.reader(ctx), scanFold,
		`SELECT `+foldColumns+` FROM folds WHERE platform = ?1 AND channel = ?2 AND closed = 0`, platform, channel)
	return got(f, found, err, "read roll-up card", bot.Errorf(bot.ErrNotFound, "No roll-up card is open there."))
}

// FoldByID reads one roll-up card.
func (s *Store) FoldByID(ctx context.Context, id int64) (bot.Fold, error) {
	f, found, err := one(ctx, s.reader(ctx), scanFold, `SELECT `+foldColumns+` FROM folds WHERE id = ?1`, id)
	return got(f, found, err, "read roll-up card", bot.Errorf(bot.ErrNotFound, "That roll-up card is not stored (any more)."))
}

// SaveFold stores a new roll-up card (ID 0) with version 1, or replaces the
// version that was read and gives it back one version on. ErrStale means that
// it has changed, or that another one is open in the channel.
func (s *Store) SaveFold(ctx context.Context, f bot.Fold) (bot.Fold, error) {
	cases, err := encode(f.Cases)
	if err != nil {
		return f, wrap("save roll-up card", err)
	}
	stale := bot.Errorf(bot.ErrStale, "The roll-up card of %s changed just now.", f.Channel)
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		if f.ID == 0 {
			f.Version = 1
			id, err := t.insert(ctx, `INSERT INTO folds (version, platform, channel, since, cases, closed) VALUES (1, ?1, ?2, ?3, ?4, ?5)
ON CONFLICT DO NOTHING`, f.Platform, f.Channel, ms(f.Since), cases, flag(f.Closed))
			if err == nil && id == 0 {
				return stale
			}
			f.ID = id
			return err
		}
		n, err := t.exec(ctx, `UPDATE folds SET version = version + 1, since = ?3, cases = ?4, closed = ?5 WHERE id = ?1 AND version = ?2`,
			f.ID, f.Version, ms(f.Since), cases, flag(f.Closed))
		if err == nil && n == 0 {
			return stale
		}
		f.Version++
		return err
	})
	return f, wrap("save roll-up card", err)
}
