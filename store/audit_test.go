package store

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// testAudit draws what people said in their own words, and keeps who says what
// of it.
func testAudit(t *testing.T, s *Store) {
	own := func(id string, change func(*bot.Heard)) bot.Heard {
		h := said(id, "author"+id, "words "+id)
		if change != nil {
			change(&h)
		}
		return h
	}
	saved := save(t, s, own("1", nil), own("2", nil), own("3", nil),
		own("rated", func(h *bot.Heard) { h.Mention.Rating = bot.Rating{Value: 1, Of: 5} }),
		own("repost", func(h *bot.Heard) { h.Mention.RepostOf = "1" }),
		own("hearsay", func(h *bot.Heard) { h.Verdict.Voice = bot.Hearsay }),
		own("gone", func(h *bot.Heard) { h.Mention.Deleted = true }),
		own("staff", func(h *bot.Heard) { h.Mention.Author.Staff = true }),
		own("bot", func(h *bot.Heard) { h.Mention.Author.Automated = true }),
		own("empty", func(h *bot.Heard) { h.Mention.Text = "" }),
		own("rival", func(h *bot.Heard) { h.Mention.Watches = []string{"rival"} }),
		own("later", func(h *bot.Heard) { h.Mention.CreatedAt = day(11, 0, 0) }))
	candidates := func() (ids []int64) {
		t.Helper()
		if err := s.AuditCandidates(t.Context(), "larkspur", day(9, 0, 0), day(11, 0, 0), func(id int64) { ids = append(ids, id) }); err != nil {
			t.Fatal(err)
		}
		return ids
	}
	first := []int64{saved[0].ID, saved[1].ID, saved[2].ID}
	if d := cmp.Diff(first, candidates()); d != "" {
		t.Fatalf("candidates (-want +got): %s", d)
	}
	week := day(9, 0, 0)
	for range 2 { // what was drawn is not drawn again
		if err := s.SaveAuditSample(t.Context(), "larkspur", week, []int64{saved[1].ID, saved[0].ID, 9999}); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(s.AuditDrawn(t.Context(), "larkspur", week))(t); n != 2 {
		t.Errorf("%d drawn, want 2", n)
	}
	if d := cmp.Diff(first[2:], candidates()); d != "" {
		t.Errorf("candidates after the draw (-want +got): %s", d)
	}
	testAuditLabels(t, s, saved[1].ID)
}

func testAuditLabels(t *testing.T, s *Store, firstDrawn int64) {
	ann, bob, cy := bot.Person{Platform: "slack", ID: "U1", Name: "Ann"}, bot.Person{Platform: "slack", ID: "U2"}, bot.Person{Platform: "slack", ID: "U3"}
	long := day(1, 0, 0)
	label := func(id int64, l bot.AuditLabel, by bot.Person) {
		t.Helper()
		if err := s.SaveAuditLabel(t.Context(), id, l, by, day(10, 12, 0)); err != nil {
			t.Fatal(err)
		}
	}
	next := func(by bot.Person) bot.AuditItem {
		t.Helper()
		return must(s.NextAudit(t.Context(), "", by, long))(t)
	}
	one := next(ann)
	if one.Mention.ID != firstDrawn || one.Watch != "larkspur" || one.Left != 2 || one.Mention.Text != "words 2" {
		t.Errorf("first %+v", one)
	}
	label(one.ID, bot.AuditNegative, ann)
	two := next(ann)
	if two.ID == one.ID || two.Left != 1 || next(bob).ID != two.ID {
		t.Errorf("what nobody labelled comes first: ann %+v, bob %+v", two, next(bob))
	}
	label(two.ID, bot.AuditSkip, bob)
	if next(bob).ID != one.ID {
		t.Error("then what one other has")
	}
	label(one.ID, bot.AuditNeutral, bob)
	label(one.ID, bot.AuditPositive, bob) // changed their mind
	label(two.ID, bot.AuditNotUs, ann)
	if got := next(cy); got.ID != two.ID || got.Left != 1 {
		t.Errorf("what two have labelled is done: %+v", got)
	}
	_, err := s.NextAudit(t.Context(), "", ann, long)
	kind(t, err, bot.ErrNotFound)
	_, err = s.NextAudit(t.Context(), "rival", cy, long)
	kind(t, err, bot.ErrNotFound)
	_, err = s.NextAudit(t.Context(), "", cy, day(10, 13, 0)) // drawn too long ago
	kind(t, err, bot.ErrNotFound)
	testAuditRead(t, s, one.ID, firstDrawn)
}

// testAuditRead reads back what testAuditLabels said.
func testAuditRead(t *testing.T, s *Store, first, firstDrawn int64) {
	long := day(1, 0, 0)
	want := bot.Audited{Watch: "larkspur", Model: "linear-1", Label: bot.Negative, Probs: bot.Probs{Negative: 0.94, Neutral: 0.04, Positive: 0.02}, Stance: bot.Detractor}
	a, b := want, want
	a.Negative, a.Positive, b.NotUs = 1, 1, 1
	if d := cmp.Diff([]bot.Audited{a, b}, must(s.Audited(t.Context(), long))(t)); d != "" {
		t.Errorf("audited (-want +got): %s", d)
	}
	if got := must(s.Audited(t.Context(), day(10, 13, 0)))(t); len(got) != 0 {
		t.Errorf("labelled since later: %+v", got)
	}
	if d := cmp.Diff([]bot.AuditStanding{{Watch: "larkspur", Week: day(9, 0, 0), Drawn: 2, Labelled: 2}}, must(s.AuditStandings(t.Context(), long))(t)); d != "" {
		t.Errorf("standing (-want +got): %s", d)
	}
	if got := must(s.AuditSample(t.Context(), first))(t); got.Mention.ID != firstDrawn || got.Watch != "larkspur" {
		t.Errorf("sample %+v", got)
	}
	_, err := s.AuditSample(t.Context(), 77)
	kind(t, err, bot.ErrNotFound)
	if _, err := s.exec(t.Context(), `DELETE FROM mentions WHERE id = ?1`, firstDrawn); err != nil {
		t.Fatal(err)
	}
	if got := must(s.Audited(t.Context(), long))(t); len(got) != 1 {
		t.Errorf("of a mention that was erased, %+v is left", got)
	}
	if n := count(t, s, `SELECT count(*) FROM audit_labels WHERE sample_id = `+strconv.FormatInt(first, 10)); n != 0 {
		t.Errorf("%d labels of an erased mention", n)
	}
}
