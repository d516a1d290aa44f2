package act_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
)

func noBudget(s *act.Settings) { s.Budget.Cards = -1 }

// slow has Slack take one message a second, after three at once.
func (w *world) slow() {
	next := w.clock.Now()
	w.slack.Posting = func(bot.Outgoing) {
		now := w.clock.Now()
		if wait := next.Sub(now); wait > 2*time.Second {
			w.slack.Fail(acttest.Fault{Err: &bot.Error{Kind: bot.ErrRateLimited, Msg: "Not so fast.", RetryAfter: wait - 2*time.Second}})
			return
		}
		if next.Before(now) {
			next = now
		}
		next = next.Add(time.Second)
	}
}

// queue brings deliveries out as a queue would that takes them in their order, and
// those that come back in any, and gives how often it tried. Each try is of one
// of the replicas.
func (w *world) queue(replicas []*act.Service, due []bot.Delivery) (tries int) {
	w.Helper()
	dice, began := rand.New(rand.NewPCG(1, 2)), w.clock.Now()
	at := map[int64]time.Time{}
	for _, d := range due {
		at[d.ID] = began
	}
	for len(at) > 0 {
		if w.clock.Now().Sub(began) > 5*time.Minute {
			w.Fatalf("%d of %d deliveries still wait after five minutes", len(at), len(due))
		}
		var now []int64
		for id, when := range at {
			if !when.After(w.clock.Now()) {
				now = append(now, id)
			}
		}
		slices.Sort(now)
		if tries > 0 {
			dice.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
		}
		for _, id := range now {
			err := replicas[dice.IntN(len(replicas))].Deliver(w.Context(), id)
			tries++
			var e *bot.Error
			switch {
			case err == nil:
				delete(at, id)
			case errors.As(err, &e) && e.RetryAfter > 0:
				at[id] = w.clock.Now().Add(e.RetryAfter)
			default:
				w.Fatal(err)
			}
		}
		w.clock.Pass(100 * time.Millisecond)
	}
	return tries
}

// inOrder gives by how many places the cards of a channel are out of order at
// most.
func (w *world) inOrder(channel string, cases []bot.Case) (off int) {
	w.Helper()
	all := w.slack.In(channel)
	if len(all) != len(cases) {
		w.Fatalf("%d messages for %d cases", len(all), len(cases))
	}
	for i, m := range all {
		at := slices.IndexFunc(cases, func(c bot.Case) bool {
			return slices.ContainsFunc(w.postsOf(c), func(p bot.Post) bool { return p.Ref == m.Ref })
		})
		off = max(off, at-i, i-at)
	}
	return off
}

func (w *world) postsOf(c bot.Case) []bot.Post {
	w.Helper()
	all, err := w.st.Posts(w.Context(), bot.DeliverCard, c.ID)
	if err != nil {
		w.Fatal(err)
	}
	return all
}

// TestAChannelThatIsFullKeepsItsOrder: where a platform has cards wait, those
// that were made first come first, and nobody asks all the time.
func TestAChannelThatIsFullKeepsItsOrder(t *testing.T) {
	const many = 60
	for replicas, allowed := range map[int]struct{ off, tries int }{1: {0, 3}, 3: {12, 7}} {
		t.Run(fmt.Sprintf("%d replicas", replicas), func(t *testing.T) {
			w := newWorld(t, onlySlack, noBudget)
			var cases []bot.Case
			for range many {
				cases = append(cases, w.opens())
			}
			due, err := w.st.Deliveries(t.Context(), nil, 2*many)
			if err != nil || len(due) != many {
				t.Fatalf("%d deliveries, %v", len(due), err)
			}
			w.slow()
			services := []*act.Service{w.svc}
			for len(services) < replicas {
				w.restart()
				services = append(services, w.svc)
			}
			tries := w.queue(services, due)
			if off := w.inOrder("#voc", cases); off > allowed.off {
				t.Errorf("a card came %d places too early or too late", off)
			}
			if tries > allowed.tries*many {
				t.Errorf("%d tries for %d cards", tries, many)
			}
		})
	}
}

// unread is a store in which nobody can read where messages stand.
type unread struct{ act.PostStore }

func (unread) Posts(context.Context, bot.DeliveryKind, int64) ([]bot.Post, error) {
	return nil, errors.New("the page is torn")
}

// TestATryThatNeverBeganCounts: what fails before it reaches the platform is
// tried less and less often, and left to people in the end.
func TestATryThatNeverBeganCounts(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.opens()
	w.posts = unread{w.st}
	w.restart()
	var last time.Duration
	for n := range 30 {
		err := w.svc.Deliver(t.Context(), w.delivery(bot.DeliverCard).ID)
		if n == 29 {
			break
		}
		if wait := retryAfter(err); wait < last || wait == last && wait < 5*time.Minute {
			t.Fatalf("try %d: %v after %v", n+1, wait, last)
		} else {
			last = wait
		}
	}
	if d := w.delivery(bot.DeliverCard); d.State != bot.DeliveryParked || d.Attempts != 30 {
		t.Errorf("it is %s after %d tries", d.State, d.Attempts)
	}
}
