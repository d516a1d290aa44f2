package act

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// wind asks for Timer to be called whenever something of c may be due. A timer
// that finds nothing to do does nothing, so too many do no harm.
func (s *Service) wind(ctx context.Context, c bot.Case) error {
	if c.State.Done() || c.Quiet {
		return nil
	}
	events, err := s.st.CaseEvents(ctx, c.ID)
	if err != nil {
		return err
	}
	now := s.now().UTC()
	for _, at := range s.dues(c, events) {
		if at.After(now) {
			if err := s.st.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: c.ID, RunAt: at}); err != nil {
				return fmt.Errorf("set a timer: %w", err)
			}
		}
	}
	return nil
}

// dues lists the times at which something about c may be due.
func (s *Service) dues(c bot.Case, events []bot.Event) []time.Time {
	var at []time.Time
	if !c.DueAt.IsZero() && c.AnsweredAt.IsZero() {
		at = append(at, c.DueAt)
	}
	if asleep(events) {
		return append(at, c.SnoozedUntil)
	}
	route := s.routeOf(c)
	if c.State != bot.Claimed || route.NudgeAfter <= 0 {
		return at
	}
	base := active(c, events)
	if c.NudgedAt.After(base) {
		if route.ReleaseIn > 0 {
			at = append(at, c.NudgedAt.Add(route.ReleaseIn))
		}
		return at
	}
	return append(at, base.Add(route.NudgeAfter))
}

// asleep tells whether a snooze has not been ended by anything yet.
func asleep(events []bot.Event) bool {
	down := false
	for _, ev := range events {
		switch ev.Verb {
		case bot.Snooze:
			down = true
		case bot.Wake, bot.Claim, bot.Assign, bot.AuthorReply, bot.ReplyBounced, bot.Resolve, bot.Dismiss, bot.Merge, bot.Reopen:
			down = false
		}
	}
	return down
}

// active is when the owner last did something about the case, or it last came
// to them: a claim is stale by the time since then.
func active(c bot.Case, events []bot.Event) time.Time {
	last := c.ClaimedAt
	for _, ev := range events {
		mine := !isBot(ev.By) && ev.By.Key() == c.Owner.Key()
		switch {
		case mine, ev.Verb == bot.Reopen, ev.Verb == bot.AuthorReply, ev.Verb == bot.ReplyBounced, ev.Verb == bot.Wake:
			if ev.At.After(last) {
				last = ev.At
			}
		}
	}
	return last
}

// Timer does what is due for a case now: an end of a snooze, a first answer
// overdue, a reminder to its owner, the end of a claim. It is the worker of
// bot.JobCase.
func (s *Service) Timer(ctx context.Context, caseID int64) error {
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		c, err := s.st.Case(ctx, caseID)
		if bot.KindOf(err) == bot.ErrNotFound {
			return nil
		}
		if err != nil || c.State.Done() || c.Quiet {
			return err
		}
		return s.tick(ctx, c)
	})
	if err != nil {
		return fmt.Errorf("timer of case %d: %w", caseID, err)
	}
	return nil
}

func (s *Service) tick(ctx context.Context, c bot.Case) error {
	events, err := s.st.CaseEvents(ctx, c.ID)
	if err != nil {
		return err
	}
	now := s.now().UTC()
	if asleep(events) {
		if c.SnoozedUntil.After(now) {
			return nil
		}
		if c, err = s.system(ctx, c.ID, bot.Change{Verb: bot.Wake}); err != nil {
			return err
		}
		if events, err = s.st.CaseEvents(ctx, c.ID); err != nil {
			return err
		}
	}
	if err := s.overdue(ctx, c, events, now); err != nil {
		return err
	}
	return s.stale(ctx, c, events, now)
}

// overdue says once that the first answer was due, and to whom that matters.
func (s *Service) overdue(ctx context.Context, c bot.Case, events []bot.Event, now time.Time) error {
	if c.DueAt.IsZero() || c.DueAt.After(now) || !c.AnsweredAt.IsZero() {
		return nil
	}
	for _, ev := range events {
		if ev.Verb == bot.Overdue {
			return nil
		}
	}
	ev := bot.Event{CaseID: c.ID, At: now, By: bot.Bot(), Verb: bot.Overdue, Loud: true, Before: c.State, After: c.State,
		Text: "says that the first answer is overdue"}
	if err := s.redraw(ctx, c); err != nil {
		return err
	}
	return s.note(ctx, c, ev)
}

// stale reminds the owner of a claim that nothing came of, then ends it.
func (s *Service) stale(ctx context.Context, c bot.Case, events []bot.Event, now time.Time) error {
	route := s.routeOf(c)
	if c.State != bot.Claimed || route.NudgeAfter <= 0 || c.Snoozed(now) {
		return nil
	}
	busy, err := s.replyUnderWay(ctx, c.ID)
	if err != nil {
		return err
	}
	if busy {
		return s.st.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: c.ID, RunAt: now.Add(route.NudgeAfter)})
	}
	base := active(c, events)
	if !c.NudgedAt.After(base) {
		if now.Before(base.Add(route.NudgeAfter)) {
			return nil
		}
		_, err := s.system(ctx, c.ID, bot.Change{Verb: bot.Nudge})
		return err
	}
	if route.ReleaseIn <= 0 || now.Before(c.NudgedAt.Add(route.ReleaseIn)) {
		return nil
	}
	_, err = s.system(ctx, c.ID, bot.Change{Verb: bot.ExpireClaim})
	return err
}

// replyUnderWay tells whether an answer waits for somebody else than the owner.
func (s *Service) replyUnderWay(ctx context.Context, caseID int64) (bool, error) {
	replies, err := s.st.CaseReplies(ctx, caseID)
	if err != nil {
		return false, err
	}
	for _, r := range replies {
		switch r.State {
		case bot.ReplyAwaiting, bot.ReplyQueued, bot.ReplySending:
			return true, nil
		}
	}
	return false, nil
}
