package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// What came to a case is handed over once, whether it was stored with it or
// had been before; what has none is not.
func testCasedSince(t *testing.T, s *Store) {
	mark := bot.CasedMark{}
	since := func(want ...int64) {
		t.Helper()
		var got []int64
		next, err := s.CasedSince(t.Context(), mark, func(id, caseID int64, watch []string, hash uint64, at time.Time) error {
			if caseID == 0 || hash != 1<<63+7 || watch[0] != "larkspur" || at.IsZero() {
				t.Errorf("mention %d of case %d: hash %x of %v at %v", id, caseID, hash, watch, at)
			}
			got = append(got, id)
			return nil
		})
		if d := cmp.Diff(want, got); err != nil || d != "" {
			t.Error(err, d)
		}
		mark = next
	}
	opens := func(mention int64) {
		t.Helper()
		must(s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", MentionID: mention, OpenedAt: day(10, 10, 0)}))(t)
	}
	since() // the first time, on an empty store
	save(t, s, said("1", "ann", "one"), said("2", "bob", "two"))
	opens(1)
	since(1)
	since()
	opens(2)
	save(t, s, said("3", "cy", "three"), said("4", "dee", "four"))
	must(s.JoinCase(t.Context(), 1, 3))(t)
	since(2, 3)
	if mark != (bot.CasedMark{Mention: 5, Case: 3}) {
		t.Errorf("the mark is %+v", mark)
	}
	mark = bot.CasedMark{}
	since()
}
