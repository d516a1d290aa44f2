package store

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

const (
	deliveryFields  = `kind, state, platform, channel, target, event_id, attempts, due_at, created_at, sent_at, error, held_by`
	deliveryColumns = `id, ` + deliveryFields
)

func scanDelivery(row scanner) (d bot.Delivery, err error) {
	var due, created, sent int64
	err = row.Scan(&d.ID, &d.Kind, &d.State, &d.Platform, &d.Channel, &d.Target, &d.EventID, &d.Attempts, &due, &created, &sent, &d.Error, &d.HeldBy)
	d.DueAt, d.CreatedAt, d.SentAt = at(due), at(created), at(sent)
	return d, err
}

func noDelivery() *bot.Error {
	return bot.Errorf(bot.ErrNotFound, "That delivery is not stored (any more).")
}

// AddDelivery puts something into the outbox and enqueues the job that brings
// it at DueAt, in the same transaction. State is due; a zero DueAt or CreatedAt
// becomes now. What is drawn when it is sent (a card, a spike, a fold) stands
// there once: the one that is due already is given back instead.
func (s *Store) AddDelivery(ctx context.Context, d bot.Delivery) (bot.Delivery, error) {
	now := at(ms(s.now()))
	if d.CreatedAt.IsZero() {
		d.CreatedAt = now
	}
	soon := d.DueAt.IsZero() || !d.DueAt.After(now)
	if d.DueAt.IsZero() {
		d.DueAt = now
	}
	if d.State == "" {
		d.State = bot.DeliveryDue
	}
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		if drawnWhenSent(d.Kind) {
			same, found, err := one(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries
WHERE kind = ?1 AND target = ?2 AND platform = ?3 AND channel = ?4 AND state = 'due' ORDER BY id LIMIT 1`,
				string(d.Kind), d.Target, d.Platform, d.Channel)
			if err != nil || found {
				if found {
					d = same
				}
				return err
			}
		}
		var err error
		if d.ID, err = t.insert(ctx, `INSERT INTO deliveries (`+deliveryFields+`) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)`,
			string(d.Kind), string(d.State), d.Platform, d.Channel, d.Target, d.EventID, d.Attempts, ms(d.DueAt), ms(d.CreatedAt), ms(d.SentAt), d.Error, d.HeldBy); err != nil {
			return err
		}
		job := bot.Job{Kind: bot.JobDeliver, ID: d.ID, RunAt: d.DueAt}
		if soon {
			job.RunAt = time.Time{}
		}
		return s.queue.enqueue(ctx, t, job, deliveryQueue(d.Kind))
	})
	return d, wrap("add delivery", err)
}

// drawnWhenSent tells whether a delivery shows what is current when it is
// sent, so that one is as good as two.
func drawnWhenSent(k bot.DeliveryKind) bool {
	return k == bot.DeliverCard || k == bot.DeliverSpike || k == bot.DeliverFold
}

// Delivery reads one delivery.
func (s *Store) Delivery(ctx context.Context, id int64) (bot.Delivery, error) {
	d, found, err := one(ctx, s.reader(ctx), scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries WHERE id = ?1`, id)
	return got(d, found, err, "read delivery", noDelivery())
}

// SaveDelivery stores how far a delivery has come; one that is sent, or left to
// people, gives up its place in its channel's budget. It enqueues nothing: a job
// that fails is tried again by the queue.
func (s *Store) SaveDelivery(ctx context.Context, d bot.Delivery) error {
	n, err := s.saveDelivery(ctx, d, ``)
	if err == nil && n == 0 {
		return noDelivery()
	}
	return wrap("save delivery", err)
}

// MarkDelivery is SaveDelivery by whoever tries it. ErrStale means that another
// worker has begun a try since there were so many: what it does counts.
func (s *Store) MarkDelivery(ctx context.Context, d bot.Delivery, tries int) error {
	n, err := s.saveDelivery(ctx, d, ` AND attempts = ?9`, tries)
	if err == nil && n == 0 {
		return bot.Errorf(bot.ErrStale, "Somebody else is bringing it now.")
	}
	return wrap("mark delivery", err)
}

func (s *Store) saveDelivery(ctx context.Context, d bot.Delivery, only string, args ...any) (int64, error) {
	return s.exec(ctx, `UPDATE deliveries SET state = ?2, attempts = ?3, due_at = ?4, sent_at = ?5, error = ?6, channel = ?7, held_by = ?8,
  placed = CASE WHEN ?2 IN ('sent', 'parked') THEN 0 ELSE placed END WHERE id = ?1`+only,
		append([]any{d.ID, string(d.State), d.Attempts, ms(d.DueAt), ms(d.SentAt), d.Error, d.Channel, d.HeldBy}, args...)...)
}

// Forsaken lists the deliveries that are not done and that no job of the queue
// will come to by itself, the oldest first: their job died with its process, or
// failed and waits for long, or they were made after now, and the clock was set
// back since. limit 0 is 50.
func (s *Store) Forsaken(ctx context.Context, now time.Time, limit int) ([]bot.Delivery, error) {
	out, err := list(ctx, s.reader(ctx), scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries d
WHERE state <> 'sent' AND state IN ('due', 'uncertain', 'sending')
  AND (state = 'sending' OR created_at > ?1 OR NOT `+s.d.jobs.awaits+`) ORDER BY id LIMIT ?2`, ms(now), orLimit(limit, 50))
	return out, wrap("list forsaken deliveries", err)
}

// Hasten has the deliveries that a notice of this key holds up tried now, and
// not after their pause; with "" the first one of every key, to see whether it
// is mended.
func (s *Store) Hasten(ctx context.Context, key string) error {
	which := `held_by = ?2`
	if key == "" { // the index wants its own condition, word for word, beside ours
		which = `id IN (SELECT min(id) FROM deliveries WHERE held_by <> '' AND held_by <> ?2 GROUP BY held_by)`
	}
	return wrap("hasten deliveries", s.write(ctx, func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, fmt.Sprintf(t.dialect.jobs.hasten, which), t.dialect.jobs.time(s.queue.clock.utc()), key)
		if err != nil || n == 0 {
			return err
		}
		t.ringFor(queueDeliver)
		t.ringFor(queueAnswer)
		return nil
	}))
}

// Deliveries lists deliveries in any of the states, the oldest first; all
// states when none is given. limit 0 is 50.
func (s *Store) Deliveries(ctx context.Context, states []bot.DeliveryState, limit int) ([]bot.Delivery, error) {
	w := &conditions{}
	in := ""
	left := true // all of them are covered by the index of what is left to do
	for i, st := range states {
		if i > 0 {
			in += ", "
		}
		in += w.arg(string(st))
		left = left && st != bot.DeliverySent
	}
	if in != "" {
		w.parts = append(w.parts, `state IN (`+in+`)`)
		if left {
			w.parts = append(w.parts, `state <> 'sent'`)
		}
	}
	out, err := list(ctx, s.reader(ctx), scanDelivery,
		`SELECT `+deliveryColumns+` FROM deliveries`+w.where()+` ORDER BY id LIMIT `+w.arg(orLimit(limit, 50)), w.args...)
	return out, wrap("list deliveries", err)
}

// Unsettled lists what has not come to its end of the deliveries that go to the
// same message as d, or below it: the first one first, d among them.
func (s *Store) Unsettled(ctx context.Context, d bot.Delivery) ([]bot.Delivery, error) {
	also := d.Kind
	switch d.Kind {
	case bot.DeliverCard:
		also = bot.DeliverNote
	case bot.DeliverNote:
		also = bot.DeliverCard
	}
	out, err := list(ctx, s.reader(ctx), scanDelivery, `SELECT `+deliveryColumns+` FROM deliveries
WHERE kind IN (?1, ?2) AND target = ?3 AND platform = ?4 AND channel = ?5 AND state <> 'sent' ORDER BY id`,
		string(d.Kind), string(also), d.Target, d.Platform, d.Channel)
	return out, wrap("list what is on its way", err)
}

// Backlog tells how many deliveries are due (or under way), since when the
// oldest of them, and how many are parked for a person to decide.
func (s *Store) Backlog(ctx context.Context) (due int, oldest time.Time, parked int, err error) {
	type count struct{ due, oldest, parked int64 }
	n, _, err := one(ctx, s.reader(ctx), func(row scanner) (c count, err error) {
		return c, row.Scan(&c.due, &c.oldest, &c.parked)
	}, `
SELECT coalesce(sum(CASE WHEN state <> 'parked' AND due_at <= ?1 THEN 1 ELSE 0 END), 0),
  coalesce(min(CASE WHEN state <> 'parked' AND due_at <= ?1 THEN due_at END), 0),
  coalesce(sum(CASE WHEN state = 'parked' THEN 1 ELSE 0 END), 0)
FROM deliveries WHERE state <> 'sent'`, ms(s.now()))
	return int(n.due), at(n.oldest), int(n.parked), wrap("count deliveries", err)
}
