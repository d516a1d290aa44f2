package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

func claim() Command {
	return Command{Name: "claim", Group: groupDeal, Usage: "claim 1042", What: "take a case", Role: bot.Agent,
		Run: onCase(doClaim), Complete: completeCases(bot.Open)}
}

// onCase runs an act on the case that was typed or in whose thread it was.
func onCase(do func(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error)) Handler {
	return func(ctx context.Context, r *Request) (bot.Answer, error) {
		id, rest, err := r.caseID(ctx)
		if err != nil {
			return bot.Answer{}, err
		}
		return do(ctx, r, id, 0, rest)
	}
}

// pressed runs the same act for a button.
func pressed(do func(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error)) Handler {
	return func(ctx context.Context, r *Request) (bot.Answer, error) {
		return do(ctx, r, r.In.Action.Target, r.In.Action.Version, "")
	}
}

// act does a change to a case, once.
func (r *Request) act(ctx context.Context, id, version int64, ch bot.Change) (c bot.Case, err error) {
	ch.By, ch.At = r.In.By, r.now()
	err = r.once(ctx, func(ctx context.Context) error {
		c, err = r.d.Act.Do(ctx, id, version, ch)
		return err
	})
	return c, err
}

func doClaim(ctx context.Context, r *Request, id, version int64, _ string) (bot.Answer, error) {
	if c, err := r.act(ctx, id, version, bot.Change{Verb: bot.Claim}); err != nil {
		if bot.KindOf(err) == bot.ErrStale && c.Owner.Key() == r.In.By.Key() {
			err = bot.Errorf(bot.ErrStale, "You have case %d already.", id)
		}
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("You have case %d.", id), mainButton("Reply", "reply", id), button("Show", "show", id))
}

func mainButton(label, action string, target int64) bot.Button {
	b := button(label, action, target)
	b.Style = bot.ButtonMain
	return b
}
