package act

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/text"
)

// Correct keeps what somebody says of a case's verdict, for learning: what is
// "label" or "topic", value what is right.
func (s *Service) Correct(ctx context.Context, caseID int64, what, value string, by bot.Person) error {
	if err := s.mustBe(ctx, by, bot.Agent, "correct a verdict"); err != nil {
		return err
	}
	if value = text.Cut(text.OneLine(text.Clean(value)), 60); value == "" {
		return bot.Errorf(bot.ErrInvalid, "Say what is right.")
	}
	now := s.now().UTC()
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		c, err := s.st.Case(ctx, caseID)
		if err != nil {
			return err
		}
		if err := s.st.SaveCorrection(ctx, c.MentionID, what, value, by, now); err != nil {
			return err
		}
		if err := s.audit(ctx, bot.AuditEntry{By: by, Act: "correct_" + what, Target: caseTarget(c.ID), After: value}); err != nil {
			return err
		}
		ev := bot.Event{CaseID: c.ID, At: now, By: by, Verb: bot.Correct, Before: c.State, After: c.State,
			Text: fmt.Sprintf("set the %s right: %s", what, value)}
		return s.note(ctx, c, ev)
	})
	if err != nil {
		return fmt.Errorf("correct case %d: %w", caseID, err)
	}
	return nil
}
