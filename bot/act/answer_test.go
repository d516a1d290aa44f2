package act_test

import (
	"fmt"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
)

func TestWhatGoesWrongOnAnAnswer(t *testing.T) {
	tests := []struct {
		name   string
		faults []acttest.Fault
		noFind bool
		first  bot.ReplyState // after the first try
		last   bot.ReplyState
		sent   int
	}{
		{"rate limited", []acttest.Fault{{Err: &bot.Error{Kind: bot.ErrRateLimited, Msg: "slow", RetryAfter: time.Second}}}, false, bot.ReplyQueued, bot.ReplyDone, 1},
		{"down", []acttest.Fault{{Err: bot.Errorf(bot.ErrUnavailable, "down")}}, false, bot.ReplyQueued, bot.ReplyDone, 1},
		{"revoked", []acttest.Fault{{Err: bot.Errorf(bot.ErrUnauthorized, "revoked")}}, false, bot.ReplyQueued, bot.ReplyDone, 1},
		{"the post is gone", []acttest.Fault{{Err: bot.Errorf(bot.ErrGone, "The post was deleted.")}}, false, bot.ReplyFailed, bot.ReplyFailed, 0},
		{"refused", []acttest.Fault{{Err: bot.Errorf(bot.ErrInvalid, "Not allowed.")}}, false, bot.ReplyFailed, bot.ReplyFailed, 0},
		{"arrived, nobody said so", []acttest.Fault{{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true}}, false, bot.ReplySending, bot.ReplyDone, 1},
		{"did not arrive, nobody said so", []acttest.Fault{{Err: bot.Errorf(bot.ErrUncertain, "cut off")}}, false, bot.ReplySending, bot.ReplyDone, 1},
		{"nobody can look", []acttest.Fault{{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true}}, true, bot.ReplySending, bot.ReplyParked, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			w.source.NoFind = tt.noFind
			w.source.Fail(tt.faults...)
			c, r := w.queued(lea(), "Sorry!")
			w.clock.Pass(20 * time.Second)
			err := w.svc.Deliver(t.Context(), w.delivery(bot.DeliverReply).ID)
			if got := w.reply(r.ID).State; got != tt.first {
				t.Errorf("after the first try it is %s (%v), want %s", got, err, tt.first)
			}
			w.clock.Pass(6 * time.Minute)
			w.work()
			if got := w.reply(r.ID); got.State != tt.last || got.Text != "Sorry!" {
				t.Errorf("in the end it is %+v, want %s", got, tt.last)
			}
			if n := len(w.source.Sent()); n != tt.sent {
				t.Errorf("the customer received %d, want %d", n, tt.sent)
			}
			if answered := w.now(c.ID).State == bot.Answered; answered != (tt.last == bot.ReplyDone) {
				t.Errorf("the case is %s", w.now(c.ID).State)
			}
		})
	}
}

func TestParkedReplyIsSettledByPeople(t *testing.T) {
	for _, resolved := range []bool{false, true} {
		for _, arrived := range []bool{true, false} {
			t.Run(fmt.Sprintf("resolved %t, arrived %t", resolved, arrived), func(t *testing.T) { settleParked(t, resolved, arrived) })
		}
	}
}

// settleParked: whether or not its case is done meanwhile, a reply that nobody
// knows of is decided on from the card.
func settleParked(t *testing.T, resolved, arrived bool) {
	w := newWorld(t, onlySlack)
	w.source.NoFind = true
	w.source.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: arrived})
	c, r := w.queued(lea(), "Sorry!")
	state := bot.Answered
	if resolved {
		w.must(w.do(w.now(c.ID), lea(), bot.Change{Verb: bot.Resolve, RootCause: "update", Action: "sent a new one"}))
		state = bot.Resolved
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	w.clock.Pass(time.Minute)
	w.work()
	w.says(w.card(w.slack, "#voc").View, "Nobody can tell", "[It arrived]", "[Send again]")
	if n := len(w.slack.In("#ops")); n != 1 {
		t.Fatalf("%d notices", n)
	}
	decide := w.svc.ReplyAgain
	if arrived {
		decide = w.svc.ReplyArrived
	}
	if _, err := decide(t.Context(), r.ID, lea()); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	if n := len(w.source.Sent()); n != 1 || w.now(c.ID).State != state {
		t.Errorf("the customer received %d, the case is %s", n, w.now(c.ID).State)
	}
	if _, _, parked, err := w.st.Backlog(t.Context()); err != nil || parked != 0 {
		t.Errorf("%d deliveries are still parked, %v", parked, err)
	}
	w.says(w.card(w.slack, "#ops").View, "Well again")
}

// TestKilledWhileAnswering: the answer arrived, the process died before that
// was written. It is looked for, and reaches the customer once.
func TestKilledWhileAnswering(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.queued(lea(), "Sorry!")
	w.clock.Pass(20 * time.Second)
	d := w.delivery(bot.DeliverReply)
	r = w.reply(r.ID)
	r.State = bot.ReplySending
	if err := w.st.SwapReply(t.Context(), r, bot.ReplyQueued); err != nil {
		t.Fatal(err)
	}
	d.State, d.Attempts = bot.DeliverySending, 1
	if err := w.st.SaveDelivery(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := w.source.Answer(t.Context(), bot.Mention{}, r); err != nil {
		t.Fatal(err)
	}
	w.restart()
	if err := w.svc.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.work()
	if n := len(w.source.Sent()); n != 1 || w.now(c.ID).State != bot.Answered {
		t.Errorf("the customer received %d answers, the case is %s", n, w.now(c.ID).State)
	}
}

func TestNoWayToAnswer(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.source.WaysOf = nil
	c := w.opens()
	_, _, err := w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Text: "Sorry!", By: lea()})
	w.kind(err, bot.ErrUnsupported, "Mark as answered")
	w.must(w.do(c, lea(), bot.Change{Verb: bot.MarkAnswered, Public: true}))
	if got := w.now(c.ID); got.State != bot.Answered || got.Owner.Key() != lea().Key() {
		t.Errorf("%+v", got)
	}
}

// TestClockSetBack: what was made in what is the future now does not wait until
// the clock is there again.
func TestClockSetBack(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.queued(lea(), "Sorry!")
	w.clock.Pass(-2 * time.Hour)
	w.restart()
	if err := w.svc.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	if n := len(w.source.Sent()); n != 1 {
		t.Errorf("the customer received %d answers", n)
	}
}
