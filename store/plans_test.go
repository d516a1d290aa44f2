package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// asked is a statement that a method of the store ran.
type asked struct {
	query string
	args  []any
}

// recorder keeps the statements that run on a connection.
type recorder struct {
	conn
	all []asked
}

// ExecContext, QueryContext and QueryRowContext note a statement and pass it on.
func (r *recorder) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	r.all = append(r.all, asked{query, slices.Clone(args)})
	return r.conn.ExecContext(ctx, query, args...)
}

func (r *recorder) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	r.all = append(r.all, asked{query, slices.Clone(args)})
	return r.conn.QueryContext(ctx, query, args...)
}

func (r *recorder) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	r.all = append(r.all, asked{query, slices.Clone(args)})
	return r.conn.QueryRowContext(ctx, query, args...)
}

// hot is what runs for every mention, delivery, click or page, by name.
func hot(s *Store) map[string]func(ctx context.Context) error {
	all := hotMentions(s)
	maps.Copy(all, hotCases(s))
	maps.Copy(all, hotDeliveries(s))
	return all
}

// only keeps the error of a call whose result nobody looks at.
func only(_ any, err error) error { return err }

func hotMentions(s *Store) map[string]func(ctx context.Context) error {
	return map[string]func(ctx context.Context) error{
		"save heard": func(ctx context.Context) error { return only(s.SaveHeard(ctx, []bot.Heard{said("h", "ann", "words")})) },
		"save heard again": func(ctx context.Context) error {
			return only(s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "other words")}))
		},
		"verdict":        func(ctx context.Context) error { return s.SaveVerdict(ctx, 1, bot.Verdict{Label: bot.Negative}) },
		"find mention":   func(ctx context.Context) error { return only(s.FindMention(ctx, "masto", "1")) },
		"threads":        func(ctx context.Context) error { return only(s.Threads(ctx, "masto", []string{"1", "2"})) },
		"words":          func(ctx context.Context) error { return only(s.Said(ctx, []int64{1, 2})) },
		"mention":        func(ctx context.Context) error { return only(s.Mention(ctx, 1)) },
		"case of author": func(ctx context.Context) error { return only(s.OpenCaseOfAuthor(ctx, 1, "larkspur", day(1, 0, 0))) },
		"join case":      func(ctx context.Context) error { return only(s.JoinCase(ctx, 1, 2)) },
		"case mentions":  func(ctx context.Context) error { return only(s.CaseMentions(ctx, 1, 10)) },
		"search": func(ctx context.Context) error {
			return only(s.Mentions(ctx, bot.MentionFilter{Query: "words", Watch: "larkspur", Limit: 10}))
		},
		"search without a filter": func(ctx context.Context) error {
			return only(s.Mentions(ctx, bot.MentionFilter{Query: "words", Limit: 10}))
		},
		"last mentions": func(ctx context.Context) error { return only(s.Mentions(ctx, bot.MentionFilter{Limit: 10})) },
		"mentions of an author": func(ctx context.Context) error {
			return only(s.Mentions(ctx, bot.MentionFilter{AuthorID: 1, Limit: 10}))
		},
		"speaker": func(ctx context.Context) error { return only(s.Speaker(ctx, 1, day(9, 0, 0), 0)) },
		"readings of a day": func(ctx context.Context) error {
			return s.DayReadings(ctx, "larkspur", day(2, 0, 0), func(bot.Reading) error { return nil })
		},
		"hashes": func(ctx context.Context) error {
			return s.RecentHashes(ctx, day(1, 0, 0), 10, func(int64, int64, []string, uint64, time.Time) error { return nil })
		},
		"cases since": func(ctx context.Context) error {
			mark := bot.CasedMark{Mention: 1, Case: 1}
			return only(s.CasedSince(ctx, mark, func(int64, int64, []string, uint64, time.Time) error { return nil }))
		},
	}
}

func hotCases(s *Store) map[string]func(ctx context.Context) error {
	inbox := bot.CaseFilter{States: alive(), Awake: day(90, 0, 0), Limit: 10}
	with := func(change func(*bot.CaseFilter)) bot.CaseFilter { f := inbox; change(&f); return f }
	return map[string]func(ctx context.Context) error{
		"case":               func(ctx context.Context) error { return only(s.Case(ctx, 1)) },
		"events":             func(ctx context.Context) error { return only(s.CaseEvents(ctx, 1)) },
		"replies":            func(ctx context.Context) error { return only(s.CaseReplies(ctx, 1)) },
		"replies in a state": func(ctx context.Context) error { return only(s.RepliesIn(ctx, bot.ReplySending, 10)) },
		"dossier":            func(ctx context.Context) error { return only(s.Dossier(ctx, 1)) },
		"inbox":              func(ctx context.Context) error { return only(s.Cases(ctx, inbox)) },
		"inbox of a route": func(ctx context.Context) error {
			return only(s.Cases(ctx, with(func(f *bot.CaseFilter) { f.Route, f.Unowned = "care", true })))
		},
		"inbox, next page": func(ctx context.Context) error {
			return only(s.Cases(ctx, with(func(f *bot.CaseFilter) { f.After = 1 })))
		},
		"my inbox": func(ctx context.Context) error {
			return only(s.Cases(ctx, with(func(f *bot.CaseFilter) { f.Owner = "slack:U1" })))
		},
		"count inbox":        func(ctx context.Context) error { return only(s.CountCases(ctx, inbox)) },
		"cases of an author": func(ctx context.Context) error { return only(s.Cases(ctx, bot.CaseFilter{AuthorID: 1})) },
		"all cases":          func(ctx context.Context) error { return only(s.Cases(ctx, bot.CaseFilter{Limit: 10})) },
		"work": func(ctx context.Context) error {
			return only(s.WorkStats(ctx, bot.CaseFilter{From: day(1, 0, 0), To: day(2, 0, 0)}))
		},
		"audit of a case": func(ctx context.Context) error { return only(s.Audit(ctx, 10, "case 1")) },
	}
}

func hotDeliveries(s *Store) map[string]func(ctx context.Context) error {
	left := []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}
	return map[string]func(ctx context.Context) error{
		"add delivery": func(ctx context.Context) error {
			return only(s.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverCard, Target: 1, Platform: "slack", Channel: "c"}))
		},
		"delivery":            func(ctx context.Context) error { return only(s.Delivery(ctx, 1)) },
		"deliveries left":     func(ctx context.Context) error { return only(s.Deliveries(ctx, left, 2000)) },
		"forsaken deliveries": func(ctx context.Context) error { return only(s.Forsaken(ctx, time.Now(), 2000)) },
		"mark delivery":       func(ctx context.Context) error { return s.MarkDelivery(ctx, bot.Delivery{ID: 1}, 0) },
		"hasten":              func(ctx context.Context) error { return s.Hasten(ctx, "platform:slack:unauthorized") },
		"backlog":             func(ctx context.Context) error { _, _, _, e := s.Backlog(ctx); return e },
		"posts":               func(ctx context.Context) error { return only(s.Posts(ctx, bot.DeliverCard, 1)) },
		"post at": func(ctx context.Context) error {
			return only(s.PostAt(ctx, "slack", bot.MessageRef{Channel: "c", ID: "1"}))
		},
		"a place in a channel": func(ctx context.Context) error {
			return only(s.TakePlace(ctx, bot.Delivery{ID: 1, Platform: "slack", Channel: "c"}, day(1, 0, 0), 1))
		},
		"enqueue": func(ctx context.Context) error { return s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 7}) },
		"queues":  func(ctx context.Context) error { return only(s.Queues(ctx)) },
		"interaction": func(ctx context.Context) error {
			return only(s.SaveInteraction(ctx, bot.Interaction{Platform: "slack", ID: "e"}))
		},
		"finish":      func(ctx context.Context) error { return s.FinishInteraction(ctx, "slack", "e") },
		"unfinished":  func(ctx context.Context) error { return only(s.UnfinishedInteractions(ctx, day(9, 0, 0))) },
		"notices":     func(ctx context.Context) error { return only(s.Notices(ctx)) },
		"open spikes": func(ctx context.Context) error { return only(s.Spikes(ctx, day(1, 0, 0), day(9, 0, 0), true)) },
		"messages":    func(ctx context.Context) error { return only(s.Messages(ctx, "support", 0, 50)) },
	}
}

// grows lists the tables that are never scanned: they grow with what is said.
// A scan of an index from its end, which LIMIT stops, is none.
func grows() *regexp.Regexp {
	return regexp.MustCompile(`^SCAN (mentions|m|cases|c|deliveries|d|authors|a|posts|p|case_events|e|replies|r|river_job|messages|interactions|audit)\b`)
}

// TestHotQueries looks at the plan of every statement of what is hot: none may
// read a whole table, with the statistics of an empty store as with those of
// ten million mentions.
func TestHotQueries(t *testing.T) {
	s := open(t)
	save(t, s, said("1", "ann", "words"), said("2", "bob", "more words"))
	if _, err := s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", MentionID: 1, AuthorID: 1, OpenedAt: day(1, 0, 0)}); err != nil {
		t.Fatal(err)
	}
	statements := map[string][]asked{}
	for name, call := range hot(s) {
		err := s.Transact(t.Context(), func(ctx context.Context) error {
			tx := s.txOf(ctx)
			rec := &recorder{conn: tx.conn}
			tx.conn = rec
			if err := call(ctx); err != nil && bot.KindOf(err) != bot.ErrNotFound && bot.KindOf(err) != bot.ErrStale {
				return fmt.Errorf("%s: %w", name, err)
			}
			statements[name] = rec.all
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(statements[name]) == 0 {
			t.Errorf("%s: no statement was seen", name)
		}
	}
	for _, statistics := range []bool{false, true} {
		if statistics {
			pretendSize(t, s)
		}
		for name, all := range statements {
			for _, one := range all {
				for _, step := range planOf(t, s, one) {
					if grows().MatchString(step) && !stopsEarly(step, one.query) {
						t.Errorf("%s (statistics: %t): %s\n%s", name, statistics, step, strings.TrimSpace(one.query))
					}
				}
			}
		}
	}
}

// stopsEarly tells whether a step reads an index, or the rows in the order of
// their ids, only as far as LIMIT says; or an index that holds nothing but what
// is left to do.
func stopsEarly(step, query string) bool {
	if strings.HasSuffix(step, "INDEX deliveries_left") || strings.HasSuffix(step, "INDEX interactions_left") {
		return true
	}
	ordered := strings.Contains(step, "USING INDEX") || strings.Contains(step, "USING COVERING INDEX") || regexp.MustCompile(`ORDER BY (\w+\.)?id\b`).MatchString(query)
	return ordered && strings.Contains(query, "LIMIT")
}

// planOf is how SQLite would run a statement.
func planOf(t *testing.T, s *Store, one asked) []string {
	t.Helper()
	rows, err := s.w.QueryContext(t.Context(), `EXPLAIN QUERY PLAN `+one.query, one.args...)
	if err != nil {
		t.Fatalf("%v: %s", err, one.query)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, step)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return steps
}

// pretendSize gives the planner the statistics of ten million mentions by two
// million authors, 300,000 cases, a third of them alive, and their deliveries:
// rows, then rows for each value of the index's first columns
// (sqlite.org/fileformat2.html#the_sqlite_stat1_table).
func pretendSize(t *testing.T, s *Store) {
	t.Helper()
	if _, err := s.w.ExecContext(t.Context(), `ANALYZE`); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		`DELETE FROM sqlite_stat1 WHERE tbl IN ('mentions', 'cases', 'authors', 'deliveries', 'posts', 'river_job')`,
		`INSERT INTO sqlite_stat1 VALUES ('mentions', 'mentions_created', '10000000 1'), ('mentions', 'mentions_author', '10000000 5 1'),
  ('mentions', 'mentions_case', '300000 1 1'), ('mentions', 'sqlite_autoindex_mentions_1', '10000000 1000000 1'),
  ('authors', 'sqlite_autoindex_authors_1', '2000000 500000 1'),
  ('cases', 'cases_inbox', '300000 150000 50000 2 1'), ('cases', 'cases_state', '300000 60000'), ('cases', 'cases_opened', '300000 1'),
  ('cases', 'cases_author', '300000 2 2'), ('cases', 'cases_owner', '20000 1000'),
  ('deliveries', 'deliveries_left', '2000 500 1'), ('deliveries', 'deliveries_target', '1000000 200000 3'),
  ('posts', 'posts_ref', '600000 300000 1'), ('posts', 'posts_recent', '600000 300000 60000 1'), ('posts', 'sqlite_autoindex_posts_1', '600000 200000 1 1 1')`,
		`ANALYZE sqlite_schema`,
	} {
		if _, err := s.w.ExecContext(t.Context(), q); err != nil {
			t.Fatal(q, err)
		}
	}
}
