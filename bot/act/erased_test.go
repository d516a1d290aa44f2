package act_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/act/acttest"
	"earshot/store"
)

// A person who is erased goes from every card and thread, each edited once; a
// reply that waits for them does not go out.
func TestErasedFromCards(t *testing.T) {
	w := newWorld(t)
	c := w.opens()
	w.work()
	c = w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "brew1 says it burns"}))
	r, _, err := w.svc.DraftReply(w.Context(), act.Draft{CaseID: c.ID, Version: c.Version, Way: "public", Text: "Dear brew1, we are sorry.", By: lea()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.svc.SendReply(w.Context(), r.ID, lea()); err != nil {
		t.Fatal(err)
	}
	w.work()
	before := w.card(w.slack, "#voc")
	w.says(before.View, "my Larkspur died", "@brew1")
	gone, err := w.st.Erase(w.Context(), store.Whom{Source: "masto", Author: "brew1"}, bot.Bot())
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Pass(time.Minute)
	w.work()
	if w.source.Sent() != nil {
		t.Errorf("%d replies went to somebody who was erased", len(w.source.Sent()))
	}
	for _, p := range []*acttest.Platform{w.slack, w.discord} {
		for _, channel := range []string{"#voc", "voc", "#war"} {
			for _, m := range p.In(channel) {
				w.says(m.View, "was erased")
				for _, note := range append(p.Below(m.Ref), m) {
					for _, word := range []string{"brew1", "Larkspur died", "burns"} {
						if strings.Contains(words(note.View)+note.View.Notice, word) {
							t.Errorf("%s still says %q: %s", channel, word, words(note.View))
						}
					}
				}
			}
		}
	}
	after := w.card(w.slack, "#voc")
	if after.Ref != before.Ref || after.Edits != before.Edits+1 {
		t.Errorf("the card %+v was edited %d times, want once in place", after.Ref, after.Edits-before.Edits)
	}
	if gone.Cards < 3 || gone.Replies != 1 {
		t.Errorf("%+v", gone)
	}
}

// What was drawn before its words were erased, and arrives after, is edited.
func TestErasedWhileItIsSent(t *testing.T) {
	for name, lost := range map[string]bool{"it arrives": false, "the reply to it is lost": true} {
		t.Run("a card, "+name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			w.opens()
			w.erasesWhilePosting(lost, func(bot.Outgoing) bool { return true })
			w.noneOf(w.slack.In("#voc"), "brew1", "Larkspur died")
		})
		t.Run("a note, "+name, func(t *testing.T) {
			w := newWorld(t, onlySlack)
			c := w.opens()
			w.work()
			w.must(w.do(c, lea(), bot.Change{Verb: bot.Escalate, Reason: "brew1 says it burns"}))
			w.erasesWhilePosting(lost, func(out bot.Outgoing) bool { return out.Thread != (bot.MessageRef{}) })
			notes := w.slack.Below(w.card(w.slack, "#voc").Ref)
			if len(notes) != 1 {
				t.Errorf("%d notes stand in the thread", len(notes))
			}
			w.noneOf(notes, "brew1", "burns")
		})
	}
}

// erasesWhilePosting has the first author erased while a message is on its way,
// the first that it is for, and works until nothing is left to do. lost tells
// that the platform's answer to it never comes.
func (w *world) erasesWhilePosting(lost bool, it func(bot.Outgoing) bool) {
	w.Helper()
	erased := false
	w.slack.Posting = func(out bot.Outgoing) {
		if erased || !it(out) {
			return
		}
		erased = true
		if _, err := w.st.Erase(w.Context(), store.Whom{Source: "masto", Author: "brew1"}, bot.Bot()); err != nil {
			w.Error(err)
		}
		if lost {
			w.slack.Fail(acttest.Fault{Err: errors.New("connection reset"), After: true})
		}
	}
	for range 5 {
		w.work()
		w.clock.Pass(time.Minute)
	}
	if !erased {
		w.Fatal("nothing was posted")
	}
	if left, err := w.st.Deliveries(w.Context(), []bot.DeliveryState{bot.DeliveryDue, bot.DeliverySending, bot.DeliveryUncertain}, 10); err != nil || len(left) != 0 {
		w.Errorf("%d deliveries are left (%v)", len(left), err)
	}
}

// noneOf looks for words that must not stand in messages any more.
func (w *world) noneOf(all []acttest.Message, gone ...string) {
	w.Helper()
	for _, m := range all {
		for _, word := range gone {
			if strings.Contains(words(m.View)+m.View.Notice, word) {
				w.Errorf("it still says %q: %s", word, words(m.View))
			}
		}
	}
}
