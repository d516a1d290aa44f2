package act

import (
	"context"

	"earshot/bot"
)

// threadTries is how often a note is tried whose card was not found where it
// stood, with the card drawn in between.
const threadTries = 3

// decided stands as the Error of a delivery that was parked and that a person
// wants sent.
const decided = "somebody looked and asked for another try"

// inTurn tells whether it is a note's turn: nothing that stands before it in
// its thread is still on its way. Where that is parked, the note is parked with
// it, and goes out with it.
func (r *run) inTurn(ctx context.Context) (bool, error) {
	list, err := r.st.Unsettled(ctx, r.d)
	if err != nil {
		return false, err
	}
	_, stands, err := r.standing(ctx)
	if err != nil {
		return false, err
	}
	for _, d := range list {
		card, parked := d.Kind == bot.DeliverCard, d.State == bot.DeliveryParked
		needed := card && (!stands || r.d.Attempts > 0)
		switch {
		case d.ID == r.d.ID, d.ID > r.d.ID && !needed, card && parked && !needed:
		case parked:
			return false, r.park(ctx, "It waits for what stands before it in its thread, which is parked: it goes out with that.")
		default:
			return false, later(waitThread, "It waits for what stands before it in its thread.")
		}
	}
	return true, nil
}

// threadGone has a note's card drawn first: where somebody deleted the card by
// hand it is posted anew, and the note goes below the new one.
func (r *run) threadGone(ctx context.Context) error {
	if r.d.Attempts >= threadTries {
		return r.drop(ctx, "its thread is gone; the history keeps the line")
	}
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		if err := r.send(ctx, bot.Delivery{Kind: bot.DeliverCard, Platform: r.d.Platform, Channel: r.d.Channel, Target: r.d.Target}); err != nil {
			return err
		}
		return r.mark(ctx, bot.DeliveryDue, "its card was not there")
	})
	if err != nil {
		return err
	}
	return later(waitThread, "Its card was not there and is drawn first.")
}

// adopted finds the message that another delivery of the same card has left
// there without our knowing: one whose outcome is open, or that was parked so.
func (r *run) adopted(ctx context.Context, p bot.Platform) (ref bot.MessageRef, there bool, err error) {
	list, err := r.st.Unsettled(ctx, r.d)
	if err != nil {
		return ref, false, err
	}
	for _, d := range list {
		if d.ID == r.d.ID || d.Kind != r.d.Kind || d.State == bot.DeliveryDue || d.Attempts == 0 {
			continue
		}
		out := bot.Outgoing{Key: d.Key(), Channel: d.Channel}
		err = r.withTimeout(ctx, func(ctx context.Context) (err error) {
			ref, there, err = p.Find(ctx, out, d.CreatedAt.Add(-findEarlier))
			return err
		})
		if there || err != nil && bot.KindOf(err) != bot.ErrUnsupported {
			return ref, there, err
		}
	}
	return bot.MessageRef{}, false, nil
}
