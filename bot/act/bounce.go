package act

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/text"
)

// bounceLength is the most of a mail server's reason that is kept, in graphemes.
const bounceLength = 200

// Bounced says that a reply that was sent came back, and why: it is shown so,
// with its text kept, and its case (caseID, which is another one where
// cases were merged) comes back to whoever has it, unless another reply went
// out meanwhile. The mention that told of it joins the case; 0 for none. A reply
// that is not sent, or told of before, stays as it is. It belongs into the
// transaction that stores the mention.
func (s *Service) Bounced(ctx context.Context, replyID, caseID, mentionID int64, why string) error {
	why = text.CutWords(text.OneLine(text.Clean(why)), bounceLength)
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if mentionID != 0 {
			if _, err := s.st.JoinCase(ctx, caseID, mentionID); err != nil {
				return err
			}
		}
		r, err := s.st.Reply(ctx, replyID)
		if bot.KindOf(err) == bot.ErrNotFound || err == nil && r.State != bot.ReplyDone {
			return nil
		}
		if err != nil {
			return err
		}
		r.State, r.Error = bot.ReplyCameBack, why
		if err := s.st.SwapReply(ctx, r, bot.ReplyDone); err != nil {
			return err
		}
		later, err := s.answeredSince(ctx, r)
		if err != nil {
			return err
		}
		if !later {
			_, err = s.system(ctx, caseID, bot.Change{Verb: bot.ReplyBounced, Reason: why, Sent: r.SentAt})
			return err
		}
		c, err := s.st.Case(ctx, caseID)
		if err != nil {
			return err
		}
		return s.replyEvent(ctx, c, r, bot.Event{By: bot.Bot(), Verb: bot.ReplyNotSent, Text: "saw an earlier reply come back: " + why})
	})
	if err != nil {
		return fmt.Errorf("reply %d came back: %w", replyID, err)
	}
	return nil
}

// answeredSince tells whether another reply to the customer went out after r.
func (s *Service) answeredSince(ctx context.Context, r bot.Reply) (bool, error) {
	replies, err := s.st.CaseReplies(ctx, r.CaseID)
	for _, o := range replies {
		if o.ID != r.ID && o.State == bot.ReplyDone && !o.Way.Internal && o.SentAt.After(r.SentAt) {
			return true, err
		}
	}
	return false, err
}
