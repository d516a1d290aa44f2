package store

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"earshot/bot"
)

// two opens one database twice, as two replicas do.
func two(t *testing.T) (a, b *Store) {
	t.Helper()
	a = openOnPostgres(t)
	return a, openOnPostgres(t, same(a))
}

// cutOff ends the connection that holds a store's locks, as a dead network
// does.
func cutOff(t *testing.T, s *Store) {
	t.Helper()
	s.keeper.mu.Lock()
	pid := s.keeper.now.conn.PgConn().PID()
	s.keeper.mu.Unlock()
	if _, err := s.w.Exec(`SELECT pg_terminate_backend($1::int, 5000)`, int64(pid)); err != nil {
		t.Fatal(err)
	}
}

// lose is cutOff that the store knows of at once, not with the next beat.
func lose(t *testing.T, s *Store) {
	t.Helper()
	cutOff(t, s)
	s.keeper.mu.Lock()
	defer s.keeper.mu.Unlock()
	s.keeper.now.lost()
}

// What a transaction has read is still so when it writes, whichever replica it
// is of.
func TestReplicasTakeTurns(t *testing.T) {
	a, b := two(t)
	const each = 40
	var all sync.WaitGroup
	for _, s := range []*Store{a, b, a, b} {
		all.Go(func() {
			for range each {
				err := s.Transact(t.Context(), func(ctx context.Context) error {
					st, err := s.SourceState(ctx, "masto")
					st.Mentions++
					return errors.Join(err, s.SaveSourceState(ctx, st))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if st := must(a.SourceState(t.Context(), "masto"))(t); st.Mentions != 4*each {
		t.Fatalf("%d, want %d: writes were lost", st.Mentions, 4*each)
	}
}

// An author whom another replica has linked to a customer is that customer's
// here at once.
func TestReplicasKnowTheSameAuthors(t *testing.T) {
	a, b := two(t)
	save(t, a, said("1", "ann", "hello"))
	if _, _, err := b.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "c1", Name: "Ann", Handles: []string{"ann"}}}); err != nil {
		t.Fatal(err)
	}
	if got := save(t, a, said("2", "ann", "again"))[0]; got.CustomerID == 0 {
		t.Fatal("the author's customer is not known")
	}
}

// One has it, the next one gets it when the first one's connection is gone, and
// the first one is told.
func TestHoldIsHandedOver(t *testing.T) {
	a, b := two(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun, ended, goOn := make(chan string, 4), make(chan string, 4), make(chan struct{})
	hold := func(name string, s *Store) func() {
		return func() {
			err := s.Hold(ctx, "gateway", func(ctx context.Context) error {
				begun <- name
				<-ctx.Done()
				ended <- name
				<-goOn // it may not come back before the other one has been looked at
				return nil
			})
			if err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		}
	}
	var all sync.WaitGroup
	defer all.Wait()
	defer close(goOn)
	defer cancel()
	all.Go(hold("a", a))
	next(t, begun)
	all.Go(hold("b", b))
	select {
	case who := <-begun:
		t.Fatalf("%s has what a has", who)
	case <-time.After(2 * holdEvery):
	}
	cutOff(t, a)
	if who := next(t, begun); who != "b" {
		t.Fatalf("%s took over", who)
	}
	if who := next(t, ended); who != "a" {
		t.Fatalf("%s ended", who)
	}
}

// A key is one replica's at a time, and free once it is given back.
func TestLockParts(t *testing.T) {
	a, b := two(t)
	unlock := must(a.Lock(t.Context(), "card/1"))(t)
	short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := b.Lock(short, "card/1"); err == nil {
		t.Fatal("both have it")
	}
	unlock()
	must(b.Lock(t.Context(), "card/1"))(t)()
	if err := open(t).Hold(t.Context(), "x", func(context.Context) error { return errors.New("ran") }); err == nil || err.Error() != "ran" {
		t.Fatalf("on SQLite: %v", err)
	}
}

// What a killed replica left running is taken up by another within seconds;
// what a living one runs is left alone.
func TestJobsOfAKilledReplica(t *testing.T) {
	a, b := two(t)
	busy, ran, goOn := make(chan int64, 1), make(chan int64, 4), make(chan struct{})
	defer close(goOn) // when the test fails too: the queue waits for what it runs
	work(t, a, map[bot.JobKind]handler{
		bot.JobCase: func(_ context.Context, id int64) error {
			busy <- id
			<-goOn
			return nil
		},
		bot.JobDeliver: sendTo(ran), // either of the living ones may be the first to see that the other is gone
	})
	enqueue(t, a, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, busy)
	enqueue(t, a, bot.Job{Kind: bot.JobDeliver, ID: 5, RunAt: time.Now().Add(time.Hour)})
	if _, err := a.w.Exec(`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{dead-replica}' WHERE args ->> 'kind' = 'deliver'`); err != nil {
		t.Fatal(err)
	}
	work(t, b, map[bot.JobKind]handler{bot.JobCase: sendTo(ran), bot.JobDeliver: sendTo(ran)})
	if id := next(t, ran); id != 5 {
		t.Fatalf("job %d", id)
	}
	if err := b.rescueOnce(t.Context(), "b"); err != nil { // b looks, if it was a that took it up
		t.Fatal(err)
	}
	if n := count(t, b, `SELECT count(*) FROM river_job WHERE state = 'running' AND args ->> 'kind' = 'case'`); n != 1 {
		t.Fatal("the job of a living replica was taken")
	}
}

// A replica that has lost its connection cancels its jobs, which others may
// have by then, and goes on working.
func TestWorkSurvivesALostConnection(t *testing.T) {
	a := openOnPostgres(t)
	begun, cancelled := make(chan int64, 4), make(chan bool, 4)
	work(t, a, map[bot.JobKind]handler{
		bot.JobCase: func(ctx context.Context, id int64) error {
			begun <- id
			<-ctx.Done()
			cancelled <- true
			return ctx.Err()
		},
		bot.JobDeliver: sendTo(begun),
	})
	enqueue(t, a, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, begun)
	cutOff(t, a)
	next(t, cancelled)
	enqueue(t, a, bot.Job{Kind: bot.JobDeliver, ID: 2})
	waitFor(t, func() bool { return next(t, begun) == 2 })
}

// An interaction is in the hands of the replica that stored it, until that is
// gone.
func TestInteractionsOfAKilledReplica(t *testing.T) {
	a, b := two(t)
	in := bot.Interaction{Platform: "slack", ID: "e1"}
	if fresh := must(a.SaveInteraction(t.Context(), in))(t); !fresh {
		t.Fatal("not fresh")
	}
	if fresh := must(b.SaveInteraction(t.Context(), in))(t); fresh {
		t.Fatal("two replicas have one click")
	}
	later := day(11, 0, 0)
	if left := must(b.UnfinishedInteractions(t.Context(), later))(t); len(left) != 0 {
		t.Fatalf("taken from a living replica: %v", left)
	}
	lose(t, a)
	waitFor(t, func() bool { return len(must(b.UnfinishedInteractions(t.Context(), later))(t)) == 1 })
	if err := b.FinishInteraction(t.Context(), in.Platform, in.ID); err != nil {
		t.Fatal(err)
	}
	if left := must(b.UnfinishedInteractions(t.Context(), later))(t); len(left) != 0 {
		t.Fatalf("done twice: %v", left)
	}
}

// Two replicas count one day: what the one that began later made of it stands.
func TestReplicasCountOneDay(t *testing.T) {
	a, b := two(t)
	read := func(s *Store) {
		t.Helper()
		if err := s.DayReadings(t.Context(), "larkspur", day(10, 0, 0), func(bot.Reading) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	write := func(s *Store, body string) {
		t.Helper()
		if err := s.SaveRollup(t.Context(), "larkspur", day(10, 0, 0), []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for name, newFirst := range map[string]bool{"the later one first": true, "the later one last": false} {
		save(t, a, said(name, "ann", "one"))
		read(a)
		save(t, a, said(name+" 2", "ann", "two"))
		read(b)
		if newFirst {
			write(b, "new "+name)
		}
		write(a, "old "+name)
		if !newFirst {
			write(b, "new "+name)
		}
		got := ""
		err := a.Rollups(t.Context(), "larkspur", day(10, 0, 0), day(11, 0, 0), func(_ time.Time, body []byte) error {
			got = string(body)
			return nil
		})
		if left := must(a.DirtyDays(t.Context(), "larkspur"))(t); err != nil || got != "new "+name || len(left) != 0 {
			t.Errorf("%s: %q stands, %v is left (%v)", name, got, left, err)
		}
	}
}
