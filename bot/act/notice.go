package act

import (
	"context"
	"errors"
	"fmt"

	"earshot/bot"
	"earshot/bot/card"
)

// Notify tells the team something about Earshot itself, in the places for
// that, once: while a notice with this key is open, nothing more is said.
func (s *Service) Notify(ctx context.Context, n bot.Notice) error {
	if n.At.IsZero() {
		n.At = s.now().UTC()
	}
	s.raised.bad(n.Key)
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		saved, fresh, err := s.st.OpenNotice(ctx, n)
		if err != nil || !fresh {
			return err
		}
		s.log.WarnContext(ctx, "notice", "key", n.Key, "text", n.Text)
		return s.sendNotice(ctx, saved.ID)
	})
	if err != nil {
		return fmt.Errorf("tell the team %q: %w", n.Key, err)
	}
	return nil
}

// Mended says that what a notice told is well again: what it held up is tried
// now, and the notice is edited, if one of this key is open.
func (s *Service) Mended(ctx context.Context, key string) error {
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if err := s.st.Hasten(ctx, key); err != nil {
			return err
		}
		n, was, err := s.st.MendNotice(ctx, key, s.now().UTC())
		if err != nil || !was {
			return err
		}
		s.log.InfoContext(ctx, "notice mended", "key", key)
		return s.sendNotice(ctx, n.ID)
	})
	if err != nil {
		return fmt.Errorf("tell the team that %q is mended: %w", key, err)
	}
	return nil
}

func (s *Service) sendNotice(ctx context.Context, id int64) error {
	for _, p := range s.set().Notices {
		if _, ok := s.platforms[p.Platform]; !ok {
			continue
		}
		if err := s.send(ctx, bot.Delivery{Kind: bot.DeliverNotice, Platform: p.Platform, Channel: p.Channel, Target: id}); err != nil {
			return err
		}
	}
	return nil
}

// Shout tells the team past the outbox: for when the store takes no writes,
// and so nothing can be sent in the way that sends once. It is for notices
// alone; whoever calls it sees to it that it is called once.
func (s *Service) Shout(ctx context.Context, n bot.Notice) error {
	var errs []error
	for i, p := range s.set().Notices {
		to, ok := s.platforms[p.Platform]
		if !ok {
			continue
		}
		out := bot.Outgoing{Key: fmt.Sprintf("loud-%x-%d", n.At.Unix(), i), Channel: p.Channel, View: card.Told(n), Loud: true}
		bounded, cancel := context.WithTimeout(ctx, s.set().Timeout)
		_, err := to.Post(bounded, out)
		cancel()
		if err != nil {
			errs = append(errs, fmt.Errorf("on %s: %w", p.Platform, err))
		}
	}
	return errors.Join(errs...)
}

// worked takes a notice about a platform or source for mended once a send has
// worked.
func (s *Service) worked(ctx context.Context, key string) {
	if !s.raised.maybe(key, s.now()) {
		return
	}
	if err := s.Mended(ctx, key); err != nil {
		s.raised.bad(key)
		s.log.ErrorContext(ctx, "notice could not be mended", "key", key, "error", err)
	}
}

// tell is Notify for the outbox's runner, which goes on whatever happens.
func (s *Service) tell(ctx context.Context, n bot.Notice) {
	if err := s.Notify(ctx, n); err != nil {
		s.log.ErrorContext(ctx, "notice could not be kept", "key", n.Key, "error", err)
	}
}
