package handlers

import (
	"context"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
)

func snooze() Command {
	return Command{Name: "snooze", Group: groupDeal, Usage: "snooze 1042 until mon 9:00", What: "put a case aside until a time", Role: bot.Agent,
		Run: onCase(doSnooze), Complete: then(snoozeOptions()...)}
}

func snoozeOptions() []bot.Option {
	return []bot.Option{
		{Value: "next working morning", Label: "Next working morning, 9:00"},
		{Value: "1h", Label: "One hour"},
		{Value: "3h", Label: "Three hours"},
		{Value: "tomorrow 9:00", Label: "Tomorrow, 9:00"},
		{Value: "mon 9:00", Label: "Monday, 9:00"},
		{Value: "1 week", Label: "A week"},
	}
}

// doSnooze snoozes at once when a time was typed, else asks for it.
func doSnooze(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	if rest != "" {
		return r.snoozed(ctx, id, version, rest)
	}
	d, err := r.mayOpen(ctx, id, bot.Snooze)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("snooze", d.Case), Title: "Snooze the case", Intro: r.intro(d), Submit: "Snooze",
		Fields: []bot.Field{
			{Name: "when", Label: "Until when?", Kind: bot.FieldChoice, Value: "next working morning", Optional: true, Options: snoozeOptions()},
			{Name: "time", Label: "Or a time of your own", Hint: "2h, tomorrow 14:00, 2026-03-09 9:00", Kind: bot.FieldText, Optional: true, Max: 60},
		},
	}, "Snooze", "snooze", id)
}

func submitSnooze(ctx context.Context, r *Request) (bot.Answer, error) {
	when, field := r.value("time"), "time"
	if when == "" {
		when, field = r.value("when"), "when"
	}
	answer, err := r.snoozed(ctx, r.In.Action.Target, r.In.Action.Version, when)
	if bot.KindOf(err) == bot.ErrInvalid {
		return bot.Answer{Errors: map[string]string{field: bot.Told(err)}}, nil
	}
	return answer, err
}

func (r *Request) snoozed(ctx context.Context, id, version int64, when string) (bot.Answer, error) {
	c, err := r.d.Store.Case(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	zone := r.d.Act.Zone(c)
	until, err := act.ParseWhen(strings.TrimSpace(when), r.now(), zone)
	if err != nil {
		return bot.Answer{}, err
	}
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Snooze, Until: until.UTC()}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Case %d is quiet until %s. /voc inbox shows what else waits.", id, stamp(until, zone)))
}

// stamp is a time as the team says it, with its zone.
func stamp(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	if zone == time.UTC {
		return local.Format("Mon 2 Jan 15:04 UTC")
	}
	return fmt.Sprintf("%s (%s)", local.Format("Mon 2 Jan 15:04"), zone)
}
