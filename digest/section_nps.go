package digest

import (
	"context"
	"fmt"
	"math"
	"time"

	"earshot/bot"
	"earshot/bot/text"
	"earshot/digest/chart"
)

// historyPeriods is how many periods the score's chart spans.
const historyPeriods = 12

// socialNPS is the score, how sure it is, and how it moved.
func socialNPS() Section {
	return Section{Name: "social_nps", gather: gatherNPS, draw: drawNPS}
}

func gatherNPS(ctx context.Context, b *Builder, m *material) error {
	r, errs := m.report, m.errs
	if m.now.Survey.N() > 0 {
		survey := Measure(m.now.Survey)
		r.Survey = &survey
	}
	for _, w := range m.audience.Watches[1:] {
		other, err := b.Window(ctx, w, r.From, r.To, nil)
		if err != nil {
			return err
		}
		r.Beside = append(r.Beside, Beside{Watch: w, SocialNPS: other.Estimate(errs)})
	}
	r.History = []Point{{m.before.From, m.before.To, m.before.Estimate(errs)}, {r.From, r.To, m.now.Estimate(errs)}}
	earlier, err := b.earlier(ctx, r.Watch, m.before.From, m.before.To, m.zone)
	if err != nil {
		return err
	}
	for _, w := range earlier {
		r.History = append([]Point{{w.From, w.To, w.Estimate(errs)}}, r.History...)
	}
	return nil
}

// earlier folds the periods of the chart before [from, to), the latest first.
func (b *Builder) earlier(ctx context.Context, watch string, from, to time.Time, zone *time.Location) ([]Window, error) {
	var all []Window
	for len(all) < historyPeriods-2 {
		from, to = previous(from, to, zone)
		w, err := b.Window(ctx, watch, from, to, nil)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

func drawNPS(d *drawing) {
	r := d.r
	d.blocks = append(d.blocks, bot.Line(bot.Strong(cover(r, d.zone))))
	d.row("Social NPS (estimate)", npsSpans(r, d.zone)...)
	if r.Change.Significant && r.Split != nil {
		within := math.Round(r.Split.Within)
		mix := math.Round(r.Change.Points) - within // what people add up adds up
		d.row("Of the change", bot.Plain(fmt.Sprintf("%s from what people on the same sources say · %s from a different mix of sources", signed(within), signed(mix))))
	}
	if r.Survey != nil {
		d.row("Survey NPS", estimateSpans(*r.Survey, "answer")...)
	}
	for _, o := range r.Beside {
		d.row(o.Watch, estimateSpans(o.SocialNPS, "person")...)
	}
	points, known := scorePoints(r, d.zone)
	if known > 1 {
		png, err := chart.Score(chart.ScoreData{Title: "Social NPS (estimate)", Note: "band: 95 % interval", Points: points})
		d.image("social-nps.png", fmt.Sprintf("%d periods with their 95 %% intervals; the last: %s", len(points), r.headline()), png, err)
	}
}

// cover is the one sentence for who reads no further.
func cover(r Report, zone *time.Location) string {
	last := lastLabel(r.From, r.To, zone)
	switch now := r.SocialNPS; {
	case !now.Enough:
		return fmt.Sprintf("Too few people spoke to say how loyalty stands: %d, and %d are needed.", now.Authors, MinPeople)
	case !r.Change.Enough:
		return fmt.Sprintf("Loyalty stands at %s; of %s too little is known to compare.", signed(now.Score), last)
	case !r.Change.Significant:
		return fmt.Sprintf("Loyalty stands at %s, no clear change on %s.", signed(now.Score), last)
	}
	way := "risen"
	if r.Change.Points < 0 {
		way = "fallen"
	}
	by := "less than a point"
	if n := int(math.Round(math.Abs(r.Change.Points))); n > 0 {
		by = many(n, "point")
	}
	s := fmt.Sprintf("Loyalty has %s by %s to %s", way, by, signed(r.SocialNPS.Score))
	for _, m := range named(r.Moves) {
		if m.Sure && (m.Change < 0) == (r.Change.Points < 0) {
			return s + ", above all over " + text.OneLine(m.Topic) + "."
		}
	}
	return s + "."
}

// npsSpans is the score with its interval, and its change where that is more
// than chance.
func npsSpans(r Report, zone *time.Location) []bot.Span {
	spans := estimateSpans(r.SocialNPS, "person")
	if !r.SocialNPS.Enough {
		return spans
	}
	last := lastLabel(r.From, r.To, zone)
	switch {
	case !r.Change.Enough:
		return append(spans, bot.Plain(fmt.Sprintf(" · %s for %s", notEnough(r.Before.Authors), last)))
	case !r.Change.Significant:
		return append(spans, bot.Plain(fmt.Sprintf(" · no change on %s beyond chance", last)))
	}
	way := "up"
	if r.Change.Points < 0 {
		way = "down"
	}
	moved := fmt.Sprintf("%s %d on %s, more than chance", way, int(math.Round(math.Abs(r.Change.Points))), last)
	return append(spans, bot.Plain(" · "), bot.Strong(moved))
}

// estimateSpans is a score with its interval and how many it is of.
func estimateSpans(e Estimate, noun string) []bot.Span {
	if !e.Enough {
		return []bot.Span{bot.Plain(notEnough(e.Authors))}
	}
	return []bot.Span{bot.Strong(signed(e.Score)),
		bot.Plain(fmt.Sprintf(", between %s and %s · %s", signed(e.Low), signed(e.High), many(e.Authors, noun)))}
}

// scorePoints are the chart's points from the first period that has enough
// people on, and how many have.
func scorePoints(r Report, zone *time.Location) ([]chart.ScorePoint, int) {
	var points []chart.ScorePoint
	known := 0
	for _, p := range r.History {
		if p.Enough {
			known++
		}
		if known == 0 {
			continue
		}
		points = append(points, chart.ScorePoint{Label: stepLabel(p.From, p.To, zone), Known: p.Enough, Score: p.Score, Low: p.Low, High: p.High})
	}
	return points, known
}

// stepLabel is how an axis calls a period that begins at from.
func stepLabel(from, to time.Time, zone *time.Location) string {
	f := from.In(zone)
	switch length := to.Sub(from); {
	case length < 20*time.Hour:
		return f.Format("15:04")
	case length > 27*24*time.Hour && f.Day() == 1:
		return f.Format("Jan 06")
	}
	return f.Format("2 Jan")
}
