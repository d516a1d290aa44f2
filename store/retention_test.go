package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// old is a mention of so many days ago.
func old(id, source string, days int) bot.Heard {
	h := said(id, "h"+id, "something that was said "+id)
	h.Mention.Source, h.Mention.CreatedAt = source, day(10, 12, 0).AddDate(0, 0, -days)
	h.Mention.SeenAt = h.Mention.CreatedAt
	h.Mention.Author.Name = "Name of " + id
	h.Mention.Attrs, h.Mention.Quoted = map[string]string{"order": id, "attachments": "invoice.pdf"}, "quoted"
	h.Mention.Media = []bot.Media{{Type: "image", URL: "https://example.org/" + id + ".png", Alt: "A kettle in pieces"}}
	return h
}

// testRetention: what is too old goes, source by source; what its day was
// counted from stays counted; a case that is not done keeps what it is about.
func testRetention(t *testing.T, s *Store) {
	ctx := t.Context()

	for _, n := range []string{"masto", "reviews"} {
		if err := s.SaveSourceState(ctx, bot.SourceState{Name: n}); err != nil {
			t.Fatal(err)
		}
	}
	saved := save(t, s, old("1", "masto", 500), old("2", "masto", 450), old("3", "masto", 100), old("4", "reviews", 500), old("5", "reviews", 800), old("6", "masto", 600))
	must(s.CreateCase(ctx, bot.Case{State: bot.Open, Watch: "larkspur", Source: "masto", MentionID: saved[1].ID, AuthorID: saved[1].AuthorID, OpenedAt: day(10, 1, 0)}))(t)
	rule := Retention{Keep: Keep{Mentions: 400 * 24 * time.Hour, Raw: 30 * 24 * time.Hour, Authors: 200 * 24 * time.Hour},
		Sources: map[string]Keep{"reviews": {Mentions: 730 * 24 * time.Hour}}}
	want := []Swept{{Source: "masto", Mentions: 2, Raw: 4, Authors: 2, Waiting: 1}, {Source: "reviews", Mentions: 1}}
	if d := cmp.Diff(want, must(s.PreviewRetention(ctx, rule))(t)); d != "" {
		t.Error(d)
	}
	// Nothing goes while its day is not rolled up.
	if got := must(s.Retain(ctx, Retention{Keep: Keep{Mentions: rule.Mentions}}))(t); len(got) != 0 {
		t.Errorf("taken before it was counted: %+v", got)
	}
	rolledUpAll(t, s)
	if w := must(s.DirtyWatches(ctx))(t); len(w) != 0 {
		t.Fatalf("still dirty: %v", w)
	}
	quoted := quoting(t, s, saved[0].ID)
	must(s.Retain(ctx, rule))(t)
	quoted()
	for id, there := range map[int]bool{0: false, 1: true, 2: true, 3: true, 4: false, 5: false} {
		_, err := s.Mention(ctx, saved[id].ID)
		if (err == nil) != there {
			t.Errorf("mention %d: %v; want it there: %v", id+1, err, there)
		}
	}
	if r := must(s.Mention(ctx, saved[2].ID))(t); len(r.Mention.Attrs) != 0 || len(r.Mention.Media) != 0 || r.Mention.Quoted != "" || r.Mention.Text == "" {
		t.Errorf("raw data is kept, or words are not: %+v", r.Mention)
	}
	if found := must(s.Mentions(ctx, bot.MentionFilter{Query: "something", Limit: 50}))(t); len(found) != 3 {
		t.Errorf("%d mentions are found", len(found))
	}
	rollups := 0
	if err := s.Rollups(ctx, "larkspur", day(10, 0, 0).AddDate(-4, 0, 0), day(11, 0, 0), func(time.Time, []byte) error { rollups++; return nil }); err != nil || rollups != 5 {
		t.Errorf("%d roll-ups are kept, %v", rollups, err)
	}
	// A day of which something is gone is not counted again.
	if err := s.MarkDirty(ctx, "larkspur", day(10, 12, 0).AddDate(0, 0, -600)); err != nil {
		t.Fatal(err)
	}
	if d := must(s.DirtyDays(ctx, "larkspur"))(t); len(d) != 0 {
		t.Errorf("counted again: %v", d)
	}
	if got := must(s.PreviewRetention(ctx, rule))(t); len(got) != 1 || got[0] != (Swept{Source: "masto", Waiting: 1}) {
		t.Errorf("left: %+v", got)
	}
	soundness(t, s)
}

// quoting stores a done case of a mention with its card in the console, and a
// report that quotes it; what it gives looks whether both are empty.
func quoting(t *testing.T, s *Store, mention int64) (empty func()) {
	t.Helper()
	ctx := t.Context()
	c := must(s.CreateCase(ctx, bot.Case{State: bot.Resolved, Watch: "larkspur", Source: "masto", MentionID: mention, OpenedAt: day(10, 1, 0), ClosedAt: day(10, 2, 0)}))(t)
	r := must(s.SaveReply(ctx, bot.Reply{CaseID: c.ID, MentionID: mention, State: bot.ReplyDone, Text: "Dear somebody"}))(t)
	m := must(s.SaveMessage(ctx, bot.StoredMessage{Key: "k", Channel: "triage", View: bot.Say("words of somebody")}))(t)
	dig, _, err := s.CreateDigest(ctx, bot.Digest{Audience: "leadership", Slot: day(10, 8, 0), Zone: "UTC"})
	for _, err := range []error{
		err,
		s.SavePost(ctx, bot.Post{Kind: bot.DeliverCard, Target: c.ID, Platform: "console", Channel: "triage", Ref: bot.MessageRef{Channel: "triage", ID: itoa(m.ID)}}),
		s.SaveDigestBody(ctx, dig.ID, []byte(`{"voices":[{"text":"words of somebody","author":"@h1","mention_id":`+itoa(mention)+`}],"watch":"larkspur"}`), day(10, 8, 1)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		t.Helper()
		if got := must(s.Message(ctx, m.ID))(t); got.View.Notice == "words of somebody" {
			t.Errorf("the console's card is kept: %+v", got.View)
		}
		if got := must(s.Reply(ctx, r.ID))(t); got.Text != bot.Erased || got.State != bot.ReplyDone {
			t.Errorf("the reply is kept: %+v", got)
		}
		want := `{"voices":[{"author":"(erased)","mention_id":` + itoa(mention) + `,"text":"(erased)"}],"watch":"larkspur"}`
		if got := must(s.Digest(ctx, dig.ID))(t); string(got.Body) != want {
			t.Errorf("the report says %s", got.Body)
		}
	}
}

// rolledUpAll rolls up every day that is behind.
func rolledUpAll(t *testing.T, s *Store) {
	t.Helper()
	for _, d := range must(s.DirtyDays(t.Context(), "larkspur"))(t) {
		if err := s.DayReadings(t.Context(), "larkspur", d, func(bot.Reading) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveRollup(t.Context(), "larkspur", d, []byte(fmt.Sprint("counted ", d.Unix()))); err != nil {
			t.Fatal(err)
		}
	}
}
