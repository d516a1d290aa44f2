package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

func help() Command {
	return Command{Name: "help", Group: groupRun, Usage: "help claim", What: "see what you can do here", Run: runHelp,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, c := range All() {
				if c.Role <= r.Role && strings.HasPrefix(c.Name, r.Args) {
					out = append(out, bot.Option{Value: c.Name, Label: c.Name + ": " + c.What})
				}
			}
			return out
		}}
}

// runHelp shows what this person may do, grouped by what people want; with a
// command's name, that one.
func runHelp(_ context.Context, r *Request) (bot.Answer, error) {
	if r.Role == bot.NoRole {
		return bot.Answer{}, stranger(r.In.By)
	}
	if r.Args != "" {
		return helpOn(r)
	}
	rows := []bot.Row{}
	for _, group := range []string{groupSee, groupDeal, groupKnow, groupRun} {
		var names []string
		for _, c := range r.commands {
			if c.Group == group && c.Role <= r.Role && c.Name != "help" {
				names = append(names, c.Name)
			}
		}
		if len(names) > 0 {
			rows = append(rows, bot.Row{Label: group, Spans: []bot.Span{bot.Plain(strings.Join(names, " · "))}})
		}
	}
	return told(bot.View{Notice: "What you can do with Earshot", Blocks: []bot.Block{
		bot.Line(bot.Plain("Type "), bot.Strong("/voc"), bot.Plain(" and one of these. In a case's thread, write "), bot.Strong("@earshot claim"), bot.Plain(" and the like.")),
		{Kind: bot.BlockRows, Rows: rows},
		hint("Start with /voc inbox. /voc help claim explains one."),
	}})
}

func helpOn(r *Request) (bot.Answer, error) {
	name := strings.ToLower(strings.TrimPrefix(r.Args, "/voc "))
	i := slices.IndexFunc(r.commands, func(c Command) bool { return c.Name == name })
	if i < 0 {
		return bot.Answer{}, r.unknown(r, name)
	}
	c := r.commands[i]
	line := fmt.Sprintf("%s%s.", strings.ToUpper(c.What[:1]), c.What[1:])
	blocks := []bot.Block{bot.Line(bot.Strong("/voc " + c.Usage)), bot.Line(bot.Plain(line))}
	if c.Role > r.Role {
		blocks = append(blocks, bot.Line(bot.Plain(fmt.Sprintf("It needs the role %s; you are %s.", c.Role, r.Role))))
	}
	return told(bot.View{Notice: text.OneLine(line), Blocks: append(blocks, hint("/voc help lists everything."))})
}
