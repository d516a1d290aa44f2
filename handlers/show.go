package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

func show() Command {
	return Command{Name: "show", Group: groupSee, Usage: "show 1042", What: "see a case, with its buttons", Role: bot.Viewer,
		Run: func(ctx context.Context, r *Request) (bot.Answer, error) {
			id, _, err := r.caseID(ctx)
			if err != nil {
				return bot.Answer{}, err
			}
			return r.showCase(ctx, id)
		},
		Complete: completeCases(bot.Open, bot.Claimed, bot.Answered, bot.Resolved, bot.Dismissed)}
}

func pressShow(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.showCase(ctx, r.In.Action.Target)
}

// cardQuote is how much of a mention its card shows; the rest is shown here.
const cardQuote = 300

// showCase is the case's card, for one person, with the whole text.
func (r *Request) showCase(ctx context.Context, id int64) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, id)
	if err != nil {
		return bot.Answer{}, err
	}
	v := card.Case(d, r.options(d.Case))
	said := d.Mention.Said()
	if text.Length(said) > cardQuote || (d.Case.State.Done() && said != "") {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain(text.Cut(said, 2500))))
	}
	if d.Parent != "" {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain("It answers: "+quoted(d.Parent, 200))))
	}
	if d.Reply.ID > 0 && d.Reply.State != bot.ReplyDraft && d.Reply.State != bot.ReplyUndone {
		v.Blocks = append(v.Blocks, replyLines(d.Reply)...)
	}
	v.Blocks = append(v.Blocks, hint("/voc history %d shows what was done.", id))
	return told(v)
}

func quoted(s string, n int) string { return "“" + text.CutWords(text.OneLine(s), n) + "”" }

// replyLines is the latest reply: who wrote it and its text.
func replyLines(rep bot.Reply) []bot.Block {
	head := []bot.Span{bot.Plain("Reply by "), bot.Who(rep.By), bot.Plain(fmt.Sprintf(" (%s), %s:", rep.State, rep.Way.Label))}
	if rep.URL != "" {
		head = append(head, bot.Plain(" "), bot.Link("see it", rep.URL))
	}
	return []bot.Block{bot.Line(head...), {Kind: bot.BlockCode, Text: rep.Text}}
}
