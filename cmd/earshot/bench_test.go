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
	"sort"
	"strings"
	"sync"
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
	cfg := plainConfig(dir)
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
		wholeWay(b, a, data)
		took += time.Since(start)
	}
	b.ReportMetric(float64(benchRows*b.N)/took.Seconds(), "mentions/s")
}

// wholeWay takes a file in.
func wholeWay(b *testing.B, a *app, data []byte) {
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
	if err != nil || in.result.New != benchRows {
		b.Fatal(in.result, err)
	}
}

// BenchmarkBareInsert is the measure: a bare loop of go-sqlite3 that inserts
// the very rows that the whole way stores, with all their columns, into a
// table with the same indexes and the same search index, in transactions of
// 500, synchronous=FULL.
func BenchmarkBareInsert(b *testing.B) {
	from := wholeWayDB(b)
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
		bareInsert(b, db, from.insert, from.rows)
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
	wholeWay(b, benchApp(b, dir, time.Now), benchCSV(b, benchRows))
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

func bareInsert(b *testing.B, db *sql.DB, insert string, rows [][]any) {
	b.Helper()
	for batch := range slices.Chunk(rows, batchSize) {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		stmt, err := tx.Prepare(insert)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range batch {
			if _, err := stmt.Exec(r...); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// timedPlatform notes when each message reaches it.
type timedPlatform struct {
	mu    sync.Mutex
	calls map[string]time.Time // first call, by notification text
	n     int
}

func (*timedPlatform) Name() string { return "slack" }

func (*timedPlatform) Run(ctx context.Context, _ bot.Desk) error {
	<-ctx.Done()
	return nil
}

func (p *timedPlatform) Post(_ context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	if _, ok := p.calls[out.View.Notice]; !ok {
		p.calls[out.View.Notice] = time.Now()
	}
	return bot.MessageRef{Channel: out.Channel, ID: fmt.Sprint(p.n)}, nil
}

func (*timedPlatform) Edit(context.Context, bot.MessageRef, bot.View) error { return nil }

func (*timedPlatform) Find(context.Context, bot.Outgoing, time.Time) (bot.MessageRef, bool, error) {
	return bot.MessageRef{}, false, nil
}

func (*timedPlatform) Tell(context.Context, bot.Interaction, bot.View) error { return nil }

// BenchmarkFlaggedToCall tells how long a flagged mention takes to the call of
// the platform: 200 mentions a second for twenty seconds, one flagged every two
// seconds, over two channels.
func BenchmarkFlaggedToCall(b *testing.B) {
	p := &timedPlatform{calls: map[string]time.Time{}}
	a := benchApp(b, b.TempDir(), time.Now, p)
	ctx, stop := context.WithCancel(b.Context())
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := a.serve(ctx); err != nil {
			b.Error(err)
		}
	})
	said := map[string]time.Time{}
	state := bot.SourceState{Name: "bench", Kind: "file", Synced: true}
	tick := time.NewTicker(50 * time.Millisecond) // ten mentions each
	defer tick.Stop()
	const rounds = 400
	complaints := complaintsOf(b, rounds*10/400)
	for i := range rounds {
		<-tick.C
		var batch bot.Batch
		for j := range 10 {
			n := i*10 + j
			words := fmt.Sprintf("Lovely Acme shop, order %d came in time and fits.", n)
			if n%400 == 0 {
				words = complaints[n/400]
				said[words] = time.Now()
			}
			batch.Mentions = append(batch.Mentions, bot.Mention{ExternalID: fmt.Sprint(n), Text: words, Watches: []string{"Acme"},
				CreatedAt: time.Now(), Author: bot.Author{Handle: fmt.Sprintf("a%d", n), Followers: -1}})
		}
		if err := a.intake.Ingest(ctx, state, batch); err != nil {
			b.Fatal(err)
		}
	}
	report(b, p, said)
	stop()
	serving.Wait()
}

// complaintsOf gives n complaints that no two people would have made alike.
func complaintsOf(b *testing.B, n int) []string {
	b.Helper()
	lines, err := readLines("story/calm.tsv", 5)
	if err != nil {
		b.Fatal(err)
	}
	a, err := analyze.New(analyze.Settings{})
	if err != nil {
		b.Fatal(err)
	}
	var all []string
	for _, f := range lines {
		if v := a.Verdict(bot.Mention{Text: f[4]}); v.Flagged && len(f[4]) > 60 {
			all = append(all, f[4])
		}
	}
	return all[:n]
}

// report waits for the last call and gives the percentiles.
func report(b *testing.B, p *timedPlatform, said map[string]time.Time) {
	b.Helper()
	var took []float64
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline) && len(took) < len(said); {
		<-time.After(20 * time.Millisecond)
		took = took[:0]
		p.mu.Lock()
		for notice, at := range p.calls {
			for words, start := range said {
				if len(notice) > 40 && bytes.Contains([]byte(notice), []byte(words[:24])) {
					took = append(took, float64(at.Sub(start).Microseconds())/1000)
				}
			}
		}
		p.mu.Unlock()
	}
	if len(took) < len(said) {
		b.Fatalf("%d of %d cards came", len(took), len(said))
	}
	sort.Float64s(took)
	b.ReportMetric(took[len(took)/2], "p50-ms")
	b.ReportMetric(took[len(took)*99/100], "p99-ms")
	b.ReportMetric(float64(len(took)), "cards")
}
