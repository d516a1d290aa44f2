package store

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// linker says who an author is, and gives who they are afterwards.
func linker(t *testing.T, s *Store) func(author, customer int64, linked bool) int64 {
	return func(author, customer int64, linked bool) int64 {
		t.Helper()
		return must(s.LinkAuthor(t.Context(), bot.Linking{AuthorID: author, CustomerID: customer, Linked: linked, By: agent("eve"), At: day(10, 12, 0)}))(t)
	}
}

func importCustomers(t *testing.T, s *Store, all ...bot.Customer) {
	t.Helper()
	if _, _, err := s.SaveCustomers(t.Context(), all); err != nil {
		t.Fatal(err)
	}
}

// testLinks: what a person says of whom an author is holds against imports and
// against what the author is heard to be called.
func testLinks(t *testing.T, s *Store) {
	importCustomers(t, s, bot.Customer{ExternalID: "c1", Name: "Ann", Handles: []string{"mastodon:ann"}}, bot.Customer{ExternalID: "c2", Name: "Bob", Tier: "gold"})
	word := linker(t, s)
	now := func() int64 { return save(t, s, said("1", "ann", "hello"))[0].CustomerID }
	author := save(t, s, said("1", "ann", "hello"), said("2", "ann", "again"))[0].AuthorID
	if got := now(); got != 1 {
		t.Fatalf("by their handle: customer %d", got)
	}
	if err := errors.Join(s.DayReadings(t.Context(), "larkspur", day(10, 0, 0), func(bot.Reading) error { return nil }), s.SaveRollup(t.Context(), "larkspur", day(10, 0, 0), nil)); err != nil {
		t.Fatal(err)
	}
	if days := must(s.DirtyDays(t.Context(), "larkspur"))(t); len(days) != 0 {
		t.Fatalf("days %v", days)
	}
	if got := word(author, 2, true); got != 2 || now() != 2 {
		t.Fatalf("by a person's word: customer %d, heard again %d", got, now())
	}
	if days := must(s.DirtyDays(t.Context(), "larkspur"))(t); len(days) != 1 {
		t.Errorf("what they said is not counted anew: %v", days)
	}
	sp := must(s.Speaker(t.Context(), author, day(10, 13, 0), 0))(t)
	if sp.Customer.Name != "Bob" || sp.Linked.By.Name != agent("eve").Name || sp.Linked.CustomerID != 2 || !sp.Linked.At.Equal(day(10, 12, 0)) {
		t.Errorf("%+v", sp)
	}
	// Neither an import nor a new address undoes a word.
	importCustomers(t, s, bot.Customer{ExternalID: "c1", Name: "Ann", Handles: []string{"mastodon:ann", "ann"}, Email: "ann@a.example"})
	h := said("3", "ann", "now with an address")
	h.Mention.Author.Email = "ann@a.example"
	if got := save(t, s, h)[0].CustomerID; got != 2 {
		t.Errorf("a new address made them customer %d", got)
	}
	// One step back: whom the handle says they are, without a word of anybody.
	if got := word(author, 2, false); got != 1 {
		t.Errorf("unlinked: customer %d, want the one of the handle", got)
	}
	if sp := must(s.Speaker(t.Context(), author, day(10, 13, 0), 0))(t); sp.Linked.CustomerID != 0 || sp.Linked.By.Known() {
		t.Errorf("nobody's word: %+v", sp.Linked)
	}
	if got := word(author, 1, false); got != 0 {
		t.Errorf("unlinked from both: customer %d", got)
	}
	importCustomers(t, s, bot.Customer{ExternalID: "c1", Name: "Ann", Handles: []string{"ann"}, Email: "ann@a.example"}, bot.Customer{ExternalID: "c2", Email: "ann@b.example"})
	if got := now(); got != 0 {
		t.Errorf("an import linked them again: customer %d", got)
	}
	if got := word(author, 1, true); got != 1 || now() != 1 {
		t.Errorf("linked anew by a person: customer %d", got)
	}
	if n := count(t, s, `SELECT count(*) FROM author_links WHERE linked = 1`); n != 1 {
		t.Errorf("%d links", n)
	}
	// A pair that is parted leaves others be.
	word(author, 1, false)
	importCustomers(t, s, bot.Customer{ExternalID: "c1"}, bot.Customer{ExternalID: "c3", Handles: []string{"mastodon:ann"}})
	h = said("4", "ann", "another address")
	h.Mention.Author.Email = "ann@c.example"
	if got := save(t, s, h)[0].CustomerID; got != 3 {
		t.Errorf("a third customer has the handle alone: customer %d", got)
	}
}

func testFindCustomers(t *testing.T, s *Store) {
	importCustomers(t, s,
		bot.Customer{ExternalID: "17", Name: "Élodie Martin", Email: "elo@a.example"}, bot.Customer{ExternalID: "elo@a.example", Name: "Trick"},
		bot.Customer{ExternalID: "18", Name: "Bob Martin", Handles: []string{"mastodon:bob", "bobby"}}, bot.Customer{ExternalID: "19", Name: "100% Cotton"})
	for called, want := range map[string][]int64{
		"17": {1}, "elo@a.example": {2}, "ELO@A.example": {1}, "@bobby": {3}, "mastodon:@Bob": {3}, "martin": {1, 3}, "ÉLODIE m": {1}, "MAR bob": {3},
		"": nil, "%": nil, "artin": nil, "1": {4}, "100%": {4}, "nobody": nil, "' OR 1=1 --": nil,
	} {
		var got []int64
		for _, c := range must(s.FindCustomers(t.Context(), called, 10))(t) {
			got = append(got, c.ID)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%q: %s", called, d)
		}
	}
	if got := must(s.FindCustomers(t.Context(), "martin", 1))(t); len(got) != 1 || got[0].ID != 1 {
		t.Errorf("%+v", got)
	}
	word := linker(t, s)
	saved := save(t, s, said("1", "ann", "one"), said("2", "ben", "two"), said("3", "ben", "three"))
	word(saved[0].AuthorID, 4, true)
	word(saved[1].AuthorID, 4, true)
	rec := must(s.CustomerRecord(t.Context(), 4))(t)
	if rec.Customer.Name != "100% Cotton" || len(rec.Authors) != 2 || rec.Authors[0].Author.Handle != "ben" || rec.Authors[0].Source != "masto" || rec.Authors[0].Mentions != 2 || rec.Mentions() != 3 {
		t.Errorf("%+v", rec)
	}
	_, err := s.CustomerRecord(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
}

// testEraseLinks: who was linked by a person's word goes with the customer, and
// what is said of those who are not them names them no more.
func testEraseLinks(t *testing.T, s *Store) {
	importCustomers(t, s, bot.Customer{ExternalID: "c1", Name: "Zo"}, bot.Customer{ExternalID: "c2", Name: "Bo"})
	word := linker(t, s)
	saved := save(t, s, said("1", "ann", "one"), said("2", "ben", "two"))
	word(saved[0].AuthorID, 1, true)
	word(saved[1].AuthorID, 1, false)
	word(saved[1].AuthorID, 2, true)
	for i, m := range saved {
		c := must(s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", Source: "masto", MentionID: m.ID, AuthorID: m.AuthorID, OpenedAt: day(10, 11, 0)}))(t)
		verb := []bot.Verb{bot.Linked, bot.Unlinked}[i]
		must(s.AddEvent(t.Context(), bot.Event{CaseID: c.ID, At: day(10, 11, 1), By: agent("eve"), Verb: verb, Text: "said something of the customer Zo (c1)"}))(t)
	}
	robot := said("3", "mailer", "The answer could not be delivered to <ann>.")
	robot.Mention.Author.Automated = true
	must(s.JoinCase(t.Context(), 1, save(t, s, robot)[0].ID))(t)
	out := must(s.Erase(t.Context(), Whom{Customer: "c1"}, agent("eve")))(t)
	if out.Authors != 1 || out.Mentions != 1 {
		t.Errorf("%+v", out)
	}
	for _, id := range []int64{1, 2} {
		for _, ev := range must(s.CaseEvents(t.Context(), id))(t) {
			if ev.Text != bot.Erased {
				t.Errorf("case %d still says %q", id, ev.Text)
			}
		}
	}
	if m := must(s.FindMention(t.Context(), "masto", "3"))(t); m.Mention.Text != bot.Erased {
		t.Errorf("a program still says %q", m.Mention.Text)
	}
	if n := count(t, s, `SELECT count(*) FROM author_links`); n != 1 {
		t.Errorf("%d words are kept, want that on the other customer", n)
	}
	if sp := must(s.Speaker(t.Context(), saved[1].AuthorID, day(11, 0, 0), 0))(t); sp.Customer.Name != "Bo" {
		t.Errorf("%+v", sp)
	}
}
