package store

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// vocabulary is made up: 5,000 words that come up as words do, a few of them
// all the time.
type vocabulary struct {
	rnd   *rand.Rand
	zipf  *rand.Zipf
	words []string
}

func newVocabulary(seed uint64) *vocabulary {
	v := &vocabulary{rnd: rand.New(rand.NewPCG(seed, 1))}
	for i := range 5000 {
		w := ""
		for n := i*7919 + 13; n > 0; n /= 20 {
			w += string("bcdfghklmnprstvwxyzj"[n%20]) + string("aeiou"[(n/20+i)%5])
		}
		v.words = append(v.words, w)
	}
	v.zipf = rand.NewZipf(v.rnd, 1.2, 8, uint64(len(v.words)-1))
	return v
}

func (v *vocabulary) sentence(n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(v.words[v.zipf.Uint64()])
	}
	return b.String()
}

// mentions makes n mentions by n/5 authors.
func (v *vocabulary) mentions(n, from int) []bot.Heard {
	out := make([]bot.Heard, n)
	labels := []bot.Label{bot.Negative, bot.Neutral, bot.Neutral, bot.Positive}
	for i := range out {
		h := said(fmt.Sprintf("https://example.org/posts/%d", from+i), fmt.Sprintf("user%d", v.rnd.IntN(max(1, n/5))), v.sentence(12+v.rnd.IntN(16)))
		h.Mention.URL = h.Mention.ExternalID
		h.Mention.CreatedAt = day(1, 0, 0).Add(time.Duration(from+i) * time.Second)
		h.Verdict.Label = labels[v.rnd.IntN(len(labels))]
		h.Hash = v.rnd.Uint64()
		if h.Verdict.Label != bot.Negative {
			h.Verdict.Urgency, h.Verdict.Topics, h.Verdict.Intents, h.Verdict.Flagged = bot.Urgency{}, nil, nil, false
		}
		out[i] = h
	}
	return out
}

const benchBatch = 500

// BenchmarkSaveHeard stores mentions in batches of 500, a transaction each,
// synchronous=FULL. Compare its rows/s with BenchmarkBareInsert's.
func BenchmarkSaveHeard(b *testing.B) { benchBoth(b, benchmarkSaveHeard) }

// benchBoth measures on each engine.
func benchBoth(b *testing.B, bench func(*testing.B, *Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, open(b, func(o *Options) { o.Sync = SyncFull })) })
	b.Run("postgres", func(b *testing.B) { bench(b, openOnPostgres(b)) })
}

func benchmarkSaveHeard(b *testing.B, s *Store) {
	v := newVocabulary(1)
	heard := v.mentions(40*benchBatch, 0)
	for i := 0; b.Loop(); i++ {
		n := i % 40
		if n == 0 && i > 0 {
			b.StopTimer()
			heard = v.mentions(40*benchBatch, i*benchBatch)
			b.StartTimer()
		}
		if _, err := s.SaveHeard(b.Context(), heard[n*benchBatch:(n+1)*benchBatch]); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchBatch/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkBareInsert inserts the same rows with the same search index and does
// nothing else: one prepared statement, batches of 500, no authors, and none of
// the indexes that only reading needs.
func BenchmarkBareInsert(b *testing.B) { benchBoth(b, benchmarkBareInsert) }

func benchmarkBareInsert(b *testing.B, s *Store) {
	for _, index := range []string{"mentions_created", "mentions_author", "mentions_case"} {
		if _, err := s.w.Exec(`DROP INDEX ` + index); err != nil {
			b.Fatal(err)
		}
	}
	v := newVocabulary(1)
	id, err := bareAuthor(b.Context(), s.w)
	if err != nil {
		b.Fatal(err)
	}
	insert, err := s.w.Prepare(s.d.text(insertMention))
	if err != nil {
		b.Fatal(err)
	}
	defer insert.Close()
	rows := bareRows(b, v.mentions(40*benchBatch, 0), id)
	for i := 0; b.Loop(); i++ {
		n := i % 40
		if n == 0 && i > 0 {
			b.StopTimer()
			rows = bareRows(b, v.mentions(40*benchBatch, i*benchBatch), id)
			b.StartTimer()
		}
		tx, err := s.w.Begin()
		if err != nil {
			b.Fatal(err)
		}
		st := tx.Stmt(insert)
		for _, r := range rows[n*benchBatch : (n+1)*benchBatch] {
			if _, err := st.Exec(r...); err != nil {
				b.Fatal(err)
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchBatch/b.Elapsed().Seconds(), "rows/s")
}

func bareAuthor(ctx context.Context, db *sql.DB) (int64, error) {
	id, _, err := one(ctx, db, scanID, `INSERT INTO authors (source, key, kind, external_id, handle, name, email, url, followers, staff, automated, email_key, handle_key)
VALUES ('masto', 'u', 'mastodon', 'u', 'u', '', '', '', 0, 0, 0, '', '') RETURNING id`)
	return id, err
}

// bareRows makes the arguments beforehand: the bare loop only inserts.
func bareRows(b *testing.B, heard []bot.Heard, author int64) [][]any {
	out := make([][]any, len(heard))
	for i := range heard {
		var t batch
		if err := t.fill(&heard[i], author); err != nil {
			b.Fatal(err)
		}
		out[i] = t.args[:]
	}
	return out
}
