package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"earshot/bot"
	"earshot/digest"
	"earshot/store"
)

// The store of the benchmarks at size: what a busy brand has after a month.
const (
	bigMentions = 1_000_000
	bigAuthors  = 200_000
	bigDays     = 30 // all of the million lies in them: the hardest case for starting, learning and the digest
	bigCases    = 30_000
)

// fillBig makes a store with a million mentions of the watch "Acme" over the 30
// days before end, by 200,000 authors, with the search index and 30,000 cases.
// Rows are made by SQL in the real tables; roll-ups come by fillRollups.
func fillBig(b *testing.B, path string, end time.Time) {
	b.Helper()
	s, err := store.Open(b.Context(), store.Options{Path: path})
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=OFF&_cache_size=-65536")
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, q := range append(bigTexts(b), bigRows(end)...) {
		if _, err := db.Exec(q); err != nil {
			b.Fatal(q, err)
		}
	}
}

// bigTexts makes the table that texts are drawn from: the demo's own words.
func bigTexts(b *testing.B) []string {
	b.Helper()
	lines, err := readLines("story/calm.tsv", 5)
	if err != nil {
		b.Fatal(err)
	}
	out := []string{`CREATE TEMP TABLE texts (id INTEGER PRIMARY KEY, w TEXT)`}
	for i, f := range lines {
		out = append(out, fmt.Sprintf(`INSERT INTO texts VALUES (%d, CAST(x'%x' AS TEXT))`, i, f[4]))
	}
	return out
}

// bigRows is the SQL that fills the tables. One mention in 33 has a case, one
// case in 25 is alive; a quarter of what is said is negative.
func bigRows(end time.Time) []string {
	const numbers = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) `
	start, step := end.AddDate(0, 0, -bigDays).UnixMilli(), int64(bigDays)*24*3600*1000/bigMentions
	return []string{
		fmt.Sprintf(numbers+`INSERT INTO authors (source, key, kind, external_id, handle, name, email, url, followers, staff, automated, email_key, handle_key)
SELECT 'reviews', 'u' || i, 'webhook', 'u' || i, 'user' || i, '', '', '', i %% 5000, 0, 0, '', 'handle:user' || i FROM n`, bigAuthors),
		fmt.Sprintf(numbers+`INSERT INTO mentions (source, external_id, created_at, seen_at, history, edited_at,
  kind, parent_id, author_id, private, deleted, watches, repost_of, rating_value, rating_of, rating_survey,
  label, prob_negative, prob_neutral, prob_positive, confidence, flagged, verdict_language, language_confidence,
  topics, intents, voice, voice_confidence, urgency, urgency_points, urgency_reasons, stance, model, simhash,
  language, url, media, attrs, author, title, text, quoted, case_id)
SELECT 'reviews', 'p' || i, %d + i * %d, %d + i * %d, 0, 0, 'webhook', '', 1 + abs(random()) %% %d, 0, 0, char(10) || 'Acme' || char(10), '', 0, 0, 0,
  CASE i %% 4 WHEN 0 THEN 'negative' WHEN 1 THEN 'positive' ELSE 'neutral' END, 0.2, 0.6, 0.2, 0.6, i %% 33 = 0, 'en', 0.9,
  CASE i %% 3 WHEN 0 THEN '[{"name":"topic ' || (i %% 10) || '","label":"negative","confidence":0.9}]' ELSE '' END, '', 'firsthand', 0.8, 1, 2, '',
  CASE i %% 4 WHEN 0 THEN 'detractor' WHEN 1 THEN 'promoter' WHEN 2 THEN 'passive' ELSE 'unqualified' END, 'linear-1', abs(random()),
  '', 'https://example.org/p/' || i, '', '', '@user' || i %% %d, '',
  (SELECT w FROM texts WHERE id = abs(random()) %% (SELECT count(*) FROM texts)) || ' (order ' || i || ')', '',
  CASE WHEN i %% 33 = 0 AND i / 33 <= %d THEN i / 33 END FROM n`, bigMentions, start, step, start, step, bigAuthors, bigAuthors, bigCases),
		fmt.Sprintf(numbers+`INSERT INTO cases (version, state, alive, watch, topics, source, route, mention_id, author_id, label, urgency, echoes, people,
  opened_at, due_at, owner_key, owner, claimed_at, nudged_at, answered_at, answered_by, answer_public, closed_at, snoozed_until, escalated_at,
  escalated_to, root_cause, action, dismiss_reason, merged_into, edited_since, quiet)
SELECT 1, iif(i %% 25, 'resolved', 'open'), i %% 25 = 0, 'Acme', '', 'reviews', 'care', 33 * i, (SELECT author_id FROM mentions WHERE id = 33 * i), 'negative', i %% 4, 0, 1,
  %d + 33 * i * %d, %d + 33 * i * %d + 3600000, '', '', 0, 0, iif(i %% 25, %d + 33 * i * %d + 1800000, 0), '', 0, 0, 0, 0, '', '', '', '', 0, 0, 0 FROM n`,
			bigCases, start, step, start, step, start, step),
		`INSERT INTO mentions_search (mentions_search) VALUES ('rebuild')`,
		`ANALYZE`,
		`PRAGMA wal_checkpoint(TRUNCATE)`,
	}
}

// fillRollups stores roll-ups of n mentions every 30 days, for the 60 days before
// end, by the digest's own hand: reading the rows of ten million mentions would
// take minutes and is no part of a digest.
func fillRollups(b *testing.B, s *store.Store, end time.Time, n int) {
	b.Helper()
	rnd := rand.New(rand.NewPCG(1, uint64(n)))
	for d := range 2 * bigDays {
		day := end.AddDate(0, 0, -1-d)
		if err := s.SaveRollup(b.Context(), "Acme", day, bigDay(rnd, day, n/bigDays, n/5)); err != nil {
			b.Fatal(err)
		}
	}
}

// bigDay is the roll-up of a day on which n mentions came from a part of so
// many people.
func bigDay(rnd *rand.Rand, day time.Time, n, people int) []byte {
	stances := []bot.Stance{bot.Detractor, bot.Promoter, bot.Passive, bot.Unqualified}
	sources := []string{"reviews", "mastodon", "reddit"}
	d := digest.NewDay(day)
	for i := range n {
		r := bot.Reading{Mention: bot.Mention{Source: sources[i%3], Author: bot.Author{ID: 1 + rnd.Int64N(int64(people))},
			CreatedAt: day.Add(time.Duration(i) * 24 * time.Hour / time.Duration(n))}, Verdict: bot.Verdict{Stance: stances[rnd.IntN(4)]}}
		if i%3 == 0 {
			r.Verdict.Topics = []bot.TopicHit{{Name: fmt.Sprint("topic ", i%10)}}
		}
		d.Add(r)
	}
	return d.Encode()
}
