package store

import (
	"bytes"

	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// zora is a person whose words are nobody else's, with traces of them all over
// the store.
func zora(t *testing.T, s *Store) (caseID int64) {
	t.Helper()
	ctx := t.Context()
	mine := said("z1", "zorablatt", "The zwitscher machine of mine exploded over quixotic breakfast tables")
	mine.Mention.Author.Name, mine.Mention.Author.Email = "Zora Blattgold", "zora@quixotic.example"
	mine.Mention.Attrs = map[string]string{"order": "quixotic-4711"}
	second := said("z2", "zorablatt", "And the zwitscher hotline only laughed at me")
	second.Mention.Author = mine.Mention.Author
	other := said("o1", "otto", "Mine works well enough, thank you")
	repost := said("o2", "otto", "RT zorablatt: The zwitscher machine of mine exploded over quixotic breakfast tables")
	repost.Mention.RepostOf = "z1"
	saved := save(t, s, mine, second, other, repost)
	edited := mine
	edited.Mention.Text += " twice"
	save(t, s, edited)
	c := must(s.CreateCase(ctx, bot.Case{State: bot.Open, Watch: "larkspur", Source: "masto", MentionID: saved[0].ID, AuthorID: saved[0].AuthorID, OpenedAt: day(10, 11, 0)}))(t)
	must(s.JoinCase(ctx, c.ID, saved[0].ID))(t)
	must(s.AddEvent(ctx, bot.Event{CaseID: c.ID, At: day(10, 11, 1), By: agent("eve"), Verb: bot.Escalate, Text: "escalated it: Zora Blattgold is furious about quixotic things"}))(t)
	r := must(s.SaveReply(ctx, bot.Reply{CaseID: c.ID, MentionID: saved[0].ID, State: bot.ReplyQueued, Text: "Dear Zora, we are sorry for your zwitscher", By: agent("eve")}))(t)
	dig, _, err := s.CreateDigest(ctx, bot.Digest{Audience: "leadership", Slot: day(10, 8, 0), From: day(3, 0, 0), To: day(10, 0, 0), Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	body, _ := json.Marshal(map[string]any{"watch": "larkspur", "voices": []any{map[string]any{"text": "The zwitscher machine of mine exploded…", "author": "@zorablatt", "mention_id": saved[0].ID}}})
	for _, err := range []error{
		s.SaveDigestBody(ctx, dig.ID, body, day(10, 8, 1)),
		s.SaveRejected(ctx, []bot.Rejected{{Source: "masto", Where: "item 7", Reason: "no date", Raw: `{"acct":"zorablatt","text":"zwitscher"}`}}),
		s.AddAudit(ctx, bot.AuditEntry{By: agent("eve"), Act: "reply_edit", Target: "reply " + itoa(r.ID), Before: "Dear Zora zwitscher", After: "Dear Zora, zwitscher"}),
		s.SavePost(ctx, bot.Post{Kind: bot.DeliverCard, Target: c.ID, Platform: "slack", Channel: "#support", Ref: bot.MessageRef{Channel: "C1", ID: "1.1"}}),
		s.SavePost(ctx, bot.Post{Kind: bot.DeliverDigest, Target: dig.ID, Platform: "slack", Channel: "#leads", Ref: bot.MessageRef{Channel: "C2", ID: "2.1"}}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.SaveMessage(ctx, bot.StoredMessage{Key: "earshot-1", Channel: "triage", View: bot.Say("@zorablatt: “The zwitscher machine of mine exploded over…”")}))(t)
	if _, err := s.SaveSpike(ctx, bot.Spike{Series: bot.Series{Watch: "larkspur"}, State: bot.SpikeOpen, OpenedAt: day(10, 9, 0), FirstID: saved[0].ID, Reach: []bot.Reach{{Author: "@zorablatt", Followers: 9000}}}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.SaveCustomers(ctx, []bot.Customer{{ExternalID: "K-zora", Name: "Zora Blattgold", Email: "zora@quixotic.example"}}); err != nil {
		t.Fatal(err)
	}
	return c.ID
}

// traces are what nothing in the store's files may say after the erasure.
func traces(t *testing.T, path string) map[string]int {
	t.Helper()
	found := map[string]int{}
	for _, file := range []string{path, path + "-wal"} {
		b, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		low := bytes.ToLower(b)
		for _, w := range []string{"zora", "zwitscher", "quixotic", "blattgold"} {
			if n := bytes.Count(low, []byte(w)); n > 0 {
				found[filepath.Base(file)+": "+w] = n
			}
		}
	}
	return found
}

func TestEraseLeavesNoWords(t *testing.T) {
	s := open(t)
	caseID := zora(t, s)
	if got := traces(t, s.path); len(got) == 0 {
		t.Fatal("the test is blind: nothing was found before")
	}
	who := Whom{Source: "masto", Author: "@Zorablatt"}
	seen := must(s.PreviewErasure(t.Context(), who))(t)
	if _, err := s.FindMention(t.Context(), "masto", "z1"); err != nil {
		t.Fatal("a preview erased:", err)
	}
	got := must(s.Erase(t.Context(), Whom{Customer: "K-zora"}, bot.Person{Platform: "cli", ID: "op"}))(t)
	if got.StillSeen != 0 {
		t.Errorf("%d texts are still seen", got.StillSeen)
	}
	if d := cmp.Diff(map[string]int{}, traces(t, s.path)); d != "" {
		t.Errorf("left in the files: %s", d)
	}
	if b, err := os.ReadFile(ErasedFile(s.path)); err != nil || bytes.Contains(bytes.ToLower(b), []byte("zora")) || len(b) == 0 {
		t.Errorf("the file beside the store: %q, %v", b, err)
	}
	if seen.Mentions != 2 || seen.Quotes != 1 || seen.Cases != 1 || seen.Replies != 1 || seen.Digests != 1 || seen.Spikes != 1 || seen.Cards != 2 {
		t.Errorf("preview: %+v", seen)
	}
	if got.Mentions != 2 || got.Customers != 1 || got.Cases != 1 || got.Others != 2 {
		t.Errorf("erased: %+v", got)
	}
	c := must(s.Case(t.Context(), caseID))(t)
	if c.State != bot.Dismissed || c.AuthorID != 0 || c.MentionID != 0 {
		t.Errorf("case %+v", c)
	}
	if d := must(s.Dossier(t.Context(), caseID))(t); !d.Erased {
		t.Error("the case does not know that what was said is gone")
	}
	if chain := must(s.VerifyAudit(t.Context(), ""))(t); chain.Broken != 0 || chain.Forgotten == 0 {
		t.Errorf("chain %+v", chain)
	}
	line := must(s.Audit(t.Context(), 1, ""))(t)[0]
	if line.Act != "erase" || !strings.HasPrefix(line.Target, "person ") || len(line.Target) != len("person ")+16 {
		t.Errorf("audit %+v", line)
	}
	due := must(s.Deliveries(t.Context(), []bot.DeliveryState{bot.DeliveryDue}, 0))(t)
	if len(due) != 2 {
		t.Errorf("deliveries %+v; the card and the digest are to be edited", due)
	}
}

// testEraseStays: neither the source, an import of the customer, nor the author
// with another post of before brings the person back; what they say later is
// heard.
func testEraseStays(t *testing.T, s *Store) {
	zora(t, s)
	must(s.Erase(t.Context(), Whom{Customer: "zora@quixotic.example"}, agent("eve")))(t)
	again, older, later := said("z1", "zorablatt", "again"), said("z0", "zorablatt", "from before"), said("z9", "zorablatt", "I am back")
	undated := said("z2", "", "again")
	undated.Mention.Author, undated.Mention.CreatedAt = bot.Author{}, day(11, 9, 0)
	later.Mention.CreatedAt = day(11, 9, 0)
	var outcomes []bot.Outcome
	for _, r := range save(t, s, again, older, undated, later, said("o1", "otto", "Mine works well enough, thank you")) {
		outcomes = append(outcomes, r.Outcome)
	}
	if d := cmp.Diff([]bot.Outcome{bot.Forgotten, bot.Forgotten, bot.Forgotten, bot.New, bot.Duplicate}, outcomes); d != "" {
		t.Error(d)
	}
	created, updated, err := s.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "K-zora", Name: "Z"}, {ExternalID: "K-2", Email: "ZORA@quixotic.example"}, {ExternalID: "K-3"}})
	if err != nil || created != 1 || updated != 0 {
		t.Errorf("customers: %d created, %d updated, %v; want one", created, updated, err)
	}
}

// testEraseNobody: nobody is guessed.
func testEraseNobody(t *testing.T, s *Store) {
	a, b := said("1", "ann", "one of two who are called so"), said("2", "ann2", "the other one of the two")
	a.Mention.Author.Name, b.Mention.Author.Name = "Ann", "Ann"
	save(t, s, a, b)
	for who, want := range map[Whom]bot.ErrorKind{
		{Source: "masto", Author: "Ann"}:    bot.ErrInvalid,
		{Source: "masto", Author: "nobody"}: bot.ErrNotFound,
		{Source: "other", Author: "ann"}:    bot.ErrNotFound,
		{Customer: "K-none"}:                bot.ErrNotFound,
		{Author: "ann"}:                     bot.ErrInvalid,
	} {
		_, err := s.PreviewErasure(t.Context(), who)
		kind(t, err, want)
	}
	if got := must(s.Erase(t.Context(), Whom{Source: "masto", Author: "u-ann"}, agent("eve")))(t); got.Mentions != 1 {
		t.Errorf("%+v", got)
	}
}

// What a running bot has in memory of somebody who was erased by another
// process does not bring them back, nor break its next batch.
func TestEraseBesideARunningBot(t *testing.T) {
	running := open(t)
	zora(t, running)
	beside := open(t, func(o *Options) { o.Path = running.path })
	must(beside.Erase(t.Context(), Whom{Source: "masto", Author: "zorablatt"}, agent("eve")))(t)
	later := said("z9", "zorablatt", "I am back")
	later.Mention.CreatedAt = day(12, 9, 0)
	if got := save(t, running, said("z1", "zorablatt", "again"), later); got[0].Outcome != bot.Forgotten || got[1].Outcome != bot.New {
		t.Errorf("%+v", got)
	}
	// Who is erased again, with nothing of theirs left but a name, is known again.
	must(running.exec(t.Context(), `DELETE FROM mentions WHERE external_id = 'z9'`))(t)
	third := open(t, func(o *Options) { o.Path, o.Now = running.path, func() time.Time { return day(14, 9, 0) } })
	must(third.Erase(t.Context(), Whom{Source: "masto", Author: "zorablatt"}, agent("eve")))(t)
	more := said("z10", "zorablatt", "and late")
	more.Mention.CreatedAt = day(13, 9, 0)
	if got := save(t, running, more); got[0].Outcome != bot.Forgotten {
		t.Errorf("after the second erasure: %+v", got)
	}
}

// Words of somebody that are only part of what others wrote elsewhere stay.
func FuzzScrub(f *testing.F) {
	f.Add("@zorablatt", `{"text":"The zwitscher machine of mine exploded","mention_id":7}`)
	f.Add("x", `[1,2,{"a":"zorablattgold"}]`)
	f.Fuzz(func(t *testing.T, text, body string) {
		p := subject{authors: []knownSubject{{author: bot.Author{Handle: "zorablatt", Name: "Zora Blattgold"}}}}
		s := newScrubber(p)
		s.add("The zwitscher machine of mine exploded over quixotic breakfast tables")
		s.hits(text, true)
		seven := func(id int64) bool { return id == 7 }
		out, changed := s.json([]byte(body), seven, false)
		if again, twice := s.json(out, seven, false); twice {
			t.Fatalf("%q is changed twice: %q, %q", body, out, again)
		}
		if json.Valid([]byte(body)) && !json.Valid(out) {
			t.Fatalf("%q became %q (%v)", body, out, changed)
		}
	})
}
