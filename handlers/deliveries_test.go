package handlers_test

import (
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// TestDeliveries: what waits is told by kind and place, with what it met last;
// a reply that can still be undone is not late.
func TestDeliveries(t *testing.T) {
	w := newWorld(t)
	put := func(d bot.Delivery) {
		t.Helper()
		saved, err := w.st.AddDelivery(t.Context(), d)
		if err != nil {
			t.Fatal(err)
		}
		saved.Error = d.Error
		if err := w.st.SaveDelivery(t.Context(), saved); err != nil {
			t.Fatal(err)
		}
	}
	put(bot.Delivery{Kind: bot.DeliverReply, Target: 9, DueAt: w.clock.Now().Add(20 * time.Second)})
	if said := show(w.types("root", "deliveries")); strings.Contains(said, "the customer") {
		t.Errorf("a reply that can be undone is late: %s", said)
	}
	put(bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#support", Target: 99, Error: "Slack is down."})
	said := show(w.types("root", "deliveries"))
	if !strings.Contains(said, "1 delivery waits to go out") || strings.Contains(said, "parked") {
		t.Errorf("of one that waits: %s", said)
	}
	for n := range int64(3) {
		put(bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#support", Target: 100 + n, Error: "Slack is down."})
	}
	put(bot.Delivery{Kind: bot.DeliverReply, Target: 7, DueAt: w.clock.Now().Add(-time.Minute)})
	said = show(w.types("root", "deliveries"))
	for _, want := range []string{"4 deliveries wait to go out", "card for slack #support", "3: Slack is down.", "reply for the customer"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is missing in %s", want, said)
		}
	}
}

// TestTryAllAgain: after an outage that parked many, one button tries them all.
func TestTryAllAgain(t *testing.T) {
	w := newWorld(t)
	for n := range int64(8) {
		d, err := w.st.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#support", Target: 100 + n})
		d.State, d.Error = bot.DeliveryParked, "The channel is archived."
		if err == nil {
			err = w.st.SaveDelivery(t.Context(), d)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	w.says(w.types("root", "deliveries"), "8 are parked", "The channel is archived.", "These are the first 5", "[Try all again]")
	if said := show(w.presses("lea", "delivery.all", 0, 0)); strings.Contains(said, "tried again") {
		t.Errorf("an agent may: %s", said)
	}
	w.says(w.presses("root", "delivery.all", 0, 0), "8 are tried again now")
	left, err := w.st.Deliveries(t.Context(), []bot.DeliveryState{bot.DeliveryParked}, 10)
	if err != nil || len(left) != 0 {
		t.Errorf("still parked: %+v %v", left, err)
	}
	w.says(w.presses("root", "delivery.all", 0, 0), "Nothing is parked any more")
}
