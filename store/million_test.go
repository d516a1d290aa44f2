package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"earshot/bot"
)

const million = 1_000_000

// fill makes a store with n mentions over 60 days by a fifth as many authors,
// cases of three in a hundred, of which one in 25 is alive, and roll-ups. A
// million takes a few dozen seconds, ten million a quarter of an hour.
func fill(b *testing.B, path string, n int) {
	b.Helper()
	s := open(b, func(o *Options) { o.Path = path })
	step := 5_184_000_000 / n // milliseconds between two mentions
	v := newVocabulary(7)
	if _, err := s.w.Exec(`CREATE TEMP TABLE words (id INTEGER PRIMARY KEY, w TEXT)`); err != nil {
		b.Fatal(err)
	}
	for i := range 20_000 { // drawn from as often as words come up
		if _, err := s.w.Exec(`INSERT INTO words VALUES (?1, ?2)`, i, v.sentence(4)); err != nil {
			b.Fatal(err)
		}
	}
	start := ms(day(1, 0, 0))
	for _, q := range []string{
		`PRAGMA synchronous = OFF`, `PRAGMA cache_size = -1000000`, `PRAGMA secure_delete = OFF`,
		`DROP INDEX mentions_created`, `DROP INDEX mentions_author`, `DROP INDEX mentions_case`,
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO authors (source, key, kind, external_id, handle, name, email, url, followers, staff, automated, email_key, handle_key)
SELECT 'masto', 'u' || i, 'mastodon', 'u' || i, 'user' || i, '', '', '', i %% 5000, 0, 0, '', 'handle:user' || i FROM n`, n/5),
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO mentions (`+heardKept+`, `+heardContent+`, case_id)
SELECT 'masto', 'https://example.org/posts/' || i, %d + i * %d, %d + i * %d, 0, 0, 'mastodon', '', 1 + abs(random()) %% %d, 0, 0,
  char(10) || 'larkspur' || char(10), '', 0, 0, 0,
  CASE i %% 4 WHEN 0 THEN 'negative' WHEN 1 THEN 'positive' ELSE 'neutral' END, 0.2, 0.6, 0.2, 0.6, i %% 4 = 0, 'en', 0.9,
  CASE i %% 4 WHEN 0 THEN '[{"name":"firmware","label":"negative","confidence":0.9}]' ELSE '' END, '', 'firsthand', 0.8, 1, 2, '', 'passive', 'linear-1', random(),
  '', 'https://example.org/posts/' || i, '', '', '@user' || i %% %d, '',
  (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' || (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' ||
  (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' || (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' common',
  '', '', CASE WHEN i %% 33 = 0 THEN i / 33 END FROM n`, n, start, step, start, step, n/5, n/5),
		`CREATE INDEX mentions_created ON mentions (created_at)`,
		`CREATE INDEX mentions_author ON mentions (author_id, created_at)`,
		`CREATE INDEX mentions_case ON mentions (case_id, created_at) WHERE case_id IS NOT NULL`,
		`INSERT INTO mentions_search (mentions_search) VALUES ('rebuild')`,
	} {
		if _, err := s.w.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	fillCases(b, s, n*3/100)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func fillCases(b *testing.B, s *Store, n int) {
	b.Helper()
	err := s.Transact(context.Background(), func(ctx context.Context) error {
		t := s.txOf(ctx)
		for i := range int64(n) {
			c := bot.Case{State: bot.Resolved, Watch: "larkspur", Topics: []string{"firmware"}, Source: "masto", Route: "care", MentionID: 33 * (i + 1), AuthorID: i + 1,
				Urgency: bot.UrgencyLevel(i % 4), OpenedAt: day(1, 0, 0).Add(time.Duration(i) * time.Duration(5_100_000_000/n) * time.Millisecond), AnsweredAt: day(90, 0, 0)}
			if c.DueAt = c.OpenedAt.Add(time.Hour); i%25 == 0 {
				c.State, c.AnsweredAt = bot.Open, time.Time{}
			}
			if _, err := t.insert(ctx, `INSERT INTO cases (`+caseColumns+`)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25, ?26, ?27, ?28, ?29, ?30, ?31, ?32)`, caseValues(c)...); err != nil {
				return err
			}
		}
		for d := range 60 {
			if err := s.SaveRollup(ctx, "larkspur", day(1+d, 0, 0), make([]byte, 150_000)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkMillion measures what must stay quick with a million mentions.
func BenchmarkMillion(b *testing.B) {
	path := filepath.Join(b.TempDir(), "million.db")
	fill(b, path, million)
	readBig(b, path)
}

// BenchmarkTenMillion measures it with ten million, in a store of 12 GB that is
// made once in the folder EARSHOT_TEN and kept there.
func BenchmarkTenMillion(b *testing.B) {
	dir := os.Getenv("EARSHOT_TEN")
	if dir == "" {
		b.Skip("EARSHOT_TEN names no folder for the store of ten million mentions (20 GB free)")
	}
	path := filepath.Join(dir, "earshot.db")
	if _, err := os.Stat(path); err != nil {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			b.Fatal(err)
		}
		fill(b, path+".part", 10*million)
		if err := os.Rename(path+".part", path); err != nil {
			b.Fatal(err)
		}
	}
	readBig(b, path)
}

// readBig measures what is read of a big store.
func readBig(b *testing.B, path string) {
	b.Helper()
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			s, err := Open(b.Context(), Options{Path: path})
			if err != nil {
				b.Fatal(err)
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		}
	})
	s := open(b, func(o *Options) { o.Path, o.Sync = path, SyncFull })
	for name, read := range millionReads(s) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := read(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func millionReads(s *Store) map[string]func(ctx context.Context) error {
	inbox := bot.CaseFilter{States: alive(), Awake: day(90, 0, 0), Limit: 10}
	rare := newVocabulary(7).words[4000]
	return map[string]func(ctx context.Context) error{
		"inbox": func(ctx context.Context) error { _, err := s.Cases(ctx, inbox); return err },
		"inbox of a route": func(ctx context.Context) error {
			f := inbox
			f.Route, f.Unowned = "care", true
			_, err := s.Cases(ctx, f)
			return err
		},
		"count inbox": func(ctx context.Context) error { _, err := s.CountCases(ctx, inbox); return err },
		"count all":   func(ctx context.Context) error { _, err := s.CountCases(ctx, bot.CaseFilter{}); return err },
		"work of 30 days": func(ctx context.Context) error {
			_, err := s.WorkStats(ctx, bot.CaseFilter{From: day(20, 0, 0), To: day(50, 0, 0)})
			return err
		},
		"dossier": func(ctx context.Context) error { _, err := s.Dossier(ctx, 777); return err },
		"search rare words": func(ctx context.Context) error {
			_, err := s.Mentions(ctx, bot.MentionFilter{Query: rare})
			return err
		},
		"search a word in all": func(ctx context.Context) error {
			_, err := s.Mentions(ctx, bot.MentionFilter{Query: "common", Watch: "larkspur"})
			return err
		},
		"search where nobody said it": func(ctx context.Context) error {
			found, err := s.Mentions(ctx, bot.MentionFilter{Query: "common", Watch: "larkspur", Source: "nowhere"})
			if len(found) > 0 {
				return fmt.Errorf("%d are found", len(found))
			}
			return err
		},
		"rollups of 30 days": func(ctx context.Context) error {
			return s.Rollups(ctx, "larkspur", day(20, 0, 0), day(50, 0, 0), func(time.Time, []byte) error { return nil })
		},
		"readings of a day": func(ctx context.Context) error {
			return s.DayReadings(ctx, "larkspur", day(20, 0, 0), func(bot.Reading) error { return nil })
		},
		"hashes of 100000": func(ctx context.Context) error {
			return s.RecentHashes(ctx, day(1, 0, 0), 100_000, func(int64, int64, []string, uint64, time.Time) error { return nil })
		},
	}
}
