package digest

import (
	"context"
	"fmt"

	"earshot/bot"
)

// summary is what a language model makes of the complaints, marked as such. It
// is written when a digest is made, and only where one is configured: previews
// have none.
func summary() Section {
	return Section{Name: "summary", gather: func(context.Context, *Builder, *material) error { return nil }, draw: drawSummary}
}

func drawSummary(d *drawing) {
	if d.r.Summary != "" {
		d.row("In short", bot.Plain(d.r.Summary+" "), bot.Plain(fmt.Sprintf("(written by %s from what detractors said; it may be wrong)", d.r.SummaryBy)))
	}
}

// sumUp has the report's complaints summed up, where somebody can.
func (b *Builder) sumUp(ctx context.Context, a Audience, r *Report) {
	if b.set.Summarise != nil && a.wants("summary") {
		r.Summary, r.SummaryBy = b.set.Summarise(ctx, r.Watch, r.From, r.To)
	}
}
