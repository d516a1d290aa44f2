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
	var next time.Time // when the timer rings, by the clock of the jobs
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		case <-s.queue.bell.later:
			if !s.queue.bell.first().Before(next) && s.queue.clock.utc().Before(next) {
				continue // it is looked in time
			}
		}
		wait, err := s.callDue(ctx)
		if err != nil && ctx.Err() == nil {
			s.log.Warn("looking for jobs that are due", "error", err)
			wait = alarmRetry
		}
		timer.Reset(wait)
		next = s.queue.clock.utc().Add(wait)
	}
}

// nextJob finds when the next job is due, in each state by an index of its own:
// that of all jobs, which River brings, is not ordered by time, and thousands of
// timers may wait.
const nextJob = `
SELECT scheduled_at FROM (
  SELECT * FROM (SELECT scheduled_at FROM river_job WHERE state IN ('retryable', 'scheduled') AND state = 'scheduled' AND scheduled_at > ?1 ORDER BY scheduled_at LIMIT 1) a
  UNION ALL
  SELECT * FROM (SELECT scheduled_at FROM river_job WHERE state IN ('retryable', 'scheduled') AND state = 'retryable' AND scheduled_at > ?1 ORDER BY scheduled_at LIMIT 1) b
  UNION ALL
  SELECT * FROM (SELECT scheduled_at FROM river_job WHERE state = 'available' AND scheduled_at > ?1 ORDER BY scheduled_at LIMIT 1) c
) next ORDER BY scheduled_at LIMIT 1`

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
SELECT DISTINCT queue FROM river_job WHERE state = 'available' AND scheduled_at <= ?1`, s.d.jobs.time(now))
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
	next, found, err := one(ctx, s.reader(ctx), scanRiverTime, nextJob, s.d.jobs.time(now))
	if err != nil || !found {
		return alarmLook, wrap("find the next job", err)
	}
	return min(max(next.Sub(s.queue.clock.utc()), time.Millisecond), alarmLook), nil
}
