package act_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act/acttest"
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

// TestWhatACredentialHeldUpGoesOnOnceItIsMended: a start tries one of them, and
// the first that arrives calls the others.
func TestWhatACredentialHeldUpGoesOnOnceItIsMended(t *testing.T) {
	w := newWorld(t, onlySlack)
	asked := &asked{Store: w.st, jobs: map[bot.Job]int{}}
	w.restartOn(asked)
	for range 3 {
		w.opens()
	}
	key := "platform:slack:unauthorized"
	w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUnauthorized, "revoked")})
	d := w.delivery(bot.DeliverCard)
	if err := w.svc.Deliver(t.Context(), d.ID); retryAfter(err) != 5*time.Minute {
		t.Fatalf("a credential that is refused is tried again after %s (%v)", retryAfter(err), err)
	}
	if got := w.delivery(bot.DeliverCard); got.HeldBy != key {
		t.Errorf("it is held up by %q, want %q", got.HeldBy, key)
	}
	w.restartOn(asked)
	if err := w.svc.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(asked.keys, []string{""}) {
		t.Errorf("the start called %q, want one of every key", asked.keys)
	}
	w.work()
	if !slices.Equal(asked.keys[1:], []string{key, "channel:slack:#voc:gone", "channel:slack:#ops:gone"}) {
		t.Errorf("what arrived called %q", asked.keys[1:])
	}
	if got := w.delivery(bot.DeliverCard); got.HeldBy != "" || got.State != bot.DeliverySent {
		t.Errorf("in the end it is %+v", got)
	}
}

// asked is a store that notes which jobs are asked for, and what is hastened.
type asked struct {
	*store.Store
	jobs map[bot.Job]int
	keys []string
}

func (a *asked) Hasten(ctx context.Context, key string) error {
	a.keys = append(a.keys, key)
	return a.Store.Hasten(ctx, key)
}

func (a *asked) Enqueue(ctx context.Context, j bot.Job) error {
	a.jobs[j]++
	return a.Store.Enqueue(ctx, j)
}
