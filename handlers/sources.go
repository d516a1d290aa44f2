package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

func sources() Command {
	return Command{Name: "sources", Group: groupRun, Usage: "sources", What: "see what is listened to and how it is", Role: bot.Viewer, Run: runSources}
}

func runSources(ctx context.Context, r *Request) (bot.Answer, error) {
	states, err := r.d.Store.SourceStates(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(states) == 0 {
		return empty("Nothing is listened to yet.", "Name a source in the configuration; earshot kinds lists what there is. earshot import reads a file at once.")
	}
	var rows []bot.Row
	rejected := ""
	for _, s := range states {
		rows = append(rows, bot.Row{Label: text.Cut(text.OneLine(r.d.Label(s.Name)), nameLength), Spans: sourceState(s)})
		if s.Rejected > 0 && rejected == "" {
			rejected = s.Name
		}
	}
	v := bot.View{Notice: "Sources", Blocks: []bot.Block{bot.Line(bot.Strong("Sources")), {Kind: bot.BlockRows, Rows: rows}}}
	notices, err := r.d.Store.Notices(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	for _, n := range notices[:min(3, len(notices))] {
		v.Blocks = append(v.Blocks, bot.Block{Kind: bot.BlockAlert, Spans: []bot.Span{bot.Strong(n.Text), bot.Plain(" " + n.Mend)}})
	}
	if rejected != "" {
		v.Blocks = append(v.Blocks, hint("/voc rejected %s shows what could not be read.", rejected))
	} else {
		v.Blocks = append(v.Blocks, hint("/voc search finds what was said."))
	}
	return told(v)
}

// sourceState is how a source is, worst first.
func sourceState(s bot.SourceState) []bot.Span {
	var spans []bot.Span
	switch {
	case s.Error != "":
		spans = append(spans, bot.Strong("fails"), bot.Plain(": "+text.CutWords(text.OneLine(s.Error), 120)))
	case !s.QuietFrom.IsZero():
		spans = append(spans, bot.Strong("silent since "), bot.At(s.QuietFrom, bot.TimeDay))
	case !s.Synced && s.Progress > 0 && s.Progress < 1:
		spans = append(spans, bot.Plain(fmt.Sprintf("reading its history, %.0f %%", 100*s.Progress)))
	case !s.Synced && s.LastOK.IsZero():
		spans = append(spans, bot.Plain("not read yet"))
	case !s.Synced:
		spans = append(spans, bot.Plain("reading its history"))
	case s.LastNew.IsZero():
		spans = append(spans, bot.Plain("well, nothing new yet"))
	default:
		spans = append(spans, bot.Plain("well, last news "), bot.At(s.LastNew, bot.TimeRelative))
	}
	spans = append(spans, bot.Plain(fmt.Sprintf(" · %s mentions", card.Thousands(int(s.Mentions)))))
	if s.Rejected > 0 {
		spans = append(spans, bot.Plain(fmt.Sprintf(" · %s rejected", card.Thousands(int(s.Rejected)))))
	}
	return spans
}
