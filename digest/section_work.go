package digest

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// Work is what the team did with the cases opened in the period.
type Work struct {
	Opened     int           `json:"opened"`
	Answered   int           `json:"answered"`
	Resolved   int           `json:"resolved"`
	Dismissed  int           `json:"dismissed"`
	Unanswered int           `json:"unanswered"`
	Median     time.Duration `json:"median_first_answer_ns"`    // half were answered within
	Ninetieth  time.Duration `json:"ninetieth_first_answer_ns"` // nine in ten were
}

// work is what we did.
func work() Section {
	return Section{Name: "work", gather: gatherWork, draw: drawWork}
}

func gatherWork(ctx context.Context, b *Builder, m *material) error {
	s, err := b.store.WorkStats(ctx, bot.CaseFilter{Watch: m.report.Watch, From: m.report.From, To: m.report.To})
	if err != nil {
		return fmt.Errorf("read work: %w", err)
	}
	m.report.Work = &Work{Opened: s.Opened, Answered: s.Answered, Resolved: s.Resolved, Dismissed: s.Dismissed,
		Unanswered: s.Unanswered, Median: quantile(s.FirstAnswer, 0.5), Ninetieth: quantile(s.FirstAnswer, 0.9)}
	return nil
}

// quantile is the least of the ascending durations that at least a share q of
// them do not exceed; 0 of none.
func quantile(sorted []time.Duration, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

func drawWork(d *drawing) {
	w := d.r.Work
	if w == nil {
		return
	}
	if w.Opened == 0 {
		d.row("What we did", bot.Plain("no case came up"))
		return
	}
	parts := []string{many(w.Opened, "case"), thousands(w.Answered) + " answered"}
	if w.Answered > 0 {
		parts[1] += fmt.Sprintf(" (half within %s, nine in ten within %s)", card.Span(w.Median), card.Span(w.Ninetieth))
	}
	if w.Resolved > 0 {
		parts = append(parts, thousands(w.Resolved)+" resolved")
	}
	line := strings.Join(parts, ", ")
	if w.Unanswered > 0 {
		line += fmt.Sprintf(" · %s unanswered", thousands(w.Unanswered))
		d.cases(many(w.Unanswered, "case")+" unanswered", casesUnanswered)
	}
	d.cases(fmt.Sprintf("All %s of the period", many(w.Opened, "case")), casesAll)
	if w.Answered > 0 {
		d.cases(many(w.Answered, "case")+" answered", casesAnswered)
	}
	d.row("What we did", bot.Plain(line))
}
