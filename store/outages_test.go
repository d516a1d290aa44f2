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

// testBacklog: a stop is an outage of every source that was not down, noted
// once; what was said in one and read later tells from when on it is known.
func testBacklog(t *testing.T, s *Store) {
	at := func(m int) time.Time { return day(5, 10, m) }
	save := func(st bot.SourceState) {
		t.Helper()
		if err := s.SaveSourceState(t.Context(), st); err != nil {
			t.Fatal(err)
		}
	}
	s.now = func() time.Time { return at(50) }
	for _, st := range []bot.SourceState{{Name: "feed", LastOK: at(10)}, {Name: "mail", LastOK: at(1)}} {
		save(st)
	}
	s.now = func() time.Time { return at(5) }
	save(bot.SourceState{Name: "mail", LastOK: at(1), Failures: 1})
	for range 2 {
		if err := s.NoteStop(t.Context(), at(10), at(40)); err != nil {
			t.Fatal(err)
		}
	}
	stop := bot.Outage{Source: "feed", From: at(10), To: at(40)}
	want := []bot.Outage{{Source: "mail", From: at(5)}, stop}
	if d := cmp.Diff(want, must(s.Outages(t.Context(), at(0), at(59)))(t)); d != "" {
		t.Errorf("outages (-want +got):\n%s", d)
	}
	first := func() time.Time { return must(s.FirstSaid(t.Context(), stop))(t) }
	if got := first(); !got.IsZero() {
		t.Errorf("nothing was said, and yet something at %s", got)
	}
	for i, m := range []struct {
		source        string
		created, seen int
	}{{"mail", 12, 41}, {"feed", 15, 16}, {"feed", 9, 41}, {"feed", 40, 41}, {"feed", 30, 41}, {"feed", 20, 40}} {
		h := bot.Heard{Mention: bot.Mention{Source: m.source, Kind: "test", ExternalID: string(rune('a' + i)), Text: "late", CreatedAt: at(m.created), SeenAt: at(m.seen), Watches: []string{"Larkspur"}}}
		must(s.SaveHeard(t.Context(), []bot.Heard{h}))(t)
	}
	if got := first(); !got.Equal(at(20)) {
		t.Errorf("first said at %s, want %s", got, at(20))
	}
}
