package act

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// ApproveReply releases a reply that waits. edited, when not empty, takes the
// place of its text; the writer stays the writer.
func (s *Service) ApproveReply(ctx context.Context, replyID int64, by bot.Person, edited string) (bot.Reply, error) {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Approver, "approve a reply"); err != nil {
		return bot.Reply{}, err
	}
	return s.releaseReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) (refused, err error) {
		if r.State != bot.ReplyAwaiting {
			return nil, staleReply(*r)
		}
		if edited = text.Clean(edited); strings.TrimSpace(edited) != "" && edited != r.Text {
			if err := s.audit(ctx, bot.AuditEntry{By: by, Act: "reply_edit", Target: fmt.Sprintf("reply %d", r.ID), Before: r.Text, After: edited}); err != nil {
				return nil, err
			}
			r.Text = edited
		}
		r.CaseSeen = max(r.CaseSeen, 1)
		if refused, err = s.refuseApproved(ctx, c, r); refused != nil || err != nil {
			return refused, err
		}
		r.ApprovedBy = by
		return nil, s.queue(ctx, c, r, by, role)
	})
}

// releaseReply lets a reply go on its way. What is refused is told as an error,
// but what was learnt about the reply on the way is kept.
func (s *Service) releaseReply(ctx context.Context, replyID int64, release func(context.Context, bot.Case, *bot.Reply) (refused, err error)) (bot.Reply, error) {
	var refused error
	r, err := s.moveReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) (err error) {
		refused, err = release(ctx, c, r)
		return err
	})
	if err == nil && refused != nil {
		err = fmt.Errorf("release reply %d: %w", replyID, refused)
	}
	return r, err
}

// refuseApproved is refuse for somebody who has the card before their eyes:
// what moved on the case does not hold the reply back, an edit does.
func (s *Service) refuseApproved(ctx context.Context, c bot.Case, r *bot.Reply) (refused, err error) {
	edited := *r
	changed, err := s.editedSince(ctx, c, *r)
	if err != nil {
		return nil, err
	}
	if !changed {
		edited.CaseSeen = c.Version
	}
	refused, err = s.refuse(ctx, c, &edited)
	if refused != nil {
		*r = edited
	}
	return refused, err
}

// ReturnReply sends a reply that waits back to its writer, with a note.
func (s *Service) ReturnReply(ctx context.Context, replyID int64, by bot.Person, note string) (bot.Reply, error) {
	if err := s.mustBe(ctx, by, bot.Approver, "send a reply back"); err != nil {
		return bot.Reply{}, err
	}
	if note = text.OneLine(text.Clean(note)); note == "" {
		return bot.Reply{}, bot.Errorf(bot.ErrInvalid, "Say what should be different; the writer reads that.")
	}
	return s.moveReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) error {
		if r.State != bot.ReplyAwaiting {
			return staleReply(*r)
		}
		r.State, r.Note = bot.ReplyReturned, note
		if err := s.st.SwapReply(ctx, *r, bot.ReplyAwaiting); err != nil {
			return err
		}
		return s.replyEvent(ctx, c, *r, bot.Event{By: by, Verb: bot.ReplySentBack, Text: "sent the reply back to " + r.By.Name + ": " + note})
	})
}

// UndoReply takes a reply back that has not gone out. When it is too late, an
// Error of kind ErrStale says so.
func (s *Service) UndoReply(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error) {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Responder, "take a reply back"); err != nil {
		return bot.Reply{}, err
	}
	return s.moveReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) error {
		if r.ApprovedBy.Key() != by.Key() {
			if err := mayChange(*r, by, role); err != nil {
				return err
			}
		}
		from := r.State
		if from != bot.ReplyQueued && from != bot.ReplyAwaiting {
			return staleReply(*r)
		}
		r.State = bot.ReplyUndone
		if err := s.st.SwapReply(ctx, *r, from); err != nil {
			return err
		}
		return s.replyEvent(ctx, c, *r, bot.Event{By: by, Verb: bot.ReplyTakenBack, Text: "took the reply back before it went out"})
	})
}

// ReplyArrived ends the doubt about a parked reply: somebody saw it there.
func (s *Service) ReplyArrived(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error) {
	if err := s.mustBe(ctx, by, bot.Agent, "settle a reply"); err != nil {
		return bot.Reply{}, err
	}
	return s.moveParked(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) error {
		return s.arrived(ctx, c, r, bot.ReplyParked, bot.Placed{})
	})
}

// ReplyAgain sends a parked reply once more: somebody saw that it is not there.
func (s *Service) ReplyAgain(ctx context.Context, replyID int64, by bot.Person) (bot.Reply, error) {
	role := s.RoleOf(ctx, by)
	if err := enough(role, bot.Agent, "send a reply again"); err != nil {
		return bot.Reply{}, err
	}
	return s.moveParked(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) error {
		return s.queue(ctx, c, r, by, role)
	})
}

// moveParked moves a reply that nobody knows of whether it arrived, once a
// person has decided.
func (s *Service) moveParked(ctx context.Context, replyID int64, move func(context.Context, bot.Case, *bot.Reply) error) (bot.Reply, error) {
	return s.moveReply(ctx, replyID, func(ctx context.Context, c bot.Case, r *bot.Reply) error {
		if r.State != bot.ReplyParked {
			return staleReply(*r)
		}
		if err := s.settle(ctx, r.ID); err != nil {
			return err
		}
		return move(ctx, c, r)
	})
}

// parkedMost is how many parked deliveries are looked through for a reply's.
const parkedMost = 1000

// settle closes the parked delivery of a reply that a person has decided
// about, and the notice that asked for it.
func (s *Service) settle(ctx context.Context, replyID int64) error {
	parked, err := s.st.Deliveries(ctx, []bot.DeliveryState{bot.DeliveryParked}, parkedMost)
	if err != nil {
		return err
	}
	for _, d := range parked {
		if d.Kind == bot.DeliverReply && d.Target == replyID {
			d.State, d.SentAt, d.Error = bot.DeliverySent, s.now().UTC(), "settled by a person"
			if err := s.st.SaveDelivery(ctx, d); err != nil {
				return err
			}
		}
	}
	return s.Mended(ctx, parkedKey(replyID))
}

func parkedKey(replyID int64) string { return fmt.Sprintf("reply:%d:parked", replyID) }

func (s *Service) moveReply(ctx context.Context, replyID int64, move func(context.Context, bot.Case, *bot.Reply) error) (bot.Reply, error) {
	var r bot.Reply
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		var c bot.Case
		var err error
		if r, c, err = s.replyAndCase(ctx, replyID); err != nil {
			return err
		}
		return move(ctx, c, &r)
	})
	if err != nil {
		return r, fmt.Errorf("reply %d: %w", replyID, err)
	}
	return r, nil
}

// arrived writes that the customer has the reply. What only our own people read
// is told in the case's history: the customer still waits.
func (s *Service) arrived(ctx context.Context, c bot.Case, r *bot.Reply, from bot.ReplyState, at bot.Placed) error {
	r.State, r.SentAt, r.Error = bot.ReplyDone, s.now().UTC(), ""
	r.ExternalID, r.URL = at.ExternalID, at.URL
	if err := s.st.SwapReply(ctx, *r, from); err != nil {
		return err
	}
	if r.Way.Internal {
		did := "left an internal note in " + r.Way.Place
		if r.Way.Source != "" {
			did = "opened a ticket in " + r.Way.Place
		}
		if r.URL != "" {
			did += ": " + r.URL
		}
		return s.replyEvent(ctx, c, *r, bot.Event{By: r.By, Verb: bot.Forwarded, Text: did})
	}
	ch := bot.Change{Verb: bot.ReplySent, By: r.By, Role: bot.Admin, At: r.SentAt, Public: r.Way.Public}
	if _, err := s.apply(ctx, c.ID, ch); err != nil {
		return err
	}
	return s.followLater(ctx, *r, c.Source)
}

// outdate holds back every reply to a mention that has not gone out.
func (s *Service) outdate(ctx context.Context, c bot.Case, mentionID int64, why string) error {
	replies, err := s.st.CaseReplies(ctx, c.ID)
	if err != nil {
		return err
	}
	for _, r := range replies {
		if r.MentionID != mentionID {
			continue
		}
		switch r.State {
		case bot.ReplyAwaiting, bot.ReplyQueued:
			from := r.State
			r.State, r.Error = bot.ReplyOutdated, why
			if err := s.st.SwapReply(ctx, r, from); err != nil {
				return err
			}
			if err := s.replyEvent(ctx, c, r, bot.Event{By: bot.Bot(), Verb: bot.ReplyNotSent, Text: "held a reply back: the author edited the post"}); err != nil {
				return err
			}
		}
	}
	return nil
}

// Drafts gives the text that p may go on from in this case: their latest reply
// that did not go out. ID 0 when there is none.
func (s *Service) Drafts(ctx context.Context, caseID int64, p bot.Person) (bot.Reply, error) {
	replies, err := s.st.CaseReplies(ctx, caseID)
	if err != nil {
		return bot.Reply{}, fmt.Errorf("drafts of case %d: %w", caseID, err)
	}
	var last bot.Reply
	for _, r := range replies {
		switch r.State {
		case bot.ReplyDraft, bot.ReplyReturned, bot.ReplyFailed, bot.ReplyCameBack, bot.ReplyOutdated, bot.ReplyUndone:
			if r.By.Key() == p.Key() && r.ID > last.ID {
				last = r
			}
		default:
			if r.ID > last.ID {
				last = bot.Reply{}
			}
		}
	}
	return last, nil
}
