package store

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// turnKey names the advisory lock of whoever writes: one transaction at a time
// in the whole database and schema, as on SQLite. What a transaction has read
// is then still so when it writes, whichever replica it is of, so that nothing
// has to be tried again and no two of them can wait for each other.
const turnKey = "writer"

// lockOf is the number of an advisory lock: of a name (an SQL expression) in
// this schema.
func lockOf(name string) string {
	return `hashtextextended('earshot ' || current_schema() || ' ' || ` + name + `, 0)`
}

// postgresDialect is what is special to PostgreSQL.
func postgresDialect() *dialect {
	return &dialect{
		name:   "postgres",
		rebind: true,
		ids:    true,
		turn:   `SELECT pg_advisory_xact_lock(` + lockOf(`'`+turnKey+`'`) + `)`,
		call:   `SELECT pg_notify(current_schema() || '.` + insertTopic + `', ?1)`,
		words:  tsQuery,
		search: searchText{
			from:  `mentions m`,
			holds: `m.search @@ to_tsquery('simple', earshot_letters(%s))`,
			order: `m.id`,
			hits:  `mentions m`,
		},
		jobs: jobTexts{
			// A job that River has in hand is not waited for: it may have begun, and
			// then there must be another. A row that is found is held, so that River
			// does not begin it before what it must see is committed.
			waiting: `
SELECT id, state = 'retryable' OR (state = 'available' AND attempt > 0 AND scheduled_at > ?4) FROM river_job
WHERE args ->> 'kind' = ?1::text AND (args ->> 'id')::bigint = ?2 AND (args ->> 'run_at')::bigint = ?3
  AND state IN ('available', 'retryable', 'scheduled') LIMIT 1 FOR UPDATE SKIP LOCKED`,
			awaits: `EXISTS (SELECT 1 FROM river_job WHERE args ->> 'kind' = 'deliver' AND (args ->> 'id')::bigint = d.id
  AND state IN ('available', 'retryable', 'scheduled') AND state <> 'retryable')`,
			hasten: `UPDATE river_job SET state = 'available', scheduled_at = ?1
WHERE args ->> 'kind' = 'deliver' AND (args ->> 'id')::bigint IN (SELECT id FROM deliveries WHERE held_by <> '' AND %s)
  AND state IN ('available', 'retryable', 'scheduled') AND scheduled_at > ?1`,
			failed: `SELECT args::text, attempt, finalized_at, coalesce(array_to_json(errors)::text, '[]') FROM river_job
WHERE state = 'discarded' AND finalized_at IS NOT NULL ORDER BY finalized_at DESC LIMIT ?1`,
			texts: `args::text, metadata::text, coalesce(array_to_json(errors)::text, '[]')`,
			put: `
INSERT INTO river_job (id, state, attempt, max_attempts, priority, kind, queue, args, metadata, errors, scheduled_at, created_at, attempted_at, finalized_at)
VALUES (?1, ?2::text::river_job_state, ?3, ?4, ?5, ?6, ?7, ?8::text::jsonb, ?9::text::jsonb, ARRAY(SELECT jsonb_array_elements(?10::text::jsonb)), ?11, ?12, ?13, ?14)`,
			time: func(t time.Time) any { return t.UTC() },
		},
		size: `SELECT pg_database_size(current_database())`,
	}
}

// queueIndexesPostgres are ours on River's table, as queueIndexes on SQLite.
const queueIndexesPostgres = `
CREATE INDEX IF NOT EXISTS earshot_job_waits ON river_job ((args ->> 'kind'), ((args ->> 'id')::bigint))
  WHERE state IN ('available', 'retryable', 'scheduled');
CREATE INDEX IF NOT EXISTS earshot_job_later ON river_job (scheduled_at)
  WHERE state IN ('available', 'retryable', 'scheduled');`

// tsQuery turns what a person typed into a tsquery in which every word is
// quoted and holds letters and digits alone, as ftsQuery does for SQLite.
func tsQuery(typed string, begins bool) string {
	terms := searchTerms(typed)
	var out []string
	for i, t := range terms {
		words := strings.FieldsFunc(t.text, func(r rune) bool { return !sayable(r) && !unicode.IsMark(r) })
		if len(words) == 0 {
			continue
		}
		for j, w := range words {
			words[j] = "'" + w + "'"
		}
		if begins && i == len(terms)-1 && !t.phrase {
			words[len(words)-1] += ":*"
		}
		out = append(out, fmt.Sprintf("(%s)", strings.Join(words, " <-> ")))
	}
	return strings.Join(out, " & ")
}
