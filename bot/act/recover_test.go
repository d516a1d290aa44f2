package act_test

import (
	"context"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

// TestStartsInARow: however often it starts before a delivery goes out, nothing
// is asked of the queue but what no job waits for, and that once.
func TestStartsInARow(t *testing.T) {
	w := newWorld(t, onlySlack)
	for range 3 {
		w.opens()
	}
	d := w.delivery(bot.DeliverCard)
	d.State, d.Attempts = bot.DeliverySending, 1
	if err := w.st.SaveDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	asked := &asked{Store: w.st, jobs: map[bot.Job]int{}}
	for range 5 {
		w.clock.Pass(time.Second)
		w.restartOn(asked)
		if err := w.svc.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := asked.jobs[bot.Job{Kind: bot.JobDeliver, ID: d.ID, RunAt: d.DueAt}]; n != 1 || len(asked.jobs) != 1 {
		t.Errorf("five starts asked for %v, want the job of delivery %d, once", asked.jobs, d.ID)
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 3 {
		t.Errorf("%d cards, want 3", n)
	}
}

// asked is a store that notes which jobs are asked for.
type asked struct {
	*store.Store
	jobs map[bot.Job]int
}

func (a *asked) Enqueue(ctx context.Context, j bot.Job) error {
	a.jobs[j]++
	return a.Store.Enqueue(ctx, j)
}
