package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"earshot/bot"
	"earshot/store/storetest"
)

// onEngines runs a benchmark on SQLite and on PostgreSQL; url is empty on SQLite.
func onEngines(b *testing.B, run func(b *testing.B, url string)) {
	b.Run("sqlite", func(b *testing.B) { run(b, "") })
	b.Run("postgres", func(b *testing.B) { run(b, storetest.Postgres(b).Empty(b)) })
}

// quickPlatform takes every message at once.
type quickPlatform struct {
	mu sync.Mutex
	n  int
}

func (*quickPlatform) Name() string { return "slack" }

func (*quickPlatform) Run(ctx context.Context, _ bot.Desk) error {
	<-ctx.Done()
	return nil
}

func (p *quickPlatform) Post(_ context.Context, out bot.Outgoing) (bot.MessageRef, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
	return bot.MessageRef{Channel: out.Channel, ID: fmt.Sprint(p.n)}, nil
}

func (*quickPlatform) Edit(context.Context, bot.MessageRef, bot.View) error { return nil }

func (*quickPlatform) Find(context.Context, bot.Outgoing, time.Time) (bot.MessageRef, bool, error) {
	return bot.MessageRef{}, false, nil
}

func (*quickPlatform) Tell(context.Context, bot.Interaction, bot.View) error { return nil }

// loadFor is how long each load lasts.
const loadFor = 20 * time.Second

// BenchmarkFlaggedToCall tells how long a flagged mention takes from being said
// to the call of the platform, at three loads, two in a hundred of them
// flagged, over two channels, on both engines.
func BenchmarkFlaggedToCall(b *testing.B) {
	onEngines(b, func(b *testing.B, url string) {
		for _, rate := range []int{200, 1000, 2000} {
			b.Run(fmt.Sprint(rate), func(b *testing.B) { flaggedToCall(b, url, rate) })
		}
	})
}

func flaggedToCall(b *testing.B, url string, rate int) {
	if url != "" {
		url = storetest.Postgres(b).Empty(b)
	}
	a := benchAppOn(b, b.TempDir(), url, time.Now, &quickPlatform{})
	stop := serving(b, a)
	state := bot.SourceState{Name: "bench", Kind: "file", Synced: true}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	said := 0
	for began := time.Now(); time.Since(began) < loadFor; {
		at := <-tick.C
		batch := bot.Batch{}
		for range rate / 20 {
			batch.Mentions = append(batch.Mentions, benchMention(said, at))
			said++
		}
		if err := a.intake.Ingest(b.Context(), state, batch); err != nil {
			b.Fatal(err)
		}
	}
	drained(b, a)
	var took []float64
	cases, err := a.store.Cases(b.Context(), bot.CaseFilter{Limit: said})
	if err != nil || len(cases) != (said+flaggedEvery-1)/flaggedEvery {
		b.Fatalf("%d cases of %d mentions: %v", len(cases), said, err)
	}
	for _, c := range cases {
		r, err := a.store.Mention(b.Context(), c.MentionID)
		if err != nil {
			b.Fatal(err)
		}
		posts, err := a.store.Posts(b.Context(), bot.DeliverCard, c.ID)
		if err != nil || len(posts) != 2 {
			b.Fatalf("%d cards of case %d: %v", len(posts), c.ID, err)
		}
		for _, p := range posts {
			took = append(took, float64(p.PostedAt.Sub(r.Mention.CreatedAt).Milliseconds()))
		}
	}
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "p50-ms")
	b.ReportMetric(took[len(took)*99/100], "p99-ms")
	b.ReportMetric(float64(said)/loadFor.Seconds(), "mentions/s")
	reportLoad(b)
	stop()
}

// benchMention is the nth mention: one in fifty is a complaint like no other.
func benchMention(n int, at time.Time) bot.Mention {
	m := bot.Mention{ExternalID: fmt.Sprint(n), Watches: []string{"Acme"}, CreatedAt: at, Author: bot.Author{Handle: fmt.Sprint("a", n), Followers: -1}}
	if m.Text = fmt.Sprintf("Lovely Acme shop, order %d came in time and fits.", n); n%flaggedEvery == 0 {
		m.Text = strings.ReplaceAll(complaint(n), "Larkspur", "Acme")
	}
	return m
}

// serving runs an app until what it gives is called.
func serving(b *testing.B, a *app) (stop func()) {
	b.Helper()
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	running.Go(func() {
		if err := a.serve(ctx); err != nil {
			b.Error(err)
		}
	})
	return func() { cancel(); running.Wait() }
}

// drained waits until nothing is left to go out.
func drained(b *testing.B, a *app) {
	b.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); <-time.After(5 * time.Millisecond) {
		left, err := a.store.Deliveries(b.Context(), []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}, 1)
		if err != nil {
			b.Fatal(err)
		}
		if len(left) == 0 {
			return
		}
	}
	b.Fatal("deliveries are left")
}

// BenchmarkDeliveries tells how many cards a second go out when all are due at
// once, to a platform that takes them at once.
func BenchmarkDeliveries(b *testing.B) {
	onEngines(b, func(b *testing.B, url string) {
		const cases = 1500
		a := benchAppOn(b, b.TempDir(), url, time.Now, &quickPlatform{})
		state := bot.SourceState{Name: "bench", Kind: "file", Synced: true}
		for n := range cases / 100 {
			var batch bot.Batch
			for i := range 100 {
				batch.Mentions = append(batch.Mentions, benchMention(flaggedEvery*(100*n+i), time.Now()))
			}
			if err := a.intake.Ingest(b.Context(), state, batch); err != nil {
				b.Fatal(err)
			}
		}
		began := time.Now()
		stop := serving(b, a)
		drained(b, a)
		b.ReportMetric(2*cases/time.Since(began).Seconds(), "deliveries/s")
		stop()
	})
}

// pgRowsMost is how many mentions one round takes in on PostgreSQL.
const pgRowsMost = 5000

// BenchmarkWholeWayPostgres is BenchmarkWholeWay on PostgreSQL.
func BenchmarkWholeWayPostgres(b *testing.B) {
	data := benchCSV(b, pgRowsMost)
	var took time.Duration
	for b.Loop() {
		a := benchAppOn(b, b.TempDir(), storetest.Postgres(b).Empty(b), time.Now)
		start := time.Now()
		wholeWay(b, a, data, pgRowsMost)
		took += time.Since(start)
	}
	b.ReportMetric(float64(pgRowsMost*b.N)/took.Seconds(), "mentions/s")
}

// BenchmarkBareInsertPostgres is its measure: the very rows that the whole way
// stores, into the same table with the same indexes, in batches of 500 sent at
// once, a transaction each.
func BenchmarkBareInsertPostgres(b *testing.B) {
	server := storetest.Postgres(b)
	from := server.Empty(b)
	wholeWay(b, benchAppOn(b, b.TempDir(), from, time.Now), benchCSV(b, pgRowsMost), pgRowsMost)
	columns, rows := pgRows(b, from)
	insert := fmt.Sprintf("INSERT INTO mentions (%s) VALUES (%s)", strings.Join(columns, ", "), places(len(columns)))
	var took time.Duration
	for b.Loop() {
		url := server.Empty(b)
		benchAppOn(b, b.TempDir(), url, time.Now)
		conn := pgConn(b, url)
		if _, err := conn.Exec(b.Context(), `ALTER TABLE mentions DROP CONSTRAINT mentions_author_id_fkey`); err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		for chunk := range slices.Chunk(rows, batchSize) {
			pgInsert(b, conn, insert, chunk)
		}
		took += time.Since(start)
	}
	b.ReportMetric(float64(pgRowsMost*b.N)/took.Seconds(), "mentions/s")
}

func pgInsert(b *testing.B, conn *pgx.Conn, insert string, rows [][]any) {
	b.Helper()
	err := pgx.BeginFunc(b.Context(), conn, func(tx pgx.Tx) error {
		var batch pgx.Batch
		for _, r := range rows {
			batch.Queue(insert, r...)
		}
		return tx.SendBatch(b.Context(), &batch).Close()
	})
	if err != nil {
		b.Fatal(err)
	}
}

func pgConn(b *testing.B, url string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// pgRows reads the stored mentions, the columns that are not computed.
func pgRows(b *testing.B, url string) (columns []string, out [][]any) {
	b.Helper()
	conn := pgConn(b, url)
	names, err := conn.Query(b.Context(), `SELECT column_name FROM information_schema.columns
WHERE table_name = 'mentions' AND is_generated = 'NEVER' ORDER BY ordinal_position`)
	if err == nil {
		columns, err = pgx.CollectRows(names, pgx.RowTo[string])
	}
	if err != nil {
		b.Fatal(err)
	}
	rows, err := conn.Query(b.Context(), `SELECT `+strings.Join(columns, ", ")+` FROM mentions ORDER BY id`)
	if err != nil {
		b.Fatal(err)
	}
	out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil {
		b.Fatal(err)
	}
	return columns, out
}

// places is $1, $2, …, $n.
func places(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprint("$", i+1)
	}
	return strings.Join(all, ", ")
}
