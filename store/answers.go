package store

import (
	"context"
	"time"

	"earshot/bot"
)

// answered is one answer with what is known of it and of what it answers.
type answered struct {
	caseID    int64
	mention   int64
	state     bot.ReplyState
	way       string
	aftermath string
	again     bool    // the customer wrote again
	was, now  float64 // stars before the answer and now; was is 0 where they did not change since
	taken     bool    // taken back since
}

func scanAnswered(row scanner) (a answered, err error) {
	return a, row.Scan(&a.caseID, &a.mention, &a.state, &a.way, &a.aftermath, &a.again, &a.was, &a.now, &a.taken)
}

// AnswerStats is what came of the answers to customers about a watch that were
// sent in [from, to). Notes and tickets that only our own people read are left
// out.
func (s *Store) AnswerStats(ctx context.Context, watch string, from, to time.Time) (bot.AnswerStats, error) {
	var st bot.AnswerStats
	again := map[int64]bool{}  // cases, and whether their customer wrote again
	judged := map[int64]bool{} // what was answered: it changes once, however often it was answered
	err := each(ctx, s.reader(ctx), scanAnswered, func(a answered) error {
		var way bot.Way
		if err := decode(a.way, &way); err != nil || way.Internal {
			return err
		}
		again[a.caseID] = again[a.caseID] || a.again
		return a.count(&st, judged)
	}, `SELECT r.case_id, r.mention_id, r.state, r.way, r.aftermath,
  EXISTS (SELECT 1 FROM case_events ev WHERE ev.case_id = r.case_id AND ev.verb = 'author_reply' AND ev.at >= r.sent_at),
  coalesce((SELECT v.rating_value FROM mention_versions v WHERE v.mention_id = r.mention_id AND v.rating_of > 0 AND v.replaced_at >= r.sent_at ORDER BY v.replaced_at, v.id LIMIT 1), 0),
  coalesce(m.rating_value, 0),
  coalesce(m.deleted, 0) = 1 AND EXISTS (SELECT 1 FROM mention_versions v WHERE v.mention_id = r.mention_id AND v.deleted = 0 AND v.replaced_at >= r.sent_at)
FROM replies r JOIN cases c ON c.id = r.case_id LEFT JOIN mentions m ON m.id = r.mention_id
WHERE c.watch = ?1 AND r.sent_at >= ?2 AND r.sent_at < ?3 AND r.state IN ('sent', 'bounced') ORDER BY r.id`, watch, ms(from), ms(to))
	for _, wrote := range again {
		st.Cases++
		if wrote {
			st.WroteAgain++
		}
	}
	return st, wrap("tell what came of answers", err)
}

// count adds what came of one answer.
func (a answered) count(st *bot.AnswerStats, judged map[int64]bool) error {
	st.Answers++
	if a.state == bot.ReplyCameBack {
		st.Bounced++
		return nil
	}
	var after bot.Aftermath
	if err := decode(a.aftermath, &after); err != nil {
		return err
	}
	st.Likes += after.Likes
	if after.Gone {
		st.Gone++
	}
	if judged[a.mention] {
		return nil
	}
	judged[a.mention] = a.taken || a.was > 0
	switch {
	case a.taken:
		st.TakenBack++
	case a.was > 0 && a.now > a.was:
		st.Better++
	case a.was > 0 && a.now > 0 && a.now < a.was:
		st.Worse++
	}
	return nil
}
