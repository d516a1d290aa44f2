package handlers

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/text"
)

func mute() Command {
	return Command{Name: "mute", Group: groupRun, Usage: "mute topic:price until mon 9:00", What: "silence the spikes of a topic, one spike, or a source", Role: bot.Agent, Run: runMute,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, t := range r.d.Topics {
				if v := "topic:" + t; strings.HasPrefix(v, r.Args) {
					out = append(out, bot.Option{Value: v + " 1 day", Label: "spikes of " + t + ", for a day"})
				}
			}
			return out
		}}
}

// runMute lists what is silent, or reads "spike 7 [time]", "topic:price
// [time]", "source:reviews [time]", each with "off" to end it.
func runMute(ctx context.Context, r *Request) (bot.Answer, error) {
	fields := strings.Fields(r.Args)
	if len(fields) == 0 {
		return r.muted(ctx)
	}
	if fields[0] == "spike" && len(fields) > 1 {
		return r.muteSpike(ctx, fields[1], strings.Join(fields[2:], " "))
	}
	what := fields[0]
	kind, name, ok := strings.Cut(what, ":")
	if !ok || name == "" || (kind != "topic" && kind != "source" && kind != "spike") {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "Say what: /voc mute spike 7, /voc mute topic:price or /voc mute source:reviews, and how long.")
	}
	if kind == "topic" && len(r.d.Topics) > 0 && !slices.Contains(r.d.Topics, name) {
		near := text.Nearest(name, r.d.Topics)
		if near == "" {
			near = strings.Join(r.d.Topics, ", ")
		}
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no topic %q. Try: %s.", text.Cut(name, 40), near)
	}
	until, err := r.muteUntil(strings.Join(fields[1:], " "))
	if err != nil {
		return bot.Answer{}, err
	}
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Mute(ctx, what, until, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	if !until.After(r.now()) {
		return say("%s is heard again.", text.Cut(what, 60))
	}
	return say("%s is muted until %s. /voc mute %s off ends it.", text.Cut(what, 60), stamp(until, r.d.Zone), text.Cut(what, 60))
}

func (r *Request) muteUntil(when string) (time.Time, error) {
	switch when {
	case "":
		when = "next working morning"
	case "off":
		return r.now(), nil
	}
	return act.ParseWhen(when, r.now(), r.d.Zone)
}

func (r *Request) muteSpike(ctx context.Context, typed, when string) (bot.Answer, error) {
	id, err := strconv.ParseInt(strings.TrimPrefix(typed, "#"), 10, 64)
	if err != nil {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "%q is not the number of a spike. /voc spikes lists them.", text.Cut(typed, 30))
	}
	until, err := r.muteUntil(when)
	if err != nil {
		return bot.Answer{}, err
	}
	err = r.once(ctx, func(ctx context.Context) error {
		_, err := r.d.Act.MuteSpike(ctx, id, r.In.By, until)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return say("Spike %d is muted until %s.", id, stamp(until, r.d.Zone))
}

func (r *Request) muted(ctx context.Context) (bot.Answer, error) {
	silent, err := r.d.Store.Muted(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(silent) == 0 {
		return empty("Nothing is muted.", "/voc mute topic:price 1 day silences the spikes of a topic.")
	}
	names := make([]string, 0, len(silent))
	for what := range silent {
		names = append(names, what)
	}
	slices.Sort(names)
	var rows []bot.Row
	for _, what := range names {
		rows = append(rows, bot.Row{Label: text.Cut(what, 60), Spans: []bot.Span{bot.Plain("until "), bot.At(silent[what], bot.TimeDay)}})
	}
	return told(bot.View{Notice: "What is muted", Blocks: []bot.Block{
		bot.Line(bot.Strong("What is muted")), {Kind: bot.BlockRows, Rows: rows}, hint("%s", fmt.Sprintf("/voc mute %s off ends it.", names[0]))}})
}
