package store

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"earshot/bot"
)

const million = 1_000_000

// fill makes a store with a million mentions over 60 days by 200,000 authors,
// 30,000 cases of which 1,200 are alive, and roll-ups, in a few dozen seconds.
func fill(b *testing.B, path string) {
	b.Helper()
	s := open(b, func(o *Options) { o.Path = path })
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
		`DROP TRIGGER mentions_search_insert`,
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO authors (source, key, kind, external_id, handle, name, email, url, followers, staff, automated, email_key, handle_key)
SELECT 'masto', 'u' || i, 'mastodon', 'u' || i, 'user' || i, '', '', '', i %% 5000, 0, 0, '', 'handle:user' || i FROM n`, million/5),
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
INSERT INTO mentions (`+heardKept+`, `+heardContent+`, case_id)
SELECT 'masto', 'https://example.org/posts/' || i, %d + i * 5184, %d + i * 5184, 0, 0, 'mastodon', '', 1 + abs(random()) %% %d, 0, 0,
  char(10) || 'larkspur' || char(10), '', 0, 0, 0,
  CASE i %% 4 WHEN 0 THEN 'negative' WHEN 1 THEN 'positive' ELSE 'neutral' END, 0.2, 0.6, 0.2, 0.6, i %% 4 = 0, 'en', 0.9,
  CASE i %% 4 WHEN 0 THEN '[{"name":"firmware","label":"negative","confidence":0.9}]' ELSE '' END, '', 'firsthand', 0.8, 1, 2, '', 'passive', 'linear-1', random(),
  '', 'https://example.org/posts/' || i, '', '', '@user' || i %% %d, '',
  (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' || (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' ||
  (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' ' || (SELECT w FROM words WHERE id = abs(random()) %% 20000) || ' common',
  '', '', CASE WHEN i %% 33 = 0 THEN i / 33 END FROM n`, million, start, start, million/5, million/5),
		`INSERT INTO mentions_search (mentions_search) VALUES ('rebuild')`,
	} {
		if _, err := s.w.Exec(q); err != nil {
			b.Fatal(err)
		}
	}
	fillCases(b, s)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
}

func fillCases(b *testing.B, s *Store) {
	b.Helper()
	err := s.Transact(context.Background(), func(ctx context.Context) error {
		t := s.txOf(ctx)
		for i := range int64(30_000) {
			c := bot.Case{State: bot.Resolved, Watch: "larkspur", Topics: []string{"firmware"}, Source: "masto", Route: "care", MentionID: 33 * (i + 1), AuthorID: i + 1,
				Urgency: bot.UrgencyLevel(i % 4), OpenedAt: day(1, 0, 0).Add(time.Duration(i) * 170 * time.Second), AnsweredAt: day(90, 0, 0)}
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
	fill(b, path)
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
