package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// privileged writes n lines of the audit log, two a transaction.
func privileged(t *testing.T, s *Store, n int) {
	t.Helper()
	for i := 0; i < n; i += 2 {
		err := s.Transact(t.Context(), func(ctx context.Context) error {
			for j := i; j < min(i+2, n); j++ {
				e := bot.AuditEntry{At: day(10, 12, j), By: agent("eve"), Act: "claim", Target: fmt.Sprintf("case %d", j+1), Before: `{"owner":""}`, After: `{"owner":"eve"}`}
				if err := s.AddAudit(ctx, e); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testChain: whatever is done to the lines of the audit log behind Earshot's
// back is found, and the first wrong line is named.
func testChain(t *testing.T, s *Store) {
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got != (AuditChain{}) {
		t.Fatalf("an empty log: %+v", got)
	}
	privileged(t, s, 6)
	whole := must(s.VerifyAudit(t.Context(), ""))(t)
	if d := cmp.Diff(AuditChain{Lines: 6, Head: must(s.AuditHead(t.Context()))(t)}, whole); d != "" {
		t.Fatal(d)
	}
	undone := errors.New("undone")
	for name, c := range map[string]struct {
		query  string
		broken int64
		why    string
	}{
		"the act":             {`UPDATE audit SET act = 'dismiss' WHERE place = 3`, 3, "not what was written"},
		"the target":          {`UPDATE audit SET target = 'case 9' WHERE place = 3`, 3, "not what was written"},
		"the time":            {`UPDATE audit SET at = at + 1 WHERE place = 1`, 1, "not what was written"},
		"who":                 {`UPDATE audit SET by_whom = '{"platform":"slack","id":"U2"}' WHERE place = 4`, 4, "who did it"},
		"nobody":              {`UPDATE audit SET by_whom = '' WHERE place = 4`, 4, "who did it"},
		"what changed":        {`UPDATE audit SET after = '{}' WHERE place = 4`, 4, "what changed"},
		"said after all":      {`UPDATE audit SET what_salt = '' WHERE place = 4`, 4, "what changed"},
		"its seal":            {`UPDATE audit SET what_salt = '', before = '', after = '', what_seal = 'x' WHERE place = 2`, 2, "not what was written"},
		"taken out":           {`DELETE FROM audit WHERE place = 2`, 2, "is missing"},
		"the first taken out": {`DELETE FROM audit WHERE place = 1`, 1, "is missing"},
		"taken out, closed":   {`DELETE FROM audit WHERE place = 2; UPDATE audit SET place = place - 1 WHERE place > 2`, 2, "not what was written"},
		"the order":           {`UPDATE audit SET place = 7 - place WHERE place IN (3, 4)`, 3, "not what was written"},
		"twice":               {`UPDATE audit SET place = 3 WHERE place = 4`, 3, "two lines"},
		"the end":             {`DELETE FROM audit WHERE place > 4`, 5, "ends at line 4, and line 6 was written"},
		"everything":          {`DELETE FROM audit`, 1, "ends at line 0"},
		"the head":            {`DELETE FROM audit_head`, 1, "head of the chain is gone"},
		"the head put back":   {`UPDATE audit_head SET place = 5`, 6, "not added by Earshot"},
		"put in":              {`INSERT INTO audit (at, by_whom, act, target, before, after) VALUES (1, '', 'claim', 'case 1', '', '')`, 7, "not added by Earshot"},
	} {
		t.Run(name, func(t *testing.T) {
			err := s.Transact(t.Context(), func(ctx context.Context) error {
				for q := range strings.SplitSeq(c.query, ";") {
					if _, err := s.exec(ctx, q); err != nil {
						return err
					}
				}
				got := must(s.VerifyAudit(ctx, ""))(t)
				if got.Broken != c.broken || !strings.Contains(got.Why, c.why) {
					t.Errorf("%+v; want line %d, %q", got, c.broken, c.why)
				}
				return undone
			})
			if !errors.Is(err, undone) {
				t.Fatal(err)
			}
		})
	}
}

// testChainCutWithItsHead: who cuts the end off together with the head is only
// found by a head that was noted elsewhere.
func testChainCutWithItsHead(t *testing.T, s *Store) {
	privileged(t, s, 6)
	noted := must(s.AuditHead(t.Context()))(t)
	privileged(t, s, 2)
	if got := must(s.VerifyAudit(t.Context(), noted))(t); got.Broken != 0 || got.Lines != 8 {
		t.Fatalf("a head of before: %+v", got)
	}
	for _, q := range []string{`DELETE FROM audit WHERE place > 4`, `UPDATE audit_head SET place = 4, chain = (SELECT chain FROM audit WHERE place = 4)`} {
		if _, err := s.exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got.Broken != 0 {
		t.Fatalf("it cannot be known, but: %+v", got)
	}
	if got := must(s.VerifyAudit(t.Context(), noted))(t); got.Broken != 6 || !strings.Contains(got.Why, "which you noted") {
		t.Fatalf("%+v", got)
	}
	if got := must(s.VerifyAudit(t.Context(), "nonsense"))(t); got.Broken != 1 {
		t.Fatalf("%+v", got)
	}
}

// testChainGoesOn: what is rolled back is not in the chain, lines from before
// there was one get their place, and forgetting breaks nothing.
func testChainGoesOn(t *testing.T, s *Store) {
	for range 2 { // as an Earshot without a chain wrote it
		if _, err := s.exec(t.Context(), `INSERT INTO audit (at, by_whom, act, target, before, after) VALUES (1, '', 'claim', 'case 1', '', '{"text":"words of ann"}')`); err != nil {
			t.Fatal(err)
		}
	}
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got != (AuditChain{Waiting: 2}) {
		t.Fatalf("%+v", got)
	}
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		lost := s.Transact(ctx, func(ctx context.Context) error {
			if err := s.AddAudit(ctx, bot.AuditEntry{By: agent("eve"), Act: "lost"}); err != nil {
				return err
			}
			return errors.New("undone")
		})
		return errors.Join(s.AddAudit(ctx, bot.AuditEntry{By: agent("eve"), Act: "kept"}), func() error {
			if lost == nil {
				return errors.New("it was not undone")
			}
			return nil
		}())
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got.Lines != 3 || got.Broken != 0 || got.Waiting != 0 {
		t.Fatalf("%+v", got)
	}
	if err := s.write(t.Context(), func(ctx context.Context, tx *tx) error { return tx.forgetAudit(ctx, "case 1") }); err != nil {
		t.Fatal(err)
	}
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got.Lines != 3 || got.Forgotten != 2 || got.Broken != 0 {
		t.Fatalf("%+v", got)
	}
	for _, e := range must(s.Audit(t.Context(), 0, "case 1"))(t) {
		if e.After != "" || e.Act != "claim" {
			t.Fatalf("not forgotten: %+v", e)
		}
	}
}

// testChainAfterErasure: a person who is erased leaves no word in the audit
// log, and the chain holds.
func testChainAfterErasure(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	for _, e := range []bot.AuditEntry{
		{By: agent("eve"), Act: "claim", Target: fmt.Sprintf("case %d", c.ID), After: `{"said":"a word of ann"}`},
		{By: agent("eve"), Act: "mute", Target: "topic:price"},
	} {
		if err := s.AddAudit(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	before := must(s.AuditHead(t.Context()))(t)
	if _, err := s.Erase(t.Context(), Whom{Source: "masto", Author: "ann"}, agent("root")); err != nil {
		t.Fatal(err)
	}
	got := must(s.VerifyAudit(t.Context(), before))(t)
	if got.Broken != 0 || got.Lines != 3 || got.Forgotten != 1 {
		t.Fatalf("%+v", got)
	}
	for _, e := range must(s.Audit(t.Context(), 0, ""))(t) {
		if strings.Contains(fmt.Sprint(e), "ann") {
			t.Errorf("still there: %+v", e)
		}
	}
}

// testChainManyWriters: however many write at once, and whoever is undone,
// every line gets a place of its own.
func testChainManyWriters(t *testing.T, s *Store) {
	const writers, each = 6, 5
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range each {
				err := s.Transact(t.Context(), func(ctx context.Context) error {
					if err := s.AddAudit(ctx, bot.AuditEntry{By: agent("eve"), Act: "claim", Target: fmt.Sprintf("case %d", i)}); err != nil {
						return err
					}
					if j == 2 {
						return errors.New("undone")
					}
					return nil
				})
				if (err == nil) == (j == 2) {
					t.Errorf("writer %d, line %d: %v", i, j, err)
				}
			}
		})
	}
	wg.Wait()
	if got := must(s.VerifyAudit(t.Context(), ""))(t); got.Broken != 0 || got.Lines != writers*(each-1) || got.Waiting != 0 {
		t.Fatalf("%+v", got)
	}
}
