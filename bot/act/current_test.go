package act_test

import (
	"testing"

	"earshot/bot"
	"earshot/bot/act/acttest"
)

// cards are the deliveries of cards.
func (w *world) cards() (all []bot.Delivery) {
	w.Helper()
	list, err := w.st.Deliveries(w.Context(), nil, 5000)
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range list {
		if d.Kind == bot.DeliverCard {
			all = append(all, d)
		}
	}
	return all
}

// A card that arrived without a word of it shows what is current once it is
// found, also where the change in between was dropped: nothing stood there yet.
func TestWhatIsFoundIsBroughtUpToDate(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true})
	first := w.delivery(bot.DeliverCard)
	if err := w.svc.Deliver(t.Context(), first.ID); retryAfter(err) == 0 {
		t.Fatalf("it was cut off: %v", err)
	}
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.must(w.do(w.now(c.ID), lea(), bot.Change{Verb: bot.Resolve, RootCause: "a loose cable", Action: "sent a new one"}))
	for _, d := range w.cards()[1:] {
		if err := w.svc.Deliver(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	w.says(w.card(w.slack, "#voc").View, "a loose cable")
}

// Somebody changes a case while its card is being edited and counts on that
// edit, which looks as if it had not begun.
func TestWhatChangesDuringAnEditIsShown(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.work()
	c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	edit := w.cards()[1]
	edit.Attempts = 1
	w.slack.Editing = func() {
		w.slack.Editing = nil
		if err := w.st.SaveDelivery(t.Context(), edit); err != nil {
			t.Error(err)
		}
		w.must(w.do(c, lea(), bot.Change{Verb: bot.Resolve, RootCause: "a loose cable", Action: "sent a new one"}))
	}
	if err := w.svc.Deliver(t.Context(), edit.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	w.says(w.card(w.slack, "#voc").View, "a loose cable")
}

// A worker that lost its lock, and does not know of it, writes nothing over what
// the one does that has taken the delivery over: neither that it is to be sent
// again, nor that it arrived.
func TestWhoLostTheLockMarksNothing(t *testing.T) {
	for name, fault := range map[string][]acttest.Fault{
		"not sent": {{Err: bot.Errorf(bot.ErrUnavailable, "down")}},
		"unknown":  {{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true}},
		"sent":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			w.opens()
			w.slack.Fail(fault...)
			taken := w.delivery(bot.DeliverCard)
			taken.State, taken.Attempts = bot.DeliverySending, 2
			w.slack.Posting = func(bot.Outgoing) {
				w.slack.Posting = nil
				if err := w.st.SaveDelivery(t.Context(), taken); err != nil {
					t.Error(err)
				}
			}
			if err := w.svc.Deliver(t.Context(), taken.ID); retryAfter(err) == 0 {
				t.Errorf("it does not look again: %v", err)
			}
			if got := w.delivery(bot.DeliverCard); got.State != bot.DeliverySending || got.Attempts != 2 {
				t.Errorf("it is %+v, want it as the other one left it", got)
			}
			w.work()
			w.card(w.slack, "#voc") // the other one is gone by now, and it is looked for
		})
	}
}
