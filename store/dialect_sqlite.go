package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"

	"earshot/bot"
)

// driverName is the one name by which database/sql knows the engine.
const driverName = "sqlite3"

const (
	// busyWait is how many milliseconds a connection waits for another process
	// (an import beside a running bot) to let go of the file.
	busyWait = 10_000
	// writerCache and readerCache are page caches in KiB, written as SQLite
	// wants them (negative: sqlite.org/pragma.html#pragma_cache_size). The whole
	// process is to stay below 80 MB.
	writerCache = -16_000
	readerCache = -2_000
	// statements is how many prepared statements each connection keeps.
	statements = 150
)

// fileURI is the path as a URI filename, in which '?', '#', '%' and spaces of
// the path are only characters (sqlite.org/uri.html).
func fileURI(path string, params url.Values) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: params.Encode()}
	return u.String()
}

func writerDSN(path string, sync Sync) string {
	return fileURI(path, url.Values{
		"_journal_mode":    {"WAL"},
		"_busy_timeout":    {strconv.Itoa(busyWait)},
		"_txlock":          {"immediate"},
		"_foreign_keys":    {"on"},
		"_secure_delete":   {"on"}, // what is deleted is overwritten: people are forgettable
		"_synchronous":     {string(sync)},
		"_cache_size":      {strconv.Itoa(writerCache)},
		"_stmt_cache_size": {strconv.Itoa(statements)},
	})
}

func readerDSN(path string) string {
	return fileURI(path, url.Values{
		"mode":             {"ro"},
		"_query_only":      {"on"},
		"_busy_timeout":    {strconv.Itoa(busyWait)},
		"_cache_size":      {strconv.Itoa(readerCache)},
		"_stmt_cache_size": {strconv.Itoa(statements)},
	})
}

// checkEngine connects, and tells a binary that was built without FTS5, or a
// file that is no database, in words that say what to do.
func checkEngine(ctx context.Context, db *sql.DB, path string) error {
	var fts int
	err := db.QueryRowContext(ctx, "SELECT count(*) FROM pragma_compile_options WHERE compile_options = 'ENABLE_FTS5'").Scan(&fts)
	if err != nil {
		return cannotOpen(path, err)
	}
	if fts == 0 {
		return noFTS()
	}
	return nil
}

func noFTS() error {
	return bot.Errorf(bot.ErrUnsupported, "This binary was built without SQLite's full-text search. Build it with: go build -trimpath -tags sqlite_fts5 ./cmd/earshot")
}

func notThere(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return &bot.Error{Kind: bot.ErrNotFound, Msg: "There is no store at " + path + " yet. “earshot run” or “earshot import” makes one.", Err: err}
	}
	return cannotOpen(path, err)
}

func cannotOpen(path string, err error) error {
	msg := "The store at " + path + " cannot be opened."
	var se sqlite3.Error
	switch {
	case errors.As(err, &se) && se.Code == sqlite3.ErrNotADB:
		msg = "The file " + path + " is not a store of Earshot. Name another file, or restore a backup."
	case errors.As(err, &se) && se.Code == sqlite3.ErrCorrupt:
		msg = "The store at " + path + " is damaged. Restore a backup with “earshot restore”."
	case errors.Is(err, fs.ErrPermission), errors.As(err, &se) && (se.Code == sqlite3.ErrCantOpen || se.Code == sqlite3.ErrReadonly || se.Code == sqlite3.ErrPerm):
		msg = "The store at " + path + " cannot be opened. Its folder must exist and this user must be allowed to write in it."
	}
	return &bot.Error{Kind: bot.ErrInvalid, Msg: msg, Err: err}
}

// ftsQuery turns what a person typed into an FTS5 expression in which every
// word is quoted, so that nothing in it is an operator and no syntax error is
// possible (sqlite.org/fts5.html#fts5_strings). All words must occur; "several
// words" in quotes are a phrase; with begins, the last word may also be the
// beginning of one. It is empty where there is nothing to look for.
func ftsQuery(typed string, begins bool) string {
	terms := searchTerms(typed)
	out := make([]string, len(terms))
	for i, t := range terms {
		out[i] = `"` + strings.ReplaceAll(t.text, `"`, `""`) + `"`
		if begins && i == len(terms)-1 && !t.phrase {
			out[i] += "*"
		}
	}
	return strings.Join(out, " ")
}

// sqliteDialect is what is special to SQLite.
func sqliteDialect() *dialect {
	return &dialect{
		name:  "sqlite",
		words: ftsQuery,
		// The index gives its rows in this order without sorting, and the other
		// conditions thin them out on the way.
		search: searchText{
			from:  `mentions_search s CROSS JOIN mentions m ON m.id = s.rowid`,
			holds: `s.mentions_search MATCH %s`,
			order: `s.rowid`,
			hits:  `mentions_search s`,
		},
		index: `INSERT INTO mentions_search (rowid, title, text, author) SELECT id, title, text, author FROM mentions WHERE id >= ?1`,
		jobs: jobTexts{
			waiting: `
SELECT id, state = 'retryable' OR (state = 'available' AND attempt > 0 AND scheduled_at > ?4) FROM river_job
WHERE json_extract(args, '$.kind') = ?1 AND json_extract(args, '$.id') = ?2 AND json_extract(args, '$.run_at') = ?3
  AND state IN ('available', 'retryable', 'scheduled') LIMIT 1`,
			awaits: `EXISTS (SELECT 1 FROM river_job WHERE json_extract(args, '$.kind') = 'deliver' AND json_extract(args, '$.id') = d.id
  AND state IN ('available', 'retryable', 'scheduled') AND state <> 'retryable')`,
			hasten: `UPDATE river_job SET state = 'available', scheduled_at = ?1
WHERE json_extract(args, '$.kind') = 'deliver' AND json_extract(args, '$.id') IN (SELECT id FROM deliveries WHERE held_by <> '' AND %s)
  AND state IN ('available', 'retryable', 'scheduled') AND scheduled_at > ?1`,
			failed: `SELECT json(args), attempt, finalized_at, coalesce(json(errors), '[]') FROM river_job
WHERE state = 'discarded' AND finalized_at IS NOT NULL ORDER BY finalized_at DESC LIMIT ?1`,
			texts: `json(args), json(metadata), coalesce(json(errors), '[]')`,
			put: `
INSERT INTO river_job (id, state, attempt, max_attempts, priority, kind, queue, args, metadata, errors, scheduled_at, created_at, attempted_at, finalized_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, jsonb(?8), jsonb(?9), jsonb(?10), ?11, ?12, ?13, ?14)`,
			time: func(t time.Time) any { return riverTime(t) },
		},
		size: `SELECT page_count * page_size FROM pragma_page_count, pragma_page_size`,
		tidy: []string{"PRAGMA optimize", "PRAGMA wal_checkpoint(PASSIVE)"},
	}
}

// riverTime is a time as River writes it on SQLite.
func riverTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }
