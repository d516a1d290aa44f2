package store

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"

	"earshot/bot"
)

// lookouts counts how often the alarm looks.
type lookouts struct {
	riverdriver.Executor
	looks atomic.Int64
}

func (c *lookouts) JobSchedule(ctx context.Context, p *riverdriver.JobScheduleParams) ([]*riverdriver.JobScheduleResult, error) {
	c.looks.Add(1)
	return c.Executor.JobSchedule(ctx, p)
}

// TestAlarmLooksInTime: a timer that is due long after the alarm looks anyway
// costs no look, and one that is due before it is not missed.
func TestAlarmLooksInTime(t *testing.T) { onBoth(t, testAlarmLooksInTime) }

func testAlarmLooksInTime(t *testing.T, open opener) {
	s := open(t)
	looks := &lookouts{Executor: s.queue.exec}
	s.queue.exec = looks
	ran := make(chan int64, 1)
	work(t, s, map[bot.JobKind]handler{bot.JobCase: sendTo(ran)})
	for looks.looks.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for i := range int64(20) {
		enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 100 + i, RunAt: time.Now().Add(time.Hour)})
	}
	enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: 1, RunAt: time.Now().Add(200 * time.Millisecond)})
	if id := next(t, ran); id != 1 {
		t.Errorf("job %d ran", id)
	}
	if n := looks.looks.Load(); n > 6 { // the first, for the job and when it is due; and where the clocks are a little apart
		t.Errorf("it looked %d times", n)
	}
}

// TestAlarmPlans: neither our query for the next job nor River's for those that
// are due reads all timers that wait.
func TestAlarmPlans(t *testing.T) {
	s := open(t)
	for i := range int64(50) {
		enqueue(t, s, bot.Job{Kind: bot.JobCase, ID: i, RunAt: time.Now().Add(time.Hour)})
	}
	due := `SELECT * FROM river_job WHERE state IN ('retryable', 'scheduled') AND scheduled_at <= coalesce(cast(?1 AS text), datetime('now', 'subsec'))
ORDER BY priority, scheduled_at, id LIMIT 10`
	for query, times := range map[string]int{nextJob: 2, due: 1} { // those that are available are few
		plan := strings.Join(planOf(t, s, asked{query, []any{riverTime(time.Now())}}), "\n")
		if n := strings.Count(plan, "INDEX earshot_job_due (state=? AND scheduled_at"); n != times {
			t.Errorf("%s\n%s", plan, query)
		}
	}
}
