package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

func escalate() Command {
	return Command{Name: "escalate", Group: groupDeal, Usage: "escalate 1042 smoke in a kitchen", What: "wake whoever the team has named for it", Role: bot.Agent,
		Run: onCase(doEscalate), Complete: completeCases()}
}

// doEscalate escalates at once when a reason was typed, else asks for it.
func doEscalate(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	if rest != "" {
		return r.escalated(ctx, id, version, rest)
	}
	d, err := r.mayOpen(ctx, id, bot.Escalate)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("escalate", d.Case), Title: "Escalate the case", Submit: "Escalate",
		Intro:  append([]bot.Block{bot.Line(bot.Strong("This wakes " + r.target(d.Case) + "."))}, r.intro(d)...),
		Fields: []bot.Field{{Name: "reason", Label: "Why?", Hint: "They read this first", Kind: bot.FieldLong, Max: wordsLength}},
	}, "Escalate", "escalate", id)
}

func (r *Request) target(c bot.Case) string {
	if name := r.d.Act.Escalation(c).Name; name != "" {
		return name
	}
	return "the team"
}

func submitEscalate(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.value("reason") == "" {
		return bot.Answer{Errors: map[string]string{"reason": "Say why; whoever gets it reads that first."}}, nil
	}
	return r.escalated(ctx, r.In.Action.Target, r.In.Action.Version, r.value("reason"))
}

func (r *Request) escalated(ctx context.Context, id, version int64, reason string) (bot.Answer, error) {
	c, err := r.act(ctx, id, version, bot.Change{Verb: bot.Escalate, Reason: oneLine(reason)})
	if err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Case %d went to %s, with your reason.", id, c.EscalatedTo))
}
