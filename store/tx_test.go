package store

import (
	"context"
	"errors"
	"testing"

	"earshot/bot"
)

func count(t testing.TB, s *Store, query string) int64 {
	t.Helper()
	n, _, err := one(context.Background(), s.reader(context.Background()), scanID, query)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func testTransact(t *testing.T, s *Store) {
	fail := errors.New("fail")
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		if _, err := s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "one")}); err != nil {
			return err
		}
		if _, err := s.FindMention(ctx, "masto", "1"); err != nil {
			t.Errorf("not seen inside: %v", err)
		}
		if _, err := s.FindMention(t.Context(), "masto", "1"); bot.KindOf(err) != bot.ErrNotFound {
			t.Errorf("seen outside before the commit: %v", err)
		}
		if err := s.Transact(ctx, func(ctx context.Context) error {
			_, err := s.SaveHeard(ctx, []bot.Heard{said("2", "bob", "two")})
			return errors.Join(err, fail)
		}); !errors.Is(err, fail) {
			t.Errorf("nested: %v", err)
		}
		return s.SaveSourceState(ctx, bot.SourceState{Name: "masto", Cursor: "1"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 1 {
		t.Fatalf("%d mentions, want the outer one alone", n)
	}
	err = s.Transact(t.Context(), func(ctx context.Context) error {
		return errors.Join(s.SaveSourceState(ctx, bot.SourceState{Name: "masto", Cursor: "2"}), fail)
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	if st := must(s.SourceState(t.Context(), "masto"))(t); st.Cursor != "1" {
		t.Fatalf("cursor %q", st.Cursor)
	}
}

func testPanic(t *testing.T, s *Store) {
	func() {
		defer func() {
			if recover() != "oops" {
				t.Error("the panic is swallowed")
			}
		}()
		_ = s.Transact(t.Context(), func(ctx context.Context) error {
			if _, err := s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "one")}); err != nil {
				t.Error(err)
			}
			panic("oops")
		})
	}()
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 0 {
		t.Fatalf("%d mentions", n)
	}
	save(t, s, said("1", "ann", "the writer is free again"))
}

func testCancelled(t *testing.T, s *Store) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Transact(ctx, func(ctx context.Context) error {
		if _, err := s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "one")}); err != nil {
			return err
		}
		cancel()
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	if n := count(t, s, `SELECT count(*) FROM mentions`); n != 0 {
		t.Fatalf("%d mentions", n)
	}
	if _, err := s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "one")}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	save(t, s, said("1", "ann", "the writer is free again"))
}

func TestReadOnly(t *testing.T) { onBoth(t, testReadOnly) }

func testReadOnly(t *testing.T, open opener) {
	s := open(t)
	save(t, s, said("1", "ann", "hello"))
	ro := open(t, func(o *Options) { same(s)(o); o.ReadOnly = true })
	if _, err := ro.Mention(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if err := ro.DayReadings(t.Context(), "larkspur", day(10, 0, 0), func(bot.Reading) error { return nil }); err != nil {
		t.Fatal(err)
	}
	_, err := ro.SaveHeard(t.Context(), []bot.Heard{said("2", "ann", "no")})
	kind(t, err, bot.ErrUnsupported)
	kind(t, ro.Enqueue(t.Context(), bot.Job{Kind: bot.JobSweep}), bot.ErrUnsupported)
	kind(t, ro.Work(t.Context(), nil, 1), bot.ErrUnsupported)
}
