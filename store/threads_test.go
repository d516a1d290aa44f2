package store

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// TestThreads finds what is answered on both engines: mentions, replies that we
// sent, and one whose id is not known.
func TestThreads(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		s := open(t)
		save(t, s, said("1", "ann", "words"), said("2", "bob", "more words"))
		c, err := s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", MentionID: 1, AuthorID: 1, OpenedAt: day(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.JoinCase(t.Context(), c.ID, 1); err != nil {
			t.Fatal(err)
		}
		for _, r := range []bot.Reply{{State: bot.ReplyDone, ExternalID: "r1"}, {State: bot.ReplyDraft, Text: "draft"}, {State: bot.ReplySending, Text: "on its way"}} {
			r.CaseID, r.MentionID = c.ID, 1
			if _, err := s.SaveReply(t.Context(), r); err != nil {
				t.Fatal(err)
			}
		}
		ids := []string{"", "1", "2", "r1", "never"}
		for i := range 2 * threadsAtOnce {
			ids = append(ids, "other"+strconv.Itoa(i))
		}
		got, err := s.Threads(t.Context(), "masto", ids)
		if err != nil {
			t.Fatal(err)
		}
		ann := bot.Thread{CaseID: c.ID, Watches: []string{"larkspur"}, AuthorKey: "u-ann", AuthorID: 1}
		onItsWay, ours := ann, ann
		onItsWay.Sending, ours.Ours, ours.ReplyID = "on its way", true, 1
		want := map[string]bot.Thread{"1": onItsWay, "2": {Watches: []string{"larkspur"}, AuthorKey: "u-bob", AuthorID: 2}, "r1": ours}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got)\n%s", d)
		}
		if other, err := s.Threads(t.Context(), "another", ids); err != nil || len(other) != 0 {
			t.Errorf("at another source: %v, %v", other, err)
		}
		c.State, c.DismissReason = bot.Dismissed, bot.DismissSpam
		c.Version++
		if err := s.UpdateCase(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Threads(t.Context(), "masto", []string{"1", "r1"}); err != nil || !got["1"].Closed || !got["r1"].Closed {
			t.Errorf("dismissed as spam: %+v, %v", got, err)
		}
	})
}

// TestLatestWords: a dossier has what the same person said last in the case,
// and nothing of others or of what they took back.
func TestLatestWords(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		s := open(t)
		gone := said("4", "ann", "and what I deleted")
		gone.Mention.Deleted = true
		save(t, s, said("1", "ann", "first"), said("2", "ann", "then"), said("3", "bob", "me too"), gone)
		c, err := s.CreateCase(t.Context(), bot.Case{State: bot.Open, Watch: "larkspur", MentionID: 1, AuthorID: 1, OpenedAt: day(1, 0, 0)})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []struct {
			join int64
			text string
		}{{1, ""}, {3, ""}, {2, "then"}, {4, "then"}} {
			if _, err := s.JoinCase(t.Context(), c.ID, want.join); err != nil {
				t.Fatal(err)
			}
			d, err := s.Dossier(t.Context(), c.ID)
			if err != nil || d.Latest.Text != want.text || d.Mention.Text != "first" {
				t.Errorf("with mention %d: the last words are %q, %v; want %q", want.join, d.Latest.Text, err, want.text)
			}
		}
	})
}

// TestAftermath keeps what became of a reply, and what the author rated before
// it.
func TestAftermath(t *testing.T) {
	onBoth(t, func(t *testing.T, open opener) {
		s := open(t)
		first := said("1", "ann", "bad")
		first.Mention.Rating = bot.Rating{Value: 1, Of: 5}
		save(t, s, first)
		c, err := s.CreateCase(t.Context(), bot.Case{State: bot.Answered, Watch: "larkspur", MentionID: 1, AuthorID: 1, OpenedAt: day(1, 0, 0), AnsweredAt: day(1, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.SaveReply(t.Context(), bot.Reply{CaseID: c.ID, MentionID: 1, State: bot.ReplyDone})
		if err != nil {
			t.Fatal(err)
		}
		want := bot.Aftermath{Likes: 3, Answers: 1, State: "PUBLISHED"}
		if err := s.SaveAftermath(t.Context(), r.ID, want, day(2, 0, 0)); err != nil {
			t.Fatal(err)
		}
		first.Mention.Rating.Value, first.Mention.EditedAt = 4, day(2, 0, 0)
		save(t, s, first)
		d, err := s.Dossier(t.Context(), c.ID)
		if err != nil || d.Reply.Aftermath != want || !d.Reply.FollowedAt.Equal(day(2, 0, 0)) || d.Was != (bot.Rating{Value: 1, Of: 5}) || d.Mention.Rating.Value != 4 {
			t.Errorf("the dossier has %+v, was %+v (%v)", d.Reply, d.Was, err)
		}
	})
}
