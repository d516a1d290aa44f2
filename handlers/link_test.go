package handlers_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

// knows imports customers: two of one name, and one who is known by handle.
func (w *world) knows() {
	w.Helper()
	_, _, err := w.st.SaveCustomers(w.Context(), []bot.Customer{
		{ExternalID: "C-17", Name: "Ann Smith", Email: "ann@a.example", Tier: "gold", Since: time.Date(2021, 3, 1, 0, 0, 0, 0, time.UTC)},
		{ExternalID: "C-18", Name: "Ann Other"}, {ExternalID: "C-19", Name: "Bea", Handles: []string{"brew2"}},
	})
	if err != nil {
		w.Fatal(err)
	}
}

// yes presses the button with this label of a private answer.
func (w *world) yes(who string, a bot.Answer, label string) bot.Answer {
	w.Helper()
	if a.Tell == nil {
		w.Fatalf("nothing is told, but: %s", show(a))
	}
	for _, bl := range a.Tell.Blocks {
		all := bl.Buttons
		for _, m := range bl.Menus {
			all = append(all, m.Options...)
		}
		for _, b := range all {
			if strings.HasPrefix(b.Label, label) {
				return w.does(bot.Interaction{Kind: bot.DidPress, By: person(who), Action: b.Action})
			}
		}
	}
	w.Fatalf("no button %q: %s", label, show(a))
	return bot.Answer{}
}

func (w *world) customerOf(caseID int64) bot.Speaker {
	w.Helper()
	d, err := w.st.Dossier(w.Context(), caseID)
	if err != nil {
		w.Fatal(err)
	}
	return d.Speaker
}

// TestLink: whom a link would join is shown first; it is made by a person's
// word, seen on the card, in the thread and in the audit log, and undone in one
// step.
func TestLink(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.knows()
	several := w.types("lea", "link 1 to ann")
	preview := w.yes("lea", several, "Ann Smith")
	said := []string{"— several —\n" + show(several), "— preview —\n" + show(preview)}
	if got := w.customerOf(1).Customer; got.ID != 0 {
		t.Fatalf("linked before anybody said yes: %+v", got)
	}
	done := w.yes("lea", preview, "Link them")
	said = append(said, "— linked —\n"+show(done), "— twice —\n"+show(w.yes("max", preview, "Link them")))
	if got := w.customerOf(1); got.Customer.ExternalID != "C-17" || got.Linked.By.Name != "lea" {
		t.Fatalf("%+v", got)
	}
	w.says(w.types("vic", "show 1"), "Gold customer since 2021, linked by lea")
	said = append(said, "— another —\n"+show(w.yes("max", w.types("max", "link 1 C-18"), "Link them")))
	undone := w.types("max", "unlink #1")
	said = append(said, "— unlinked —\n"+show(undone), "— nobody left —\n"+show(w.types("max", "unlink 1")))
	if got := w.customerOf(1); got.Customer.ID != 0 || got.Linked.CustomerID != 0 {
		t.Fatalf("%+v", got)
	}
	w.yes("max", undone, "Link again")
	if got := w.customerOf(1); got.Linked.By.Name != "max" {
		t.Fatalf("%+v", got)
	}
	said = append(said, "— history —\n"+show(w.types("vic", "history 1")), "— help —\n"+show(w.types("lea", "help link")))
	golden(t, "link", strings.Join(said, "\n"))
	log, err := w.st.Audit(t.Context(), 10, "")
	if err != nil {
		t.Fatal(err)
	}
	var acts []string
	for _, e := range log {
		if e.Target == "case 1" && strings.HasSuffix(e.Act, "linked") {
			acts = append(acts, e.Act+" "+e.By.Name+" "+e.Before+e.After)
		}
	}
	if got := strings.Join(acts, "; "); got != `linked max {"customer":0}{"customer":1}; unlinked max {"customer":1}{"customer":0}; linked lea {"customer":0}{"customer":1}` {
		t.Errorf("the audit log says %s", got)
	}
}

// TestLinkForm: the card's menu asks for the customer, and says what is wrong
// with what was written; a thread opens no form, and needs no number.
func TestLinkForm(t *testing.T) {
	w := newWorld(t)
	w.opens()
	w.knows()
	form := w.presses("lea", "link", 1, 0)
	for typed, want := range map[string]string{"nobody at all": `No customer is called "nobody at all"`, "": `No customer is called ""`} {
		if got := w.sends("lea", form, map[string]string{"who": typed}).Errors["who"]; !strings.Contains(got, want) {
			t.Errorf("%q: %q", typed, got)
		}
	}
	w.says(w.sends("lea", form, map[string]string{"who": "ANN@a.example"}), "Is @brew1 the customer Ann Smith (C-17)?")
	post, err := w.st.Posts(t.Context(), bot.DeliverCard, 1)
	if err != nil || len(post) == 0 {
		t.Fatal(post, err)
	}
	thread := func(line string) bot.Answer {
		return w.does(bot.Interaction{Kind: bot.DidMention, By: person("lea"), Message: post[0].Ref, Text: line})
	}
	w.says(thread("link"), "This needs a few words from you.", "[Link]")
	w.says(w.yes("lea", thread("link to C-17"), "Link them"), "Linked to Ann Smith (C-17): @brew1 on Mastodon · 1 mention.")
	w.says(thread("unlink"), "Not Ann Smith (C-17) any more, and no import links them again.")
	w.says(w.yes("lea", w.types("lea", "link 1 C-17"), "Link them"), "Linked to Ann Smith (C-17)")
}

// TestLinkOutweighs: a word outweighs a handle, on the cards of every case of
// the same author; taken back, the handle counts again.
func TestLinkOutweighs(t *testing.T) {
	w := newWorld(t)
	w.knows()
	w.opens()
	w.opens() // @brew2 is Bea, by handle
	if got := w.customerOf(2); got.Customer.Name != "Bea" || got.Linked.CustomerID != 0 {
		t.Fatalf("%+v", got)
	}
	preview := w.types("lea", "link 2 C-17")
	w.says(preview, "Instead of | Bea (C-19)")
	w.yes("lea", preview, "Link them")
	w.says(w.types("lea", "unlink 2"), "Not Ann Smith (C-17) any more. By address or handle the author is Bea (C-19).")
	w.says(w.types("lea", "unlink 2"), "Not Bea (C-19) any more")
	w.knows() // imported again
	if got := w.customerOf(2).Customer; got.ID != 0 {
		t.Errorf("an import linked them again: %+v", got)
	}
	// Who wrote it is not known (any more), or the customer is not.
	err := w.st.Transact(t.Context(), func(ctx context.Context) error {
		c, err := w.st.Case(ctx, 1)
		if err != nil {
			return err
		}
		c.AuthorID = 0
		c.Version++
		return w.st.UpdateCase(ctx, c)
	})
	if err != nil {
		t.Fatal(err)
	}
	w.says(w.types("lea", "unlink 1"), "Nobody knows who wrote case 1")
	w.says(w.does(bot.Interaction{Kind: bot.DidPress, By: person("lea"), Action: bot.ActionID{Name: "link.yes", Target: 2, Arg: "99"}}), "not stored (any more)")
	w.says(w.does(bot.Interaction{Kind: bot.DidPress, By: person("lea"), Action: bot.ActionID{Name: "link.yes", Target: 2, Arg: "x"}}), "another version of Earshot")
}
