package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

const (
	readingTables = `mentions m LEFT JOIN authors a ON a.id = m.author_id LEFT JOIN cases c ON c.id = m.case_id`

	verdictColumns = `m.label, m.prob_negative, m.prob_neutral, m.prob_positive, m.confidence, m.flagged, m.verdict_language,
  m.language_confidence, m.topics, m.intents, m.voice, m.voice_confidence, m.urgency, m.urgency_points, m.urgency_reasons, m.stance, m.model, m.towards`

	readingColumns = `m.id, coalesce(m.case_id, 0), coalesce(c.answered_at, 0), m.source, m.kind, m.external_id, m.parent_id, m.created_at, m.edited_at, m.seen_at,
  m.private, m.deleted, m.history, m.watches, m.repost_of, m.rating_value, m.rating_of, m.rating_survey,
  ` + verdictColumns + `, m.language, m.url, m.media, m.attrs, m.title, m.text, m.quoted,
  coalesce(a.id, 0), coalesce(a.external_id, ''), coalesce(a.handle, ''), coalesce(a.name, ''), coalesce(a.email, ''), coalesce(a.url, ''),
  coalesce(a.followers, -1), coalesce(a.staff, 0), coalesce(a.automated, 0), coalesce(a.customer_id, 0)`
)

// verdictRow is what must be decoded after a verdict was scanned.
type verdictRow struct{ topics, intents, reasons, towards string }

// into lists where the verdict columns go.
func (r *verdictRow) into(v *bot.Verdict) []any {
	return []any{&v.Label, &v.Probs.Negative, &v.Probs.Neutral, &v.Probs.Positive, &v.Confidence, &v.Flagged, &v.Language,
		&v.LangConf, &r.topics, &r.intents, &v.Voice, &v.VoiceConf, &v.Urgency.Level, &v.Urgency.Points, &r.reasons, &v.Stance, &v.Model, &r.towards}
}

func (r *verdictRow) decode(v *bot.Verdict) error {
	if err := decode(r.topics, &v.Topics); err != nil {
		return err
	}
	if err := decode(r.intents, &v.Intents); err != nil {
		return err
	}
	if err := decode(r.towards, &v.Towards); err != nil {
		return err
	}
	return decode(r.reasons, &v.Urgency.Reasons)
}

func scanReading(row scanner) (r bot.Reading, err error) {
	m, a := &r.Mention, &r.Mention.Author
	var answered, created, edited, seen int64
	var watches, media, attrs string
	var v verdictRow
	into := append([]any{&m.ID, &r.CaseID, &answered, &m.Source, &m.Kind, &m.ExternalID, &m.ParentID, &created, &edited, &seen,
		&m.Private, &m.Deleted, &m.History, &watches, &m.RepostOf, &m.Rating.Value, &m.Rating.Of, &m.Rating.Survey},
		v.into(&r.Verdict)...)
	into = append(into, &m.Language, &m.URL, &media, &attrs, &m.Title, &m.Text, &m.Quoted,
		&a.ID, &a.ExternalID, &a.Handle, &a.Name, &a.Email, &a.URL, &a.Followers, &a.Staff, &a.Automated, &a.CustomerID)
	if err := row.Scan(into...); err != nil {
		return r, err
	}
	r.AnsweredAt = at(answered)
	m.CreatedAt, m.EditedAt, m.SeenAt, m.Watches = at(created), at(edited), at(seen), readNames(watches)
	if err := decode(media, &m.Media); err != nil {
		return r, err
	}
	if err := decode(attrs, &m.Attrs); err != nil {
		return r, err
	}
	return r, v.decode(&r.Verdict)
}

func noMention() *bot.Error {
	return bot.Errorf(bot.ErrNotFound, "That mention is not stored (any more).")
}

// Mention reads one mention by our id.
func (s *Store) Mention(ctx context.Context, id int64) (bot.Reading, error) {
	r, found, err := one(ctx, s.reader(ctx), scanReading, `SELECT `+readingColumns+` FROM `+readingTables+` WHERE m.id = ?1`, id)
	return got(r, found, err, "read mention", noMention())
}

// saidAtOnce is how many ids one query asks for: what may be repeated is few.
const saidAtOnce = 16

// Said gives what mentions say in their authors' own words. What is not stored
// (any more) is left out.
func (s *Store) Said(ctx context.Context, ids []int64) (map[int64]string, error) {
	type words struct {
		id   int64
		said bot.Mention
	}
	out := make(map[int64]string, len(ids))
	for some := range slices.Chunk(ids, saidAtOnce) {
		args := make([]any, saidAtOnce) // one statement for any number of them; no mention has the id 0
		for i := range args {
			args[i] = int64(0)
		}
		for i, id := range some {
			args[i] = id
		}
		err := each(ctx, s.reader(ctx), func(row scanner) (w words, err error) { return w, row.Scan(&w.id, &w.said.Title, &w.said.Text) },
			func(w words) error {
				out[w.id] = w.said.Said()
				return nil
			}, `SELECT id, title, text FROM mentions WHERE id IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)`, args...)
		if err != nil {
			return nil, wrap("read what mentions say", err)
		}
	}
	return out, nil
}

// FindMention reads one mention by its source's id.
func (s *Store) FindMention(ctx context.Context, source, externalID string) (bot.Reading, error) {
	r, found, err := one(ctx, s.reader(ctx), scanReading,
		`SELECT `+readingColumns+` FROM `+readingTables+` WHERE m.source = ?1 AND m.external_id = ?2`, source, externalID)
	return got(r, found, err, "find mention", noMention())
}

// searchDepth is how many of the matches that were stored last a search sorts
// by date: a common word matches far more than anybody reads.
const searchDepth = 1000

// Mentions lists mentions that a filter chooses, the newest first. Those that
// were taken back are left out, unless a case is asked for. Of a Query, the
// last word may be the beginning of one where too few hold it as it stands.
// Where a watch is asked for, verdicts and labels are those towards it.
func (s *Store) Mentions(ctx context.Context, f bot.MentionFilter) ([]bot.Reading, error) {
	if f.Query != "" {
		return s.search(ctx, f)
	}
	w := mentionConditions(f)
	query := `SELECT ` + readingColumns + ` FROM ` + readingTables + w.where() +
		` ORDER BY m.created_at DESC, m.id DESC LIMIT ` + w.arg(orLimit(f.Limit, 20))
	out, err := list(ctx, s.reader(ctx), scanReading, query, w.args...)
	return towards(out, f.Watch), wrap("list mentions", err)
}

// search looks for whole words first: for a beginning, the index must put the
// lists of all words that begin so together, which is slow for common ones.
func (s *Store) search(ctx context.Context, f bot.MentionFilter) (out []bot.Reading, err error) {
	limit := orLimit(f.Limit, 20)
	for _, begins := range []bool{false, true} {
		words := s.d.words(f.Query, begins)
		if words == "" {
			return nil, nil
		}
		w := mentionConditions(f)
		matches := s.d.matches
		depth := max(limit, searchDepth)
		if f.Narrows() {
			matches, depth = s.d.latestMatches, max(limit, bot.SearchedAtMost)
		}
		query := `SELECT ` + readingColumns + ` FROM ` + readingTables + ` WHERE m.id IN (
  SELECT id FROM (` + matches(w, words, depth) + `) latest ORDER BY created_at DESC, id DESC LIMIT ` + w.arg(limit) + `)
ORDER BY m.created_at DESC, m.id DESC`
		if out, err = list(ctx, s.reader(ctx), scanReading, query, w.args...); err != nil || len(out) >= limit {
			break
		}
		if f.Narrows() && !begins {
			if many, err := s.manyHold(ctx, words, depth); many || err != nil {
				return towards(out, f.Watch), err
			}
		}
	}
	return towards(out, f.Watch), wrap("search mentions", err)
}

// manyHold tells whether so many mentions hold the words that those which hold
// a longer word need not be looked for: the index would put millions together.
func (s *Store) manyHold(ctx context.Context, words string, depth int) (bool, error) {
	w := &conditions{}
	n, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM (`+s.d.hits(w, words, depth)+`) hit`, w.args...)
	return int(n) >= depth, wrap("search mentions", err)
}

// towards makes the verdicts those towards a watch; "" leaves them whole.
func towards(list []bot.Reading, watch string) []bot.Reading {
	if watch == "" {
		return list
	}
	for i := range list {
		list[i].Verdict = list[i].Verdict.For(watch)
	}
	return list
}

func mentionConditions(f bot.MentionFilter) *conditions {
	w := &conditions{}
	if f.CaseID != 0 {
		w.add(`m.case_id = %s`, f.CaseID)
	} else {
		w.add(`m.deleted = %s`, 0)
	}
	if f.AuthorID != 0 {
		w.add(`m.author_id = %s`, f.AuthorID)
	}
	if f.Source != "" {
		w.add(`m.source = %s`, f.Source)
	}
	switch {
	case f.Label != "" && f.Watch != "":
		label := w.arg(string(f.Label))
		w.add(`(m.towards = '' AND m.label = `+label+` OR `+listed("m.towards", "%s")+`)`, towardsMark(f.Watch, f.Label))
	case f.Label != "":
		w.add(`m.label = %s`, string(f.Label))
	}
	if f.Watch != "" {
		w.add(listed("m.watches", "%s"), names([]string{f.Watch}))
	}
	if f.Topic != "" {
		w.add(listed("m.topics", "%s"), topicMark(f.Topic))
	}
	if !f.From.IsZero() {
		w.add(`m.created_at >= %s`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(`m.created_at < %s`, ms(f.To))
	}
	return w
}

// listed is a condition that holds where column contains a mark: replace is
// the one exact, case-sensitive search for a piece of text that both engines
// spell alike.
func listed(column, mark string) string {
	return `replace(` + column + `, ` + mark + `, '') <> ` + column
}

// topicMark is how a topic stands in the JSON list of a verdict's topics.
func topicMark(topic string) string {
	name, err := encode(topic)
	if err != nil {
		return topic // a string always encodes
	}
	return `"name":` + name + `,`
}

// towardsMark is how a label towards a watch stands in the JSON list of a
// verdict's watches.
func towardsMark(watch string, label bot.Label) string {
	name, err := encode(watch)
	if err != nil {
		return watch // a string always encodes
	}
	return `{"watch":` + name + `,"label":"` + string(label) + `",`
}

// CaseMentions lists the mentions of a case, the first one first. limit 0 is
// 50.
func (s *Store) CaseMentions(ctx context.Context, caseID int64, limit int) ([]bot.Reading, error) {
	out, err := list(ctx, s.reader(ctx), scanReading,
		`SELECT `+readingColumns+` FROM `+readingTables+` WHERE m.case_id = ?1 ORDER BY m.created_at, m.id LIMIT ?2`, caseID, orLimit(limit, 50))
	return out, wrap("list mentions of a case", err)
}

// Events hands over the mentions created in [from, to), in that order, with
// what counting needs and no more: ids, source, time, author, watches, labels and topics,
// whether they repeat another or were taken back. fn must not use the
// transaction of ctx.
func (s *Store) Events(ctx context.Context, from, to time.Time, fn func(e bot.Reading) error) error {
	return wrap("read events", each(ctx, s.reader(ctx), scanEvent, fn, `
SELECT m.id, m.source, m.created_at, m.deleted, m.watches, m.repost_of, m.label, m.topics, m.towards, coalesce(a.id, 0), coalesce(a.staff, 0), coalesce(a.automated, 0)
FROM mentions m LEFT JOIN authors a ON a.id = m.author_id
WHERE m.created_at >= ?1 AND m.created_at < ?2 ORDER BY m.created_at, m.id`, ms(from), ms(to)))
}

func scanEvent(row scanner) (r bot.Reading, err error) {
	m, a := &r.Mention, &r.Mention.Author
	var created int64
	var watches, topics, towards string
	if err := row.Scan(&m.ID, &m.Source, &created, &m.Deleted, &watches, &m.RepostOf, &r.Verdict.Label, &topics, &towards, &a.ID, &a.Staff, &a.Automated); err != nil {
		return r, err
	}
	m.CreatedAt, m.Watches = at(created), readNames(watches)
	if err := decode(towards, &r.Verdict.Towards); err != nil {
		return r, err
	}
	return r, decode(topics, &r.Verdict.Topics)
}

// LastMention is the highest id of a mention; 0 when nothing was heard yet. A
// mention that is stored later has a higher one.
func (s *Store) LastMention(ctx context.Context) (int64, error) {
	id, _, err := one(ctx, s.reader(ctx), func(row scanner) (id int64, err error) { return id, row.Scan(&id) }, `SELECT coalesce(max(id), 0) FROM mentions`)
	return id, wrap("find the last mention", err)
}

// RecentHashes hands over the simhashes of at most limit mentions that belong
// to a case and were created since a time, the newest that many, the oldest of
// them first. The sign before created_at has the index of cases read, which is
// far smaller than that of all mentions.
func (s *Store) RecentHashes(ctx context.Context, since time.Time, limit int, fn func(mentionID, caseID int64, watch []string, hash uint64, at time.Time) error) error {
	return wrap("read hashes", each(ctx, s.reader(ctx), scanHashed, tellHashed(fn), `
SELECT m.id, m.case_id, m.watches, m.simhash, m.created_at FROM (
  SELECT id FROM mentions WHERE case_id IS NOT NULL AND +created_at >= ?1 ORDER BY created_at DESC, id DESC LIMIT ?2) recent
CROSS JOIN mentions m WHERE m.id = recent.id ORDER BY m.created_at, m.id`, ms(since), orLimit(limit, 100_000)))
}

// hashed is a mention of a case, as it is compared with others.
type hashed struct {
	id, caseID, hash, created int64
	watches                   string
}

func scanHashed(row scanner) (h hashed, err error) {
	return h, row.Scan(&h.id, &h.caseID, &h.watches, &h.hash, &h.created)
}

func tellHashed(fn func(mentionID, caseID int64, watch []string, hash uint64, at time.Time) error) func(hashed) error {
	return func(h hashed) error {
		return fn(h.id, h.caseID, readNames(h.watches), uint64(h.hash), at(h.created))
	}
}

// CasedSince hands over the mentions that were stored with a case after a mark,
// and those that cases were opened of after it, and gives the mark of now.
// After the zero mark there is nothing. Ids are in the order of commits, for
// one transaction writes at a time.
func (s *Store) CasedSince(ctx context.Context, mark bot.CasedMark, fn func(mentionID, caseID int64, watch []string, hash uint64, at time.Time) error) (bot.CasedMark, error) {
	now, _, err := one(ctx, s.reader(ctx), func(row scanner) (m bot.CasedMark, err error) { return m, row.Scan(&m.Mention, &m.Case) },
		`SELECT coalesce((SELECT max(id) FROM mentions), 0) + 1, coalesce((SELECT max(id) FROM cases), 0) + 1`)
	if err != nil || mark == (bot.CasedMark{}) || now == mark {
		return now, wrap("read the newest case", err)
	}
	return now, wrap("read hashes", each(ctx, s.reader(ctx), scanHashed, tellHashed(fn), `
SELECT id, case_id, watches, simhash, created_at FROM mentions WHERE id >= ?1 AND id < ?2 AND case_id IS NOT NULL
UNION
SELECT m.id, m.case_id, m.watches, m.simhash, m.created_at FROM cases c JOIN mentions m ON m.id = c.mention_id
WHERE c.id >= ?3 AND c.id < ?4 AND m.case_id IS NOT NULL
ORDER BY created_at, id`, mark.Mention, now.Mention, mark.Case, now.Case))
}

// SaveUrgency sets how urgent a stored mention is: what is known of its author
// adds to what its words say.
func (s *Store) SaveUrgency(ctx context.Context, mentionID int64, u bot.Urgency) error {
	reasons, err := encode(u.Reasons)
	if err != nil {
		return wrap("save urgency", err)
	}
	_, err = s.exec(ctx, `UPDATE mentions SET urgency = ?2, urgency_points = ?3, urgency_reasons = ?4 WHERE id = ?1`,
		mentionID, int64(u.Level), int64(u.Points), reasons)
	return wrap("save urgency", err)
}

// conditions collects the parts of a WHERE clause with their arguments.
type conditions struct {
	parts []string
	args  []any
}

// arg adds an argument and gives its placeholder.
func (w *conditions) arg(v any) string {
	w.args = append(w.args, v)
	return placeholder(len(w.args))
}

// add adds a condition in which every %s stands for the argument.
func (w *conditions) add(condition string, v any) {
	w.parts = append(w.parts, strings.ReplaceAll(condition, "%s", w.arg(v)))
}

func (w *conditions) where() string {
	if len(w.parts) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(w.parts, " AND ")
}
