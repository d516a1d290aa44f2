package store

import (
	"context"
	"time"

	"github.com/riverqueue/river/riverdriver"
)

const (
	alarmBatch = 1000             // jobs that are made available at once
	alarmLook  = 30 * time.Second // a look without being called: another process may have put a job off
	alarmRetry = time.Second      // after a look that failed
)

// runAlarm makes jobs available the moment they are due, until ctx ends.
// River's own scheduler looks every 5 seconds, and its workers once a second:
// a reply that can be undone for 20 seconds should not take 26.
func (s *Store) runAlarm(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.queue.bell.later:
		}
		wait, err := s.callDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("looking for jobs that are due", "error", err)
			wait = alarmRetry
		}
		timer.Reset(wait)
	}
}

// nextJob finds when the next job is due. The condition on the state is that of
// the index earshot_job_later.
const nextJob = `
SELECT scheduled_at FROM river_job
WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at > ?1 ORDER BY scheduled_at LIMIT 1`

// callDue makes due jobs available, wakes their queues, and tells how long it
// is until the next ones are due.
func (s *Store) callDue(ctx context.Context) (time.Duration, error) {
	now := s.queue.clock.utc()
	due, err := s.queue.exec.JobSchedule(ctx, &riverdriver.JobScheduleParams{Max: alarmBatch, Now: &now})
	if err != nil {
		return 0, wrap("make jobs available", err)
	}
	wake := map[string]struct{}{}
	for _, j := range due {
		wake[j.Job.Queue] = struct{}{}
	}
	ready, err := list(ctx, s.reader(ctx), scanText, `
SELECT DISTINCT queue FROM river_job WHERE state IN ('available', 'retryable', 'scheduled') AND scheduled_at <= ?1 AND state = 'available'`, s.d.jobs.time(now))
	if err != nil {
		return 0, wrap("find jobs that are due", err)
	}
	for _, name := range ready { // River sets jobs available before their time
		wake[name] = struct{}{}
	}
	if err := s.queue.ring(ctx, wake); err != nil {
		return 0, wrap("call the workers", err)
	}
	if len(due) == alarmBatch {
		return 0, nil
	}
	next, found, err := one(ctx, s.reader(ctx), func(row scanner) (t time.Time, err error) { return t, row.Scan(&t) }, nextJob, s.d.jobs.time(now))
	if err != nil || !found {
		return alarmLook, wrap("find the next job", err)
	}
	return min(max(next.Sub(s.queue.clock.utc()), time.Millisecond), alarmLook), nil
}
