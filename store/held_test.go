package store

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"earshot/bot"
)

// testForsaken: of what is left to do, that is listed which no job will come to.
func testForsaken(t *testing.T, s *Store) {
	var all []bot.Delivery
	for i := range int64(6) {
		d := must(s.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverNote, Platform: "slack", Channel: "#care", Target: 1, EventID: i}))(t)
		all = append(all, d)
	}
	now := all[0].CreatedAt.Add(time.Minute)
	if got := must(s.Forsaken(t.Context(), now, 0))(t); len(got) != 0 {
		t.Fatalf("jobs wait for all of them, and %d are listed", len(got))
	}
	all[1].State, all[5].State = bot.DeliverySending, bot.DeliverySent
	for _, d := range []bot.Delivery{all[1], all[5]} {
		if err := s.SaveDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	jobs := must(list(t.Context(), s.w, scanID, `SELECT id FROM river_job ORDER BY id`))(t)
	for i, state := range map[int]string{2: "running", 3: "retryable"} {
		if _, err := s.exec(t.Context(), `UPDATE river_job SET state = '`+state+`' WHERE id = ?1`, jobs[i]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.exec(t.Context(), `DELETE FROM river_job WHERE id = ?1`, jobs[4]); err != nil {
		t.Fatal(err)
	}
	var ids []int64
	for _, d := range must(s.Forsaken(t.Context(), now, 0))(t) {
		ids = append(ids, d.ID)
	}
	if want := []int64{all[1].ID, all[2].ID, all[3].ID, all[4].ID}; !slices.Equal(ids, want) {
		t.Errorf("%v are listed, want %v", ids, want)
	}
	if got := must(s.Forsaken(t.Context(), all[0].CreatedAt.Add(-time.Hour), 2))(t); len(got) != 2 || got[0].ID != all[0].ID {
		t.Errorf("with the clock set back: %v", got)
	}
}

// testHeld: what a notice holds up waits for long, and is worked at once when it
// is called.
func testHeld(t *testing.T, s *Store) {
	began := make(chan int64, 20)
	ctx, stop := context.WithCancel(t.Context())
	worked := make(chan error, 1)
	go func() {
		worked <- s.Work(ctx, map[bot.JobKind]func(context.Context, int64) error{bot.JobDeliver: func(_ context.Context, id int64) error {
			began <- id
			return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: time.Hour}
		}}, 4)
	}()
	var all []int64
	for i, key := range []string{"a", "a", "", "b"} {
		d := must(s.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverNote, Platform: "slack", Channel: "#care", Target: 1, EventID: int64(i), HeldBy: key}))(t)
		all = append(all, d.ID)
	}
	these := func(what string, want ...int64) {
		t.Helper()
		var got []int64
		for range want {
			got = append(got, <-began)
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s: %v are tried, want %v", what, got, want)
		}
		paused := func() bool {
			n := must(list(t.Context(), s.w, scanID, `SELECT count(*) FROM river_job WHERE state = 'scheduled'`))(t)
			return n[0] == int64(len(all))
		}
		for !paused() {
			runtime.Gosched()
		}
	}
	these("at first", all...)
	for _, step := range []struct {
		key  string
		want []int64
	}{{"", []int64{all[0], all[3]}}, {"a", all[:2]}, {"c", nil}, {"b", all[3:]}} {
		if err := s.Hasten(t.Context(), step.key); err != nil {
			t.Fatal(err)
		}
		these("hasten "+step.key, step.want...)
	}
	stop()
	if err := <-worked; err != nil || len(began) > 0 {
		t.Errorf("%d more were tried (%v)", len(began), err)
	}
}
