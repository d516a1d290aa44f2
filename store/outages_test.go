package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// testOutages: the first failure begins one, the next read that works ends it,
// also where the failures go on being counted: a stream that breaks is read
// between its attempts.
func testOutages(t *testing.T, s *Store) {
	at := func(m int) time.Time { return day(5, 10, m) }
	save := func(m, ok, failures int) {
		t.Helper()
		s.now = func() time.Time { return at(m) }
		if err := s.SaveSourceState(t.Context(), bot.SourceState{Name: "feed", LastOK: at(ok), Failures: failures}); err != nil {
			t.Fatal(err)
		}
	}
	list := func(from, to int) []bot.Outage { return must(s.Outages(t.Context(), at(from), at(to)))(t) }
	save(0, 0, 0)
	save(5, 0, 1)
	save(6, 0, 2)
	if d := cmp.Diff([]bot.Outage{{Source: "feed", From: at(5)}}, list(0, 59)); d != "" {
		t.Errorf("while it is down:\n%s", d)
	}
	save(9, 9, 0)
	save(20, 9, 1)
	save(25, 25, 1) // read, but its stream is not up again
	save(26, 25, 2)
	want := []bot.Outage{{Source: "feed", From: at(5), To: at(9)}, {Source: "feed", From: at(20), To: at(25)}, {Source: "feed", From: at(26)}}
	if d := cmp.Diff(want, list(0, 59)); d != "" {
		t.Errorf("three outages:\n%s", d)
	}
	if d := cmp.Diff(want[1:2], list(9, 26)); d != "" {
		t.Errorf("in between:\n%s", d)
	}
}
