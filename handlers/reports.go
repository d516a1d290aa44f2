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

func nps() Command {
	return Command{Name: "nps", Group: groupKnow, Usage: "nps larkspur 30d", What: "see the social NPS with its interval", Role: bot.Viewer, Run: runNPS,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			for _, w := range r.d.Watches {
				if strings.HasPrefix(w, r.Args) {
					out = append(out, bot.Option{Value: w, Label: w}, bot.Option{Value: w + " 30d", Label: w + ", 30 days"})
				}
			}
			return out
		}}
}

// usualPeriod is the window of the social NPS where none is typed.
const usualPeriod = 7 * 24 * time.Hour

// runNPS reads "[watch] [period]".
func runNPS(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Reports == nil {
		return noReports()
	}
	watch, period := r.Args, usualPeriod
	if fields := strings.Fields(r.Args); len(fields) > 0 {
		if d, ok := act.ParseSpan(fields[len(fields)-1]); ok {
			watch, period = strings.Join(fields[:len(fields)-1], " "), d
		}
	}
	if watch != "" && !slices.Contains(r.d.Watches, watch) {
		if near := text.Nearest(watch, r.d.Watches); near != "" {
			return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no watch %q. Did you mean /voc nps %s?", text.Cut(watch, 40), near)
		}
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no watch %q. The watches are: %s.", text.Cut(watch, 40), strings.Join(r.d.Watches, ", "))
	}
	v, err := r.d.Reports.NPS(ctx, watch, r.now().Add(-period), r.now())
	if err != nil {
		return bot.Answer{}, err
	}
	v.Blocks = append(v.Blocks, hint("/voc digest shows what moved it."))
	return told(v)
}

func noReports() (bot.Answer, error) {
	return empty("There are no digests here.", "An audience in the configuration makes them; earshot init writes one.")
}

func digests() Command {
	return Command{Name: "digest", Group: groupKnow, Usage: "digest leadership", What: "see a digest as it would be sent now", Role: bot.Viewer, Run: runDigest,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			if r.d.Reports == nil {
				return nil
			}
			var out []bot.Option
			for _, a := range r.d.Reports.Audiences() {
				if strings.HasPrefix(a, r.Args) {
					out = append(out, bot.Option{Value: a, Label: a})
				}
			}
			return out
		}}
}

func runDigest(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Reports == nil || len(r.d.Reports.Audiences()) == 0 {
		return noReports()
	}
	names := r.d.Reports.Audiences()
	name := r.Args
	if name == "" {
		name = names[0]
	}
	if !slices.Contains(names, name) {
		if near := text.Nearest(name, names); near != "" {
			return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no audience %q. Did you mean /voc digest %s?", text.Cut(name, 40), near)
		}
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no audience %q. The audiences are: %s.", text.Cut(name, 40), strings.Join(names, ", "))
	}
	v, err := r.d.Reports.Preview(ctx, name)
	if err != nil {
		return bot.Answer{}, err
	}
	v.Blocks = append(v.Blocks, hint("Only you see this preview. /voc nps shows the score alone."))
	return told(v)
}

// casesBehind is how many cases behind a figure one answer holds.
const casesBehind = 8

// pressDigestCases lists the cases behind a figure of a digest.
func pressDigestCases(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Reports == nil {
		return noReports()
	}
	f, err := r.d.Reports.CasesBehind(ctx, r.In.Action.Target, r.In.Action.Arg)
	if err != nil {
		return bot.Answer{}, err
	}
	n, err := r.d.Store.CountCases(ctx, f)
	if err != nil {
		return bot.Answer{}, err
	}
	f.Limit = casesBehind
	cases, err := r.d.Store.Cases(ctx, f)
	if err != nil {
		return bot.Answer{}, err
	}
	all, err := r.dossiers(ctx, cases)
	if err != nil {
		return bot.Answer{}, err
	}
	if len(all) == 0 {
		return empty("None of these cases is stored any more, or none is as it was then.", "/voc inbox shows what waits.")
	}
	heading := "The cases behind it"
	if n > len(all) {
		heading = fmt.Sprintf("%d of the %s cases behind it", len(all), card.Thousands(n))
	}
	return told(bot.View{Notice: heading, Blocks: append(r.caseList(heading, all), hint("/voc search finds what else was said."))})
}
