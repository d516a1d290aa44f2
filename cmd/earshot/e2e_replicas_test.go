package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/store"
	"earshot/store/storetest"
)

// How much comes in while one replica after the other is killed.
const (
	replicaRows      = 60
	replicaCustomers = 4
)

// replica is a bot of its own on the database of another.
func replica(t *testing.T, yaml, url, shared string) *house {
	t.Helper()
	return newHouse(t, strings.NewReplacer("{path: DIR/earshot.db}", `{url: "`+url+`"}`, "DIR/in", shared, "HOOKS", freePort(t)).Replace(yaml))
}

// TestReplicasHandOver: two bots share a database and a Slack. The one that
// listens is killed, the other one takes over; then that one is, and a third
// takes over. What comes in meanwhile is stored once, has one card a channel,
// and each customer is answered once.
func TestReplicasHandOver(t *testing.T) {
	url := storetest.Postgres(t).Empty(t)
	w := newWorkspace(t)
	yaml, shared := strings.ReplaceAll(killYAML, "SLACK", w.srv.URL), t.TempDir()
	if err := os.WriteFile(shared+"/all.csv", []byte("id,text,author\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one, two := replica(t, yaml, url, shared), replica(t, yaml, url, shared)
	first := one.start()
	first.await("this replica has it now")
	second := two.start()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	var senders sync.WaitGroup
	senders.Go(func() { growReviews(t, shared+"/all.csv", replicaRows) })
	threads := make([]string, replicaCustomers)
	senders.Go(func() {
		for i := range threads {
			ts, err := w.say(ctx, fmt.Sprintf("U0CUST%d", i), complaint(1000+i))
			if err != nil {
				t.Errorf("customer %d: %v", i, err)
			}
			threads[i] = ts
		}
	})
	t.Cleanup(func() {
		if t.Failed() {
			onServer(t, url, func(s *store.Store) { tellCustomers(t, s) })
		}
	})
	last := relay(t, one, first, second, &senders)
	eventually(t, "every answer", func() bool {
		return !slices.ContainsFunc(threads, func(ts string) bool { return len(w.in(customerChannel, ts)) == 0 })
	})
	ana := open(t, last.console(), "ana")
	total := replicaRows + replicaCustomers
	eventually(t, "a card for every complaint", func() bool { return len(ana.cards("support")) >= total })
	onServer(t, url, func(s *store.Store) {
		eventually(t, "nothing being under way", func() bool {
			due, _, parked, err := s.Backlog(t.Context())
			return err == nil && due == 0 && parked == 0
		})
	})
	for _, ts := range threads {
		if got := w.in(customerChannel, ts); len(got) != 1 {
			t.Errorf("a customer got %d answers: %+v", len(got), got)
		}
	}
	onceEach(t, "cards in the console", ana.cards("support"), total)
	if cards := w.in(supportChannel, ""); len(cards) != replicaCustomers {
		t.Errorf("%d cards in Slack, not %d", len(cards), replicaCustomers)
	}
	last.stop()
	onServer(t, url, func(s *store.Store) { replicasBooks(t, s, total) })
}

// relay kills one replica after the other while customers are answered, and
// gives the one that is left when all have been.
func relay(t *testing.T, house *house, first, second *process, senders *sync.WaitGroup) *process {
	t.Helper()
	answered := map[string]bool{}
	answerOne(t, second, answered)
	first.kill()
	second.await("this replica has it now")
	answerOne(t, second, answered)
	last := house.start()
	second.kill()
	last.await("this replica has it now")
	senders.Wait()
	eventually(t, "every customer being answered", func() bool {
		answerOne(t, last, answered)
		return len(answered) == replicaCustomers
	})
	return last
}

// onServer opens the store to read.
func onServer(t *testing.T, url string, look func(*store.Store)) {
	t.Helper()
	s, err := store.Open(context.Background(), store.Options{URL: bot.Secret(url), ReadOnly: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	look(s)
}

// replicasBooks counts what is stored.
func replicasBooks(t *testing.T, s *store.Store, total int) {
	t.Helper()
	stats, err := s.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if stats["mentions"] != int64(total) || stats["cases"] != int64(total) {
		t.Errorf("%d mentions and %d cases, not %d", stats["mentions"], stats["cases"], total)
	}
	cases, err := s.Cases(t.Context(), bot.CaseFilter{Limit: 10 * total})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		posts, err := s.Posts(t.Context(), bot.DeliverCard, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 2, false: 1}[c.Source == "customers"]; len(posts) != want {
			t.Errorf("case %d of %s has %d cards, not %d", c.ID, c.Source, len(posts), want)
		}
	}
}

// growReviews adds rows to a file, one after the other.
func growReviews(t *testing.T, path string, rows int) {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	tick := time.NewTicker(60 * time.Millisecond)
	defer tick.Stop()
	for n := range rows {
		if _, err := fmt.Fprintf(f, "f%d,\"%s\",writer%d\n", n, complaint(n), n); err != nil {
			t.Error(err)
		}
		<-tick.C
	}
}

// tellCustomers says what is stored of the customers, when something is wrong.
func tellCustomers(t *testing.T, s *store.Store) {
	t.Helper()
	heard, err := s.Mentions(context.Background(), bot.MentionFilter{Source: "customers"})
	t.Logf("%d mentions of customers (%v)", len(heard), err)
	for _, h := range heard {
		t.Logf("mention %d (%s) has case %d: %.80s", h.Mention.ID, h.Mention.ExternalID, h.CaseID, h.Mention.Text)
	}
}
