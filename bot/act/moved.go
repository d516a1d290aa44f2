package act

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
)

// unmoved refuses a change by somebody who saw an older version of the case,
// when somebody else did something to it meanwhile that matters. Echoes, the
// person's own acts, unless this repeats the last, and timers do not make a click stale; what the state
// forbids is refused by the case itself, with its own words.
func (s *Service) unmoved(ctx context.Context, caseID, version int64, ch bot.Change) (bot.Case, error) {
	if version == 0 {
		return bot.Case{}, nil
	}
	c, err := s.st.Case(ctx, caseID)
	if err != nil || c.Version == version {
		return c, err
	}
	if err := c.May(ch.Verb, ch.By, ch.Role); err != nil {
		return c, err
	}
	since, err := s.since(ctx, c, version)
	if err != nil {
		return c, err
	}
	for _, ev := range slices.Backward(since) {
		if !isBot(ev.By) && ev.By.Key() != ch.By.Key() {
			return c, bot.Errorf(bot.ErrStale, "Case %d moved on while you looked: %s. Look again, then decide.", c.ID, eventWords(ev))
		}
	}
	if s.repeats(c, since, ch) {
		return c, bot.Errorf(bot.ErrStale, "You did that already: you %s.", strings.TrimRight(since[len(since)-1].Text, "."))
	}
	return c, nil
}

// repeats tells whether ch is what the person did last, with the same words and
// from the same view of the case: a button that was pressed twice, or a form
// that was sent again.
func (s *Service) repeats(c bot.Case, since []bot.Event, ch bot.Change) bool {
	if len(since) == 0 {
		return false
	}
	_, ev, err := s.step(c, ch)
	last := since[len(since)-1]
	return err == nil && last.Verb == ev.Verb && last.Text == ev.Text && last.By.Key() == ev.By.Key()
}

// since is what happened to c after the version that somebody saw. Every
// change of a case is one version and one event, so they can be counted off.
func (s *Service) since(ctx context.Context, c bot.Case, version int64) ([]bot.Event, error) {
	events, err := s.st.CaseEvents(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e bot.Event) bool { return bot.RoleFor(e.Verb) == bot.NoRole })
	missed := c.Version - version
	if missed <= 0 {
		return nil, nil
	}
	if missed >= int64(len(events)) {
		return events, nil
	}
	return events[int64(len(events))-missed:], nil
}

// eventWords is one event in a sentence: "Lea claimed it".
func eventWords(ev bot.Event) string {
	return strings.TrimRight(fmt.Sprintf("%s %s", ev.By.Name, ev.Text), ".")
}
