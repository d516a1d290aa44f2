package act_test

import (
	"context"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
)

// TestStartsInARow: however often it starts before a delivery goes out, it asks
// the queue for the same job, of which one waits.
func TestStartsInARow(t *testing.T) {
	w := newWorld(t, onlySlack)
	for range 3 {
		w.opens()
	}
	asked := &asked{Store: w.st, jobs: map[bot.Job]bool{}}
	for range 5 {
		w.clock.Pass(time.Second)
		w.restartOn(asked)
		if err := w.svc.Recover(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(asked.jobs); n != 3 {
		t.Errorf("five starts asked for %d jobs, want one for each of 3 cards", n)
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 3 {
		t.Errorf("%d cards, want 3", n)
	}
}

// asked is a store that notes which jobs are asked for.
type asked struct {
	*store.Store
	jobs map[bot.Job]bool
}

func (a *asked) Enqueue(ctx context.Context, j bot.Job) error {
	a.jobs[j] = true
	return a.Store.Enqueue(ctx, j)
}
