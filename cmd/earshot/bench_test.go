package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"fmt"
	"log/slog"
	"path/filepath"
	"sort"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"earshot/bot"
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
	var calm []string
	for _, r := range reviews {
		if r.mention.Rating.Value >= 5 {
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
			words = fmt.Sprintf("Order %d arrived broken, nobody answers, I want my money back. Number %d.", i, i*7919)
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
// committed with its search index, counted for spikes; synchronous=FULL.
func BenchmarkWholeWay(b *testing.B) {
	data := benchCSV(b, benchRows)
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		a := benchApp(b, b.TempDir(), time.Now)
		b.StartTimer()
		start := time.Now()
		env := bot.SourceEnv{Log: a.log, Now: time.Now, Stdin: bytes.NewReader(data), Zone: time.UTC}
		state := bot.SourceState{Name: "bench", Kind: "file", Synced: true}
		err := file.Import(b.Context(), file.Settings{Path: "-", Format: "csv"}, env, func(ctx context.Context, batch bot.Batch) error {
			_, err := a.intake.Take(ctx, state, batch)
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
		took += time.Since(start)
	}
	b.ReportMetric(float64(benchRows*b.N)/took.Seconds(), "mentions/s")
}

// BenchmarkBareInsert is the measure: a bare loop of go-sqlite3 that inserts
// the same rows (id, text, author, time, watch) with the same search index, in
// transactions of 500, synchronous=FULL.
func BenchmarkBareInsert(b *testing.B) {
	rows, err := csv.NewReader(bytes.NewReader(benchCSV(b, benchRows))).ReadAll()
	if err != nil {
		b.Fatal(err)
	}
	var took time.Duration
	for b.Loop() {
		b.StopTimer()
		db, err := sql.Open("sqlite3", "file:"+filepath.Join(b.TempDir(), "bare.db")+"?_journal_mode=WAL&_synchronous=FULL&_txlock=immediate")
		if err != nil {
			b.Fatal(err)
		}
		db.SetMaxOpenConns(1)
		for _, q := range []string{
			`CREATE TABLE m (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL UNIQUE, text TEXT NOT NULL, author TEXT NOT NULL, at INTEGER NOT NULL, watch TEXT NOT NULL)`,
			`CREATE VIRTUAL TABLE f USING fts5(text, author, content='m', content_rowid='id', tokenize='unicode61 remove_diacritics 2')`,
		} {
			if _, err := db.Exec(q); err != nil {
				b.Fatal(err)
			}
		}
		b.StartTimer()
		start := time.Now()
		bareInsert(b, db, rows[1:])
		took += time.Since(start)
		b.StopTimer()
		_ = db.Close()
		b.StartTimer()
	}
	b.ReportMetric(float64(benchRows*b.N)/took.Seconds(), "mentions/s")
}

func bareInsert(b *testing.B, db *sql.DB, rows [][]string) {
	b.Helper()
	for from := 0; from < len(rows); from += batchSize {
		tx, err := db.Begin()
		if err != nil {
			b.Fatal(err)
		}
		m, err1 := tx.Prepare(`INSERT INTO m (external_id, text, author, at, watch) VALUES (?, ?, ?, ?, ?)`)
		f, err2 := tx.Prepare(`INSERT INTO f (rowid, text, author) VALUES (?, ?, ?)`)
		if err1 != nil || err2 != nil {
			b.Fatal(err1, err2)
		}
		for _, r := range rows[from:min(from+batchSize, len(rows))] {
			at, err := time.Parse(time.RFC3339, r[3])
			if err != nil {
				b.Fatal(err)
			}
			res, err := m.Exec(r[0], r[1], r[2], at.UnixMilli(), r[4])
			if err != nil {
				b.Fatal(err)
			}
			id, err := res.LastInsertId()
			if err != nil {
				b.Fatal(err)
			}
			if _, err := f.Exec(id, r[1], r[2]); err != nil {
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
// the platform: 200 mentions a second, one flagged every two seconds, over two
// channels, for the benchmark's time (at least 10 s: -benchtime 10s).
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
	rounds := 200
	for i := range rounds {
		<-tick.C
		var batch bot.Batch
		for j := range 10 {
			n := i*10 + j
			words := fmt.Sprintf("Lovely Acme shop, order %d came in time and fits.", n)
			if n%400 == 0 {
				words = fmt.Sprintf("Acme order %d%d arrived broken, terrible, nobody answers.", n*31, n)
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
