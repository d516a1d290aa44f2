package handlers

import (
	"context"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// rejectedMost is how many dead letters one answer holds.
const rejectedMost = 8

func rejected() Command {
	return Command{Name: "rejected", Group: groupRun, Usage: "rejected reviews", What: "see what could not be read, and why", Role: bot.Agent, Run: runRejected,
		Complete: func(ctx context.Context, r *Request) []bot.Option {
			states, err := r.d.Store.SourceStates(ctx)
			if err != nil {
				return nil
			}
			var out []bot.Option
			for _, s := range states {
				if strings.HasPrefix(s.Name, r.Args) {
					out = append(out, bot.Option{Value: s.Name, Label: r.d.Label(s.Name)})
				}
			}
			return out
		}}
}

func runRejected(ctx context.Context, r *Request) (bot.Answer, error) {
	letters, err := r.d.Store.Rejected(ctx, r.Args, rejectedMost)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(letters) == 0 {
		return empty("Everything could be read.", "What cannot be read is kept here with its line and the reason. /voc sources shows how each source is.")
	}
	v := bot.View{Notice: "What could not be read", Blocks: []bot.Block{bot.Line(bot.Strong("What could not be read, the latest first"))}}
	var rows []bot.Row
	for _, l := range letters {
		rows = append(rows, bot.Row{Label: text.Cut(text.OneLine(l.Where), 40), Spans: []bot.Span{
			bot.Plain(text.CutWords(text.OneLine(l.Reason), 150) + " "), bot.Plain(quoted(text.Clean(l.Raw), 80)), bot.Plain(" · "), bot.At(l.At, bot.TimeDay)}})
	}
	v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockRows, Rows: rows}, hint("Mend the rows and read them again: what is stored already is not doubled."))
	return told(v)
}
