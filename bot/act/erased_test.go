package act_test

import (
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
