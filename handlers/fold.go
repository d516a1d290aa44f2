package handlers

import (
	"context"
	"fmt"
	"strconv"

	"earshot/bot"
)

// foldPage is how many cases of a roll-up one answer holds.
const foldPage = 8

// pressFoldSee opens a roll-up into its cases, a page at a time.
func pressFoldSee(ctx context.Context, r *Request) (bot.Answer, error) {
	from, err := strconv.Atoi(r.In.Action.Arg)
	if err != nil || from < 0 {
		from = 0
	}
	f, all, err := r.d.Act.Folded(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	from = min(from, len(all))
	page := all[from:min(from+foldPage, len(all))]
	if len(page) == 0 {
		return empty("None of these cases is left.", "/voc inbox shows what waits.")
	}
	heading := fmt.Sprintf("%d to %d of %d cases, those that wait first", from+1, from+len(page), len(all))
	blocks := r.caseList(heading, page)
	claims := bot.Menu{Label: "Claim"}
	for _, d := range page {
		if d.Case.State == bot.Open {
			b := button(fmt.Sprintf("Case %d · %s", d.Case.ID, author(d.Mention)), "claim", d.Case.ID)
			b.Action.Version = d.Case.Version
			claims.Options = append(claims.Options, b)
		}
	}
	last := &blocks[len(blocks)-1]
	if len(claims.Options) > 0 {
		last.Menus = append(last.Menus, claims)
	}
	if next := from + foldPage; next < len(all) {
		more := button("Next", "fold.see", f.ID)
		more.Action.Arg = strconv.Itoa(next)
		last.Buttons = append(last.Buttons, more)
	}
	return told(bot.View{Notice: heading, Blocks: append(blocks, hint("A case that somebody takes gets a card of its own."))})
}
