package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"earshot/bot"
)

func merge() Command {
	return Command{Name: "merge", Group: groupDeal, Usage: "merge 1043 into 1042", What: "put a case into another that is about the same", Role: bot.Agent,
		Run: onCase(doMerge), Complete: completeCases()}
}

// doMerge merges at once when the other case was typed, else asks for it.
func doMerge(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	if rest != "" {
		return r.merged(ctx, id, version, rest)
	}
	d, err := r.mayOpen(ctx, id, bot.Merge)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("merge", d.Case), Title: "Merge the case", Submit: "Merge",
		Intro:  append(r.intro(d), bot.Line(bot.Plain(fmt.Sprintf("Case %d closes as a duplicate; what it holds goes into the other.", id)))),
		Fields: []bot.Field{{Name: "into", Label: "Into which case?", Hint: "1042", Kind: bot.FieldText, Max: 20}},
	}, "Merge", "merge", id)
}

func submitMerge(ctx context.Context, r *Request) (bot.Answer, error) {
	answer, err := r.merged(ctx, r.In.Action.Target, r.In.Action.Version, r.value("into"))
	if kind := bot.KindOf(err); kind == bot.ErrInvalid || kind == bot.ErrNotFound {
		return bot.Answer{Errors: map[string]string{"into": bot.Told(err)}}, nil
	}
	return answer, err
}

func (r *Request) merged(ctx context.Context, id, version int64, typed string) (bot.Answer, error) {
	typed = strings.TrimSpace(strings.TrimPrefix(strings.ToLower(strings.TrimSpace(typed)), "into "))
	typed = strings.TrimPrefix(strings.TrimPrefix(typed, "case "), "#")
	into, err := strconv.ParseInt(typed, 10, 64)
	if err != nil || into <= 0 {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "Write the number of the case that stays, as in 1042.")
	}
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Merge, Into: into}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Case %d is part of case %d now.", id, into), button("Show the other", "show", into))
}
