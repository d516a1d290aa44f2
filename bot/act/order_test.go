package act_test

import (
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act/acttest"
)

// waitForTurn is longer than a note waits for what stands before it.
const waitForTurn = 3 * time.Second

// archived is a channel that takes nothing any more.
func archived() acttest.Fault {
	return acttest.Fault{Err: &bot.Error{Kind: bot.ErrGone, Channel: true, Msg: "The channel is archived."}}
}

func (w *world) retry(of bot.Delivery) {
	w.Helper()
	if err := w.svc.Retry(w.Context(), of.ID, root()); err != nil {
		w.Fatal(err)
	}
	w.work()
}

// below are the lines in the thread of the one card that stands in #voc.
func (w *world) below() []string {
	w.Helper()
	cards := w.slack.In("#voc")
	if len(cards) != 1 {
		w.Fatalf("%d cards, want 1: %+v", len(cards), cards)
	}
	var all []string
	for _, m := range w.slack.Below(cards[0].Ref) {
		all = append(all, words(m.View))
	}
	return all
}

// A card arrived, the process was killed before it knew, and meanwhile the
// case changed, so that another delivery draws it first: it is one card.
func TestCardThatArrivedUnknownIsAdopted(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	first := w.delivery(bot.DeliverCard)
	w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true})
	if err := w.svc.Deliver(t.Context(), first.ID); err == nil {
		t.Fatal("the send was not in doubt")
	}
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	list, err := w.st.Unsettled(t.Context(), first)
	if err != nil || len(list) != 3 {
		t.Fatalf("%+v, %v: want the card twice and a note", list, err)
	}
	w.restart()
	if err := w.svc.Deliver(t.Context(), list[1].ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	if notes := w.below(); len(notes) != 1 || !strings.Contains(notes[0], "claimed") {
		t.Errorf("the thread says %q", notes)
	}
	if n := w.slack.In("#voc")[0].Edits; n == 0 {
		t.Error("the card was never drawn as it is now")
	}
}

// While a channel is archived its cards and their notes are parked; once
// somebody asks for another try, all of it goes out, each line once, in order.
func TestNotesWaitForTheirParkedCard(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.slack.Fail(archived())
	w.work()
	parked := w.delivery(bot.DeliverCard)
	if parked.State != bot.DeliveryParked {
		t.Fatalf("the card is %s", parked.State)
	}
	w.slack.Fail(archived(), archived())
	c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "the press asks"}))
	if note := w.delivery(bot.DeliverNote); note.State == bot.DeliverySent {
		t.Fatalf("a note whose card is parked is taken for sent: %+v", note)
	}
	w.retry(parked)
	w.clock.Pass(waitForTurn)
	w.work()
	if notes := w.below(); len(notes) != 2 || !strings.Contains(notes[0], "claimed") || !strings.Contains(notes[1], "the press asks") {
		t.Errorf("the thread says %q", notes)
	}
}

// A note into an archived channel is parked, not dropped, and what comes after
// it waits for it.
func TestNoteIntoAnArchivedChannel(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.work()
	c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.slack.Fail(archived(), archived()) // the card's edit, then the note
	w.work()
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "the press asks"}))
	w.work()
	w.retry(w.delivery(bot.DeliverNote))
	w.clock.Pass(waitForTurn)
	w.work()
	if notes := w.below(); len(notes) != 2 || !strings.Contains(notes[0], "claimed") || !strings.Contains(notes[1], "the press asks") {
		t.Errorf("the thread says %q", notes)
	}
}

// A channel that was archived for a moment only does not get a second card.
func TestEditInAnArchivedChannelPostsNothing(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.work()
	w.slack.Fail(archived())
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.work()
	w.below()
}

// Somebody deleted a card by hand: the line that goes below it goes below the
// new one.
func TestNoteWhoseCardWasDeleted(t *testing.T) {
	w := newWorld(t, onlySlack)
	c := w.opens()
	w.work()
	w.must(w.do(c, lea(), bot.Change{Verb: bot.Claim}))
	w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUnavailable, "down")}) // the card's edit comes later than the note
	w.slack.Delete(w.slack.In("#voc")[0].Ref)
	note := w.delivery(bot.DeliverNote)
	for range 4 {
		w.clock.Pass(waitForTurn)
		_ = w.svc.Deliver(t.Context(), note.ID) // it asks for later tries
		w.work()
	}
	if notes := w.below(); len(notes) != 1 {
		t.Errorf("the thread says %q", notes)
	}
}

// What was parked while its outcome was open is looked for before it is sent
// again.
func TestRetryLooksFirst(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.opens()
	card := w.delivery(bot.DeliverCard)
	w.slack.Fail(acttest.Fault{Err: bot.Errorf(bot.ErrUncertain, "cut off"), After: true})
	_ = w.svc.Deliver(t.Context(), card.ID) // in doubt
	card = w.delivery(bot.DeliverCard)
	card.State = bot.DeliveryParked
	if err := w.st.SaveDelivery(t.Context(), card); err != nil {
		t.Fatal(err)
	}
	w.retry(card)
	w.below()
}
