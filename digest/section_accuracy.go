package digest

import (
	"context"
	"fmt"
	"math"

	"earshot/bot"
)

// accuracy is how well Earshot reads, by what people say of a random sample.
func accuracy() Section {
	return Section{Name: "accuracy", gather: gatherAccuracy, draw: drawAccuracy}
}

func gatherAccuracy(_ context.Context, b *Builder, m *material) error {
	if b.set.Model != "" {
		a := accuracyOf(m.audited, m.report.Watch, b.set.Model)
		m.report.Accuracy = &a
	}
	return nil
}

// drawAccuracy tells the accuracy once enough is checked. Until then it asks
// for some, where there is a score that they would make surer.
func drawAccuracy(d *drawing) {
	a := d.r.Accuracy
	switch {
	case a == nil:
	case a.Enough():
		line := fmt.Sprintf(", between %s and %s, from %d checked", percent(a.Low), percent(a.High), a.Checked)
		if a.Twice > 0 {
			line += fmt.Sprintf(" · two people agreed on %d of %d", a.Agreed, a.Twice)
		}
		if d.r.SocialNPS.Enough && !a.Matrix {
			line += fmt.Sprintf(" · from %d on they correct the score", bot.AuditMatrix)
		}
		d.row("How well we read", bot.Strong(percent(a.Share)+" %"), bot.Plain(line))
	case d.r.SocialNPS.Enough:
		d.row("How well we read", bot.Plain(fmt.Sprintf("not known yet: %d of %d checked. /voc audit takes a minute.", a.Checked, bot.AuditAccuracy)))
	}
}

// percent is a share in whole percents.
func percent(share float64) string { return fmt.Sprint(int(math.Round(100 * share))) }
