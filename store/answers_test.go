package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"earshot/bot"
)

// testAnswerStats: what came of answers is counted by case, answer and review;
// what happened before an answer did not come of it.
func testAnswerStats(t *testing.T, s *Store) {
	sent, from, to := day(10, 12, 0), day(10, 0, 0), day(11, 0, 0)
	n := 0
	answer := func(stars float64, way bot.Way, state bot.ReplyState, at time.Time) (bot.Heard, bot.Reply) {
		t.Helper()
		n++
		h := said(itoa(int64(n)), "u"+itoa(int64(n)), "It broke on the second day")
		h.Mention.Rating = bot.Rating{Value: stars, Of: 5}
		m := save(t, s, h)[0]
		c := must(s.CreateCase(t.Context(), bot.Case{State: bot.Answered, Watch: "larkspur", Source: "masto", MentionID: m.ID, AuthorID: m.AuthorID, OpenedAt: day(10, 11, 0)}))(t)
		return h, must(s.SaveReply(t.Context(), bot.Reply{CaseID: c.ID, MentionID: m.ID, State: state, Way: way, Text: "Sorry", By: agent("eve"), SentAt: at}))(t)
	}
	rate := func(h bot.Heard, stars float64) {
		t.Helper()
		h.Mention.Rating.Value = stars
		save(t, s, h)
	}
	again := func(r bot.Reply, at time.Time) {
		t.Helper()
		must(s.AddEvent(t.Context(), bot.Event{CaseID: r.CaseID, At: at, By: bot.Bot(), Verb: bot.AuthorReply, Text: "heard from the customer again"}))(t)
	}
	public := bot.Way{Name: "public", Public: true}
	better, r := answer(1, public, bot.ReplyDone, sent)
	must(s.SaveReply(t.Context(), bot.Reply{CaseID: r.CaseID, MentionID: r.MentionID, State: bot.ReplyDone, Way: public, SentAt: sent}))(t)
	again(r, sent.Add(time.Minute))
	worse, r := answer(4, public, bot.ReplyDone, sent)
	if err := s.SaveAftermath(t.Context(), r.ID, bot.Aftermath{Likes: 3, Answers: 1}, sent.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	again(r, sent.Add(-time.Minute)) // before the answer
	taken, r := answer(2, public, bot.ReplyDone, sent)
	if err := s.SaveAftermath(t.Context(), r.ID, bot.Aftermath{Gone: true}, sent.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	answer(2, public, bot.ReplyCameBack, sent)                             // came back
	answer(2, public, bot.ReplyFailed, time.Time{})                        // never went
	answer(2, public, bot.ReplyDraft, time.Time{})                         //
	answer(2, public, bot.ReplyDone, to)                                   // of the next period
	answer(2, bot.Way{Name: "note", Internal: true}, bot.ReplyDone, sent)  // answers nobody
	early, _ := answer(2, public, bot.ReplyDone, s.now().Add(time.Minute)) // changes before the answer went out
	rate(better, 5)
	rate(worse, 2)
	rate(early, 5)
	taken.Mention.Deleted = true
	save(t, s, taken)
	want := bot.AnswerStats{Answers: 6, Cases: 5, WroteAgain: 1, Better: 1, Worse: 1, TakenBack: 1, Likes: 3, Gone: 1, Bounced: 1}
	if d := cmp.Diff(want, must(s.AnswerStats(t.Context(), "larkspur", from, to))(t)); d != "" {
		t.Error(d)
	}
	if got := must(s.AnswerStats(t.Context(), "rival", from, to))(t); got != (bot.AnswerStats{}) {
		t.Errorf("of another watch: %+v", got)
	}
}
