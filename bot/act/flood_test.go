package act_test

import (
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/store"
	"earshot/store/storetest"
)

// TestFloodOverReplicas: replicas that bring the cards of one channel out at
// the same time keep one budget, and fold the rest into one roll-up. So do the
// workers of one process.
func TestFloodOverReplicas(t *testing.T) {
	for name, url := range map[string]func() bot.Secret{
		"two replicas": func() bot.Secret { return bot.Secret(storetest.Postgres(t).Empty(t)) },
		"one process":  func() bot.Secret { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, onlySlack, func(s *act.Settings) { s.Budget = act.Budget{Cards: 5, Window: time.Minute} })
			replicas := []*act.Service{w.svc, w.svc}
			if where := url(); where != "" {
				replicas = []*act.Service{w.replica(where), w.replica(where)}
			}
			const flood = 24
			for range flood {
				w.opens()
			}
			due, err := w.st.Deliveries(t.Context(), nil, 2*flood)
			if err != nil || len(due) != flood {
				t.Fatalf("%d deliveries, %v", len(due), err)
			}
			deliverAll(t, replicas, due)
			w.clock.Pass(3 * time.Second)
			w.work()
			all := w.slack.In("#voc")
			if len(all) != 6 {
				t.Fatalf("%d messages, want 5 cards and one roll-up", len(all))
			}
			if f, err := w.st.Fold(t.Context(), "slack", "#voc"); err != nil || len(f.Cases) != flood-5 {
				t.Errorf("%d cases in the roll-up, %v", len(f.Cases), err)
			}
		})
	}
}

// replica has the world work on a database, and gives one more Service on it.
func (w *world) replica(url bot.Secret) *act.Service {
	w.open(store.Options{URL: url})
	return w.svc
}

// deliverAll has several workers of each replica bring deliveries out at once.
func deliverAll(t *testing.T, replicas []*act.Service, due []bot.Delivery) {
	t.Helper()
	next := make(chan int64)
	var workers sync.WaitGroup
	for n := range 8 {
		workers.Go(func() {
			for id := range next {
				if err := replicas[n%len(replicas)].Deliver(t.Context(), id); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for _, d := range due {
		next <- d.ID
	}
	close(next)
	workers.Wait()
}
