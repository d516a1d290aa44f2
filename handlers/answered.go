package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

// doAnswered marks a case as answered by hand, outside Earshot: it asks where
// the customer can read it.
func doAnswered(ctx context.Context, r *Request, id, _ int64, _ string) (bot.Answer, error) {
	d, err := r.mayOpen(ctx, id, bot.MarkAnswered)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("answered", d.Case), Title: "Mark as answered", Intro: r.intro(d), Submit: "Mark as answered",
		Fields: []bot.Field{{Name: "public", Label: "Who can read your answer?", Kind: bot.FieldChoice, Value: "public",
			Options: []bot.Option{{Value: "public", Label: "Everybody"}, {Value: "private", Label: "Only the customer"}}}},
	}, "Mark as answered", "answered", id)
}

func submitAnswered(ctx context.Context, r *Request) (bot.Answer, error) {
	id := r.In.Action.Target
	ch := bot.Change{Verb: bot.MarkAnswered, Public: r.value("public") != "private"}
	if _, err := r.act(ctx, id, r.In.Action.Version, ch); err != nil {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("Case %d is marked as answered. Resolve it when the customer is well.", id))
	v.Blocks = append(v.Blocks, actions(mainButton("Resolve", "resolve", id)))
	return told(v)
}
