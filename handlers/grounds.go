package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/card"
	"earshot/bot/text"
)

// Grounder says whether complaints are a rumour or a fact.
type Grounder interface {
	Grounds(ctx context.Context, series bot.Series, from, to time.Time) (bot.Grounds, error)
}

func grounds() Command {
	return Command{Name: "grounds", Group: groupKnow, Usage: "grounds delivery 7d", What: "see whether complaints are a rumour or a fact", Role: bot.Viewer, Run: runGrounds,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, name := range append(slices.Clone(r.d.Topics), r.d.Watches...) {
				if strings.HasPrefix(strings.ToLower(name), strings.ToLower(r.Args)) {
					out = append(out, bot.Option{Value: name, Label: name})
				}
			}
			return out
		}}
}

// runGrounds reads "TOPIC or WATCH [period]".
func runGrounds(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Grounds == nil || len(r.d.Watches) == 0 {
		return noReports()
	}
	name, period := r.Args, usualPeriod
	if fields := strings.Fields(r.Args); len(fields) > 0 {
		if d, ok := act.ParseSpan(fields[len(fields)-1]); ok {
			name, period = strings.Join(fields[:len(fields)-1], " "), d
		}
	}
	series, err := r.seriesNamed(name)
	if err != nil {
		return bot.Answer{}, err
	}
	g, err := r.d.Grounds.Grounds(ctx, series, r.now().Add(-period), r.now())
	if err != nil {
		return bot.Answer{}, err
	}
	return told(groundsView(card.SeriesName(series)+" · last "+card.Span(period), g))
}

func groundsView(heading string, g bot.Grounds) bot.View {
	verdict := string(g.Verdict)
	v := bot.View{Notice: heading + ": " + verdict, Blocks: []bot.Block{bot.Line(bot.Strong(heading + ": " + verdict))}}
	rows := []bot.Row{{Label: "Complaints", Spans: []bot.Span{bot.Plain(fmt.Sprintf("%s · %s first-hand · %s only repeat", card.Thousands(g.Mentions), card.Thousands(g.FirstHand), card.Thousands(g.Repeats)))}}}
	for _, list := range []struct {
		label string
		rises []bot.Rise
	}{{"Up too", g.Rising}, {"As usual", g.Usual}} {
		var parts []string
		for _, rise := range list.rises {
			parts = append(parts, fmt.Sprintf("%s %s, usually %s", text.Cut(text.OneLine(rise.Name), nameLength), card.Few(rise.Now), card.Few(rise.Usual)))
		}
		if len(parts) > 0 {
			rows = append(rows, bot.Row{Label: list.label, Spans: []bot.Span{bot.Plain(strings.Join(parts, " · "))}})
		}
	}
	if g.Base != "" {
		rows = append(rows, bot.Row{Label: "Rate", Spans: []bot.Span{bot.Plain(fmt.Sprintf("%s people per thousand %s, usually %s", card.Few(g.Rate), text.Cut(text.OneLine(g.Base), nameLength), card.Few(g.RateUsual)))}})
	}
	next := hint("/voc contrast negative shows what sets the complaints apart.")
	if len(g.Rising)+len(g.Usual) == 0 && g.Base == "" {
		next = hint("Nothing outside the talk is known: earshot import --facts takes daily orders, returns and tickets.")
	}
	v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockRows, Rows: rows}, next)
	return v
}

// seriesNamed is a topic of the first watch, or a watch; that watch when
// nothing is typed.
func (r *Request) seriesNamed(name string) (bot.Series, error) {
	same := func(s string) bool { return strings.EqualFold(s, name) }
	if name == "" {
		return bot.Series{Watch: r.d.Watches[0]}, nil
	}
	if i := slices.IndexFunc(r.d.Topics, same); i >= 0 {
		return bot.Series{Watch: r.d.Watches[0], Topic: r.d.Topics[i]}, nil
	}
	if i := slices.IndexFunc(r.d.Watches, same); i >= 0 {
		return bot.Series{Watch: r.d.Watches[i]}, nil
	}
	all := append(slices.Clone(r.d.Topics), r.d.Watches...)
	if near := text.Nearest(name, all); near != "" {
		return bot.Series{}, bot.Errorf(bot.ErrInvalid, "There is no topic or watch %q. Did you mean /voc grounds %s?", text.Cut(name, 40), near)
	}
	return bot.Series{}, bot.Errorf(bot.ErrInvalid, "There is no topic or watch %q. There are: %s.", text.Cut(name, 40), strings.Join(all, ", "))
}
