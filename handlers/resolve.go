package handlers

import (
	"context"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// wordsLength is the most of a cause, an action, a reason or a note.
const wordsLength = 500

func resolve() Command {
	return Command{Name: "resolve", Group: groupDeal, Usage: "resolve 1042 faulty 4.2 update; replacement sent", What: "close a case with its cause and what was done", Role: bot.Agent,
		Run: onCase(doResolve), Complete: completeCases(bot.Claimed, bot.Answered, bot.Open)}
}

// doResolve resolves at once when cause and action were typed, else asks.
func doResolve(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	cause, action, both := strings.Cut(rest, ";")
	if both && strings.TrimSpace(cause) != "" && strings.TrimSpace(action) != "" {
		return r.resolved(ctx, id, version, cause, action)
	}
	d, err := r.mayOpen(ctx, id, bot.Resolve)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("resolve", d.Case), Title: "Resolve the case", Intro: r.intro(d), Submit: "Resolve",
		Fields: []bot.Field{
			{Name: "cause", Label: "What was the cause?", Hint: "Faulty 4.2 update", Kind: bot.FieldText, Value: strings.TrimSpace(cause), Max: wordsLength},
			{Name: "action", Label: "What was done about it?", Hint: "Replacement sent", Kind: bot.FieldText, Max: wordsLength},
		},
	}, "Resolve", "resolve", id)
}

func submitResolve(ctx context.Context, r *Request) (bot.Answer, error) {
	wrong := map[string]string{}
	for _, f := range []string{"cause", "action"} {
		if r.value(f) == "" {
			wrong[f] = "A few words are enough."
		}
	}
	if len(wrong) > 0 {
		return bot.Answer{Errors: wrong}, nil
	}
	return r.resolved(ctx, r.In.Action.Target, r.In.Action.Version, r.value("cause"), r.value("action"))
}

func (r *Request) resolved(ctx context.Context, id, version int64, cause, action string) (bot.Answer, error) {
	ch := bot.Change{Verb: bot.Resolve, RootCause: oneLine(cause), Action: oneLine(action)}
	if _, err := r.act(ctx, id, version, ch); err != nil {
		return bot.Answer{}, err
	}
	return say("Case %d is resolved. /voc inbox shows what else waits.", id)
}

func oneLine(s string) string { return text.Cut(text.OneLine(text.Clean(s)), wordsLength) }
