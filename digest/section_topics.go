package digest

import (
	"context"
	"fmt"
	"math"
	"slices"

	"earshot/bot"
	"earshot/bot/relate/contrast"
	"earshot/bot/text"
)

// Limits of what is discovered.
const (
	weeksBefore   = 4  // a period is compared with so many of its length before it
	topicsNamed   = 3  // discovered topics that a digest names
	topicsLook    = 40 // phrases among which they are: most have a topic already
	leastTalkedOf = 5  // people
)

// talkedOf is what people speak of more than in the weeks before, and what no
// configured topic holds.
func talkedOf() Section {
	return Section{Name: "topics", gather: gatherTalkedOf, draw: drawTalkedOf}
}

func gatherTalkedOf(ctx context.Context, b *Builder, m *material) error {
	from, to := m.report.From, m.report.To
	read := contrastRead{Watch: m.report.Watch, From: from.Add(-weeksBefore * to.Sub(from)), To: to, Reads: 2 * digestMost, Named: topicsLook}
	r, err := b.contrast(ctx, read, func(r bot.Reading) (contrast.Group, bool) {
		if r.Mention.CreatedAt.Before(from) {
			return contrast.B, true
		}
		return contrast.A, true
	})
	if err != nil {
		return err
	}
	found := slices.DeleteFunc(contrast.Uncovered(r.Phrases), func(p contrast.Phrase) bool {
		return p.PeopleA < leastTalkedOf || m.report.Contrast != nil && slices.ContainsFunc(m.report.Contrast.Phrases, func(o contrast.Phrase) bool { return o.Text == p.Text })
	})
	if r.Phrases = found[:min(len(found), topicsNamed)]; len(r.Phrases) > 0 {
		m.report.Discovered = &r
	}
	return nil
}

func drawTalkedOf(d *drawing) {
	r := d.r.Discovered
	if r == nil {
		return
	}
	var spans []bot.Span
	for i, p := range r.Phrases {
		if i > 0 {
			spans = append(spans, bot.Plain(" · "))
		}
		spans = append(spans, bot.Strong(text.OneLine(p.Text)), bot.Plain(fmt.Sprintf(" (%s)",
			joined(aboutMany(p.PeopleA, r.OneIn), before(p, r), partNegative(p.Negative)))))
	}
	d.row("People also talk about", spans...)
}

// before says how many people would have said it if the period were as those
// before it.
func before(p contrast.Phrase, r *contrast.Result) string {
	n := float64(p.PeopleB) / float64(max(r.PeopleB, 1)) * float64(r.PeopleA*r.OneIn)
	if n < 0.5 {
		return "new"
	}
	return fmt.Sprintf("usually %s", thousands(int(math.Round(n))))
}
