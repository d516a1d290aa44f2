package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

func release() Command {
	return Command{Name: "release", Group: groupDeal, Usage: "release 1042", What: "give a case back", Role: bot.Agent,
		Run: onCase(doRelease), Complete: completeCases(bot.Claimed, bot.Answered)}
}

func doRelease(ctx context.Context, r *Request, id, version int64, _ string) (bot.Answer, error) {
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Release}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Nobody has case %d now. /voc inbox shows what else waits.", id))
}
