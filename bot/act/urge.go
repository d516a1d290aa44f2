package act

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/relate"
)

// urged adds to a mention's urgency what its author's tier counts for, in h and
// in the stored verdict, which the card shows. tier is "" for an author who is
// no known customer. It belongs into the transaction that stores the mention.
func (s *Service) urged(ctx context.Context, h *bot.Heard, saved bot.Saved) (tier string, err error) {
	if saved.CustomerID == 0 {
		return "", nil
	}
	customer, err := s.st.Customer(ctx, saved.CustomerID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read whose mention it is: %w", err)
	}
	set := s.set().Tiers
	if set.Level == nil {
		return customer.Tier, nil
	}
	u := relate.Urge(h.Verdict.Urgency, customer, set.Points, set.Level)
	if u.Points == h.Verdict.Urgency.Points {
		return customer.Tier, nil
	}
	h.Verdict.Urgency = u
	if err := s.st.SaveUrgency(ctx, saved.ID, u); err != nil {
		return "", fmt.Errorf("save how urgent it is: %w", err)
	}
	return customer.Tier, nil
}
