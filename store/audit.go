package store

import (
	"context"
	"time"

	"earshot/bot"
)

// AuditCandidates hands over the ids of the mentions of a watch, created in
// [from, to), that an audit may draw from: what people said in their own words,
// without a rating, that was not drawn for the watch before. News, reposts,
// hearsay, our own staff and what was taken back are left out.
func (s *Store) AuditCandidates(ctx context.Context, watch string, from, to time.Time, fn func(id int64)) error {
	return wrap("find mentions to audit", each(ctx, s.reader(ctx), scanID, func(id int64) error {
		fn(id)
		return nil
	}, `
SELECT m.id FROM mentions m LEFT JOIN authors a ON a.id = m.author_id
WHERE m.created_at >= ?1 AND m.created_at < ?2 AND m.deleted = 0 AND m.repost_of = '' AND m.rating_of = 0 AND m.voice <> ?3
  AND (m.text <> '' OR m.title <> '') AND coalesce(a.staff, 0) = 0 AND coalesce(a.automated, 0) = 0 AND `+listed("m.watches", "?4")+`
  AND NOT EXISTS (SELECT 1 FROM audit_samples d WHERE d.mention_id = m.id AND d.watch = ?5)
ORDER BY m.id`, ms(from), ms(to), string(bot.Hearsay), names([]string{watch}), watch))
}

// AuditDrawn counts the mentions drawn for a watch from the week that begins
// at week.
func (s *Store) AuditDrawn(ctx context.Context, watch string, week time.Time) (int, error) {
	n, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM audit_samples WHERE watch = ?1 AND week = ?2`, watch, ms(week))
	return int(n), wrap("count an audit", err)
}

// SaveAuditSample keeps the mentions drawn for a watch from a week, in the
// order in which they are offered, each with what the machine says of it
// towards the watch now. One that was drawn before, or is gone, is left out.
func (s *Store) SaveAuditSample(ctx context.Context, watch string, week time.Time, mentionIDs []int64) error {
	return wrap("save audit sample", s.write(ctx, func(ctx context.Context, t *tx) error {
		for _, id := range mentionIDs {
			r, found, err := one(ctx, t, scanReading, `SELECT `+readingColumns+` FROM `+readingTables+` WHERE m.id = ?1`, id)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			v := r.Verdict.For(watch)
			if _, err := t.exec(ctx, `
INSERT INTO audit_samples (watch, week, mention_id, drawn_at, model, label, prob_negative, prob_neutral, prob_positive, stance)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT (watch, mention_id) DO NOTHING`,
				watch, ms(week), id, ms(s.now()), v.BaseModel(), string(v.Label), v.Probs.Negative, v.Probs.Neutral, v.Probs.Positive, string(v.Stance)); err != nil {
				return err
			}
		}
		return nil
	}))
}

// auditWaits chooses what waits for a person (?1) of a watch (?2, "" for any)
// drawn since ?3: what they have not labelled and not two others have, as it
// stood when it was drawn.
const auditWaits = `FROM audit_samples d JOIN mentions m ON m.id = d.mention_id
WHERE (?2 = '' OR d.watch = ?2) AND d.drawn_at >= ?3 AND m.deleted = 0 AND m.edited_at <= d.drawn_at
  AND NOT EXISTS (SELECT 1 FROM audit_labels l WHERE l.sample_id = d.id AND l.who = ?1)
  AND (SELECT count(*) FROM audit_labels l WHERE l.sample_id = d.id AND l.label <> 'skip') < 2`

// NextAudit gives the next mention that waits for a person to label, of a
// watch or of any (""), drawn since a time: what nobody has labelled before
// what one other has. ErrNotFound when none waits.
func (s *Store) NextAudit(ctx context.Context, watch string, by bot.Person, since time.Time) (bot.AuditItem, error) {
	none := bot.Errorf(bot.ErrNotFound, "No mention waits to be labelled.")
	type row struct {
		item    bot.AuditItem
		mention int64
	}
	c := s.reader(ctx)
	r, found, err := one(ctx, c, func(sc scanner) (r row, err error) { return r, sc.Scan(&r.item.ID, &r.item.Watch, &r.mention) },
		`SELECT d.id, d.watch, d.mention_id `+auditWaits+`
ORDER BY (SELECT count(*) FROM audit_labels l WHERE l.sample_id = d.id AND l.label <> 'skip'), d.id LIMIT 1`, by.Key(), watch, ms(since))
	if err != nil || !found {
		return got(r.item, found, err, "find the next mention to label", none)
	}
	left, _, err := one(ctx, c, scanID, `SELECT count(*) `+auditWaits, by.Key(), watch, ms(since))
	if err != nil {
		return bot.AuditItem{}, wrap("count what waits to be labelled", err)
	}
	reading, err := s.Mention(ctx, r.mention)
	if err != nil {
		return bot.AuditItem{}, err
	}
	r.item.Left, r.item.Mention = int(left), reading.Mention
	return r.item, nil
}

// AuditSample reads a mention that was drawn, by the sample's id.
func (s *Store) AuditSample(ctx context.Context, id int64) (bot.AuditItem, error) {
	item := bot.AuditItem{ID: id}
	mention, found, err := one(ctx, s.reader(ctx), func(sc scanner) (mention int64, err error) { return mention, sc.Scan(&item.Watch, &mention) },
		`SELECT watch, mention_id FROM audit_samples WHERE id = ?1`, id)
	if mention, err = got(mention, found, err, "read audit sample", bot.Errorf(bot.ErrNotFound, "That mention is not stored (any more). /voc audit shows the next.")); err != nil {
		return item, err
	}
	r, err := s.Mention(ctx, mention)
	item.Mention = r.Mention
	return item, err
}

// SaveAuditLabel keeps what somebody says of a mention that was drawn. Saying
// it again replaces it.
func (s *Store) SaveAuditLabel(ctx context.Context, sampleID int64, label bot.AuditLabel, by bot.Person, when time.Time) error {
	_, err := s.exec(ctx, `INSERT INTO audit_labels (sample_id, who, by_whom, label, at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (sample_id, who) DO UPDATE SET by_whom = excluded.by_whom, label = excluded.label, at = excluded.at`,
		sampleID, by.Key(), person(by), string(label), s.orNow(when))
	return wrap("save audit label", err)
}

// Audited lists the mentions that people have labelled since a time, in the
// order in which they were drawn.
func (s *Store) Audited(ctx context.Context, since time.Time) ([]bot.Audited, error) {
	out, err := list(ctx, s.reader(ctx), func(sc scanner) (a bot.Audited, err error) {
		return a, sc.Scan(&a.Watch, &a.Model, &a.Label, &a.Probs.Negative, &a.Probs.Neutral, &a.Probs.Positive, &a.Stance,
			&a.Negative, &a.Neutral, &a.Positive, &a.NotUs)
	}, `
SELECT d.watch, d.model, d.label, d.prob_negative, d.prob_neutral, d.prob_positive, d.stance,
  sum(CASE WHEN l.label = 'negative' THEN 1 ELSE 0 END), sum(CASE WHEN l.label = 'neutral' THEN 1 ELSE 0 END),
  sum(CASE WHEN l.label = 'positive' THEN 1 ELSE 0 END), sum(CASE WHEN l.label = 'not_us' THEN 1 ELSE 0 END)
FROM audit_samples d JOIN audit_labels l ON l.sample_id = d.id
WHERE l.at >= ?1 AND l.label <> 'skip' GROUP BY d.id ORDER BY d.id`, ms(since))
	return out, wrap("list audited mentions", err)
}

// AuditStandings tells how the audit of each watch stands: what was drawn since
// a time, and how much of it somebody has labelled.
func (s *Store) AuditStandings(ctx context.Context, since time.Time) ([]bot.AuditStanding, error) {
	out, err := list(ctx, s.reader(ctx), func(sc scanner) (a bot.AuditStanding, err error) {
		var week int64
		err = sc.Scan(&a.Watch, &week, &a.Drawn, &a.Labelled)
		a.Week = at(week)
		return a, err
	}, `
SELECT d.watch, max(d.week), count(*),
  sum(CASE WHEN EXISTS (SELECT 1 FROM audit_labels l WHERE l.sample_id = d.id AND l.label <> 'skip') THEN 1 ELSE 0 END)
FROM audit_samples d WHERE d.drawn_at >= ?1 GROUP BY d.watch ORDER BY d.watch`, ms(since))
	return out, wrap("tell how audits stand", err)
}
