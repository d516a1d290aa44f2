package act

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// followAfter is when a source is asked what became of an answer, counted from
// when that was sent: often at first, when it changes, and then ever less.
func followAfter() []time.Duration {
	return []time.Duration{time.Hour, 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour}
}

// followFor bounds one question to a source.
const followFor = 30 * time.Second

// followLater sees to the next question about a reply that was sent, where its
// source can be asked and one is left to come.
func (s *Service) followLater(ctx context.Context, r bot.Reply, source string) error {
	if _, ok := s.follower(takes(r, source)); !ok || r.ExternalID == "" {
		return nil
	}
	now := s.now()
	for _, after := range followAfter() {
		if due := r.SentAt.Add(after); due.After(now) {
			return s.st.Enqueue(ctx, bot.Job{Kind: bot.JobFollow, ID: r.ID, RunAt: due})
		}
	}
	return nil
}

func (s *Service) follower(source string) (bot.Follower, bool) {
	if s.answerer == nil {
		return nil, false
	}
	a, ok := s.answerer(source)
	if !ok {
		return nil, false
	}
	f, ok := a.(bot.Follower)
	return f, ok
}

// Follow is the work of bot.JobFollow: it asks the source once what became of a
// reply, keeps that, and draws the card anew where it changed. A source that
// cannot be reached is asked again soon, one that will not say is left alone.
func (s *Service) Follow(ctx context.Context, replyID int64) error {
	r, err := s.st.Reply(ctx, replyID)
	if bot.KindOf(err) == bot.ErrNotFound || err == nil && (r.State != bot.ReplyDone || r.ExternalID == "") {
		return nil
	}
	if err != nil {
		return err
	}
	m, err := s.st.Mention(ctx, r.MentionID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil // whom it answers was erased
	}
	if err != nil {
		return err
	}
	f, ok := s.follower(takes(r, m.Mention.Source))
	if !ok {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, followFor)
	defer cancel()
	got, err := f.Follow(asking, m.Mention, bot.Placed{ExternalID: r.ExternalID, URL: r.URL})
	switch bot.KindOf(err) {
	case bot.ErrUnavailable, bot.ErrRateLimited, bot.ErrInternal:
		if err != nil {
			return fmt.Errorf("ask what became of reply %d: %w", r.ID, err)
		}
	case bot.ErrGone, bot.ErrNotFound:
		got, err = bot.Aftermath{Gone: true}, nil
	}
	return s.st.Transact(ctx, func(ctx context.Context) error {
		if err == nil {
			if err := s.aftermath(ctx, r, got); err != nil {
				return err
			}
		}
		return s.followLater(ctx, r, m.Mention.Source)
	})
}

// aftermath keeps what became of r.
func (s *Service) aftermath(ctx context.Context, r bot.Reply, got bot.Aftermath) error {
	if err := s.st.SaveAftermath(ctx, r.ID, got, s.now().UTC()); err != nil || got == r.Aftermath {
		return err
	}
	if got.Bounced {
		return s.Bounced(ctx, r.ID, r.CaseID, 0, "The mail server could not deliver it.")
	}
	c, err := s.st.Case(ctx, r.CaseID)
	if err != nil {
		return err
	}
	return s.redraw(ctx, c)
}
