package store

import (
	"testing"
	"time"

	"earshot/bot"
)

// A channel's budget has so many places, for what is posted and for what is on
// its way; each delivery takes one, and gives it back at its end.
func testPlaces(t *testing.T, s *Store) {
	since := day(10, 10, 0)
	post := bot.Post{Kind: bot.DeliverCard, Target: 100, Platform: "slack", Channel: "#care", Ref: bot.MessageRef{ID: "1"}, PostedAt: since}
	early, elsewhere := post, post
	early.Target, early.PostedAt, elsewhere.Channel = 101, since.Add(-time.Minute), "#other"
	for _, p := range []bot.Post{post, early, elsewhere} {
		if err := s.SavePost(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	var all []bot.Delivery
	for n := range int64(3) {
		all = append(all, must(s.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverCard, Platform: "slack", Channel: "#care", Target: n + 1}))(t))
	}
	takes := func(d bot.Delivery, want bool) {
		t.Helper()
		if got := must(s.TakePlace(t.Context(), d, since, 2))(t); got != want {
			t.Errorf("delivery %d has a place: %t", d.ID, got)
		}
	}
	ends := func(d bot.Delivery, state bot.DeliveryState) {
		t.Helper()
		d.State = state
		if err := s.SaveDelivery(t.Context(), d); err != nil {
			t.Fatal(err)
		}
	}
	takes(all[0], true)
	takes(all[1], false)
	ends(all[0], bot.DeliveryUncertain)
	takes(all[0], true)
	ends(all[0], bot.DeliveryDue)
	takes(all[1], false)
	ends(all[0], bot.DeliveryParked)
	takes(all[1], true)
	ends(all[1], bot.DeliverySent)
	takes(all[2], true)
}
