package card

import (
	"fmt"

	"earshot/bot"
)

// erasedCase is a case of which nothing is kept but that it was there: what was
// said is erased, on request or because its time is over. There is nothing left
// to do with it.
func erasedCase(d bot.Dossier, o Options) bot.View {
	source := ""
	if d.Case.Source != "" {
		source = " on " + o.source(d.Case.Source)
	}
	return bot.View{
		Notice: fmt.Sprintf("Case %d was erased", d.Case.ID),
		Accent: bot.AccentDone,
		Blocks: []bot.Block{
			bot.Line(bot.Plain(fmt.Sprintf("Case %d: what a customer said%s was erased.", d.Case.ID, source))),
			{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain("Opened "), bot.At(d.Case.OpenedAt, bot.TimeRelative), bot.Plain(" · nothing of it is kept")}},
		},
	}
}
