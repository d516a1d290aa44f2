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
	return Command{Name: "mute", Group: groupRun, Usage: "mute topic:price until mon 9:00", What: "silence a topic, a source or one spike", Role: bot.Agent, Run: runMute,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, t := range r.d.Topics {
				if v := "topic:" + t; strings.HasPrefix(v, r.Args) {
					out = append(out, bot.Option{Value: v + " 1 day", Label: t + ", for a day"})
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
	what, when, err := r.mutable(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	until, err := r.muteUntil(when)
	if err != nil {
		return bot.Answer{}, err
	}
	if err := r.once(ctx, func(ctx context.Context) error { return r.d.Act.Mute(ctx, what, until, r.In.By) }); err != nil {
		return bot.Answer{}, err
	}
	shown := text.Cut(text.OneLine(what), nameLength*2)
	if !until.After(r.now()) {
		return say("%s is heard again.", shown)
	}
	return told(bot.View{Notice: shown + " is muted", Blocks: []bot.Block{
		bot.Line(bot.Plain(fmt.Sprintf("%s is muted until %s. %s", shown, stamp(until, r.d.Zone), mutedMeans(what)))),
		hint("/voc mute %s off ends it.", shown)}})
}

// mutedMeans says what a mute does until it ends.
func mutedMeans(what string) string {
	switch kind, _, _ := strings.Cut(what, ":"); kind {
	case "topic":
		return "Its spikes have no card, and new cases of that topic alone open without one: /voc inbox lists them."
	case "source":
		return "Its new cases open without a card: /voc inbox lists them."
	}
	return "It opens no other card. Cases still arrive."
}

// mutable finds what was named at the front of what was typed: a topic, a
// source, or something that is muted; when is the rest. Names may hold spaces,
// and capitals do not matter.
func (r *Request) mutable(ctx context.Context) (what, when string, err error) {
	var known []string
	for _, t := range r.d.Topics {
		known = append(known, act.TopicKey(t))
	}
	states, err := r.d.Store.SourceStates(ctx)
	if err != nil {
		return "", "", err
	}
	for _, s := range states {
		known = append(known, act.SourceKey(s.Name))
	}
	silent, err := r.d.Store.Muted(ctx)
	if err != nil {
		return "", "", err
	}
	for k := range silent {
		known = append(known, k)
	}
	for _, k := range known {
		if len(r.Args) >= len(k) && len(k) > len(what) && strings.EqualFold(r.Args[:len(k)], k) && (len(r.Args) == len(k) || r.Args[len(k)] == ' ') {
			what, when = k, strings.TrimSpace(r.Args[len(k):])
		}
	}
	if what == "" {
		return "", "", notMutable(r.Args, known)
	}
	return what, when, nil
}

// notMutable says what may have been meant.
func notMutable(typed string, known []string) error {
	typed, _, _ = strings.Cut(typed, " ")
	kind, name, ok := strings.Cut(typed, ":")
	if !ok || (kind != "topic" && kind != "source") {
		return bot.Errorf(bot.ErrInvalid, "Say what: /voc mute spike 7, /voc mute topic:price or /voc mute source:reviews, and how long.")
	}
	var names []string
	for _, k := range known {
		if n, is := strings.CutPrefix(k, kind+":"); is && !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return bot.Errorf(bot.ErrInvalid, "There is no %s %q.", kind, text.Cut(name, 40))
	}
	near := text.Nearest(name, names)
	if near == "" {
		near = strings.Join(names[:min(len(names), colleagues)], ", ")
	}
	return bot.Errorf(bot.ErrInvalid, "There is no %s %q. Try: %s.", kind, text.Cut(name, 40), near)
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
		return empty("Nothing is muted.", "/voc mute topic:price 1 day silences a topic: no card of it is shown until then.")
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
