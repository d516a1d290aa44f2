package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

func reopen() Command {
	return Command{Name: "reopen", Group: groupDeal, Usage: "reopen 1042", What: "take a case up again that was done", Role: bot.Agent,
		Run: onCase(doReopen), Complete: completeCases(bot.Resolved, bot.Dismissed)}
}

func doReopen(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Reopen, Reason: rest}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Case %d is open again.", id), mainButton("Claim", "claim", id), button("Show", "show", id))
}
