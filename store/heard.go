package store

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// The columns of a mention that come with it. A stored mention is replaced in
// those from number 7 on when it is edited.
const (
	heardKept    = `source, external_id, created_at, seen_at, history, edited_at`
	heardContent = `kind, parent_id, author_id, private, deleted, watches, repost_of, rating_value, rating_of, rating_survey,
  label, prob_negative, prob_neutral, prob_positive, confidence, flagged, verdict_language, language_confidence, topics, intents,
  voice, voice_confidence, urgency, urgency_points, urgency_reasons, stance, model, simhash,
  language, url, media, attrs, author, title, text, quoted, towards`

	insertMention = `INSERT INTO mentions (` + heardKept + `, ` + heardContent + `)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, nullif(?9, 0), ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30,
  ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39, ?40, ?41, ?42, ?43)
ON CONFLICT (source, external_id) DO NOTHING`

	updateMention = `UPDATE mentions SET edited_at = ?2, (` + heardContent + `) =
  (?3, ?4, nullif(?5, 0), ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26,
  ?27, ?28, ?29, ?30, ?31, ?32, ?33, ?34, ?35, ?36, ?37, ?38, ?39)
WHERE id = ?1`
)

// heardArgs is the arguments of insertMention: 6 kept ones, then the content.
const (
	keptArgs = 6
	allArgs  = keptArgs + 37
)

// batch is one call of SaveHeard under way.
type batch struct {
	s     *Store
	t     *tx
	now   time.Time
	dirty map[dirtyDay]struct{}
	args  [allArgs]any
	first int64 // of the new mentions that the search index does not have yet; 0 where it has all
}

// SaveHeard stores mentions with their verdicts, in order: each is new, a
// duplicate (title, text, rating and deletion as stored), edited (replaced;
// what it said before is kept), or forgotten: of somebody who was erased. Authors are found or made, and linked to the
// customer they are; the days that roll-ups must count again are marked.
func (s *Store) SaveHeard(ctx context.Context, heard []bot.Heard) ([]bot.Saved, error) {
	out := make([]bot.Saved, len(heard))
	err := s.write(ctx, func(ctx context.Context, t *tx) error {
		b := batch{s: s, t: t, now: s.now(), dirty: map[dirtyDay]struct{}{}}
		changed, err := t.erasures(ctx, &s.erased)
		if err != nil {
			return err
		}
		if changed { // their authors are gone, perhaps by another process
			t.authors, t.forget = nil, true
		}
		err = b.saveAll(ctx, heard, out)
		if failed := b.index(ctx); err == nil { // whoever goes on after an error has no mention that is not found
			err = failed
		}
		if err != nil {
			return err
		}
		return t.markDirty(ctx, b.dirty)
	})
	if err != nil {
		return nil, wrap("save mentions", err)
	}
	return out, nil
}

func (b *batch) saveAll(ctx context.Context, heard []bot.Heard, out []bot.Saved) error {
	if b.t.raw != nil && len(heard) > 1 {
		return b.saveTogether(ctx, heard, out)
	}
	for i := range heard {
		saved, err := b.save(ctx, &heard[i])
		if err != nil {
			return fmt.Errorf("%s: %w", heard[i].Mention.ExternalID, err)
		}
		out[i] = saved
	}
	return nil
}

func (b *batch) save(ctx context.Context, h *bot.Heard) (bot.Saved, error) {
	if b.s.erased.mention(&h.Mention) {
		return bot.Saved{Outcome: bot.Forgotten}, nil
	}
	author, err := b.s.author(ctx, b.t, &h.Mention)
	if err != nil {
		return bot.Saved{}, err
	}
	if err := b.fill(h, author.id); err != nil {
		return bot.Saved{}, err
	}
	id, err := b.t.insert(ctx, insertMention, b.args[:]...)
	if err != nil {
		return bot.Saved{}, err
	}
	saved := bot.Saved{Outcome: bot.New, ID: id, AuthorID: author.id, CustomerID: author.customerID}
	if id == 0 {
		return b.again(ctx, h, saved)
	}
	if b.first == 0 {
		b.first = id
	}
	b.touch(h.Mention.Watches, h.Mention.CreatedAt)
	return saved, nil
}

// index puts the new mentions into the search index, where that does not look
// after itself. Nobody else writes meanwhile: all from the first one on are ours.
func (b *batch) index(ctx context.Context) error {
	if b.first == 0 || b.t.dialect.index == "" {
		return nil
	}
	_, err := b.t.exec(ctx, b.t.dialect.index, b.first)
	b.first = 0
	return wrap("index for search", err)
}

// fill sets the arguments of insertMention.
func (b *batch) fill(h *bot.Heard, author int64) error {
	m, v := &h.Mention, &h.Verdict
	lists := [6]string{}
	for i, l := range []struct {
		any   any
		empty bool
	}{
		{v.Topics, len(v.Topics) == 0},
		{v.Intents, len(v.Intents) == 0},
		{v.Urgency.Reasons, len(v.Urgency.Reasons) == 0},
		{m.Media, len(m.Media) == 0},
		{m.Attrs, len(m.Attrs) == 0},
		{v.Towards, len(v.Towards) == 0},
	} {
		if l.empty {
			continue
		}
		var err error
		if lists[i], err = encode(l.any); err != nil {
			return err
		}
	}
	seen := m.SeenAt
	if seen.IsZero() {
		seen = b.now
	}
	b.args = [allArgs]any{
		m.Source, m.ExternalID, ms(m.CreatedAt), ms(seen), flag(m.History), ms(m.EditedAt),
		m.Kind, m.ParentID, author, flag(m.Private), flag(m.Deleted), names(m.Watches), m.RepostOf,
		m.Rating.Value, int64(m.Rating.Of), flag(m.Rating.Survey),
		string(v.Label), v.Probs.Negative, v.Probs.Neutral, v.Probs.Positive, v.Confidence, flag(v.Flagged), v.Language, v.LangConf,
		lists[0], lists[1], string(v.Voice), v.VoiceConf,
		int64(v.Urgency.Level), int64(v.Urgency.Points), lists[2], string(v.Stance), v.Model, int64(h.Hash),
		m.Language, m.URL, lists[3], lists[4], m.Author.Label(), m.Title, m.Text, m.Quoted, lists[5],
	}
	return nil
}

// stored is what again compares a mention with.
type stored struct {
	id, authorID, customerID, caseID, createdAt int64
	editedAt                                    int64
	title, text, watches                        string
	rating                                      bot.Rating
	deleted                                     bool
}

func scanStored(row scanner) (o stored, err error) {
	return o, row.Scan(&o.id, &o.authorID, &o.customerID, &o.caseID, &o.createdAt, &o.title, &o.text, &o.watches,
		&o.rating.Value, &o.rating.Of, &o.rating.Survey, &o.deleted, &o.editedAt)
}

// again takes a mention that is stored already.
func (b *batch) again(ctx context.Context, h *bot.Heard, saved bot.Saved) (bot.Saved, error) {
	m := &h.Mention
	old, found, err := one(ctx, b.t, scanStored, `
SELECT m.id, coalesce(m.author_id, 0), coalesce(a.customer_id, 0), coalesce(m.case_id, 0), m.created_at, m.title, m.text, m.watches,
  m.rating_value, m.rating_of, m.rating_survey, m.deleted, m.edited_at
FROM mentions m LEFT JOIN authors a ON a.id = m.author_id
WHERE m.source = ?1 AND m.external_id = ?2`, m.Source, m.ExternalID)
	if err != nil {
		return saved, err
	}
	if !found {
		return saved, fmt.Errorf("mention is neither new nor stored")
	}
	saved.ID, saved.CaseID, saved.Outcome = old.id, old.caseID, bot.Duplicate
	if saved.AuthorID == 0 { // it comes without its author this time
		saved.AuthorID, saved.CustomerID = old.authorID, old.customerID
	}
	if old.title == cleanText(m.Title) && old.text == cleanText(m.Text) && old.rating == m.Rating && old.deleted == m.Deleted {
		return saved, nil
	}
	withdrawn := m.Deleted && m.Title == "" && m.Text == ""
	if withdrawn && old.deleted {
		return saved, nil
	}
	if late, err := b.late(ctx, m, old); late || err != nil {
		return saved, err
	}
	if err := b.index(ctx); err != nil { // what is replaced is taken out of it, and may have come just now
		return saved, err
	}
	saved.Outcome = bot.Edited
	b.touch(m.Watches, at(old.createdAt))
	b.touch(readNames(old.watches), at(old.createdAt))
	return saved, b.replace(ctx, h, old, saved.AuthorID, withdrawn)
}

// lateFor is how long after it was said a mention may still come behind its
// own edit.
const lateFor = 24 * time.Hour

// late tells whether m is an older state of a mention than the one that is
// stored: brought again, or by a slower way, after its edit or deletion. Only
// where the source says when it was edited can that be known: such a time is
// not ours.
func (b *batch) late(ctx context.Context, m *bot.Mention, old stored) (bool, error) {
	if m.Deleted || old.editedAt == 0 {
		return false, nil
	}
	type former struct{ last, same, all int64 }
	f, _, err := one(ctx, b.t, func(row scanner) (f former, err error) { return f, row.Scan(&f.last, &f.same, &f.all) }, `
SELECT coalesce(max(replaced_at), 0), coalesce(sum(CASE WHEN title = ?2 AND text = ?3 AND deleted = 0 THEN 1 ELSE 0 END), 0), count(*)
FROM mention_versions WHERE mention_id = ?1`, old.id, cleanText(m.Title), cleanText(m.Text))
	switch {
	case err != nil || f.last == old.editedAt:
		return false, err
	case !m.EditedAt.IsZero():
		return ms(m.EditedAt) < old.editedAt, nil
	}
	return f.same > 0 || f.all == 0 && b.now.Sub(at(old.createdAt)) < lateFor, nil
}

// replace puts an edited mention over the stored one. One that is taken back
// without its words keeps those that were stored: its case still needs them.
func (b *batch) replace(ctx context.Context, h *bot.Heard, old stored, author int64, withdrawn bool) error {
	if _, err := b.t.exec(ctx, `
INSERT INTO mention_versions (mention_id, replaced_at, title, text, rating_value, rating_of, deleted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)`,
		old.id, ms(b.now), old.title, old.text, old.rating.Value, old.rating.Of, flag(old.deleted)); err != nil {
		return wrap("keep the former text", err)
	}
	edited := h.Mention.EditedAt
	if edited.IsZero() {
		edited = b.now
	}
	if withdrawn {
		_, err := b.t.exec(ctx, `UPDATE mentions SET deleted = 1, edited_at = ?2 WHERE id = ?1`, old.id, ms(edited))
		return err
	}
	b.args[keptArgs+2] = author
	args := append([]any{old.id, ms(edited)}, b.args[keptArgs:]...)
	_, err := b.t.exec(ctx, updateMention, args...)
	return err
}

// touch notes that the roll-ups of these watches are behind on a day.
func (b *batch) touch(watches []string, created time.Time) {
	for _, w := range watches {
		b.dirty[dirtyDay{w, dayOf(created)}] = struct{}{}
	}
}
