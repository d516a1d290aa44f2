package digest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

// spikesNamed is how many spikes a digest names.
const spikesNamed = 3

// spikes is what ran above its usual.
func spikes() Section {
	return Section{Name: "spikes", gather: gatherSpikes, draw: drawSpikes}
}

func gatherSpikes(ctx context.Context, b *Builder, m *material) error {
	all, err := b.store.Spikes(ctx, m.report.From, m.report.To, false)
	if err != nil {
		return fmt.Errorf("read spikes: %w", err)
	}
	for _, s := range all {
		if slices.Contains(m.audience.Watches, s.Series.Watch) {
			s.Bins = nil // the chart is the card's; a report stays small
			m.report.Spikes = append(m.report.Spikes, s)
		}
	}
	slices.SortStableFunc(m.report.Spikes, func(a, b bot.Spike) int { return cmp.Compare(b.Count, a.Count) })
	return nil
}

func drawSpikes(d *drawing) {
	n := len(d.r.Spikes)
	for i, s := range d.r.Spikes {
		if i == spikesNamed {
			d.row("", bot.Plain(fmt.Sprintf("and %d more", n-spikesNamed)))
			return
		}
		label := ""
		if i == 0 {
			label = map[bool]string{true: "Spike", false: "Spikes"}[n == 1]
		}
		d.row(label, bot.Plain(spikeLine(s, d.zone)))
	}
}

// spikeLine is "Firmware: 126 people complained from Tue 10:00, usually 19; over after 5 h".
func spikeLine(s bot.Spike, zone *time.Location) string {
	verb := "spoke"
	if s.Series.Negative {
		verb = "complained"
	}
	line := fmt.Sprintf("%s: %s %s from %s, usually %s", text.OneLine(seriesName(s.Series)), many(s.Count, "person"), verb,
		s.Since.In(zone).Format("Mon 15:04"), usual(s.Expected))
	if s.Grounds != nil && s.Grounds.Verdict != bot.NotEnoughData {
		line += "; looks like a " + strings.Replace(string(s.Grounds.Verdict), "perception problem", "problem of perception", 1)
	}
	if s.State == bot.SpikeOver && !s.ClosedAt.IsZero() {
		return line + "; over after " + card.Span(s.ClosedAt.Sub(s.Since))
	}
	return line + "; not over yet"
}

func usual(expected float64) string {
	if expected < 1 {
		return "hardly any"
	}
	return "about " + thousands(int(expected+0.5))
}

func seriesName(s bot.Series) string {
	if s.Topic != "" {
		return s.Topic
	}
	return s.Watch
}
