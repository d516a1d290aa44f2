package store

import (
	"context"
	"crypto/rand"
	"errors"
	"os"
	"time"

	"github.com/riverqueue/river"
)

const (
	rescueEvery = 2 * time.Second // between two looks for jobs of replicas that are gone
	beginTries  = 10              // how often in a row a replica tries to begin its work
)

// workBeside works jobs beside other replicas until ctx ends. While it does, it
// holds a lock with its name: whoever can take that lock knows that it is gone.
// When its connection is lost it begins anew, whether or not its jobs ended in
// time. It gives up when it could not begin at all several times in a row.
func (s *Store) workBeside(ctx context.Context, config *river.Config) error {
	for failed := 0; ; {
		mine := *config
		mine.ID = replicaID()
		held, err := s.keeper.wait(ctx, workerLock(mine.ID), holdEvery, holdEvery)
		if err != nil {
			return nil //nolint:nilerr // it is to stop before it could begin
		}
		err = held.run(ctx, func(running context.Context) error {
			rescuing, stop := context.WithCancel(running)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				s.rescue(rescuing, mine.ID)
			}()
			did, err := s.workUntil(running, &mine, func(done context.Context, c client) error {
				if ctx.Err() != nil {
					return c.Stop(done)
				}
				late, cancel := context.WithTimeout(done, s.queue.cancel)
				defer cancel()
				return c.StopAndCancel(late)
			})
			failed++
			if did {
				failed = 0
			}
			stop()
			<-ended
			return err
		})
		s.keeper.release(held, workerLock(mine.ID))
		if ctx.Err() != nil || failed >= beginTries {
			return err
		}
		s.log.Warn("the connection to the database was lost; the queue is worked anew", "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(holdEvery):
		}
	}
}

func workerLock(id string) string { return "worker " + id }

// replicaID names this process for as long as it holds its locks.
func replicaID() string {
	host, err := os.Hostname()
	if err != nil {
		host = "replica"
	}
	return cutBytes(cleanText(host), 60) + "-" + rand.Text()[:12]
}

// rescue takes up the jobs of replicas that are gone, until ctx ends.
func (s *Store) rescue(ctx context.Context, own string) {
	tick := time.NewTicker(rescueEvery)
	defer tick.Stop()
	for {
		if err := s.rescueOnce(ctx, own); err != nil && ctx.Err() == nil {
			s.log.Warn("looking for jobs that were cut off", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// lastWorker is who has a job that runs in hand.
const lastWorker = `attempted_by[array_upper(attempted_by, 1)]`

func (s *Store) rescueOnce(ctx context.Context, own string) error {
	workers, err := list(ctx, s.reader(ctx), scanText,
		`SELECT DISTINCT `+lastWorker+` FROM river_job WHERE state = 'running' AND coalesce(`+lastWorker+`, ?1) <> ?1`, own)
	if err != nil || len(workers) == 0 {
		return err
	}
	var errs []error
	for _, id := range workers {
		errs = append(errs, s.takeFrom(ctx, id))
	}
	return errors.Join(errs...)
}

// takeFrom makes the jobs of a replica available again, if it is gone.
func (s *Store) takeFrom(ctx context.Context, id string) error {
	return wrap("take up jobs that were cut off", s.write(ctx, func(ctx context.Context, t *tx) error {
		gone, _, err := one(ctx, t, func(row scanner) (is bool, err error) { return is, row.Scan(&is) },
			`SELECT pg_try_advisory_xact_lock(`+lockOf(`?1::text`)+`)`, workerLock(id))
		if err != nil || !gone {
			return err
		}
		queues, err := takeJobs(ctx, t, id)
		if err != nil || len(queues) == 0 {
			return err
		}
		s.log.Info("taking up jobs that were cut off", "jobs", len(queues), "replica", id)
		for _, q := range queues {
			t.ringFor(q)
		}
		return nil
	}))
}

// takeJobs makes the jobs that a replica has in hand available again, and gives
// their queues. The table is locked, so that no statement that ends one of these
// jobs is under way: River ends the process when its statement had seen a job
// run, and finds it taken away once it may write. Whoever comes later sees that.
func takeJobs(ctx context.Context, t *tx, id string) (queues []string, err error) {
	if _, err := t.exec(ctx, `LOCK TABLE river_job IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return nil, err
	}
	return list(ctx, t, scanText,
		`UPDATE river_job SET state = 'available', scheduled_at = least(scheduled_at, now()) WHERE state = 'running' AND `+lastWorker+` = ?1 RETURNING queue`, id)
}
