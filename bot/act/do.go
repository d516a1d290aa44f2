package act

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// Do does ch to a case for the person ch.By, whose role is looked up now.
// version is the one the person saw, 0 for whatever is current. The case, its
// history, the audit log, its cards and its timers change together or not at
// all. An Error of kind ErrStale says what happened meanwhile, ErrForbidden
// that the role does not suffice, ErrInvalid what is missing; with an error the
// case is given as it is.
func (s *Service) Do(ctx context.Context, caseID, version int64, ch bot.Change) (bot.Case, error) {
	ch.Role = s.RoleOf(ctx, ch.By)
	if ch.At.IsZero() {
		ch.At = s.now()
	}
	ch.At = ch.At.UTC()
	if systemVerb(ch.Verb) && !isBot(ch.By) {
		return bot.Case{}, bot.Errorf(bot.ErrForbidden, "Only Earshot itself does that.")
	}
	var after bot.Case
	err := s.st.Transact(ctx, func(ctx context.Context) error {
		var err error
		if after, err = s.unmoved(ctx, caseID, version, ch); err != nil {
			return err
		}
		after, err = s.apply(ctx, caseID, ch)
		return err
	})
	if err != nil {
		return after, fmt.Errorf("%s case %d: %w", ch.Verb, caseID, err)
	}
	return after, nil
}

func systemVerb(v bot.Verb) bool {
	switch v {
	case bot.ReplySent, bot.Nudge, bot.ExpireClaim, bot.Wake, bot.AuthorEdit, bot.AuthorReply, bot.Echo, bot.ReplyBounced:
		return true
	}
	return false
}

// apply changes the case and everything that follows of it, in the caller's
// transaction.
func (s *Service) apply(ctx context.Context, caseID int64, ch bot.Change) (bot.Case, error) {
	before, err := s.st.Case(ctx, caseID)
	if err != nil {
		return bot.Case{}, err
	}
	after, ev, err := s.step(before, ch)
	if err != nil {
		return before, err
	}
	if !isBot(ch.By) && !after.State.Done() {
		after.Quiet = false
	}
	if ch.Verb == bot.Merge {
		if err := s.mergeInto(ctx, before, ch); err != nil {
			return before, err
		}
	}
	if err := s.st.UpdateCase(ctx, after); err != nil {
		return before, err
	}
	return after, s.follow(ctx, before, after, ch, ev)
}

// step is what ch makes of a case, with the line for its history as this
// service writes it.
func (s *Service) step(before bot.Case, ch bot.Change) (bot.Case, bot.Event, error) {
	if ch.Verb == bot.Escalate && ch.Target == "" {
		ch.Target = s.escalationName(before)
	}
	after, ev, err := before.Do(ch)
	if err == nil && ch.Verb == bot.Snooze {
		ev.Text = "snoozed it until " + ch.Until.In(s.Zone(before)).Format("Mon 2 Jan 15:04")
	}
	return after, ev, err
}

// follow writes what a change leads to: history, audit, learning, cards, the
// line in the thread, timers.
func (s *Service) follow(ctx context.Context, before, after bot.Case, ch bot.Change, ev bot.Event) error {
	if err := s.learnOf(ctx, after, ch); err != nil {
		return err
	}
	if ch.Verb != bot.Echo {
		if err := s.audit(ctx, bot.AuditEntry{By: ch.By, Act: string(ch.Verb), Target: caseTarget(after.ID), Before: brief(before, after), After: brief(after, before)}); err != nil {
			return err
		}
	}
	if err := s.redraw(ctx, after); err != nil {
		return err
	}
	if err := s.note(ctx, after, ev); err != nil {
		return err
	}
	return s.wind(ctx, after)
}

// note adds a line to the history and to the thread of every card. An echo
// stands in the history alone: the card counts them.
func (s *Service) note(ctx context.Context, c bot.Case, ev bot.Event) error {
	ev, err := s.record(ctx, c, ev)
	if err != nil {
		return err
	}
	if c.Quiet || ev.Verb == bot.Echo {
		return nil
	}
	places, err := s.places(ctx, c)
	if err != nil {
		return err
	}
	for _, p := range places {
		d := bot.Delivery{Kind: bot.DeliverNote, Platform: p.Platform, Channel: p.Channel, Target: c.ID, EventID: ev.ID}
		if err := s.send(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// redraw has the case's card drawn as it is now, wherever it stands or should.
func (s *Service) redraw(ctx context.Context, c bot.Case) error {
	if c.Quiet {
		return nil
	}
	places, err := s.places(ctx, c)
	if err != nil {
		return err
	}
	for _, p := range places {
		d := bot.Delivery{Kind: bot.DeliverCard, Platform: p.Platform, Channel: p.Channel, Target: c.ID}
		if err := s.send(ctx, d); err != nil {
			return err
		}
		if err := s.redrawFold(ctx, c, p); err != nil {
			return err
		}
	}
	return nil
}

// Redraw has a message that stands in a channel drawn again as it is now.
func (s *Service) Redraw(ctx context.Context, p bot.Post) error {
	return s.send(ctx, bot.Delivery{Kind: p.Kind, Platform: p.Platform, Channel: p.Channel, Target: p.Target})
}

// places is where the case's card stands or should stand: the route's places,
// the escalation's once it was escalated, and wherever it was posted before.
func (s *Service) places(ctx context.Context, c bot.Case) ([]bot.Place, error) {
	route := s.routeOf(c)
	places := slices.Clone(route.Places)
	if !c.EscalatedAt.IsZero() && route.Escalation.Place != (bot.Place{}) {
		places = append(places, route.Escalation.Place)
	}
	posts, err := s.st.Posts(ctx, bot.DeliverCard, c.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range posts {
		places = append(places, bot.Place{Platform: p.Platform, Channel: p.Channel})
	}
	var once []bot.Place
	for _, p := range places {
		if _, ok := s.platforms[p.Platform]; ok && !slices.Contains(once, p) {
			once = append(once, p)
		}
	}
	return once, nil
}

// send puts a delivery into the outbox, due at once unless it says otherwise.
func (s *Service) send(ctx context.Context, d bot.Delivery) error {
	now := s.now().UTC()
	d.State, d.CreatedAt = bot.DeliveryDue, now
	if d.DueAt.IsZero() {
		d.DueAt = now
	}
	if _, err := s.st.AddDelivery(ctx, d); err != nil {
		return fmt.Errorf("add a %s delivery: %w", d.Kind, err)
	}
	return nil
}

func (s *Service) escalationName(c bot.Case) string {
	if name := s.routeOf(c).Escalation.Name; name != "" {
		return name
	}
	return "the team"
}

// mergeInto joins what c holds to the case that stays.
func (s *Service) mergeInto(ctx context.Context, c bot.Case, ch bot.Change) error {
	if ch.Into == c.ID {
		return bot.Errorf(bot.ErrInvalid, "A case cannot be merged into itself. Say which other case it belongs to.")
	}
	into, err := s.st.Case(ctx, ch.Into)
	if err != nil {
		return err
	}
	if into.State.Done() {
		return bot.Errorf(bot.ErrInvalid, "Case %d is %s already. Reopen it first, or choose another.", into.ID, into.State)
	}
	readings, err := s.st.CaseMentions(ctx, c.ID, mergeMost)
	if err != nil {
		return err
	}
	for _, r := range readings {
		fresh, err := s.st.JoinCase(ctx, into.ID, r.Mention.ID)
		if err != nil {
			return err
		}
		if _, err := s.system(ctx, into.ID, bot.Change{Verb: bot.Echo, NewPerson: fresh}); err != nil {
			return err
		}
	}
	return nil
}

// mergeMost is how many mentions a merge moves: far above what one case holds.
const mergeMost = 10_000

func caseTarget(id int64) string { return fmt.Sprintf("case %d", id) }

// audit writes a line to the audit log, at the time it is now.
func (s *Service) audit(ctx context.Context, e bot.AuditEntry) error {
	e.At = s.now().UTC()
	if err := s.st.AddAudit(ctx, e); err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	return nil
}

// brief is short JSON of the fields of a that differ in b.
func brief(a, b bot.Case) string {
	fa, fb := fields(a), fields(b)
	for k, v := range fa {
		if k == "version" || string(v) == string(fb[k]) {
			delete(fa, k)
		}
	}
	out, err := json.Marshal(fa)
	if err != nil {
		return "{}"
	}
	return string(out)
}

func fields(c bot.Case) map[string]json.RawMessage {
	m := map[string]json.RawMessage{}
	body, err := json.Marshal(c)
	if err == nil {
		err = json.Unmarshal(body, &m)
	}
	if err != nil {
		return nil
	}
	return m
}

// options are what cards are drawn with.
func (s *Service) options(c bot.Case, now time.Time) card.Options {
	set := s.set()
	o := card.Options{Now: now, Zone: s.Zone(c), Label: set.Label, Tickets: s.Tickets()}
	if set.Link != nil {
		o.Permalink = set.Link(c.ID)
	}
	return o
}
