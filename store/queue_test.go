package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"earshot/bot"
)

// patience is how long a test waits for what should happen at once.
const patience = 20 * time.Second

type handler = func(ctx context.Context, id int64) error

// work runs the queue until the test or the returned stop ends it.
func work(t testing.TB, s *Store, handlers map[bot.JobKind]handler) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Work(ctx, handlers, 4) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func enqueue(t testing.TB, s *Store, j bot.Job) {
	t.Helper()
	if err := s.Enqueue(context.Background(), j); err != nil {
		t.Fatal(err)
	}
}

// next takes what a handler sends, or fails the test.
func next[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing happened")
		panic("unreachable")
	}
}

// sendTo is a handler that tells which ids it was called with.
func sendTo(c chan<- int64) handler {
	return func(ctx context.Context, id int64) error {
		select {
		case c <- id:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func TestJobsRunAfterTheCommit(t *testing.T) { onBoth(t, testJobsRunAfterTheCommit) }

func testJobsRunAfterTheCommit(t *testing.T, open opener) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := open(t)
	ran := make(chan int64, 10)
	stop := work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(ran)})
	fail := errors.New("fail")
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		return errors.Join(s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 1}), fail)
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	err = s.Transact(t.Context(), func(ctx context.Context) error {
		if err := s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 2}); err != nil {
			return err
		}
		select {
		case id := <-ran:
			t.Errorf("job %d ran before the commit", id)
		case <-time.After(50 * time.Millisecond):
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if id := next(t, ran); id != 2 {
		t.Fatalf("job %d ran", id)
	}
	stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// A commit wakes the queue: ten jobs, one after the other, do not wait ten
// times for it to look by itself.
func TestJobsStartAtOnce(t *testing.T) { onBoth(t, testJobsStartAtOnce) }

func testJobsStartAtOnce(t *testing.T, open opener) {
	s := open(t)
	ran := make(chan int64, 1)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(ran)})
	began := time.Now()
	for i := range int64(10) {
		enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: i})
		next(t, ran)
	}
	if took := time.Since(began); took > 5*fetchPoll {
		t.Fatalf("ten jobs took %v", took)
	}
}

// Jobs of the same kind, id and time that wait are one; one that runs is not
// waiting, for it may have read what has changed since.
func TestJobsThatWaitAreOne(t *testing.T) { onBoth(t, testJobsThatWaitAreOne) }

func testJobsThatWaitAreOne(t *testing.T, open opener) {
	s := open(t)
	later := time.Now().Add(time.Hour)
	for range 3 {
		enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
		enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1, RunAt: later})
		enqueue(t, s, bot.Job{Kind: bot.JobDeliver, ID: 1})
	}
	if n := count(t, s, `SELECT count(*) FROM river_job`); n != 3 {
		t.Fatalf("%d jobs, want 3", n)
	}
	ran, goOn := make(chan int64), make(chan struct{})
	defer close(goOn) // a test that fails must let go of what it holds up too: the queue waits for it
	work(t, s, map[bot.JobKind]handler{
		bot.JobDeliver: func(context.Context, int64) error { return nil },
		bot.JobCase: func(_ context.Context, id int64) error {
			ran <- id
			<-goOn
			return nil
		},
	})
	next(t, ran)
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, ran)
}

func TestJobsStartWhenDue(t *testing.T) { onBoth(t, testJobsStartWhenDue) }

func testJobsStartWhenDue(t *testing.T, open opener) {
	s := open(t)
	ran := make(chan int64, 10)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(ran)})
	due := time.Now().Add(700 * time.Millisecond).Truncate(time.Millisecond)
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 2, RunAt: due.Add(300 * time.Millisecond)})
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1, RunAt: due})
	if id := next(t, ran); id != 1 {
		t.Fatalf("job %d came first", id)
	}
	if late := time.Since(due); late < 0 || late > 250*time.Millisecond {
		t.Errorf("started %v after it was due", late)
	}
	next(t, ran)
}

func TestJobsAreRetried(t *testing.T) { onBoth(t, testJobsAreRetried) }

func testJobsAreRetried(t *testing.T, open opener) {
	s := open(t)
	ran := make(chan time.Time, 10)
	var calls atomic.Int32
	work(t, s, map[bot.JobKind]handler{
		bot.JobCase: func(context.Context, int64) error {
			ran <- time.Now()
			switch calls.Add(1) {
			case 1:
				return errors.New("did not work")
			case 2:
				panic("did not work at all")
			}
			return nil
		},
		bot.JobDeliver: func(_ context.Context, id int64) error {
			ran <- time.Now()
			if calls.Add(1) == 5 {
				return nil
			}
			return fmt.Errorf("post: %w", &bot.Error{Kind: bot.ErrRateLimited, Msg: "wait", RetryAfter: 300 * time.Millisecond})
		},
	})
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	first := next(t, ran)
	if pause := next(t, ran).Sub(first); pause < 900*time.Millisecond || pause > 3*time.Second {
		t.Errorf("tried again after %v, want about a second", pause)
	}
	// Whoever asks again does not wait for the next try.
	second := time.Now()
	waitFor(t, func() bool {
		return count(t, s, `SELECT count(*) FROM river_job WHERE state = 'available' AND attempt = 2`) == 1
	})
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	if pause := next(t, ran).Sub(second); pause > 3*time.Second {
		t.Errorf("tried again after %v", pause)
	}
	// A wait that the other side asked for is kept, and counts as no attempt.
	enqueue(t, s, bot.Job{Kind: bot.JobDeliver, ID: 1})
	first = next(t, ran)
	if pause := next(t, ran).Sub(first); pause < 250*time.Millisecond || pause > 2*time.Second {
		t.Errorf("tried again after %v, want 300 ms", pause)
	}
	waitFor(t, func() bool {
		return count(t, s, `SELECT count(*) FROM river_job WHERE state = 'completed' AND attempt = 1`) == 1
	})
}

// waitFor looks until a condition holds, or fails the test.
func waitFor(t testing.TB, ok func() bool) {
	t.Helper()
	end := time.Now().Add(patience)
	for tick := time.NewTicker(5 * time.Millisecond); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatal("it never came to be")
		}
	}
}

// A job that failed for the last time stays, and can be seen.
func TestJobsGivenUpAreKept(t *testing.T) { onBoth(t, testJobsGivenUpAreKept) }

func testJobsGivenUpAreKept(t *testing.T, open opener) {
	s := open(t)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: func(context.Context, int64) error { return errors.New("never works") }})
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		if err := s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: 7}); err != nil {
			return err
		}
		_, err := s.exec(ctx, `UPDATE river_job SET attempt = ?1, scheduled_at = ?2`, maxAttempts-1, s.d.jobs.time(time.Now()))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	waitFor(t, func() bool { return must(s.Stats(context.Background()))(t)["jobs_failed"] == 1 })
	failed := must(s.FailedJobs(t.Context(), 0))(t)
	if len(failed) != 1 || failed[0].Job.ID != 7 || failed[0].Job.Kind != bot.JobCase || failed[0].Error != "never works" || failed[0].At.IsZero() {
		t.Fatalf("%+v", failed)
	}
}

// A digest or reply that takes long does not hold up a card.
func TestQueuesAreApart(t *testing.T) { onBoth(t, testQueuesAreApart) }

func testQueuesAreApart(t *testing.T, open opener) {
	s := open(t)
	ran, goOn, busy := make(chan int64, 1), make(chan struct{}), make(chan int64, 100)
	defer close(goOn)
	block := func(_ context.Context, id int64) error {
		busy <- id
		<-goOn
		return nil
	}
	var card bot.Delivery
	work(t, s, map[bot.JobKind]handler{
		bot.JobDigest: block, bot.JobCase: block,
		bot.JobDeliver: func(ctx context.Context, id int64) error {
			if id == card.ID {
				ran <- id
				return nil
			}
			return block(ctx, id)
		},
	})
	err := s.Transact(t.Context(), func(ctx context.Context) (err error) {
		for i := range int64(10) {
			err = errors.Join(err, s.Enqueue(ctx, bot.Job{Kind: bot.JobDigest, ID: i}), s.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: i}))
			_, derr := s.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverReply, Target: i})
			err = errors.Join(err, derr)
		}
		card.ID = 11
		d, derr := s.AddDelivery(ctx, bot.Delivery{Kind: bot.DeliverCard, Target: 1})
		if d.ID != card.ID {
			t.Errorf("delivery %d", d.ID)
		}
		return errors.Join(err, derr)
	})
	if err != nil {
		t.Fatal(err)
	}
	next(t, ran)
}

// A stop lets a job that runs finish, and what waits stays.
func TestStopDrains(t *testing.T) { onBoth(t, testStopDrains) }

func testStopDrains(t *testing.T, open opener) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	s := open(t)
	began, goOn := make(chan int64, 2), make(chan struct{})
	var finished atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, map[bot.JobKind]handler{bot.JobCase: func(ctx context.Context, id int64) error {
			began <- id
			<-goOn
			finished.Store(ctx.Err() == nil)
			return nil
		}}, 1)
	}()
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, began)
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 2})
	cancel()
	close(goOn)
	if err := next(t, done); err != nil || !finished.Load() {
		t.Fatal(err, finished.Load())
	}
	// The second one may have begun in that moment; it is not lost, nor cut off.
	if n := count(t, s, `SELECT count(*) FROM river_job WHERE state IN ('available', 'completed')`); n != 2 {
		t.Fatalf("%d jobs wait or are done", n)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// What a killed process left running is taken up at once: of SQLite, where
// there is one.
func TestJobsAreTakenOver(t *testing.T) {
	s := open(t)
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 5})
	for _, q := range []string{ // it began just now: River itself would wait for an hour
		`UPDATE river_job SET state = 'running', attempt = 1, attempted_at = '` + riverTime(time.Now()) + `'`,
		`INSERT INTO river_leader (elected_at, expires_at, leader_id, name) VALUES ('2026-01-01 00:00:00.000', '2099-01-01 00:00:00.000', 'dead', 'default')`,
	} {
		if _, err := s.w.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	ran := make(chan int64, 1)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(ran)})
	if id := next(t, ran); id != 5 {
		t.Fatalf("job %d", id)
	}
}

// TestSlowJobsMayBeSlow: what copies or folds all of the store has the time for
// that; what people wait for is given up sooner.
func TestSlowJobsMayBeSlow(t *testing.T) {
	s := open(t)
	given := make(chan time.Duration, 3)
	until := func(ctx context.Context, _ int64) error {
		end, _ := ctx.Deadline()
		given <- time.Until(end)
		return nil
	}
	work(t, s, map[bot.JobKind]handler{bot.JobBackup: until, bot.JobDigest: until, bot.JobCase: until})
	for kind, long := range map[bot.JobKind]bool{bot.JobBackup: true, bot.JobDigest: true, bot.JobCase: false} {
		enqueue(t, s, bot.Job{Kind: kind, ID: 1})
		if got := next(t, given); got > jobTimeout != long {
			t.Errorf("a job of kind %s is given %s", kind, got)
		}
	}
}
