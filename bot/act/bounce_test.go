package act_test

import (
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

// sentBack opens a case and has a reply to it go out and come back.
func (w *world) sentBack() (bot.Case, bot.Reply) {
	w.Helper()
	c, r := w.queued(lea(), "Sorry! A new one is on its way.")
	w.clock.Pass(20 * time.Second)
	w.work()
	if err := w.svc.Bounced(w.Context(), r.ID, c.ID, 0, "The answer could not be delivered: 5.1.1 no such user."); err != nil {
		w.Fatal(err)
	}
	w.work()
	return c, w.reply(r.ID)
}

// TestBounced: a reply that came back is shown so, and its case is with its
// owner again, unanswered; the text is there for another reply, and what came
// back is never sent again itself.
func TestBounced(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.sentBack()
	if r.State != bot.ReplyCameBack || !strings.Contains(r.Error, "no such user") || r.Text == "" {
		t.Fatalf("%+v", r)
	}
	got := w.now(c.ID)
	if got.State != bot.Claimed || got.Owner.Key() != lea().Key() || !got.AnsweredAt.IsZero() || got.AnsweredBy.Known() {
		t.Errorf("the case: %+v", got)
	}
	w.says(w.card(w.slack, "#voc").View, "The reply came back: The answer could not be delivered: 5.1.1 no such user. The text is kept: reply another way.", "[Reply")
	events, err := w.st.CaseEvents(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	if last := events[len(events)-1]; last.Verb != bot.ReplyBounced || !last.Loud || !strings.Contains(last.Text, "no such user") {
		t.Errorf("%+v", last)
	}
	if err := w.svc.Bounced(t.Context(), r.ID, c.ID, 0, "told twice"); err != nil || w.reply(r.ID).Error != r.Error {
		t.Errorf("told twice: %+v, %v", w.reply(r.ID), err)
	}
	if err := w.svc.Bounced(t.Context(), 999, c.ID, 0, "of nothing"); err != nil {
		t.Errorf("a reply that is no more: %v", err)
	}
	if _, err := w.svc.SendReply(t.Context(), r.ID, lea()); bot.KindOf(err) != bot.ErrStale || !strings.Contains(bot.Told(err), "came back; write another") {
		t.Errorf("sent again: %v", err)
	}
	draft, err := w.svc.Drafts(t.Context(), c.ID, lea())
	if err != nil || draft.ID != r.ID || draft.Text != r.Text {
		t.Errorf("the text to go on from: %+v, %v", draft, err)
	}
	next, _, err := w.svc.DraftReply(t.Context(), act.Draft{ReplyID: draft.ID, CaseID: c.ID, Version: w.now(c.ID).Version, Text: draft.Text, By: lea()})
	if err != nil || next.ID == r.ID {
		t.Fatalf("another reply: %+v, %v", next, err)
	}
	if _, err := w.svc.SendReply(t.Context(), next.ID, lea()); err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	if sent := w.source.Sent(); len(sent) != 2 {
		t.Errorf("%d letters", len(sent))
	}
	if got := w.now(c.ID); got.State != bot.Answered || got.AnsweredAt.IsZero() {
		t.Errorf("answered anew: %+v", got)
	}
}

// TestBouncedTooLate: where another reply went out since, the case stays
// answered; where the team has dismissed it, it stays so.
func TestBouncedTooLate(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, first := w.queued(lea(), "Sorry!")
	w.clock.Pass(20 * time.Second)
	w.work()
	second, err := w.svc.SendReply(t.Context(), w.draft(w.now(c.ID), lea(), "Sorry, once more, at your other address.").ID, lea())
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(20 * time.Second)
	w.work()
	if err := w.svc.Bounced(t.Context(), first.ID, c.ID, 0, "no such user"); err != nil {
		t.Fatal(err)
	}
	if got := w.now(c.ID); got.State != bot.Answered || w.reply(first.ID).State != bot.ReplyCameBack || w.reply(second.ID).State != bot.ReplyDone {
		t.Errorf("%+v", got)
	}
	if _, err := w.do(w.now(c.ID), lea(), bot.Change{Verb: bot.Dismiss, Dismiss: bot.DismissNoAction}); err != nil {
		t.Fatal(err)
	}
	if err := w.svc.Bounced(t.Context(), second.ID, c.ID, 0, "no such user"); err != nil {
		t.Fatal(err)
	}
	if got := w.now(c.ID); got.State != bot.Dismissed {
		t.Errorf("a dismissed case: %+v", got)
	}
}

// TestBouncedLearntLater: who missed the letter that came back learns of it when
// asking what became of the answer.
func TestBouncedLearntLater(t *testing.T) {
	w := newWorld(t, onlySlack)
	c, r := w.queued(lea(), "Sorry!")
	w.clock.Pass(20 * time.Second)
	w.work()
	w.source.After = bot.Aftermath{Bounced: true, State: "bounced"}
	if err := w.svc.Follow(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.now(c.ID); got.State != bot.Claimed || w.reply(r.ID).State != bot.ReplyCameBack {
		t.Errorf("%+v %+v", got, w.reply(r.ID))
	}
	if err := w.svc.Follow(t.Context(), r.ID); err != nil {
		t.Fatal(err)
	}
}
