package store

import (
	"context"
	"time"

	"earshot/bot"
)

func scanSpike(row scanner) (sp bot.Spike, err error) {
	var body string
	var id, version int64
	if err := row.Scan(&id, &version, &body); err != nil {
		return sp, err
	}
	err = decode(body, &sp)
	sp.ID, sp.Version = id, version
	return sp, err
}

// SaveSpike stores a new spike (ID 0) with version 1; one of the same watch and
// topic that opened at the same time is given back instead: an episode of all
// mentions may have turned into one of complaints. With an ID it replaces
// the version that was read and gives it back one version on; ErrStale when it
// has changed meanwhile.
func (s *Store) SaveSpike(ctx context.Context, sp bot.Spike) (bot.Spike, error) {
	sp.OpenedAt = at(ms(sp.OpenedAt))
	body, err := encode(sp)
	if err != nil {
		return sp, wrap("save spike", err)
	}
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		if sp.ID != 0 {
			n, err := t.exec(ctx, `UPDATE spikes SET version = version + 1, state = ?3, closed_at = ?4, body = ?5, negative = ?6 WHERE id = ?1 AND version = ?2`,
				sp.ID, sp.Version, string(sp.State), ms(sp.ClosedAt), body, flag(sp.Series.Negative))
			if err == nil && n == 0 {
				return bot.Errorf(bot.ErrStale, "Spike %d changed just now. Look at it again.", sp.ID)
			}
			sp.Version++
			return err
		}
		stored, found, err := one(ctx, t, scanSpike, `SELECT id, version, body FROM spikes WHERE watch = ?1 AND topic = ?2 AND opened_at = ?3 ORDER BY id`,
			sp.Series.Watch, sp.Series.Topic, ms(sp.OpenedAt))
		if err != nil || found {
			sp = stored
			return err
		}
		sp.Version = 1
		sp.ID, err = t.insert(ctx, `INSERT INTO spikes (version, state, watch, topic, negative, opened_at, closed_at, body) VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
			string(sp.State), sp.Series.Watch, sp.Series.Topic, flag(sp.Series.Negative), ms(sp.OpenedAt), ms(sp.ClosedAt), body)
		return err
	})
	return sp, wrap("save spike", err)
}

// Spike reads one spike.
func (s *Store) Spike(ctx context.Context, id int64) (bot.Spike, error) {
	sp, found, err := one(ctx, s.reader(ctx), scanSpike, `SELECT id, version, body FROM spikes WHERE id = ?1`, id)
	return got(sp, found, err, "read spike", bot.Errorf(bot.ErrNotFound, "There is no spike %d.", id))
}

// Spikes lists the spikes that opened in [from, to), the newest first; zero
// times do not limit. openOnly leaves out those that are over.
func (s *Store) Spikes(ctx context.Context, from, to time.Time, openOnly bool) ([]bot.Spike, error) {
	w := &conditions{}
	if !from.IsZero() {
		w.add(`opened_at >= %s`, ms(from))
	}
	if !to.IsZero() {
		w.add(`opened_at < %s`, ms(to))
	}
	if openOnly {
		w.parts = append(w.parts, `state = 'open'`)
	}
	out, err := list(ctx, s.reader(ctx), scanSpike, `SELECT id, version, body FROM spikes`+w.where()+` ORDER BY opened_at DESC, id DESC`, w.args...)
	return out, wrap("list spikes", err)
}

// SaveSnapshot keeps the state of a detector under a name.
func (s *Store) SaveSnapshot(ctx context.Context, name string, body []byte) error {
	_, err := s.exec(ctx, `INSERT INTO snapshots (name, body, saved_at) VALUES (?1, ?2, ?3)
ON CONFLICT (name) DO UPDATE SET body = excluded.body, saved_at = excluded.saved_at`, name, blob(body), ms(s.now()))
	return wrap("save snapshot", err)
}

// Snapshot reads what SaveSnapshot kept; ErrNotFound when there is nothing.
func (s *Store) Snapshot(ctx context.Context, name string) ([]byte, error) {
	body, found, err := one(ctx, s.reader(ctx), func(row scanner) (b []byte, err error) { return b, row.Scan(&b) },
		`SELECT body FROM snapshots WHERE name = ?1`, name)
	return got(body, found, err, "read snapshot", bot.Errorf(bot.ErrNotFound, "No state is kept for %s.", name))
}

// Mute silences something until a time: "spike:watch/topic", "topic:price",
// "source:reviews". A time that is past ends it.
func (s *Store) Mute(ctx context.Context, what string, until time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO mutes (what, until_time) VALUES (?1, ?2)
ON CONFLICT (what) DO UPDATE SET until_time = excluded.until_time`, what, ms(until))
	return wrap("mute", err)
}

// Muted tells what is silent now, and until when.
func (s *Store) Muted(ctx context.Context) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	type mute struct {
		what  string
		until int64
	}
	err := each(ctx, s.reader(ctx), func(row scanner) (m mute, err error) { return m, row.Scan(&m.what, &m.until) },
		func(m mute) error {
			out[m.what] = at(m.until)
			return nil
		}, `SELECT what, until_time FROM mutes WHERE until_time > ?1`, ms(s.now()))
	return out, wrap("list what is muted", err)
}
