package digest

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

// When something waits for those who decide.
const (
	approvalPatience = 2 * time.Hour
	costlyTopic      = 3.0 // points that a topic takes more than before
	decisionLook     = 500 // cases and replies that are looked at
	decisionsNamed   = 4
)

// decisions is what nobody in the team can settle alone.
func decisions() Section {
	return Section{Name: "decisions", gather: gatherDecisions, draw: drawDecisions}
}

func gatherDecisions(ctx context.Context, b *Builder, m *material) error {
	r := m.report
	open, err := b.store.Spikes(ctx, r.From, r.MadeAt, true)
	if err != nil {
		return fmt.Errorf("read open spikes: %w", err)
	}
	for _, s := range open {
		if s.Series.Watch == r.Watch && s.Series.Negative && !s.Owner.Known() && !s.Muted {
			r.Decisions = append(r.Decisions, fmt.Sprintf("%s: %s have complained and the spike has no owner. Who takes it?", text.OneLine(seriesName(s.Series)), many(s.Count, "person")))
		}
	}
	for _, t := range Moves(m.before, m.now) {
		if t.Sure && t.Change <= -costlyTopic && t.Detractors > t.DetractorsBy && t.Topic != OtherTopics {
			r.Decisions = append(r.Decisions, fmt.Sprintf("%s takes %.0f points more than before. What is done about it?", text.OneLine(t.Topic), -t.Change))
		}
	}
	if err := waitingCases(ctx, b, r); err != nil {
		return err
	}
	return waitingReplies(ctx, b, r)
}

// waitingCases names urgent cases that are still alive, and those past their
// first answer.
func waitingCases(ctx context.Context, b *Builder, r *Report) error {
	cases, err := b.store.Cases(ctx, bot.CaseFilter{Watch: r.Watch, States: []bot.CaseState{bot.Open, bot.Claimed}, Limit: decisionLook})
	if err != nil {
		return fmt.Errorf("read waiting cases: %w", err)
	}
	urgent, late := 0, 0
	for _, c := range cases {
		switch {
		case c.Quiet || c.Snoozed(r.MadeAt):
		case c.Urgency == bot.UrgencyCritical:
			urgent++
		case !c.DueAt.IsZero() && c.DueAt.Before(r.MadeAt) && c.AnsweredAt.IsZero():
			late++
		}
	}
	if urgent > 0 {
		r.Decisions = append(r.Decisions, fmt.Sprintf("%s still open.", many(urgent, "urgent case")+map[bool]string{true: " is", false: " are"}[urgent == 1]))
	}
	if late > 0 {
		r.Decisions = append(r.Decisions, many(late, "case")+map[bool]string{true: " is", false: " are"}[late == 1]+" past the first answer that was promised.")
	}
	return nil
}

// waitingReplies names replies that wait for an approver.
func waitingReplies(ctx context.Context, b *Builder, r *Report) error {
	replies, err := b.store.RepliesIn(ctx, bot.ReplyAwaiting, decisionLook)
	if err != nil {
		return fmt.Errorf("read waiting replies: %w", err)
	}
	var oldest time.Duration
	for _, p := range replies {
		oldest = max(oldest, r.MadeAt.Sub(p.CreatedAt))
	}
	if oldest >= approvalPatience {
		verb := map[bool]string{true: " waits", false: " wait"}[len(replies) == 1]
		count := map[bool]string{true: "1 reply", false: thousands(len(replies)) + " replies"}[len(replies) == 1]
		r.Decisions = append(r.Decisions, fmt.Sprintf("%s%s for an approver, the oldest for %s.", count, verb, card.Span(oldest)))
	}
	return nil
}

func drawDecisions(d *drawing) {
	for i, text := range d.r.Decisions {
		if i == decisionsNamed {
			d.row("", bot.Plain(fmt.Sprintf("and %d more", len(d.r.Decisions)-decisionsNamed)))
			return
		}
		label := ""
		if i == 0 {
			label = "Needs a decision"
		}
		d.row(label, bot.Plain(text))
	}
}
