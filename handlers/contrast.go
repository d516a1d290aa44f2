package handlers

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/card"
	"earshot/bot/relate/contrast"
	"earshot/bot/text"
)

// Contrasts says what sets groups of people apart.
type Contrasts interface {
	// Contrast answers a question, each phrase with its quote.
	Contrast(ctx context.Context, q contrast.Query) (contrast.Result, error)
}

const (
	// contrastSpan is how far back is looked where no time is typed.
	contrastSpan = 90 * 24 * time.Hour
	// contrastMost is how many phrases one answer holds.
	contrastMost = 5
)

func contrasts() Command {
	return Command{Name: "contrast", Group: groupKnow, Usage: "contrast 2 stars vs 4 stars 30d", What: "see what some people say that others do not", Role: bot.Viewer, Run: runContrast,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			var out []bot.Option
			usual := []string{"detractors vs promoters", "1-2 stars vs 5 stars", "negative", "after yesterday"}
			for _, t := range r.d.Topics {
				usual = append(usual, "topic="+t)
			}
			for _, u := range usual {
				if strings.HasPrefix(u, strings.ToLower(r.Args)) {
					out = append(out, bot.Option{Value: u, Label: u})
				}
			}
			return out
		}}
}

// runContrast reads "A vs B [for watch] [30d]".
func runContrast(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Contrasts == nil {
		return noReports()
	}
	if r.Args == "" {
		return empty("Whom against whom?", "/voc contrast detractors vs promoters, or 2 stars vs 4 stars, source=reviews, after 2026-11-01: one alone is compared with everybody else. for WATCH and 30d narrow it.")
	}
	q, span, err := r.contrastQuery(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	res, err := r.d.Contrasts.Contrast(ctx, q)
	if err != nil {
		return bot.Answer{}, err
	}
	heading := text.OneLine(q.String()) + " · last " + span
	switch {
	case !res.Enough:
		return empty(heading+": not enough data.", fmt.Sprintf("It takes %d people on each side; there are %d and %d. A longer time helps, as in 180d.", contrast.MinPeople, res.PeopleA, res.PeopleB))
	case len(res.Phrases) == 0:
		return empty(heading+": nothing beyond chance.", "Named is what is said at least twice as often, surely. A longer time or larger groups show more: /voc contrast detractors vs promoters 180d.")
	}
	v := bot.View{Notice: heading, Blocks: []bot.Block{bot.Line(bot.Strong(heading)), {Kind: bot.BlockRows, Rows: contrastRows(res)}}}
	v.Blocks = append(v.Blocks, bot.Line(bot.Plain(fmt.Sprintf("%s against %s; at most one phrase in twenty is there by chance.", someof(res.PeopleA, res.OneIn), someof(res.PeopleB, res.OneIn)))),
		hint("/voc search %s finds who said it.", res.Phrases[0].Text))
	return told(v)
}

// contrastQuery reads what was typed: the time and the watch at its end first.
func (r *Request) contrastQuery(ctx context.Context) (q contrast.Query, span string, err error) {
	words := strings.Fields(r.Args)
	length, span := contrastSpan, "90 days"
	for n := min(2, len(words)-1); n > 0; n-- { // "30 days" and "30d"
		typed := words[len(words)-n:]
		if d, ok := act.ParseSpan(strings.ToLower(strings.Join(typed, ""))); ok {
			length, span, words = d, card.Span(d), words[:len(words)-n]
			break
		}
	}
	watch := ""
	if i := lastIndex(words, "for"); i > 0 && i < len(words)-1 {
		if watch, err = r.watchNamed(strings.Join(words[i+1:], " ")); err != nil {
			return q, span, err
		}
		words = words[:i]
	}
	g := contrast.Grammar{Now: r.now(), Zone: r.d.Zone, Watches: r.d.Watches, Topics: r.d.Topics}
	states, err := r.d.Store.SourceStates(ctx)
	if err != nil {
		return q, span, err
	}
	for _, s := range states {
		g.Sources = append(g.Sources, s.Name)
	}
	if q, err = g.Query(strings.Join(words, " ")); err != nil {
		return q, span, err
	}
	q.Watch, q.Most, q.To = watch, contrastMost, r.now()
	q.From = q.To.Add(-length)
	return q, span, nil
}

func lastIndex(words []string, word string) int {
	for i := len(words) - 1; i >= 0; i-- {
		if strings.EqualFold(words[i], word) {
			return i
		}
	}
	return -1
}

// watchNamed is the configured watch of that name.
func (r *Request) watchNamed(name string) (string, error) {
	if i := slices.IndexFunc(r.d.Watches, func(w string) bool { return strings.EqualFold(w, name) }); i >= 0 {
		return r.d.Watches[i], nil
	}
	if near := text.Nearest(name, r.d.Watches); near != "" {
		return "", bot.Errorf(bot.ErrInvalid, "There is no watch %q. Did you mean for %s?", text.Cut(name, 40), near)
	}
	return "", bot.Errorf(bot.ErrInvalid, "There is no watch %q. The watches are: %s.", text.Cut(name, 40), strings.Join(r.d.Watches, ", "))
}

func contrastRows(res contrast.Result) []bot.Row {
	rows := make([]bot.Row, len(res.Phrases))
	for i, p := range res.Phrases {
		said := fmt.Sprintf("%s, %s times as often (%s–%s)", someof(p.PeopleA, res.OneIn), ratio(p.Lift), ratio(p.Low), ratio(p.High))
		if p.PeopleB == 0 { // only the lower end of the interval means something
			said = fmt.Sprintf("%s, at least %s times as often", someof(p.PeopleA, res.OneIn), ratio(p.Low))
		}
		if p.Negative.Of > 0 {
			said += fmt.Sprintf(" · %.0f %% negative (%.0f–%.0f)", 100*p.Negative.Share, 100*p.Negative.Low, 100*p.Negative.High)
		}
		rows[i] = bot.Row{Label: text.Cut(text.OneLine(p.Text), nameLength), Spans: []bot.Span{bot.Plain(said)}}
		if p.Quote != "" {
			rows[i].Spans = append(rows[i].Spans, bot.Plain(" · “"+p.Quote+"” "), bot.Link(p.Author, p.URL))
		}
	}
	return rows
}

// someof is "41 people", or "about 4,100 people" where one in so many was
// counted.
func someof(n, oneIn int) string {
	about := ""
	if oneIn > 1 {
		about = "about "
	}
	if n*oneIn == 1 {
		return about + "1 person"
	}
	return about + card.Thousands(n*oneIn) + " people"
}

// ratio is as precise as it is known.
func ratio(x float64) string {
	if x < 9.95 {
		return fmt.Sprintf("%.1f", x)
	}
	return card.Thousands(int(math.Round(x)))
}
