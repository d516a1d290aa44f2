package act_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
)

func ticketWay() bot.Way {
	return bot.Way{Name: "ticket:desk", Label: "Open a ticket in Zendesk", Limit: 40, Place: "Zendesk", Internal: true, Source: "desk"}
}

// TestATicketIsOpenedOnceAndAnswersNobody: it goes to the desk and not to the
// customer, is looked for after an uncertain send, and the customer still waits.
func TestATicketIsOpenedOnceAndAnswersNobody(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.desk = &acttest.Source{WaysOf: []bot.Way{ticketWay()}}
	c := w.opens()
	w.work()
	offered := false
	for _, b := range w.card(w.slack, "#voc").View.Blocks {
		for _, m := range b.Menus {
			offered = offered || slices.ContainsFunc(m.Options, func(o bot.Button) bool { return o.Action.Name == "more.ticket" })
		}
	}
	if !offered {
		t.Error("the card does not offer a ticket")
	}
	ways, err := w.svc.Ways(t.Context(), c.ID)
	if err != nil || len(ways) != 3 || !ways[2].Internal {
		t.Fatalf("ways %+v, %v", ways, err)
	}
	draft := act.Draft{CaseID: c.ID, Way: "ticket:desk", Text: "A leaking kettle; please look at the lot number.", By: lea()}
	if _, warned, err := w.svc.DraftReply(t.Context(), draft); err != nil || len(warned) == 0 || !warned[0].Blocks {
		t.Fatalf("longer than the desk takes: %+v, %v", warned, err)
	}
	draft.Text = "A leaking kettle."
	r, warned, err := w.svc.DraftReply(t.Context(), draft)
	if err != nil || len(warned) != 0 {
		t.Fatal(warned, err)
	}
	w.desk.Fail(acttest.Fault{After: true, Err: bot.Errorf(bot.ErrUncertain, "The line broke.")})
	if _, err := w.svc.SendReply(t.Context(), r.ID, lea()); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		w.clock.Pass(time.Minute)
		w.work()
	}
	if at, past := len(w.desk.Sent()), len(w.source.Sent()); at != 1 || past != 0 {
		t.Errorf("%d tickets were opened, and the customer was told %d times", at, past)
	}
	if r := w.reply(r.ID); r.State != bot.ReplyDone || r.URL == "" {
		t.Errorf("%+v", r)
	}
	got := w.now(c.ID)
	if got.State != bot.Claimed || !got.AnsweredAt.IsZero() {
		t.Errorf("with a ticket the case is %+v", got)
	}
	events, err := w.st.CaseEvents(t.Context(), c.ID)
	if err != nil || len(events) == 0 || events[len(events)-1].Text != "opened a ticket in Zendesk: https://social.example/a1" {
		t.Errorf("its history ends %+v, %v", events, err)
	}
}

// TestWhereNobodyCanBeAnswered a ticket is not what a reply becomes by itself.
func TestWhereNobodyCanBeAnswered(t *testing.T) {
	w := newWorld(t, onlySlack)
	w.desk = &acttest.Source{WaysOf: []bot.Way{ticketWay()}}
	w.source.WaysOf = nil
	c := w.opens()
	_, _, err := w.svc.DraftReply(t.Context(), act.Draft{CaseID: c.ID, Text: "Sorry!", By: lea()})
	var told *bot.Error
	if !errors.As(err, &told) || told.Kind != bot.ErrUnsupported {
		t.Errorf("a reply without a way: %v", err)
	}
}
