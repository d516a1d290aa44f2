package act

import (
	"context"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// Times of a roll-up card.
const (
	foldFor   = time.Hour       // then the next case above the budget starts a new one
	foldPause = 2 * time.Second // between two edits of one roll-up
)

// fits tells whether a case that nobody has touched may still have a card of
// its own in this channel, and takes the place if so.
func (s *Service) fits(ctx context.Context, c bot.Case, d bot.Delivery) (bool, error) {
	b := s.set().Budget
	if b.Cards < 0 || c.Owner.Known() || c.State != bot.Open || !c.EscalatedAt.IsZero() {
		return true, nil
	}
	limit := b.Cards
	if c.Urgency >= bot.UrgencyCritical {
		limit *= 2
	}
	placed, err := s.st.TakePlace(ctx, d, s.now().UTC().Add(-b.Window), limit)
	if err != nil {
		return false, fmt.Errorf("count the cards in %s: %w", d.Channel, err)
	}
	return placed, nil
}

// fold puts a case into the channel's roll-up instead of a card.
func (s *Service) fold(ctx context.Context, c bot.Case, d bot.Delivery) error {
	return s.st.Transact(ctx, func(ctx context.Context) error {
		f, err := s.openFold(ctx, d.Platform, d.Channel)
		if err != nil {
			return err
		}
		if !slices.Contains(f.Cases, c.ID) {
			f.Cases = append(f.Cases, c.ID)
			if f, err = s.saveFold(ctx, f); err != nil {
				return err
			}
		}
		if err := s.sendFold(ctx, f); err != nil {
			return err
		}
		d.State, d.SentAt, d.Error = bot.DeliverySent, s.now().UTC(), "folded into the roll-up of this channel"
		return s.st.MarkDelivery(ctx, d, d.Attempts)
	})
}

// openFold is the roll-up that further cases go to: a new one after an hour.
func (s *Service) openFold(ctx context.Context, platform, channel string) (bot.Fold, error) {
	now := s.now().UTC()
	fresh := bot.Fold{Platform: platform, Channel: channel, Since: now}
	f, err := s.st.Fold(ctx, platform, channel)
	if bot.KindOf(err) == bot.ErrNotFound {
		return fresh, nil
	}
	if err != nil {
		return f, err
	}
	if now.Sub(f.Since) < foldFor {
		return f, nil
	}
	f.Closed = true
	_, err = s.saveFold(ctx, f)
	return fresh, err
}

func (s *Service) saveFold(ctx context.Context, f bot.Fold) (bot.Fold, error) {
	f, err := s.st.SaveFold(ctx, f)
	if err != nil {
		return f, fmt.Errorf("save a roll-up: %w", err)
	}
	return f, nil
}

// sendFold has a roll-up drawn: at once when it is new, then at most every two
// seconds.
func (s *Service) sendFold(ctx context.Context, f bot.Fold) error {
	d := bot.Delivery{Kind: bot.DeliverFold, Platform: f.Platform, Channel: f.Channel, Target: f.ID}
	posts, err := s.st.Posts(ctx, bot.DeliverFold, f.ID)
	if err != nil {
		return err
	}
	if len(posts) > 0 {
		d.DueAt = s.now().UTC().Add(foldPause)
	}
	return s.send(ctx, d)
}

// redrawFold has the channel's roll-up drawn again when c is in it.
func (s *Service) redrawFold(ctx context.Context, c bot.Case, p bot.Place) error {
	f, err := s.st.Fold(ctx, p.Platform, p.Channel)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil
	}
	if err != nil || !slices.Contains(f.Cases, c.ID) {
		return err
	}
	return s.sendFold(ctx, f)
}

// folded tells whether c stands in the open roll-up of a channel.
func (s *Service) folded(ctx context.Context, caseID int64, platform, channel string) (bool, error) {
	f, err := s.st.Fold(ctx, platform, channel)
	if bot.KindOf(err) == bot.ErrNotFound {
		return false, nil
	}
	return slices.Contains(f.Cases, caseID), err
}

// Folded gives the cases of a roll-up as they are now, those that still need
// somebody first.
func (s *Service) Folded(ctx context.Context, foldID int64) (bot.Fold, []bot.Dossier, error) {
	f, err := s.st.FoldByID(ctx, foldID)
	if err != nil {
		return f, nil, fmt.Errorf("roll-up %d: %w", foldID, err)
	}
	all := make([]bot.Dossier, 0, len(f.Cases))
	for _, id := range f.Cases {
		d, err := s.st.Dossier(ctx, id)
		if bot.KindOf(err) == bot.ErrNotFound {
			continue
		}
		if err != nil {
			return f, nil, fmt.Errorf("roll-up %d: %w", foldID, err)
		}
		all = append(all, d)
	}
	slices.SortStableFunc(all, func(a, b bot.Dossier) int { return waiting(b.Case) - waiting(a.Case) })
	return f, all, nil
}

// waiting orders cases by how much they need somebody.
func waiting(c bot.Case) int {
	if c.State == bot.Open {
		return 10 + int(c.Urgency)
	}
	if c.State.Done() {
		return 0
	}
	return 5
}

func (s *Service) drawFold(ctx context.Context, id int64) (bot.View, int64, error) {
	f, dossiers, err := s.Folded(ctx, id)
	if err != nil {
		return bot.View{}, 0, err
	}
	now := s.now().UTC()
	v := card.Fold(f, dossiers, card.Options{Now: now, Zone: s.set().Zone, Label: s.set().Label})
	if words := delayWords(dossiers, now); words != "" {
		v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain(words)}})
	}
	return v, f.Version, nil
}

// delayWords says how many of the cases nobody has, and how long the oldest of
// them has waited.
func delayWords(all []bot.Dossier, now time.Time) string {
	open, oldest := 0, now
	for _, d := range all {
		if d.Case.State == bot.Open {
			open++
			if d.Case.OpenedAt.Before(oldest) {
				oldest = d.Case.OpenedAt
			}
		}
	}
	switch open {
	case 0:
		return "Nothing of it waits any more"
	case 1:
		return "One of them waits, for " + card.Span(now.Sub(oldest))
	}
	return fmt.Sprintf("%d of them wait, the oldest for %s", open, card.Span(now.Sub(oldest)))
}
