package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// testRefusedInteractions: what could not be stored for certain is not done,
// stored or not, now or when it comes again; what came in well before is.
func testRefusedInteractions(t *testing.T, s *Store) {
	now := day(10, 11, 0)
	s.now = func() time.Time { return now }
	save := func(id string) bool {
		return must(s.SaveInteraction(t.Context(), bot.Interaction{ID: id, Kind: bot.DidPress, Platform: "slack"}))(t)
	}
	save("before")
	now = day(10, 11, 1)
	save("meanwhile")
	for _, id := range []string{"before", "meanwhile", "never"} {
		if err := s.RefuseInteraction(t.Context(), bot.Interaction{ID: id, Platform: "slack"}, now); err != nil {
			t.Fatal(err)
		}
		if save(id) {
			t.Errorf("%s is done when it comes again", id)
		}
	}
	if s.Replicated() { // as if this process had ended: what it has in hand is left alone
		lose(t, s)
	}
	left := must(s.UnfinishedInteractions(t.Context(), day(10, 12, 0)))(t)
	if len(left) != 1 || left[0].ID != "before" {
		t.Fatal(left)
	}
}

func testInteractions(t *testing.T, s *Store) {
	in := bot.Interaction{ID: "Ev1", Kind: bot.DidPress, Platform: "slack", By: agent("eve"), Action: bot.ActionID{Name: "claim", Target: 1, Version: 2},
		Values: map[string]string{"a": "b"}, At: day(10, 11, 0), Handle: map[string]string{"trigger": "xoxt"}, Shared: &bot.Mention{Text: "x"}}
	for _, want := range []bool{true, false} {
		if fresh := must(s.SaveInteraction(t.Context(), in))(t); fresh != want {
			t.Fatalf("fresh %v", fresh)
		}
	}
	if s.Replicated() { // as if this process had ended: what it has in hand is left alone
		lose(t, s)
	}
	left := must(s.UnfinishedInteractions(t.Context(), day(10, 12, 1)))(t)
	if d := cmp.Diff([]bot.Interaction{in}, left); d != "" {
		t.Fatal(d)
	}
	if err := s.KeepAnswer(t.Context(), in, bot.Say("You have it."), day(10, 12, 2)); err != nil {
		t.Fatal(err)
	}
	if left := must(s.UnfinishedInteractions(t.Context(), day(11, 0, 0)))(t); len(left) != 0 {
		t.Fatal(left)
	}
	kept, words, err := s.KeptAnswer(t.Context(), 1)
	in.Values, in.Shared = nil, nil // what was said is not kept
	if d := cmp.Diff(in, kept); d != "" || err != nil || words.Notice != "You have it." {
		t.Fatal(d, err, words)
	}
	if n := count(t, s, `SELECT count(*) FROM river_job`); n != 1 {
		t.Fatalf("%d jobs", n)
	}
	if err := s.AnswerTold(t.Context(), "slack", "Ev1"); err != nil {
		t.Fatal(err)
	}
	if left := must(s.UnfinishedInteractions(t.Context(), day(11, 0, 0)))(t); len(left) != 0 {
		t.Fatal(left)
	}
	if fresh := must(s.SaveInteraction(t.Context(), in))(t); fresh {
		t.Fatal("done twice")
	}
	_, _, err = s.KeptAnswer(t.Context(), 1)
	kind(t, err, bot.ErrNotFound)
	s.now = func() time.Time { return day(13, 0, 0) }
	if err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := count(t, s, `SELECT count(*) FROM interactions`); n != 0 {
		t.Fatalf("%d interactions after two days", n)
	}
}
