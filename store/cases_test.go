package store

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func agent(name string) bot.Person { return bot.Person{Platform: "slack", ID: "U" + name, Name: name} }

// open1 opens a case for a mention that is stored on the way.
func open1(t testing.TB, s *Store, id, handle string, change ...func(*bot.Case)) bot.Case {
	t.Helper()
	saved := save(t, s, said(id, handle, "It smells burnt"))[0]
	c := bot.Case{State: bot.Open, Watch: "larkspur", Topics: []string{"firmware", "support"}, Source: "masto", Route: "care", MentionID: saved.ID,
		AuthorID: saved.AuthorID, Label: bot.Negative, Urgency: bot.UrgencyHigh, People: 1, OpenedAt: day(10, 10, 5), DueAt: day(10, 10, 35)}
	for _, ch := range change {
		ch(&c)
	}
	return must(s.CreateCase(t.Context(), c))(t)
}

func testCaseSwap(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	if c.ID != 1 || c.Version != 1 {
		t.Fatalf("case %d version %d", c.ID, c.Version)
	}
	full := bot.Case{ID: c.ID, Version: 2, State: bot.Resolved, Watch: "w", Topics: []string{"a"}, Source: "s", Route: "r", MentionID: 1, AuthorID: 1,
		Label: bot.Mixed, Urgency: bot.UrgencyCritical, Echoes: 3, People: 2, OpenedAt: day(1, 0, 0), DueAt: day(1, 0, 1), Owner: agent("eve"),
		ClaimedAt: day(1, 0, 2), NudgedAt: day(1, 0, 3), AnsweredAt: day(1, 0, 4), AnsweredBy: agent("bo"), AnswerPublic: true, ClosedAt: day(1, 0, 5),
		SnoozedUntil: day(1, 0, 6), EscalatedAt: day(1, 0, 7), EscalatedTo: "duty", RootCause: "4.2", Action: "replaced", DismissReason: bot.DismissSpam,
		MergedInto: 9, EditedSince: true, Quiet: true}
	if err := s.UpdateCase(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(full, must(s.Case(t.Context(), 1))(t)); d != "" {
		t.Fatal(d)
	}
	kind(t, s.UpdateCase(t.Context(), full), bot.ErrStale)
	full.ID = 99
	kind(t, s.UpdateCase(t.Context(), full), bot.ErrNotFound)
	_, err := s.Case(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	if r := must(s.Mention(t.Context(), 1))(t); r.CaseID != 1 || !r.AnsweredAt.Equal(day(1, 0, 4)) {
		t.Fatalf("reading %+v", r)
	}
}

// Of many who claim at once, one has the case and the others are told.
func testOneWinner(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			next, _, err := c.Do(bot.Change{Verb: bot.Claim, By: agent(fmt.Sprint(i)), Role: bot.Agent, At: day(10, 11, 0)})
			errs[i] = errors.Join(err, s.UpdateCase(t.Context(), next))
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		kind(t, err, bot.ErrStale)
	}
	if got := must(s.Case(t.Context(), 1))(t); won != 1 || got.Version != 2 || got.State != bot.Claimed {
		t.Fatalf("%d winners; case %+v", won, got)
	}
}

func alive() []bot.CaseState { return []bot.CaseState{bot.Open, bot.Claimed, bot.Answered} }

func testInbox(t *testing.T, s *Store) {
	for i, c := range []struct {
		urgency bot.UrgencyLevel
		due     time.Time
		state   bot.CaseState
	}{
		{bot.UrgencyNormal, day(10, 9, 0), bot.Open},      // 1
		{bot.UrgencyHigh, time.Time{}, bot.Open},          // 2: no SLA, after those that have one
		{bot.UrgencyHigh, day(10, 10, 0), bot.Claimed},    // 3
		{bot.UrgencyCritical, day(12, 0, 0), bot.Open},    // 4
		{bot.UrgencyHigh, day(10, 10, 0), bot.Answered},   // 5
		{bot.UrgencyCritical, day(1, 0, 0), bot.Resolved}, // 6: done
		{bot.UrgencyHigh, day(10, 9, 0), bot.Open},        // 7
	} {
		open1(t, s, fmt.Sprint(i), "ann", func(n *bot.Case) { n.Urgency, n.DueAt, n.State = c.urgency, c.due, c.state })
	}
	want := []int64{4, 7, 3, 5, 2, 1}
	var got []int64
	f := bot.CaseFilter{States: alive(), Limit: 2}
	for {
		page := must(s.Cases(t.Context(), f))(t)
		if len(page) == 0 {
			break
		}
		for _, c := range page {
			got = append(got, c.ID)
		}
		f.After = page[len(page)-1].ID
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if n := must(s.CountCases(t.Context(), f))(t); n != 6 {
		t.Fatalf("%d cases", n)
	}
	var newest []int64
	for _, c := range must(s.Cases(t.Context(), bot.CaseFilter{After: 6, Limit: 3}))(t) {
		newest = append(newest, c.ID)
	}
	if d := cmp.Diff([]int64{5, 4, 3}, newest); d != "" {
		t.Fatal(d)
	}
}

func testCaseFilters(t *testing.T, s *Store) {
	open1(t, s, "1", "ann")
	open1(t, s, "2", "bob", func(c *bot.Case) { c.State, c.Owner = bot.Claimed, agent("eve") })
	open1(t, s, "3", "ann", func(c *bot.Case) {
		c.Watch, c.Route, c.Source, c.Topics = "rival", "sales", "reviews", []string{"price"}
	})
	open1(t, s, "4", "ann", func(c *bot.Case) { c.SnoozedUntil, c.OpenedAt, c.State = day(20, 0, 0), day(2, 0, 0), bot.Dismissed })
	for name, c := range map[string]struct {
		filter bot.CaseFilter
		want   int
	}{
		"all":     {bot.CaseFilter{}, 4},
		"open":    {bot.CaseFilter{States: []bot.CaseState{bot.Open}}, 2},
		"done":    {bot.CaseFilter{States: []bot.CaseState{bot.Resolved, bot.Dismissed}}, 1},
		"owner":   {bot.CaseFilter{Owner: agent("eve").Key()}, 1},
		"unowned": {bot.CaseFilter{Unowned: true}, 3},
		"watch":   {bot.CaseFilter{Watch: "rival"}, 1},
		"route":   {bot.CaseFilter{Route: "care"}, 3},
		"source":  {bot.CaseFilter{Source: "reviews"}, 1},
		"topic":   {bot.CaseFilter{Topic: "support"}, 3},
		"author":  {bot.CaseFilter{AuthorID: 1}, 3},
		"awake":   {bot.CaseFilter{Awake: day(10, 0, 0)}, 3},
		"time":    {bot.CaseFilter{From: day(2, 0, 0), To: day(3, 0, 0)}, 1},
		"several": {bot.CaseFilter{States: alive(), Watch: "larkspur", Unowned: true, AuthorID: 1}, 1},
	} {
		if n := must(s.CountCases(t.Context(), c.filter))(t); n != c.want {
			t.Errorf("%s: counted %d, want %d", name, n, c.want)
		}
		if got := must(s.Cases(t.Context(), c.filter))(t); len(got) != c.want {
			t.Errorf("%s: listed %d, want %d", name, len(got), c.want)
		}
	}
	for name, c := range map[string]struct {
		author int64
		watch  string
		since  time.Time
		want   int64
	}{
		"his":          {1, "larkspur", day(1, 0, 0), 1},
		"not so long":  {1, "larkspur", day(11, 0, 0), 0},
		"other watch":  {1, "rival", day(1, 0, 0), 3},
		"nobody's":     {0, "larkspur", day(1, 0, 0), 0},
		"claimed also": {2, "larkspur", day(1, 0, 0), 2},
	} {
		if got := must(s.OpenCaseOfAuthor(t.Context(), c.author, c.watch, c.since))(t); got != c.want {
			t.Errorf("%s: case %d, want %d", name, got, c.want)
		}
	}
}

func testJoin(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	anonymous := said("4", "", "me too")
	anonymous.Mention.Author = bot.Author{}
	for i, saved := range save(t, s, said("2", "bob", "me too"), said("3", "ann", "still"), anonymous) {
		want := []bool{true, false, true}[i]
		for _, first := range []bool{true, false} {
			if fresh := must(s.JoinCase(t.Context(), c.ID, saved.ID))(t); fresh != (want && first) {
				t.Errorf("mention %d: new person %v", saved.ID, fresh)
			}
		}
	}
	if got := must(s.CaseMentions(t.Context(), c.ID, 0))(t); len(got) != 4 || got[0].Mention.ID != 1 {
		t.Fatalf("%d mentions", len(got))
	}
	_, err := s.JoinCase(t.Context(), c.ID, 99)
	kind(t, err, bot.ErrNotFound)
	// Bob is Ann after all: a further author of the same customer is nobody new.
	if _, _, err := s.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "c", Handles: []string{"ann", "annie"}}}); err != nil {
		t.Fatal(err)
	}
	saved := save(t, s, said("5", "annie", "and again"))
	if fresh := must(s.JoinCase(t.Context(), c.ID, saved[0].ID))(t); fresh {
		t.Error("the same customer counts twice")
	}
}

func testDossier(t *testing.T, s *Store) {
	if _, _, err := s.SaveCustomers(t.Context(), []bot.Customer{{ExternalID: "c", Name: "Ann", Tier: "gold", Handles: []string{"ann", "annie"}}}); err != nil {
		t.Fatal(err)
	}
	early := said("0", "annie", "hello")
	early.Mention.CreatedAt = day(1, 0, 0)
	save(t, s, early)
	open1(t, s, "1", "annie", func(c *bot.Case) { c.OpenedAt, c.State = day(1, 0, 0), bot.Resolved })
	open1(t, s, "2", "ann", func(c *bot.Case) { c.OpenedAt, c.State = day(10, 10, 4), bot.Dismissed }) // came in the same poll
	answer := said("3", "ann", "It smells burnt")
	answer.Mention.ParentID, answer.Mention.CreatedAt = "0", day(10, 10, 4)
	save(t, s, answer)
	c := open1(t, s, "3", "ann")
	echo := said("4", "bob", "me too")
	echo.Mention.CreatedAt = day(10, 9, 0)
	must(s.JoinCase(t.Context(), c.ID, save(t, s, echo)[0].ID))(t)
	for _, text := range []string{"first", "second"} {
		must(s.SaveReply(t.Context(), bot.Reply{CaseID: c.ID, Text: text, State: bot.ReplyDraft}))(t)
	}
	d := must(s.Dossier(t.Context(), c.ID))(t)
	if d.Case.ID != c.ID || d.Mention.ExternalID != "3" || d.Verdict.Label != bot.Negative || d.Parent != "hello" || d.Reply.Text != "second" || !d.Since.Equal(day(10, 9, 0)) {
		t.Fatalf("dossier %+v", d)
	}
	sp := d.Speaker
	if sp.Author.Handle != "ann" || sp.Customer.Tier != "gold" || sp.Mentions != 1 || !sp.FirstMention.Equal(day(1, 0, 0)) ||
		sp.Cases != 2 || sp.LastCase != 2 || sp.LastState != bot.Dismissed || sp.Last30Days != 2 {
		t.Fatalf("speaker %+v", sp)
	}
	if sp := must(s.Speaker(t.Context(), 99, day(10, 0, 0), 0))(t); sp.Author.ID != 0 {
		t.Fatalf("speaker %+v", sp)
	}
	// What a person has to decide about is not hidden by what is begun later.
	for _, r := range []bot.Reply{{Text: "doubtful", State: bot.ReplyParked}, {Text: "waits", State: bot.ReplyAwaiting}, {Text: "third", State: bot.ReplyDraft}} {
		r.CaseID = c.ID
		must(s.SaveReply(t.Context(), r))(t)
	}
	if d := must(s.Dossier(t.Context(), c.ID))(t); d.Reply.Text != "doubtful" {
		t.Fatalf("the reply of the dossier is %q", d.Reply.Text)
	}
	_, err := s.Dossier(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	// A mention that was forgotten leaves its case readable.
	if err := deleteMention(s, c.MentionID); err != nil {
		t.Fatal(err)
	}
	if d := must(s.Dossier(t.Context(), c.ID))(t); d.Case.ID != c.ID || d.Mention.ID != 0 {
		t.Fatalf("dossier %+v", d)
	}
}

func testWorkStats(t *testing.T, s *Store) {
	for i, c := range []struct {
		state    bot.CaseState
		answered time.Duration
	}{{bot.Open, 0}, {bot.Answered, 9 * time.Minute}, {bot.Resolved, 2 * time.Minute}, {bot.Resolved, 0}, {bot.Dismissed, 0}} {
		open1(t, s, fmt.Sprint(i), "ann", func(n *bot.Case) {
			n.State = c.state
			if c.answered > 0 {
				n.AnsweredAt = n.OpenedAt.Add(c.answered)
			}
		})
	}
	open1(t, s, "x", "ann", func(n *bot.Case) { n.OpenedAt = day(11, 0, 0) })
	got := must(s.WorkStats(t.Context(), bot.CaseFilter{Watch: "larkspur", From: day(10, 0, 0), To: day(11, 0, 0)}))(t)
	want := bot.WorkStats{Opened: 5, Answered: 2, Resolved: 2, Dismissed: 1, Unanswered: 1, FirstAnswer: []time.Duration{2 * time.Minute, 9 * time.Minute}}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func testHistory(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	var want []bot.Event
	for i, verb := range []bot.Verb{bot.Claim, bot.Escalate} {
		e := bot.Event{CaseID: c.ID, At: day(10, 11, i), By: agent("eve"), Verb: verb, Text: "did it", Before: bot.Open, After: bot.Claimed, Loud: i == 1}
		want = append(want, must(s.AddEvent(t.Context(), e))(t))
	}
	if d := cmp.Diff(want, must(s.CaseEvents(t.Context(), c.ID))(t)); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff(want[1], must(s.Event(t.Context(), want[1].ID))(t)); d != "" {
		t.Fatal(d)
	}
	_, err := s.Event(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
	for i, target := range []string{"case 1", "case 2", "case 1"} {
		if err := s.AddAudit(t.Context(), bot.AuditEntry{At: day(10, 12, i), By: agent("eve"), Act: "claim", Target: target, Before: `{}`, After: `{"a":1}`}); err != nil {
			t.Fatal(err)
		}
	}
	wantAudit := []bot.AuditEntry{{ID: 3, At: day(10, 12, 2), By: agent("eve"), Act: "claim", Target: "case 1", Before: `{}`, After: `{"a":1}`}}
	if d := cmp.Diff(wantAudit, must(s.Audit(t.Context(), 1, "case 1"))(t)); d != "" {
		t.Fatal(d)
	}
	if all := must(s.Audit(t.Context(), 0, ""))(t); len(all) != 3 {
		t.Fatalf("%d lines", len(all))
	}
}

func testReplies(t *testing.T, s *Store) {
	c := open1(t, s, "1", "ann")
	r := bot.Reply{CaseID: c.ID, MentionID: c.MentionID, State: bot.ReplyAwaiting, Way: bot.Way{Name: "public", Label: "Public reply", Public: true, Limit: 500, Place: "Mastodon"},
		Text: "Sorry!", By: agent("eve"), ApprovedBy: agent("bo"), Note: "n", CaseSeen: 3, CreatedAt: day(10, 11, 0), SendAt: day(10, 11, 1), SentAt: day(10, 11, 2),
		ExternalID: "x", URL: "https://example.org", Error: "e"}
	r = must(s.SaveReply(t.Context(), r))(t)
	if d := cmp.Diff(r, must(s.Reply(t.Context(), r.ID))(t)); d != "" {
		t.Fatal(d)
	}
	r.State = bot.ReplyQueued
	if err := s.SwapReply(t.Context(), r, bot.ReplyAwaiting); err != nil {
		t.Fatal(err)
	}
	undone := r
	undone.State = bot.ReplyUndone
	kind(t, s.SwapReply(t.Context(), undone, bot.ReplyAwaiting), bot.ErrStale)
	r.Text = "Sorry."
	must(s.SaveReply(t.Context(), r))(t)
	if d := cmp.Diff([]bot.Reply{r}, must(s.CaseReplies(t.Context(), c.ID))(t)); d != "" {
		t.Fatal(d)
	}
	if got := must(s.RepliesIn(t.Context(), bot.ReplyQueued, 0))(t); len(got) != 1 {
		t.Fatalf("%d queued", len(got))
	}
	undone.ID = 99
	kind(t, s.SwapReply(t.Context(), undone, bot.ReplyQueued), bot.ErrNotFound)
	_, err := s.SaveReply(t.Context(), undone)
	kind(t, err, bot.ErrNotFound)
}
