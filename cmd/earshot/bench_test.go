package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"earshot/bot"
	"earshot/bot/analyze"
	"earshot/bot/source/community"
	"earshot/bot/source/file"
)

// benchRows is how many mentions one round takes in.
const benchRows = 20_000

// benchCSV is a file of reviews, one in fifty of them a complaint.
func benchCSV(tb testing.TB, rows int) []byte {
	tb.Helper()
	reviews, err := readReviews()
	if err != nil {
		tb.Fatal(err)
	}
	events, err := readLines("story/events.tsv", 6)
	if err != nil {
		tb.Fatal(err)
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		tb.Fatal(err)
	}
	var calm []string
	for _, r := range reviews {
		if !a.Verdict(bot.Mention{Text: r.mention.Text}).Flagged {
			calm = append(calm, r.mention.Text)
		}
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"id", "text", "author", "created_at", "watch"})
	start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		words := fmt.Sprintf("%s (order %d)", calm[i%len(calm)], i)
		if i%50 == 0 {
			words = fmt.Sprintf("%s (order %d)", events[(i/50)%len(events)][5], i)
		}
		_ = w.Write([]string{fmt.Sprint(i), words, fmt.Sprintf("author%d", i%5000), start.Add(time.Duration(i) * time.Minute).Format(time.RFC3339), "Acme"})
	}
	w.Flush()
	return b.Bytes()
}

func benchApp(tb testing.TB, dir string, now func() time.Time, with ...bot.Platform) *app {
	tb.Helper()
	return benchAppOn(tb, dir, "", now, with...)
}

// benchAppOn is an app on a file in dir or, with a url, on PostgreSQL.
func benchAppOn(tb testing.TB, dir, url string, now func() time.Time, with ...bot.Platform) *app {
	tb.Helper()
	cfg := plainConfig(dir)
	cfg.Database.URL = bot.Secret(url)
	cfg.Watches = []watchConfig{{Name: "Acme", Terms: []string{"acme"}}}
	cfg.Budget.Cards = 1_000_000
	off := len(with) == 0
	cfg.Console.Enabled = &off
	for _, p := range with {
		cfg.Routes = []routeConfig{{Name: "all", To: []placeConfig{{Slack: "a"}, {Slack: "b"}}, Zone: "UTC"}}
		_ = p
	}
	hub := community.NewHub(now)
	a, err := newApp(context.Background(), cfg, parts{
		log: slog.New(slog.DiscardHandler), now: now, hub: hub, drivers: drivers(hub), quiet: off,
		platforms: func(*config, *app) ([]bot.Platform, error) { return with, nil },
	})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = a.close() })
	return a
}

// BenchmarkWholeWay takes a CSV file in: parsed, matched, judged, compared,
// committed with its search index, then counted for spikes; synchronous=FULL.
func BenchmarkWholeWay(b *testing.B) {
	data := benchCSV(b, benchRows)
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		a := benchApp(b, b.TempDir(), time.Now)
		b.StartTimer()
		start := time.Now()
		wholeWay(b, a, data, benchRows)
		took += time.Since(start)
	}
	b.ReportMetric(float64(benchRows*b.N)/took.Seconds(), "mentions/s")
}

// wholeWay takes a file in.
func wholeWay(b *testing.B, a *app, data []byte, rows int) {
	b.Helper()
	from := bot.SourceEnv{Log: a.log, Now: time.Now, Stdin: bytes.NewReader(data), Zone: time.UTC}
	in := &importing{e: &env{stderr: io.Discard}, a: a, clock: &clock{}, bar: newProgress(io.Discard), state: bot.SourceState{Name: "bench", Kind: "file", Synced: true}}
	err := file.Import(b.Context(), file.Settings{Path: "-", Format: "csv"}, from, in.take)
	if err == nil {
		err = in.flush(b.Context())
	}
	if err == nil {
		_, err = in.findSpikes(b.Context())
	}
	if err != nil || in.result.New != rows {
		b.Fatal(in.result, err)
	}
}

// BenchmarkBareInsert is the measure: a bare loop of go-sqlite3 that inserts
// the very rows that the whole way stores, with all their columns, into a
// table with the same indexes and the same search index, in transactions of
// 500, synchronous=FULL. Triggers keep the search index, as FTS5's own page has
// it (sqlite.org/fts5.html#external_content_tables).
func BenchmarkBareInsert(b *testing.B) { benchBare(b, true) }

// BenchmarkBareInsertAtOnce puts each transaction into the search index at once,
// as the whole way does: what could be reached by a program that does nothing.
func BenchmarkBareInsertAtOnce(b *testing.B) { benchBare(b, false) }

func benchBare(b *testing.B, triggers bool) {
	from := wholeWayDB(b)
	index := bareIndex
	if triggers {
		from.schema, index = append(from.schema, bareTrigger), ""
	}
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		db := openBare(b, filepath.Join(b.TempDir(), "bare.db"))
		for _, q := range from.schema {
			if _, err := db.Exec(q); err != nil {
				b.Fatal(q, err)
			}
		}
		b.StartTimer()
		start := time.Now()
		bareInsert(b, db, from, index)
		took += time.Since(start)
		b.StopTimer()
		_ = db.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(benchRows*b.N)/took.Seconds(), "mentions/s")
}

func openBare(b *testing.B, path string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}

// bareRows are the mentions of a store, as rows, and how to make their table.
type bareRows struct {
	schema []string
	insert string
	rows   [][]any
}

// wholeWayDB takes the benchmark's file in and reads the rows back.
func wholeWayDB(b *testing.B) bareRows {
	b.Helper()
	dir := b.TempDir()
	wholeWay(b, benchApp(b, dir, time.Now), benchCSV(b, benchRows), benchRows)
	db := openBare(b, dataFile(dir))
	defer db.Close()
	var out bareRows
	schema, err := db.Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND (name = 'authors' OR tbl_name IN ('mentions', 'mentions_search')) ORDER BY type = 'trigger', type = 'index', rowid`)
	if err != nil {
		b.Fatal(err)
	}
	defer schema.Close()
	for schema.Next() {
		var q string
		if err := schema.Scan(&q); err != nil {
			b.Fatal(err)
		}
		out.schema = append(out.schema, q)
	}
	rows, err := db.Query(`SELECT * FROM mentions ORDER BY id`)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		b.Fatal(err)
	}
	out.insert = "INSERT INTO mentions VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			b.Fatal(err)
		}
		out.rows = append(out.rows, values)
	}
	return out
}

// bareTrigger puts a row into the search index, bareIndex those from one on.
const (
	bareTrigger = `CREATE TRIGGER mentions_search_insert AFTER INSERT ON mentions BEGIN
  INSERT INTO mentions_search (rowid, title, text, author) VALUES (new.id, new.title, new.text, new.author); END`
	bareIndex = `INSERT INTO mentions_search (rowid, title, text, author) SELECT id, title, text, author FROM mentions WHERE id >= ?`
)

func bareInsert(b *testing.B, db *sql.DB, from bareRows, index string) {
	b.Helper()
	for batch := range slices.Chunk(from.rows, batchSize) {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		stmt, err := tx.Prepare(from.insert)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range batch {
			if _, err := stmt.Exec(r...); err != nil {
				b.Fatal(err)
			}
		}
		if index != "" {
			if _, err := tx.Exec(index, batch[0][0]); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}
