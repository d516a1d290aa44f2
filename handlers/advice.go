package handlers

import (
	"slices"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/relate/advise"
	"earshot/bot/text"
)

// advised is where an answer belongs.
func advised(d bot.Dossier, draft string) advise.Advice {
	q := advise.Question{Mention: d.Mention, Verdict: d.Verdict, People: d.Case.People, Draft: draft}
	if d.Latest.ID != 0 { // what is answered; what was said before still counts
		q.Mention.Text += "\n" + d.Latest.Said()
	}
	return advise.For(q)
}

// wayFor is the best way of those that are advised, else the best of all.
func wayFor(place advise.Place, ways []bot.Way) string {
	for _, w := range ways {
		if !w.Internal && (place == advise.Private && !w.Public || place == advise.Public && w.Public) {
			return w.Name
		}
	}
	return ways[0].Name
}

// adviceLines say where the answer belongs and why; nothing where every way leads
// there. Where that is in private they have the words that ask the customer over.
func adviceLines(a advise.Advice, d bot.Dossier, ways []bot.Way) []bot.Block {
	elsewhere := func(w bot.Way) bool { return !w.Internal && w.Public != (a.Place == advise.Public) }
	if a.Place == advise.Either || !slices.ContainsFunc(ways, elsewhere) {
		return nil
	}
	blocks := []bot.Block{bot.Line(bot.Strong("Better in "+string(a.Place)+"."), bot.Plain(" "+text.OneLine(a.Why)))}
	if a.Place == advise.Private {
		blocks = append(blocks, bot.Line(bot.Plain("To ask them over in public:")), bot.Block{Kind: bot.BlockCode, Text: advise.HandOver(d.Verdict.Language)})
	}
	return blocks
}

// rethink says what in a public answer belongs in private, where the guard has
// not said so already.
func rethink(rep bot.Reply, warnings []act.Warning) []bot.Block {
	known := slices.ContainsFunc(warnings, func(w act.Warning) bool { return w.Kind == act.WarnPersonal })
	a := advise.For(advise.Question{Draft: rep.Text})
	if !rep.Way.Public || known || a.Place != advise.Private {
		return nil
	}
	return []bot.Block{{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Plain("Better in private. " + a.Why)}}}
}
