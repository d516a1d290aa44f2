package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/rivertype"

	"earshot/bot"
)

// The queues. What is slow has one of its own, so that it holds up nothing.
const (
	queueDeliver = "deliver" // cards, notes, notices: what people wait for
	queueAnswer  = "answer"  // replies and digests on their way to a source or a channel
	queueCase    = "case"    // timers of cases, and interactions that were left undone
	queueDigest  = "digest"  // making digests
	queueUpkeep  = "upkeep"  // retention and other upkeep
	queueOpinion = "opinion" // slow readers, which nothing else may wait for
)

const (
	fetchCooldown = 5 * time.Millisecond // least time between two looks into a queue
	fetchPoll     = time.Second          // a look without being called: finds what another process enqueued
	jobTimeout    = 2 * time.Minute      // a delivery or timer that takes longer has hung
	longTimeout   = 15 * time.Minute     // for making digests and upkeep
	rescueAfter   = time.Hour            // a job that runs longer is taken for lost
	keepDone      = time.Hour            // how long finished jobs stay in the table
	drainFor      = 20 * time.Second     // how long running jobs may go on after a stop
	cancelFor     = 10 * time.Second     // how long they may take to end once they are cancelled
)

// jobArgs is what a job carries: ids, never content.
type jobArgs struct {
	JobKind bot.JobKind `json:"kind"`
	ID      int64       `json:"id"`
	RunAt   int64       `json:"run_at"` // UTC milliseconds; 0 for as soon as possible
}

// Kind is the name of all our jobs in River's table.
func (jobArgs) Kind() string { return "earshot_job" }

// queue is the durable queue: River, on the connections of either engine.
type queue struct {
	log    *slog.Logger
	bell   *bell
	exec   riverdriver.Executor
	insert func(ctx context.Context, t *tx, args jobArgs, opts *river.InsertOpts) error
	retry  func(ctx context.Context, t *tx, id int64) error
	worker func(c *river.Config) (client, error)
	wake   func(ctx context.Context, queues []string) error // calls the workers of every replica; nil where the bell does
	clock  clock
	drain  time.Duration // drainFor and cancelFor, but for tests
	cancel time.Duration
}

// client is what takes jobs from the queue and works them.
type client interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	StopAndCancel(ctx context.Context) error
}

// newQueue is a queue on one driver of River; in gives the driver's kind of our
// transaction to fn.
func newQueue[T any](driver riverdriver.Driver[T], log *slog.Logger, due clock, in func(t *tx, fn func(T) error) error) (*queue, error) {
	log = slog.New(quieter{log.Handler()})
	c, err := river.NewClient(driver, &river.Config{Logger: log, Test: due.test()})
	if err != nil {
		return nil, fmt.Errorf("open the queue: %w", err)
	}
	return &queue{
		log: log, bell: newBell(), exec: driver.GetExecutor(), clock: due, drain: drainFor, cancel: cancelFor,
		insert: func(ctx context.Context, t *tx, args jobArgs, opts *river.InsertOpts) error {
			return in(t, func(of T) error {
				_, err := c.InsertTx(ctx, of, args, opts)
				return err
			})
		},
		retry: func(ctx context.Context, t *tx, id int64) error {
			return in(t, func(of T) error {
				_, err := c.JobRetryTx(ctx, of, id)
				return err
			})
		},
		worker: func(c *river.Config) (client, error) { return river.NewClient(driver, c) },
	}, nil
}

// ring calls the workers of queues, of every replica.
func (q *queue) ring(ctx context.Context, queues map[string]struct{}) error {
	q.bell.ring(queues)
	if q.wake == nil || len(queues) == 0 {
		return nil
	}
	return q.wake(ctx, slices.Sorted(maps.Keys(queues)))
}

// Enqueue makes sure that a job runs, at RunAt or as soon as possible: in the
// transaction of ctx, or in one of its own. One that waits already is not
// doubled; if it waits for another try after a failure, it is tried now.
func (s *Store) Enqueue(ctx context.Context, j bot.Job) error {
	return s.write(ctx, func(ctx context.Context, t *tx) error {
		name, err := queueOf(ctx, t, j)
		if err != nil {
			return wrap("enqueue", err)
		}
		return s.queue.enqueue(ctx, t, j, name)
	})
}

// deliveryQueue is the queue for a kind of delivery.
func deliveryQueue(k bot.DeliveryKind) string {
	if k == bot.DeliverReply || k == bot.DeliverDigest {
		return queueAnswer
	}
	return queueDeliver
}

func queueOf(ctx context.Context, t *tx, j bot.Job) (string, error) {
	switch j.Kind {
	case bot.JobDeliver:
		kind, _, err := one(ctx, t, scanText, `SELECT kind FROM deliveries WHERE id = ?1`, j.ID)
		return deliveryQueue(bot.DeliveryKind(kind)), err
	case bot.JobDigest:
		return queueDigest, nil
	case bot.JobSweep, bot.JobFollow, bot.JobBackup:
		return queueUpkeep, nil
	case bot.JobOpinion, bot.JobSummary:
		return queueOpinion, nil
	}
	return queueCase, nil
}

func (q *queue) enqueue(ctx context.Context, t *tx, j bot.Job, name string) error {
	args := jobArgs{JobKind: j.Kind, ID: j.ID, RunAt: ms(j.RunAt)}
	type waiting struct {
		id    int64
		again bool
	}
	same, found, err := one(ctx, t, func(row scanner) (w waiting, err error) { return w, row.Scan(&w.id, &w.again) },
		t.dialect.jobs.waiting, string(j.Kind), j.ID, args.RunAt, t.dialect.jobs.time(q.clock.utc()))
	if err != nil {
		return wrap("enqueue", err)
	}
	due := at(args.RunAt)
	if !due.After(q.clock.utc()) { // River leaves what has a time to the alarm, were it past
		due = time.Time{}
	}
	switch {
	case found && same.again:
		err = q.retry(ctx, t, same.id)
		t.ringFor(name)
	case !found:
		err = q.insert(ctx, t, args, &river.InsertOpts{Queue: name, MaxAttempts: maxAttempts, ScheduledAt: due})
		if due.IsZero() {
			t.ringFor(name)
		}
		t.later = earlier(t.later, due)
	}
	return wrap("enqueue", err)
}

// ringFor notes that a queue has work once the transaction has committed.
func (t *tx) ringFor(queue string) {
	if t.bells == nil {
		t.bells = map[string]struct{}{}
	}
	t.bells[queue] = struct{}{}
}

// Work runs jobs until ctx ends, then lets those that run finish (at most 20
// seconds; then they are cancelled) and returns: 10 seconds later with an error
// where one goes on all the same. A handler's error is tried again with growing pauses;
// one that is a bot.Error with RetryAfter, after that long and without
// counting. workers is how many run at once in each of the quick queues.
//
// What a process that was killed left running is taken up again: on SQLite,
// where there is one, at the start; on PostgreSQL by another replica within
// seconds. A replica whose connection is lost cancels its jobs, for others may
// take them up, and begins anew.
func (s *Store) Work(ctx context.Context, handlers map[bot.JobKind]func(ctx context.Context, id int64) error, workers int) error {
	if s.queue == nil {
		return bot.Errorf(bot.ErrUnsupported, "The store is open for reading only.")
	}
	config, err := s.workConfig(handlers, max(workers, 1))
	if err != nil {
		return err
	}
	if s.server != nil {
		return s.workBeside(ctx, config)
	}
	if err := s.takeOver(ctx); err != nil {
		return err
	}
	_, err = s.workUntil(ctx, config, func(ctx context.Context, c client) error { return c.Stop(ctx) })
	return err
}

func (s *Store) workConfig(handlers map[bot.JobKind]func(ctx context.Context, id int64) error, workers int) (*river.Config, error) {
	bundle := river.NewWorkers()
	if err := river.AddWorkerSafely(bundle, &worker{handlers: handlers, log: s.log}); err != nil {
		return nil, fmt.Errorf("start the queue: %w", err)
	}
	return &river.Config{
		Logger:  s.queue.log,
		Workers: bundle,
		Queues: map[string]river.QueueConfig{
			queueDeliver: {MaxWorkers: workers},
			queueAnswer:  {MaxWorkers: workers},
			queueCase:    {MaxWorkers: workers},
			queueDigest:  {MaxWorkers: 1},
			queueUpkeep:  {MaxWorkers: 1},
			queueOpinion: {MaxWorkers: 1},
		},
		FetchCooldown:               fetchCooldown,
		FetchPollInterval:           fetchPoll,
		JobTimeout:                  jobTimeout,
		RescueStuckJobsAfter:        rescueAfter,
		CompletedJobRetentionPeriod: keepDone,
		DiscardedJobRetentionPeriod: -1, // what was given up stays, to be seen
		SoftStopTimeout:             s.queue.drain,
		RetryPolicy:                 backoff{s.queue.clock},
		Test:                        s.queue.clock.test(),
		ReindexerIndexNames:         []string{}, // ours need none
	}, nil
}

// workUntil works jobs until ctx ends, then calls stop; it tells whether it
// could begin. River waits for its jobs for ever, and one that does not heed its
// context must not keep the process from ending: what it left undone is taken up
// by whoever comes next.
func (s *Store) workUntil(ctx context.Context, config *river.Config, stop func(context.Context, client) error) (began bool, err error) {
	c, err := s.queue.worker(config)
	if err != nil {
		return false, fmt.Errorf("start the queue: %w", err)
	}
	if err := c.Start(context.WithoutCancel(ctx)); err != nil {
		return false, fmt.Errorf("start the queue: %w", err)
	}
	s.runAlarm(ctx)
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.queue.drain+s.queue.cancel)
	defer cancel()
	if err := stop(late, c); err != nil {
		return true, fmt.Errorf("stop the queue: a job goes on though it was cancelled, or the database does not answer: %w", err)
	}
	return true, nil
}

// takeOver makes the jobs of a process that was killed available again, and
// ends its term as River's leader.
func (s *Store) takeOver(ctx context.Context) error {
	return wrap("take over the queue", s.write(ctx, func(ctx context.Context, t *tx) error {
		n, err := t.exec(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
		if err != nil {
			return err
		}
		if n > 0 {
			s.log.Info("taking up jobs that were cut off", "jobs", n)
		}
		// What was to be done at once waits when the clock was set back: until it is there again.
		now := s.queue.clock.utc()
		if _, err := t.exec(ctx, `UPDATE river_job SET scheduled_at = ?1 WHERE state = 'available' AND scheduled_at > ?2`,
			t.dialect.jobs.time(now), t.dialect.jobs.time(now.Add(time.Minute))); err != nil {
			return err
		}
		_, err = t.exec(ctx, `DELETE FROM river_leader`)
		return err
	}))
}

// worker runs the handler of a job.
type worker struct {
	river.WorkerDefaults[jobArgs]
	handlers map[bot.JobKind]func(ctx context.Context, id int64) error
	log      *slog.Logger
}

// Timeout is how long a job may take.
func (w *worker) Timeout(job *river.Job[jobArgs]) time.Duration {
	if job.Queue == queueDigest || job.Queue == queueUpkeep {
		return longTimeout
	}
	return jobTimeout
}

// Work runs one job.
func (w *worker) Work(ctx context.Context, job *river.Job[jobArgs]) error {
	handle, ok := w.handlers[job.Args.JobKind]
	if !ok {
		return fmt.Errorf("no handler for jobs of kind %q", job.Args.JobKind)
	}
	err := handle(ctx, job.Args.ID)
	if err == nil {
		return nil
	}
	var told *bot.Error
	if errors.As(err, &told) && told.RetryAfter > 0 {
		return river.JobSnooze(told.RetryAfter)
	}
	level := slog.LevelWarn
	if job.Attempt >= job.MaxAttempts {
		level = slog.LevelError
	}
	w.log.Log(ctx, level, "job failed", "kind", job.Args.JobKind, "id", job.Args.ID, "attempt", job.Attempt, "of", job.MaxAttempts, "error", err)
	if text := err.Error(); !storable(text) {
		return errors.New(cleanText(text)) // River stores it
	}
	return err
}

// backoff says when a job that failed is tried again.
type backoff struct{ clock }

// maxAttempts with these pauses spans about a week; after the last one the job
// stays in the table as given up (see FailedJobs).
const maxAttempts = 16

// NextRetry implements river.ClientRetryPolicy.
func (b backoff) NextRetry(job *rivertype.JobRow) time.Time {
	pauses := [...]time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute,
		30 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour}
	return b.utc().Add(pauses[min(len(job.Errors), len(pauses)-1)])
}

// FailedJob is a job that was given up after its last attempt.
type FailedJob struct {
	Job      bot.Job
	Attempts int
	At       time.Time
	Error    string // of the last attempt, for the log
}

// FailedJobs lists the jobs that were given up, the latest first. limit 0 is
// 50.
func (s *Store) FailedJobs(ctx context.Context, limit int) ([]FailedJob, error) {
	out, err := list(ctx, s.reader(ctx), func(row scanner) (f FailedJob, err error) {
		var args, failures string
		var last any
		if err := row.Scan(&args, &f.Attempts, &last, &failures); err != nil {
			return f, err
		}
		var a jobArgs
		var errs []struct {
			Error string `json:"error"`
		}
		if err := cmp.Or(json.Unmarshal([]byte(args), &a), decode(failures, &errs)); err != nil {
			return f, err
		}
		f.Job = bot.Job{Kind: a.JobKind, ID: a.ID, RunAt: at(a.RunAt)}
		f.At, _ = last.(time.Time)
		if len(errs) > 0 {
			f.Error = errs[len(errs)-1].Error
		}
		return f, nil
	}, s.d.jobs.failed, orLimit(limit, 50))
	return out, wrap("list jobs that were given up", err)
}

// quieter is a log handler that takes what River says one level lower: its
// news are details to us, and a job that failed is told by our worker.
type quieter struct{ next slog.Handler }

func lower(l slog.Level) slog.Level { return l - 4 }

func (h quieter) Enabled(ctx context.Context, l slog.Level) bool {
	return h.next.Enabled(ctx, lower(l))
}

func (h quieter) Handle(ctx context.Context, r slog.Record) error {
	r.Level = lower(r.Level)
	r.Message = "queue: " + r.Message
	return h.next.Handle(ctx, r)
}

func (h quieter) WithAttrs(a []slog.Attr) slog.Handler { return quieter{h.next.WithAttrs(a)} }
func (h quieter) WithGroup(n string) slog.Handler      { return quieter{h.next.WithGroup(n)} }
