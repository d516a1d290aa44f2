package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/text"
)

// historyMost is how many of the latest lines are shown.
const historyMost = 25

func history() Command {
	return Command{Name: "history", Group: groupSee, Usage: "history 1042", What: "see what was done about a case, by whom and when", Role: bot.Viewer,
		Run: func(ctx context.Context, r *Request) (bot.Answer, error) {
			id, _, err := r.caseID(ctx)
			if err != nil {
				return bot.Answer{}, err
			}
			return r.showHistory(ctx, id)
		},
		Complete: completeCases(bot.Open, bot.Claimed, bot.Answered, bot.Resolved, bot.Dismissed)}
}

func pressHistory(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.showHistory(ctx, r.In.Action.Target)
}

func (r *Request) showHistory(ctx context.Context, id int64) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	taught, err := r.movedBy(ctx, d.Verdict)
	if err != nil {
		return bot.Answer{}, err
	}
	events, err := r.d.Store.CaseEvents(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	v := bot.View{Notice: fmt.Sprintf("History of case %d", id), Blocks: []bot.Block{bot.Line(bot.Strong(fmt.Sprintf("Case %d", id)))}}
	if taught != nil {
		v.Blocks = append(v.Blocks, bot.Line(taught...))
	}
	if left := len(events) - historyMost; left > 0 {
		events = events[left:]
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain(fmt.Sprintf("%d earlier lines are left out.", left))))
	}
	for _, ev := range events {
		v.Blocks = append(v.Blocks, bot.Line(bot.At(ev.At, bot.TimeDay), bot.Plain(" · "), bot.Who(ev.By), bot.Plain(" "+text.CutWords(text.OneLine(ev.Text), 200))))
	}
	v.Blocks = append(v.Blocks, hint("/voc show %d opens the case.", id))
	return told(v)
}
