package store

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

func testOutcomes(t *testing.T, s *Store) {
	first := save(t, s, said("1", "ann", "It smells burnt"), said("2", "bob", "Fine"), said("1", "ann", "It smells burnt"))
	want := []bot.Saved{
		{Outcome: bot.New, ID: 1, AuthorID: 1}, {Outcome: bot.New, ID: 2, AuthorID: 2}, {Outcome: bot.Duplicate, ID: 1, AuthorID: 1},
	}
	if d := cmp.Diff(want, first); d != "" {
		t.Fatal(d)
	}
	edited := said("1", "ann", "It smells of roses")
	edited.Verdict = bot.Verdict{Label: bot.Positive}
	edited.Mention.CreatedAt = day(10, 11, 0) // the source says another time now: the first one stands
	rated := said("2", "bob", "Fine")
	rated.Mention.Rating = bot.Rating{Value: 2, Of: 5}
	again := save(t, s, edited, rated, rated)
	want = []bot.Saved{
		{Outcome: bot.Edited, ID: 1, AuthorID: 1}, {Outcome: bot.Edited, ID: 2, AuthorID: 2}, {Outcome: bot.Duplicate, ID: 2, AuthorID: 2},
	}
	if d := cmp.Diff(want, again); d != "" {
		t.Fatal(d)
	}
	r := must(s.Mention(t.Context(), 1))(t)
	if r.Mention.Text != "It smells of roses" || r.Verdict.Label != bot.Positive || r.Verdict.Topics != nil ||
		!r.Mention.EditedAt.Equal(day(10, 12, 0)) || !r.Mention.CreatedAt.Equal(day(10, 10, 4)) {
		t.Fatalf("edited mention: %+v", r)
	}
	former := must(list(t.Context(), s.reader(t.Context()), scanText, `SELECT text FROM mention_versions WHERE mention_id = 1`))(t)
	if d := cmp.Diff([]string{"It smells burnt"}, former); d != "" {
		t.Fatal(d)
	}
	for words, n := range map[string]int{"burnt": 0, "roses": 1} {
		if found := must(s.Mentions(t.Context(), bot.MentionFilter{Query: words}))(t); len(found) != n {
			t.Errorf("search for %s finds %d, want %d", words, len(found), n)
		}
	}
}

// testLate: what a chat delivers again, or by a slower replica, does not undo
// the edit or the deletion that came before it; a source that does not say when
// it edits is believed as ever.
func testLate(t *testing.T, s *Store) {
	says := func(id, text string, edited time.Time) bot.Heard {
		h := said(id, "ann", text)
		h.Mention.EditedAt = edited
		return h
	}
	gone := says("1", "", day(10, 11, 9))
	gone.Mention.Deleted = true
	for i, step := range []struct {
		says bot.Heard
		want bot.Outcome
		text string
	}{
		{says("1", "It burns", time.Time{}), bot.New, "It burns"},
		{says("1", "It smells", day(10, 11, 0)), bot.Edited, "It smells"},
		{says("1", "It burns", time.Time{}), bot.Duplicate, "It smells"},
		{says("1", "It stinks", day(10, 11, 5)), bot.Edited, "It stinks"},
		{says("1", "It smells", day(10, 11, 0)), bot.Duplicate, "It stinks"},
		{says("1", "It burns", day(10, 11, 6)), bot.Edited, "It burns"}, // its author took the edits back
		{gone, bot.Edited, "It burns"},
		{says("1", "It stinks", day(10, 11, 5)), bot.Duplicate, "It burns"},
		{says("2", "Fixed", day(10, 11, 0)), bot.New, "Fixed"}, // the edit came first
		{says("2", "Broken", time.Time{}), bot.Duplicate, "Fixed"},
		{says("3", "one", time.Time{}), bot.New, "one"},
		{says("3", "two", time.Time{}), bot.Edited, "two"},
		{says("3", "one", time.Time{}), bot.Edited, "one"},
	} {
		got := save(t, s, step.says)[0]
		r := must(s.Mention(t.Context(), got.ID))(t)
		if got.Outcome != step.want || r.Mention.Text != step.text {
			t.Fatalf("step %d: %v, %q; want %v, %q", i, got.Outcome, r.Mention.Text, step.want, step.text)
		}
		if r.Mention.Deleted != (i == 6 || i == 7) {
			t.Fatalf("step %d: deleted is %v", i, r.Mention.Deleted)
		}
	}
}

func testRoundTrip(t *testing.T, s *Store) {
	h := said("1", "ann", "Zeile eins\nZeile zwei 😀 “”")
	h.Mention.Author = bot.Author{ExternalID: "42", Handle: "ann", Name: "Ann O'Hara", Email: "ann@example.org", URL: "https://example.org/ann", Followers: 0, Staff: true, Automated: true}
	h.Mention.ParentID, h.Mention.Title, h.Mention.Quoted, h.Mention.Language = "0", "A title", "said before", "de"
	h.Mention.URL, h.Mention.RepostOf = "https://example.org/1", "77"
	h.Mention.Rating = bot.Rating{Value: 3.5, Of: 10, Survey: true}
	h.Mention.Media = []bot.Media{{Type: "image", URL: "https://example.org/i.png", Alt: "a kettle"}}
	h.Mention.Attrs = map[string]string{"Plan": "gold", "": "x"}
	h.Mention.Watches = []string{"larkspur", "rival & co"}
	h.Mention.Private, h.Mention.History = true, true
	h.Mention.EditedAt, h.Mention.CreatedAt = day(10, 11, 0), day(9, 23, 59).Add(59999*time.Millisecond)
	save(t, s, h)
	got := must(s.FindMention(t.Context(), "masto", "1"))(t)
	want := bot.Reading{Mention: h.Mention, Verdict: h.Verdict}
	want.Mention.ID, want.Mention.Author.ID = 1, 1
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	_, err := s.Mention(t.Context(), 99)
	kind(t, err, bot.ErrNotFound)
}

func testWithdrawn(t *testing.T, s *Store) {
	save(t, s, said("1", "ann", "It smells burnt"))
	gone := said("1", "ann", "")
	gone.Mention.Deleted = true
	gone.Mention.Author = bot.Author{Followers: -1}
	saved := save(t, s, gone, gone)
	want := []bot.Saved{{Outcome: bot.Edited, ID: 1, AuthorID: 1}, {Outcome: bot.Duplicate, ID: 1, AuthorID: 1}}
	if d := cmp.Diff(want, saved); d != "" {
		t.Fatal(d)
	}
	r := must(s.Mention(t.Context(), 1))(t)
	if !r.Mention.Deleted || r.Mention.Text != "It smells burnt" || r.Mention.Author.Handle != "ann" {
		t.Fatalf("withdrawn mention: %+v", r.Mention)
	}
	if found := must(s.Mentions(t.Context(), bot.MentionFilter{Query: "burnt"}))(t); len(found) != 0 {
		t.Fatal("a search finds what was taken back")
	}
}

func testAnonymous(t *testing.T, s *Store) {
	h := said("1", "", "nobody said this")
	h.Mention.Author = bot.Author{Followers: -1}
	saved := save(t, s, h)
	if saved[0].AuthorID != 0 {
		t.Fatalf("author %d", saved[0].AuthorID)
	}
	if r := must(s.Mention(t.Context(), 1))(t); r.Mention.Author != (bot.Author{Followers: -1}) {
		t.Fatalf("author %+v", r.Mention.Author)
	}
	if sp := must(s.Speaker(t.Context(), 0, day(11, 0, 0), 0))(t); sp.Mentions != 0 {
		t.Fatalf("speaker %+v", sp)
	}
}

func testAuthors(t *testing.T, s *Store) {
	save(t, s, said("1", "ann", "one"))
	h := said("2", "ann", "two")
	h.Mention.Author.Followers, h.Mention.Author.Name = 13, "Ann"
	save(t, s, h)
	h = said("3", "ann", "three") // tells nothing of the name and followers: they are not forgotten
	h.Mention.Author.Followers = -1
	saved := save(t, s, h)
	r := must(s.Mention(t.Context(), saved[0].ID))(t)
	want := bot.Author{ID: 1, ExternalID: "u-ann", Handle: "ann", Name: "Ann", Followers: 13}
	if d := cmp.Diff(want, r.Mention.Author); d != "" {
		t.Fatal(d)
	}
}

func testDirtyDays(t *testing.T, s *Store) {
	dirty := func(want ...time.Time) {
		t.Helper()
		if d := cmp.Diff(want, must(s.DirtyDays(t.Context(), "larkspur"))(t)); d != "" {
			t.Fatal(d)
		}
	}
	early := said("1", "ann", "one")
	early.Mention.CreatedAt = day(8, 23, 59)
	save(t, s, early, said("2", "ann", "two"))
	dirty(day(8, 0, 0), day(10, 0, 0))
	var texts []string
	err := s.DayReadings(t.Context(), "larkspur", day(10, 5, 0), func(r bot.Reading) error {
		texts = append(texts, r.Mention.Text)
		return nil
	})
	if err != nil || len(texts) != 1 || texts[0] != "two" {
		t.Fatalf("readings %q, %v", texts, err)
	}
	if err := s.SaveRollup(t.Context(), "larkspur", day(10, 0, 0), []byte("body")); err != nil {
		t.Fatal(err)
	}
	dirty(day(8, 0, 0))
	var days []time.Time
	err = s.Rollups(t.Context(), "larkspur", day(1, 0, 0), day(11, 0, 0), func(d time.Time, body []byte) error {
		days = append(days, d)
		if string(body) != "body" {
			t.Errorf("body %q", body)
		}
		return nil
	})
	if d := cmp.Diff([]time.Time{day(10, 0, 0)}, days); err != nil || d != "" {
		t.Fatal(err, d)
	}
	if err := s.MarkDirty(t.Context(), "larkspur", day(9, 3, 0)); err != nil {
		t.Fatal(err)
	}
	dirty(day(8, 0, 0), day(9, 0, 0))
}

// A mention that comes in between reading a day and storing its roll-up leaves
// the day dirty.
func testDayReadTwice(t *testing.T, s *Store) {
	save(t, s, said("1", "ann", "one"))
	if err := s.DayReadings(t.Context(), "larkspur", day(10, 0, 0), func(bot.Reading) error { return nil }); err != nil {
		t.Fatal(err)
	}
	save(t, s, said("2", "ann", "two"))
	if err := s.SaveRollup(t.Context(), "larkspur", day(10, 0, 0), nil); err != nil {
		t.Fatal(err)
	}
	if days := must(s.DirtyDays(t.Context(), "larkspur"))(t); len(days) != 1 {
		t.Fatalf("dirty days %v: the second mention is in no roll-up", days)
	}
}

func testEvents(t *testing.T, s *Store) {
	late, early := said("1", "ann", "late"), said("2", "bob", "early")
	early.Mention.CreatedAt = day(10, 9, 0)
	save(t, s, late, early)
	var got []int64
	err := s.Events(t.Context(), day(10, 9, 0), day(10, 10, 5), func(e bot.Reading) error {
		if e.Mention.Text != "" || e.Verdict.Topics[0].Name != "firmware" || e.Mention.Author.ID == 0 || e.Mention.Watches[0] != "larkspur" || e.Mention.Source == "" {
			t.Errorf("event %+v", e)
		}
		got = append(got, e.Mention.ID)
		return nil
	})
	if d := cmp.Diff([]int64{2, 1}, got); err != nil || d != "" {
		t.Fatal(err, d)
	}
	if id := must(s.LastMention(t.Context()))(t); id != 2 {
		t.Errorf("the last mention is %d", id)
	}
	for limit := range 3 {
		err := s.RecentHashes(t.Context(), day(1, 0, 0), limit, func(id, _ int64, _ []string, _ uint64, _ time.Time) error {
			t.Errorf("mention %d has no case to be echoed", id)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for id := range int64(2) {
		if _, err := s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", MentionID: id + 1, OpenedAt: day(10, 10, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	for limit, want := range map[int][]int64{10: {2, 1}, 1: {1}} { // the newest, the oldest of them first
		var ids []int64
		err := s.RecentHashes(t.Context(), day(1, 0, 0), limit, func(id, _ int64, watch []string, hash uint64, at time.Time) error {
			if hash != 1<<63+7 || watch[0] != "larkspur" || at.IsZero() {
				t.Errorf("hash %x of %v at %v", hash, watch, at)
			}
			ids = append(ids, id)
			return nil
		})
		if d := cmp.Diff(want, ids); err != nil || d != "" {
			t.Fatal(err, d)
		}
	}
	stop := errors.New("stop")
	if err := s.Events(t.Context(), time.Time{}, day(20, 0, 0), func(bot.Reading) error { return stop }); !errors.Is(err, stop) {
		t.Fatal(err)
	}
}

func testCustomers(t *testing.T, s *Store) {
	customers := []bot.Customer{
		{ExternalID: "c1", Name: "Ann", Email: "Ann@Example.org", Tier: "gold", Since: day(1, 0, 0), Attrs: map[string]string{"a": "b"}},
		{ExternalID: "c2", Name: "Bob", Handles: []string{"mastodon:@Bob", "bobby"}},
		{ExternalID: "c3", Name: "Twin", Handles: []string{"twin"}},
		{ExternalID: "c4", Name: "Other twin", Handles: []string{"twin"}},
		{ExternalID: "c5", Handles: []string{"reddit:carl"}},
	}
	created, updated, err := s.SaveCustomers(t.Context(), customers)
	if err != nil || created != 5 || updated != 0 {
		t.Fatal(created, updated, err)
	}
	for _, c := range []struct {
		author bot.Author
		want   int64
	}{
		{bot.Author{Handle: "x", Email: "ann@example.ORG"}, 1},
		{bot.Author{Handle: "bOB"}, 2},
		{bot.Author{Handle: "Bobby"}, 2},
		{bot.Author{Handle: "twin"}, 0},                            // two it could be: nobody
		{bot.Author{Handle: "carl"}, 0},                            // known on another kind of source
		{bot.Author{Handle: "bobby", Email: "ann@example.org"}, 1}, // the address counts for more
		{bot.Author{Name: "Ann"}, 0},
	} {
		h := said(fmt.Sprintf("m-%s-%s", c.author.Handle, c.author.Email), "", "hello")
		h.Mention.Author = c.author
		h.Mention.Author.ExternalID = h.Mention.ExternalID
		if got := save(t, s, h)[0].CustomerID; got != c.want {
			t.Errorf("%+v is customer %d, want %d", c.author, got, c.want)
		}
	}
	want := customers[0]
	want.ID = 1
	if d := cmp.Diff(want, must(s.Customer(t.Context(), 1))(t)); d != "" {
		t.Fatal(d)
	}
	_, _, err = s.SaveCustomers(t.Context(), []bot.Customer{{Name: "No id"}})
	kind(t, err, bot.ErrInvalid)
}

func testRelink(t *testing.T, s *Store) {
	customer := func() int64 { return save(t, s, said("1", "ann", "hello"))[0].CustomerID }
	set := func(c ...bot.Customer) {
		t.Helper()
		if _, _, err := s.SaveCustomers(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	if got := customer(); got != 0 {
		t.Fatalf("customer %d", got)
	}
	set(bot.Customer{ExternalID: "c1", Handles: []string{"mastodon:ann"}})
	if got := customer(); got != 1 {
		t.Fatalf("after the import: customer %d, want 1", got)
	}
	set(bot.Customer{ExternalID: "c2", Handles: []string{"mastodon:ann"}})
	if got := customer(); got != 0 {
		t.Fatalf("two customers with one handle: customer %d, want nobody", got)
	}
	set(bot.Customer{ExternalID: "c1", Handles: []string{"anna"}})
	if got := customer(); got != 2 {
		t.Fatalf("the first one lost the handle: customer %d, want 2", got)
	}
	if days := must(s.DirtyDays(t.Context(), "larkspur"))(t); len(days) != 1 {
		t.Fatalf("dirty days %v", days)
	}
}

// An author who was made in a transaction that rolled back must be made again.
func testAuthorsRolledBack(t *testing.T, s *Store) {
	fail := errors.New("fail")
	err := s.Transact(t.Context(), func(ctx context.Context) error {
		if _, err := s.SaveHeard(ctx, []bot.Heard{said("1", "ann", "one")}); err != nil {
			return err
		}
		return fail
	})
	if !errors.Is(err, fail) {
		t.Fatal(err)
	}
	save(t, s, said("2", "bob", "takes the id that ann had"))
	saved := save(t, s, said("3", "ann", "three"))
	if r := must(s.Mention(t.Context(), saved[0].ID))(t); r.Mention.Author.Handle != "ann" {
		t.Fatalf("author %+v", r.Mention.Author)
	}
	// The same inside a nested transaction whose failure is borne.
	err = s.Transact(t.Context(), func(ctx context.Context) error {
		_ = s.Transact(ctx, func(ctx context.Context) error {
			_, err := s.SaveHeard(ctx, []bot.Heard{said("4", "cy", "four")})
			return errors.Join(err, fail)
		})
		_, err := s.SaveHeard(ctx, []bot.Heard{said("5", "cy", "five")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if r := must(s.FindMention(t.Context(), "masto", "5"))(t); r.Mention.Author.Handle != "cy" {
		t.Fatalf("author %+v", r.Mention.Author)
	}
	_, err = s.FindMention(t.Context(), "masto", "4")
	kind(t, err, bot.ErrNotFound)
}

func testSaveUrgency(t *testing.T, s *Store) {
	saved := save(t, s, said("1", "ann", "It smells burnt"))
	want := bot.Urgency{Level: bot.UrgencyHigh, Points: 35, Reasons: []string{"very negative", "gold customer"}}
	if err := s.SaveUrgency(t.Context(), saved[0].ID, want); err != nil {
		t.Fatal(err)
	}
	r, err := s.Mention(t.Context(), saved[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, r.Verdict.Urgency); d != "" {
		t.Error(d)
	}
}
