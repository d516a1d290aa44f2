package store

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river"

	"earshot/bot"
)

// A job that does not heed the end of its context holds up neither the stop nor
// the close.
func TestStopLeavesWhatDoesNotEnd(t *testing.T) { onBoth(t, testStopLeavesWhatDoesNotEnd) }

func testStopLeavesWhatDoesNotEnd(t *testing.T, open opener) {
	s := open(t)
	s.queue.drain, s.queue.cancel = 100*time.Millisecond, 100*time.Millisecond
	began, cancelled, goOn := make(chan int64, 1), make(chan bool, 1), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, map[bot.JobKind]handler{bot.JobCase: func(ctx context.Context, id int64) error {
			began <- id
			<-ctx.Done()
			cancelled <- true
			<-goOn
			return nil
		}}, 1)
	}()
	let := func() { // the job end, and the store take note, before it is closed
		close(goOn)
		waitFor(t, func() bool { return count(t, s, `SELECT count(*) FROM river_job WHERE state = 'completed'`) == 1 })
	}
	defer let()
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, began)
	cancel()
	next(t, cancelled)
	if err := next(t, done); err == nil || !strings.Contains(err.Error(), "stop the queue") {
		t.Errorf("the stop: %v", err)
	}
}

// Nor does it keep a replica from working on when its connection is lost.
func TestLostConnectionLeavesWhatDoesNotEnd(t *testing.T) {
	s := openOnPostgres(t)
	s.queue.cancel = 100 * time.Millisecond
	began, goOn := make(chan int64, 2), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Work(ctx, map[bot.JobKind]handler{bot.JobCase: func(_ context.Context, id int64) error {
			began <- id
			if id == 1 {
				<-goOn
			}
			return nil
		}}, 2)
	}()
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, began)
	lose(t, s)
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 2})
	for id := int64(1); id == 1; { // another may have taken it up meanwhile, for nobody knows of the first
		id = next(t, began)
	}
	close(goOn)
	waitFor(t, func() bool { return count(t, s, `SELECT count(*) FROM river_job WHERE state = 'running'`) == 0 })
	cancel()
	if err := next(t, done); err != nil {
		t.Error(err)
	}
}

// Nor does it end a replica when a job that it has in hand is taken from it in
// the instant in which it ends.
func TestJobThatIsTakenAwayAsItEnds(t *testing.T) {
	s := openOnPostgres(t)
	began, goOn := make(chan int64, 2), make(chan struct{})
	stop := work(t, s, map[bot.JobKind]handler{bot.JobCase: func(_ context.Context, id int64) error {
		began <- id
		<-goOn
		return nil
	}})
	defer stop()
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, began)
	id := must(list(t.Context(), s.reader(t.Context()), scanText, `SELECT `+lastWorker+` FROM river_job`))(t)[0]
	if err := s.Transact(t.Context(), func(ctx context.Context) error {
		if queues, err := takeJobs(ctx, s.txOf(ctx), id); err != nil || len(queues) != 1 {
			t.Errorf("%v were taken: %v", queues, err)
		}
		close(goOn)
		waitFor(t, func() bool {
			return count(t, s, `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%river_job%'`) > 0
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	next(t, began) // it runs once more
	waitFor(t, func() bool { return count(t, s, `SELECT count(*) FROM river_job WHERE state = 'completed'`) == 1 })
}

// A replica whose database is away when it begins tries again.
func TestWorkBeginsAgain(t *testing.T) {
	s := openOnPostgres(t)
	left, worker := 2, s.queue.worker
	s.queue.worker = func(c *river.Config) (client, error) {
		made, err := worker(c)
		if left--; left >= 0 {
			return away{made}, err
		}
		return made, err
	}
	begun := make(chan int64, 1)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(begun)})
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1})
	next(t, begun)
}

// away is a client that cannot begin.
type away struct{ client }

func (away) Start(context.Context) error { return errors.New("unexpected EOF") }

// Nor does a connection that somebody never gives back keep a store from being
// closed.
func TestCloseDoesNotWait(t *testing.T) { onBoth(t, testCloseDoesNotWait) }

func testCloseDoesNotWait(t *testing.T, open opener) {
	s := open(t)
	if s.jobs != nil {
		c := must(s.jobs.Acquire(t.Context()))(t)
		defer c.Release()
	}
	tx := must(s.w.BeginTx(t.Context(), nil))(t)
	defer tx.Rollback()
	done := make(chan error, 1)
	go func() { done <- s.Close() }()
	if err := next(t, done); err != nil {
		t.Error(err)
	}
}
