package act_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
)

func onlySlack(s *act.Settings) { s.Routes[0].Places = s.Routes[0].Places[:1] }

// delivery is the first of its kind.
func (w *world) delivery(kind bot.DeliveryKind) bot.Delivery {
	w.Helper()
	list, err := w.st.Deliveries(w.Context(), nil, 5000)
	if err != nil {
		w.Fatal(err)
	}
	for _, d := range list {
		if d.Kind == kind {
			return d
		}
	}
	w.Fatalf("there is no %s delivery", kind)
	return bot.Delivery{}
}

func retryAfter(err error) time.Duration {
	var e *bot.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

func TestWhatGoesWrongOnAPost(t *testing.T) {
	tests := []struct {
		name   string
		fault  acttest.Fault
		noFind bool
		wait   time.Duration     // asked for; 0: not told again
		state  bot.DeliveryState // after the first try
		cards  int               // in the end
		notice string
	}{
		{"rate limited", acttest.Fault{Err: &bot.Error{Kind: bot.ErrRateLimited, Msg: "slow down", RetryAfter: 7 * time.Second}}, false, 7 * time.Second, bot.DeliveryDue, 1, ""},
		{"down", acttest.Fault{Err: bot.Errorf(bot.ErrUnavailable, "down")}, false, 2 * time.Second, bot.DeliveryDue, 1, ""},
		{"revoked", acttest.Fault{Err: bot.Errorf(bot.ErrUnauthorized, "token revoked")}, false, 5 * time.Minute, bot.DeliveryDue, 1, "slack refuses us"},
		{"channel gone", acttest.Fault{Err: bot.Errorf(bot.ErrGone, "archived")}, false, 0, bot.DeliveryParked, 0, "cannot be reached"},
		{"refused", acttest.Fault{Err: bot.Errorf(bot.ErrInvalid, "too many blocks")}, false, 0, bot.DeliveryParked, 0, "could not be shown"},
		{"arrived, but nobody said so", acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true}, false, 2 * time.Second, bot.DeliveryUncertain, 1, ""},
		{"did not arrive, and nobody said so", acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off")}, false, 2 * time.Second, bot.DeliveryUncertain, 1, ""},
		{"an error without a kind leaves it open", acttest.Fault{Err: context.DeadlineExceeded, After: true}, false, 2 * time.Second, bot.DeliveryUncertain, 1, ""},
		{"open, and nobody can look", acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true}, true, 2 * time.Second, bot.DeliveryUncertain, 1, "could not be shown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			w.slack.NoFind = tt.noFind
			w.opens()
			d := w.delivery(bot.DeliverCard)
			w.slack.Fail(tt.fault)
			err := w.svc.Deliver(t.Context(), d.ID)
			if got := retryAfter(err); got != tt.wait {
				t.Errorf("it asks for another try after %s (%v), want %s", got, err, tt.wait)
			}
			if got := w.delivery(bot.DeliverCard); got.State != tt.state || got.Error == "" {
				t.Errorf("the delivery is %+v, want it %s with a reason", got, tt.state)
			}
			w.clock.Pass(tt.wait)
			w.work()
			if got := len(w.slack.In("#voc")); got != tt.cards {
				t.Errorf("%d cards, want %d", got, tt.cards)
			}
			notices := w.slack.In("#ops")
			if (tt.notice != "") != (len(notices) == 1) {
				t.Fatalf("%d notices, want %q", len(notices), tt.notice)
			}
			if tt.notice != "" {
				text := words(notices[0].View)
				if tt.name == "revoked" { // by now it works again, and the notice says so
					if !strings.Contains(text, "Well again") {
						t.Errorf("the notice was not mended: %s", text)
					}
				} else if !strings.Contains(text, tt.notice) || !notices[0].Loud {
					t.Errorf("notice %q", text)
				}
			}
		})
	}
}

func TestNoticeIsToldOnce(t *testing.T) {
	w := newWorld(t, onlySlack)
	for range 5 {
		w.opens()
	}
	list, err := w.st.Deliveries(t.Context(), nil, 100)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range list {
		w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrGone, "archived")})
		if err := w.svc.Deliver(t.Context(), d.ID); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	if n := len(w.slack.In("#ops")); n != 1 {
		t.Errorf("%d notices of one channel that is gone, want 1", n)
	}
	_, _, parked, err := w.st.Backlog(t.Context())
	if err != nil || parked != 5 {
		t.Fatalf("%d parked %v, want 5", parked, err)
	}
	w.kind(w.svc.Retry(t.Context(), list[0].ID, lea()), bot.ErrForbidden)
	for _, d := range list {
		if err := w.svc.Retry(t.Context(), d.ID, root()); err != nil {
			t.Fatal(err)
		}
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 5 {
		t.Errorf("%d cards once the channel is back, want 5", n)
	}
	w.kind(w.svc.Retry(t.Context(), list[0].ID, root()), bot.ErrStale)
}

// TestKilledBetweenSendAndMark: the process ends after the message arrived and
// before that was written. After the start it is looked for, not sent again.
func TestKilledBetweenSendAndMark(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		t.Run(fmt.Sprint("arrived ", arrived), func(t *testing.T) {
			w := newWorld(t, onlySlack)
			w.opens()
			d := w.delivery(bot.DeliverCard)
			d.State, d.Attempts = bot.DeliverySending, 1
			if err := w.st.SaveDelivery(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			if arrived {
				if _, err := w.slack.Post(t.Context(), bot.Outgoing{Key: d.Key(), Channel: "#voc"}); err != nil {
					t.Fatal(err)
				}
			}
			w.restart()
			if err := w.svc.Recover(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.delivery(bot.DeliverCard); got.State != bot.DeliveryUncertain {
				t.Fatalf("after the start it is %s, want uncertain", got.State)
			}
			w.work()
			w.card(w.slack, "#voc")
			if w.slack.Asked() == 0 {
				t.Error("nobody looked")
			}
			posts, err := w.st.Posts(t.Context(), bot.DeliverCard, 1)
			if err != nil || len(posts) != 1 {
				t.Errorf("%d posts %v", len(posts), err)
			}
		})
	}
}

func TestEditsCoalesceAndDeletedCardsComeBack(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.work()
	for i := range 10 {
		c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Snooze, Until: w.clock.Now().Add(time.Duration(i+1) * time.Hour)}))
	}
	w.work()
	m := w.card(w.slack, "#voc")
	if m.Edits != 1 {
		t.Errorf("ten changes made %d edits, want 1", m.Edits)
	}
	if n := len(w.slack.Below(m.Ref)); n != 10 {
		t.Errorf("%d lines in the thread, want 10", n)
	}
	w.slack.Delete(m.Ref)
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	again := w.card(w.slack, "#voc")
	if again.Ref == m.Ref {
		t.Fatal("it is the deleted one")
	}
	w.says(again.View, "lea has it")
	if notes := w.slack.Below(again.Ref); len(notes) != 1 {
		t.Errorf("%d lines below the new card, want the claim", len(notes))
	}
}

func TestNotesKeepTheirOrder(t *testing.T) {
	for _, posted := range []bool{false, true} {
		t.Run(fmt.Sprint("card posted before ", posted), func(t *testing.T) {
			w := newWorld(t, onlySlack)
			c := w.opens()
			if posted {
				w.work()
			}
			c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
			c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "smoke"}))
			w.must(w.do(c, lea(), bot.Change{Verb: bot.Release}))
			list, err := w.st.Deliveries(t.Context(), []bot.DeliveryState{bot.DeliveryDue}, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, kind := range []bot.DeliveryKind{bot.DeliverNote, bot.DeliverCard, bot.DeliverNote} {
				for _, d := range slices.Backward(list) { // the last first: it must wait
					if d.Kind != kind || d.Channel != "#voc" {
						continue
					}
					if err := w.svc.Deliver(t.Context(), d.ID); err != nil && retryAfter(err) == 0 {
						t.Fatal(err)
					}
				}
			}
			w.work()
			var got []string
			for _, m := range w.slack.Below(w.card(w.slack, "#voc").Ref) {
				got = append(got, strings.Fields(words(m.View))[1])
			}
			if want := "claimed escalated released"; strings.Join(got, " ") != want {
				t.Errorf("the thread reads %v, want %s", got, want)
			}
		})
	}
}

func TestFloodFolds(t *testing.T) {
	w := newWorld(t, onlySlack, func(s *act.Settings) { s.Budget = act.Budget{Cards: 5, Window: time.Minute} })
	for range 30 {
		w.opens()
	}
	w.work()
	w.clock.Pass(3 * time.Second)
	w.work()
	all := w.slack.In("#voc")
	if len(all) != 6 {
		t.Fatalf("%d messages, want 5 cards and one roll-up", len(all))
	}
	roll := all[len(all)-1]
	w.says(roll.View, "25 more cases", "[See the 25]")
	f, dossiers, err := w.svc.Folded(t.Context(), 1)
	if err != nil || len(dossiers) != 25 || len(f.Cases) != 25 {
		t.Fatalf("the roll-up opens into %d cases, %v", len(dossiers), err)
	}
	// Whoever takes one gives it a card of its own.
	c := dossiers[0].Case
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	if n := len(w.slack.In("#voc")); n != 7 {
		t.Errorf("%d messages after a claim, want one more", n)
	}
	// Urgent cases have twice as much room.
	h := heard(900, "urgent")
	h.Verdict.Urgency.Level = bot.UrgencyCritical
	w.opensOf(h)
	w.work()
	if n := len(w.slack.In("#voc")); n != 8 {
		t.Errorf("%d messages after an urgent case, want one more", n)
	}
	// When the flood is over, cards are cards again.
	w.clock.Pass(2 * time.Minute)
	w.opens()
	w.work()
	if n := len(w.slack.In("#voc")); n != 9 {
		t.Errorf("%d messages after the flood, want one more", n)
	}
}

func TestTwoWorkersOneCard(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	d := w.delivery(bot.DeliverCard)
	errs := make(chan error, 8)
	for range 8 {
		go func() { errs <- w.svc.Deliver(t.Context(), d.ID) }()
	}
	for range 8 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	w.card(w.slack, "#voc")
	if c.ID != 1 {
		t.Fatal(c)
	}
}

func TestPlatformTakenOutOfTheConfiguration(t *testing.T) {
	w := newWorld(t, onlySlack)
	d, err := w.st.AddDelivery(t.Context(), bot.Delivery{Kind: bot.DeliverCard, Platform: "teams", Channel: "x", Target: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Deliver(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.delivery(bot.DeliverCard); got.State != bot.DeliveryParked {
		t.Errorf("%+v", got)
	}
	if err := w.svc.Deliver(t.Context(), 999); err != nil {
		t.Errorf("a delivery that was forgotten: %v", err)
	}
}

func TestSpikes(t *testing.T) {
	w := newWorld(t, onlySlack)
	for range 3 {
		w.opens()
	}
	w.work()
	sp, err := w.st.SaveSpike(t.Context(), bot.Spike{State: bot.SpikeOpen, Series: bot.Series{Watch: "larkspur", Topic: "firmware", Negative: true},
		Since: w.clock.Now().Add(-time.Hour), OpenedAt: w.clock.Now(), Count: 41, Expected: 6, Peak: 6.8})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.svc.OpenSpike(t.Context(), sp); err != nil {
		t.Fatal(err)
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 4 {
		t.Fatalf("%d messages, want the spike's card beside three cases", n)
	}
	_, err = w.svc.ClaimSpike(t.Context(), sp.ID, rita())
	w.kind(err, bot.ErrForbidden)
	if _, err := w.svc.ClaimSpike(t.Context(), sp.ID, lea()); err != nil {
		t.Fatal(err)
	}
	_, err = w.svc.ClaimSpike(t.Context(), sp.ID, max_())
	w.kind(err, bot.ErrStale, "lea has spike 1 already")
	w.work()
	w.says(w.slack.In("#voc")[3].View, "lea has it")

	sp, _ = w.st.Spike(t.Context(), sp.ID)
	next, left, err := w.svc.NextOfSpike(t.Context(), sp, nil)
	if err != nil || left != 3 || next.ID != 1 {
		t.Errorf("the walk starts at case %d of %d, %v", next.ID, left, err)
	}
	next, left, _ = w.svc.NextOfSpike(t.Context(), sp, map[int64]bool{1: true})
	if next.ID != 2 || left != 2 {
		t.Errorf("then case %d of %d", next.ID, left)
	}

	until := w.clock.Now().Add(time.Hour)
	if _, err := w.svc.MuteSpike(t.Context(), sp.ID, lea(), until); err != nil {
		t.Fatal(err)
	}
	other := bot.Spike{State: bot.SpikeOpen, Series: sp.Series, Since: w.clock.Now(), OpenedAt: w.clock.Now().Add(time.Minute)}
	if err := w.svc.OpenSpike(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	w.work()
	if n := len(w.slack.In("#voc")); n != 4 {
		t.Errorf("a muted series showed another spike: %d messages", n)
	}
}

// TestLateIsSaidWhereTheChannelWasLate: a card that had to wait for its channel
// says so there; one that reaches another place later for another reason does
// not, and neither does an edit.
func TestLateIsSaidWhereTheChannelWasLate(t *testing.T) {
	const late = " late: the channel could not take it sooner"
	w := newWorld(t, func(s *act.Settings) {
		s.Routes[0].FirstAnswer, s.Routes[0].NudgeAfter = 0, 0
	})
	c := w.opens()
	down := acttest.Fault{Err: bot.Errorf(bot.ErrUnavailable, "down")}
	w.slack.Fail(down, down) // work tries again as long as the other platform is busy
	w.work()
	w.clock.Pass(40 * time.Minute)
	w.work()
	w.says(w.card(w.slack, "#voc").View, "shown 40 min"+late)
	if got := words(w.card(w.discord, "voc").View); strings.Contains(got, late) {
		t.Errorf("the card that was shown at once says it was late:\n%s", got)
	}
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "smoke"}))
	w.work()
	for _, channel := range []string{"#voc", "#war"} {
		if got := words(w.card(w.slack, channel).View); strings.Contains(got, late) {
			t.Errorf("the card in %s says it was late:\n%s", channel, got)
		}
	}
}
