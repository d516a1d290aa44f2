package act

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

// Link keeps somebody's word that the author of a case is a customer, and links
// all that they said. Addresses and handles do not change it any more. ErrStale
// when somebody has given their word already, on this customer or another.
func (s *Service) Link(ctx context.Context, caseID, customerID int64, by bot.Person) error {
	if err := s.mustBe(ctx, by, bot.Agent, "link a customer"); err != nil {
		return err
	}
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		d, err := s.linkable(ctx, caseID)
		if err != nil {
			return err
		}
		to, err := s.st.Customer(ctx, customerID)
		if err != nil {
			return err
		}
		if was := d.Speaker.Linked; was.CustomerID == customerID {
			return bot.Errorf(bot.ErrStale, "%s linked %s to %s already.", was.By.Name, authorName(d.Speaker.Author), card.CustomerName(to))
		} else if was.CustomerID != 0 {
			return bot.Errorf(bot.ErrStale, "%s linked %s to %s. /voc unlink %d undoes that first.", was.By.Name, authorName(d.Speaker.Author), card.CustomerName(d.Speaker.Customer), caseID)
		}
		l := bot.Linking{AuthorID: d.Case.AuthorID, CustomerID: customerID, Linked: true, By: by}
		return s.linked(ctx, d, l, bot.Event{Verb: bot.Linked, Text: fmt.Sprintf("said that %s is the customer %s", authorName(d.Speaker.Author), card.CustomerName(to))})
	})
	if err != nil {
		return fmt.Errorf("link case %d: %w", caseID, err)
	}
	return nil
}

// Unlink takes the link of a case's author to their customer back, whoever or
// whatever made it. It is not made again before a person makes it. It gives the
// customer that they were linked to; ErrStale when there is none.
func (s *Service) Unlink(ctx context.Context, caseID int64, by bot.Person) (bot.Customer, error) {
	if err := s.mustBe(ctx, by, bot.Agent, "unlink a customer"); err != nil {
		return bot.Customer{}, err
	}
	var was bot.Customer
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		d, err := s.linkable(ctx, caseID)
		if err != nil {
			return err
		}
		if was = d.Speaker.Customer; was.ID == 0 {
			return bot.Errorf(bot.ErrStale, "%s is linked to no customer. /voc link %d says who they are.", authorName(d.Speaker.Author), caseID)
		}
		l := bot.Linking{AuthorID: d.Case.AuthorID, CustomerID: was.ID, By: by}
		return s.linked(ctx, d, l, bot.Event{Verb: bot.Unlinked, Text: fmt.Sprintf("said that %s is not the customer %s", authorName(d.Speaker.Author), card.CustomerName(was))})
	})
	if err != nil {
		return was, fmt.Errorf("unlink case %d: %w", caseID, err)
	}
	return was, nil
}

// linkable reads a case whose author can be linked.
func (s *Service) linkable(ctx context.Context, caseID int64) (bot.Dossier, error) {
	d, err := s.st.Dossier(ctx, caseID)
	if err == nil && (d.Erased || d.Case.AuthorID == 0) {
		err = bot.Errorf(bot.ErrInvalid, "Nobody knows who wrote case %d, so there is nobody to link.", caseID)
	}
	return d, err
}

// linked keeps a person's word, and shows it on the cards of what the author
// said and somebody still works on.
func (s *Service) linked(ctx context.Context, d bot.Dossier, l bot.Linking, ev bot.Event) error {
	l.At = s.now().UTC()
	now, err := s.st.LinkAuthor(ctx, l)
	if err != nil {
		return err
	}
	entry := bot.AuditEntry{By: l.By, Act: string(ev.Verb), Target: caseTarget(d.Case.ID), Before: linkBrief(d.Speaker.Customer.ID), After: linkBrief(now)}
	if err := s.audit(ctx, entry); err != nil {
		return err
	}
	ev.CaseID, ev.At, ev.By, ev.Before, ev.After = d.Case.ID, l.At, l.By, d.Case.State, d.Case.State
	if err := s.note(ctx, d.Case, ev); err != nil {
		return err
	}
	if err := s.redraw(ctx, d.Case); err != nil {
		return err
	}
	others, err := s.st.Cases(ctx, bot.CaseFilter{AuthorID: l.AuthorID, States: []bot.CaseState{bot.Open, bot.Claimed, bot.Answered}})
	if err != nil {
		return err
	}
	for _, c := range others {
		if c.ID == d.Case.ID {
			continue
		}
		if err := s.redraw(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// linkBrief says in the audit log which record an author is linked to, by our
// number: nothing of a person stands there.
func linkBrief(customerID int64) string { return fmt.Sprintf(`{"customer":%d}`, customerID) }

func authorName(a bot.Author) string { return text.Cut(text.OneLine(a.Label()), 40) }
