package act

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// recoverMost is how many deliveries Recover takes up.
const recoverMost = 10_000

// Recover is called once at start, before the queue is worked: deliveries that
// were under way when the process ended become uncertain, and those that no job
// waits for are asked of the queue, so that none depends on a job that died with
// the process. Of those that a refused credential holds up one is tried, for it
// may have been mended. The others are left alone: thousands may wait at every
// start.
func (s *Service) Recover(ctx context.Context) error {
	now := s.now().UTC()
	forsaken, err := s.st.Forsaken(ctx, now, recoverMost)
	if err != nil {
		return fmt.Errorf("recover deliveries: %w", err)
	}
	err = s.st.Transact(ctx, func(ctx context.Context) error {
		for _, d := range forsaken {
			d, err := s.st.Delivery(ctx, d.ID) // another process may have sent it meanwhile
			if err != nil || d.State == bot.DeliverySent || d.State == bot.DeliveryParked {
				if err != nil && bot.KindOf(err) != bot.ErrNotFound {
					return err
				}
				continue
			}
			early := d.CreatedAt.Sub(now)
			if early > 0 {
				d.DueAt = d.DueAt.Add(-early)
				if err := s.setBack(ctx, d, early); err != nil {
					return err
				}
			}
			if d.State == bot.DeliverySending || early > 0 {
				if d.State == bot.DeliverySending {
					d.State = bot.DeliveryUncertain
				}
				if err := s.st.SaveDelivery(ctx, d); err != nil {
					return err
				}
			}
			// The time is the delivery's own: one that was asked for at the last
			// start is not asked for twice.
			if err := s.st.Enqueue(ctx, bot.Job{Kind: bot.JobDeliver, ID: d.ID, RunAt: d.DueAt}); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = s.st.Hasten(ctx, "")
	}
	if err != nil {
		return fmt.Errorf("recover deliveries: %w", err)
	}
	return nil
}

// setBack brings the time at which a reply goes out nearer: its delivery was
// made in what is the future now, so the clock was set back, and the customer
// would wait until it is there again.
func (s *Service) setBack(ctx context.Context, d bot.Delivery, by time.Duration) error {
	if d.Kind != bot.DeliverReply {
		return nil
	}
	rep, err := s.st.Reply(ctx, d.Target)
	if bot.KindOf(err) == bot.ErrNotFound || err == nil && rep.State != bot.ReplyQueued {
		return nil
	}
	if err != nil {
		return err
	}
	rep.SendAt = rep.SendAt.Add(-by)
	return s.st.SwapReply(ctx, rep, bot.ReplyQueued)
}

// Retry sends a parked delivery once more, and with it what is parked behind
// it in the same thread: somebody looked, or wants us to look again.
func (s *Service) Retry(ctx context.Context, deliveryID int64, by bot.Person) error {
	return s.unpark(ctx, deliveryID, by, "delivery_retry", bot.DeliveryUncertain)
}

// retryMost is how many parked deliveries RetryAll takes at once: a
// transaction of some seconds. Who asks again takes the rest.
const retryMost = 1000

// RetryAll sends all parked deliveries once more, replies left out, which are
// settled each on its case, and tells how many. It is one act of the log.
func (s *Service) RetryAll(ctx context.Context, by bot.Person) (n int, err error) {
	if err := s.mustBe(ctx, by, bot.Admin, "decide about parked deliveries"); err != nil {
		return 0, err
	}
	err = s.st.Transact(ctx, func(ctx context.Context) error {
		n = 0
		parked, err := s.st.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryParked}, retryMost)
		if err != nil {
			return err
		}
		for _, d := range parked {
			if d, err = s.st.Delivery(ctx, d.ID); err != nil { // another one of its thread may have brought it along
				return err
			}
			if d.Kind == bot.DeliverReply {
				continue
			}
			n++
			if d.State != bot.DeliveryParked {
				continue
			}
			if err := s.settleParked(ctx, d, bot.DeliveryUncertain); err != nil {
				return err
			}
		}
		if n == 0 {
			return bot.Errorf(bot.ErrStale, "Nothing is parked any more that can be tried again; /voc deliveries shows what is left.")
		}
		return s.audit(ctx, bot.AuditEntry{By: by, Act: "delivery_retry", Target: fmt.Sprintf("%d parked deliveries", n)})
	})
	if err != nil {
		return 0, fmt.Errorf("try all parked deliveries again: %w", err)
	}
	return n, nil
}

// Drop gives a parked delivery up.
func (s *Service) Drop(ctx context.Context, deliveryID int64, by bot.Person) error {
	return s.unpark(ctx, deliveryID, by, "delivery_drop", bot.DeliverySent)
}

func (s *Service) unpark(ctx context.Context, deliveryID int64, by bot.Person, act string, to bot.DeliveryState) error {
	if err := s.mustBe(ctx, by, bot.Admin, "decide about a parked delivery"); err != nil {
		return err
	}
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		d, err := s.st.Delivery(ctx, deliveryID)
		if err != nil {
			return err
		}
		if d.State != bot.DeliveryParked {
			return bot.Errorf(bot.ErrStale, "Delivery %d is %s now; nothing is left to decide.", d.ID, d.State)
		}
		if d.Kind == bot.DeliverReply {
			return bot.Errorf(bot.ErrInvalid, "A reply is settled on the card of its case: It arrived, or Send again.")
		}
		if err := s.audit(ctx, bot.AuditEntry{By: by, Act: act, Target: fmt.Sprintf("delivery %d", d.ID), Before: d.Error}); err != nil {
			return err
		}
		return s.settleParked(ctx, d, to)
	})
	if err != nil {
		return fmt.Errorf("%s %d: %w", act, deliveryID, err)
	}
	return nil
}

// settleParked gives a parked delivery, and what is parked behind it in its
// thread, an end or another try.
func (s *Service) settleParked(ctx context.Context, of bot.Delivery, to bot.DeliveryState) error {
	list, err := s.st.Unsettled(ctx, of)
	if err != nil {
		return err
	}
	for _, d := range list {
		behind := d.Kind == bot.DeliverNote && d.ID > of.ID || to == bot.DeliveryUncertain
		if d.State != bot.DeliveryParked || d.ID != of.ID && !behind {
			continue
		}
		d.State, d.DueAt, d.Error = to, s.now().UTC(), decided
		if to == bot.DeliverySent {
			d.Error = "somebody dropped it"
		}
		if err := s.st.SaveDelivery(ctx, d); err != nil {
			return err
		}
		if err := s.Mended(ctx, refusedKey(d)); err != nil {
			return err
		}
		if to == bot.DeliverySent {
			continue
		}
		if err := s.st.Enqueue(ctx, bot.Job{Kind: bot.JobDeliver, ID: d.ID, RunAt: d.DueAt}); err != nil {
			return err
		}
	}
	return nil
}
