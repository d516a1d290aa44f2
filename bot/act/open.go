package act

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/text"
)

// OpenOptions say how a case is opened.
type OpenOptions struct {
	Quiet bool       // it came of an import: no card, no timers, until somebody touches it
	By    bot.Person // who made it by hand; zero for Earshot itself
}

// Open makes a case of a mention: it finds the route, sets when the first
// answer is due, and gives the channels their cards. It belongs into the
// transaction that stores the mention.
func (s *Service) Open(ctx context.Context, h bot.Heard, saved bot.Saved, watch string, opt OpenOptions) (bot.Case, error) {
	tier, err := s.urged(ctx, &h, saved)
	if err != nil {
		return bot.Case{}, fmt.Errorf("open a case: %w", err)
	}
	sub := Subject{
		Watch: watch, Topics: h.Verdict.For(watch).TopicNames(), Source: h.Mention.Source,
		Language: h.Verdict.Language, Tier: tier, Urgency: h.Verdict.Urgency.Level,
	}
	muted := ""
	if !opt.Quiet && !opt.By.Known() {
		if muted, err = s.mutedCase(ctx, sub); err != nil {
			return bot.Case{}, fmt.Errorf("open a case: %w", err)
		}
		opt.Quiet = muted != ""
	}
	route := s.Route(sub)
	now := s.now().UTC()
	if opt.Quiet && !h.Mention.CreatedAt.IsZero() { // history: it was opened when it was said
		now = h.Mention.CreatedAt.UTC()
	}
	c := bot.Case{
		State: bot.Open, Watch: watch, Topics: sub.Topics, Source: sub.Source, Route: route.Name,
		MentionID: saved.ID, AuthorID: saved.AuthorID, Label: h.Verdict.For(watch).Label, Urgency: sub.Urgency,
		People: 1, OpenedAt: now, Quiet: opt.Quiet,
	}
	if route.FirstAnswer > 0 && !opt.Quiet {
		c.DueAt = now.Add(route.FirstAnswer)
	}
	err = s.st.Transact(ctx, func(ctx context.Context) error {
		if c, err = s.st.CreateCase(ctx, c); err != nil {
			return err
		}
		return s.opened(ctx, c, muted, opt)
	})
	if err != nil {
		return bot.Case{}, fmt.Errorf("open a case: %w", err)
	}
	return c, nil
}

// opened writes the first line of the history and what follows of it. muted is
// why the case has no card; "" when it has one, or is quiet for another reason.
func (s *Service) opened(ctx context.Context, c bot.Case, muted string, opt OpenOptions) error {
	by := opt.By
	if !by.Known() {
		by = bot.Bot()
	}
	ev := bot.Event{CaseID: c.ID, At: c.OpenedAt, By: by, Verb: bot.Opened, After: bot.Open,
		Text: "opened it from a mention on " + s.set().Label(c.Source)}
	if muted != "" {
		ev.Text += ", without a card: " + muted
	}
	if _, err := s.record(ctx, c, ev); err != nil {
		return err
	}
	if opt.By.Known() {
		if err := s.audit(ctx, bot.AuditEntry{By: by, Act: "open", Target: caseTarget(c.ID), After: c.Watch}); err != nil {
			return err
		}
	}
	if c.Quiet {
		return nil
	}
	for _, p := range s.routeOf(c).Places { // a new case stands nowhere yet, so there is nothing to look up
		if _, ok := s.platforms[p.Platform]; !ok {
			continue
		}
		if err := s.send(ctx, bot.Delivery{Kind: bot.DeliverCard, Platform: p.Platform, Channel: p.Channel, Target: c.ID}); err != nil {
			return err
		}
	}
	if c.DueAt.IsZero() {
		return nil
	}
	return s.st.Enqueue(ctx, bot.Job{Kind: bot.JobCase, ID: c.ID, RunAt: c.DueAt})
}

// Join adds a mention to a case: how is bot.Echo for one that says the same,
// bot.AuthorReply for the customer's own answer. It belongs into the
// transaction that stores the mention.
func (s *Service) Join(ctx context.Context, caseID int64, h bot.Heard, saved bot.Saved, how bot.Verb) error {
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if _, err := s.urged(ctx, &h, saved); err != nil {
			return err
		}
		fresh, err := s.st.JoinCase(ctx, caseID, saved.ID)
		if err != nil {
			return err
		}
		_, err = s.system(ctx, caseID, bot.Change{Verb: how, NewPerson: fresh})
		return err
	})
	if err != nil {
		return fmt.Errorf("add mention %d to case %d: %w", saved.ID, caseID, err)
	}
	return nil
}

// Edited says that the mention of a case was changed or taken back by its
// author: the case is marked, and replies that have not gone out are outdated.
// It belongs into the transaction that stores the edit.
func (s *Service) Edited(ctx context.Context, h bot.Heard, saved bot.Saved) error {
	if saved.CaseID == 0 {
		return nil
	}
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		if _, err := s.urged(ctx, &h, saved); err != nil {
			return err
		}
		c, err := s.st.Case(ctx, saved.CaseID)
		if err != nil {
			return err
		}
		if err := s.outdate(ctx, c, saved.ID, editWords(h.Mention)); err != nil {
			return err
		}
		if c.MentionID != saved.ID {
			return s.redraw(ctx, c)
		}
		_, err = s.system(ctx, c.ID, bot.Change{Verb: bot.AuthorEdit})
		return err
	})
	if err != nil {
		return fmt.Errorf("mark case %d as edited: %w", saved.CaseID, err)
	}
	return nil
}

// Reread says that a slower reader has judged the mention of a case anew: the
// card is drawn with the new verdict, and its thread says why. It belongs into
// the transaction that stores the verdict.
func (s *Service) Reread(ctx context.Context, caseID int64, why string) error {
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		c, err := s.st.Case(ctx, caseID)
		if err != nil || c.State.Done() {
			return err
		}
		if err := s.redraw(ctx, c); err != nil {
			return err
		}
		return s.note(ctx, c, bot.Event{CaseID: c.ID, At: s.now().UTC(), By: bot.Bot(), Verb: bot.Correct, Before: c.State, After: c.State,
			Text: text.CutWords(text.OneLine(why), 200)})
	})
	if err != nil {
		return fmt.Errorf("note a second opinion on case %d: %w", caseID, err)
	}
	return nil
}

func editWords(m bot.Mention) string {
	if m.Deleted {
		return "The author deleted the post after this reply was written."
	}
	return "The author edited the post after this reply was written: look again."
}

// system does what no person does: an echo, an edit, a timer.
func (s *Service) system(ctx context.Context, caseID int64, ch bot.Change) (bot.Case, error) {
	ch.By, ch.Role, ch.At = bot.Bot(), bot.Admin, s.now().UTC()
	return s.apply(ctx, caseID, ch)
}
