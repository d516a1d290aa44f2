package handlers

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

func audit() Command {
	return Command{Name: "audit", Group: groupKnow, Usage: "audit", What: "label a few mentions drawn at random, which tells how well Earshot reads", Role: bot.Agent, Run: runAudit,
		Complete: func(_ context.Context, r *Request) []bot.Option {
			options := []bot.Option{{Value: "status", Label: "how many are labelled"}, {Value: "more", Label: "draw more to label"}}
			for _, w := range r.d.Watches {
				options = append(options, bot.Option{Value: w, Label: "only " + w})
			}
			return slices.DeleteFunc(options, func(o bot.Option) bool { return !strings.HasPrefix(o.Value, r.Args) })
		}}
}

// runAudit reads "[status | more] [watch]".
func runAudit(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.d.Audits == nil || r.d.Sampler == nil {
		return empty("Nothing is drawn to be labelled here.", "The running bot draws mentions each week.")
	}
	word, watch := "", r.Args
	if first, rest, _ := strings.Cut(r.Args, " "); first == "status" || first == "more" {
		word, watch = first, strings.TrimSpace(rest)
	}
	if watch != "" && !slices.Contains(r.d.Watches, watch) {
		if near := text.Nearest(watch, r.d.Watches); near != "" {
			return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no watch %q. Did you mean /voc audit %s?", text.Cut(watch, 40), near)
		}
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "There is no watch %q. The watches are: %s.", text.Cut(watch, 40), strings.Join(r.d.Watches, ", "))
	}
	if word == "status" {
		return r.auditStatus(ctx)
	}
	if err := r.d.Sampler.Draw(ctx); err != nil {
		return bot.Answer{}, err
	}
	if word == "more" {
		if err := r.once(ctx, func(ctx context.Context) error { return r.d.Sampler.More(ctx, watch) }); err != nil {
			return bot.Answer{}, err
		}
	}
	return r.nextAudit(ctx, watch)
}

// auditOnly ends the argument of a button where only one watch is labelled.
const auditOnly = ",only"

// nextAudit shows the next mention to label, of a watch or of any (""); said is
// what is told first.
func (r *Request) nextAudit(ctx context.Context, watch string, said ...bot.Block) (bot.Answer, error) {
	item, err := r.d.Audits.NextAudit(ctx, watch, r.In.By, r.now().Add(-bot.AuditFor))
	if bot.KindOf(err) == bot.ErrNotFound {
		blocks := append(slices.Clip(said), bot.Line(bot.Plain("Nothing waits for you to be labelled.")),
			hint("/voc audit more draws another few; each Monday some of the week before are drawn. /voc audit status shows what is labelled."))
		return told(bot.View{Notice: "Nothing waits for you to be labelled", Blocks: blocks})
	}
	if err != nil {
		return bot.Answer{}, err
	}
	return r.askAudit(item, watch != "", said...)
}

// askAudit asks what a mention says. The machine's verdict is not shown: it
// would sway.
func (r *Request) askAudit(item bot.AuditItem, only bool, said ...bot.Block) (bot.Answer, error) {
	m := item.Mention
	end := ""
	if only {
		end = auditOnly
	}
	names := map[bot.AuditLabel]string{bot.AuditNegative: "Negative", bot.AuditNeutral: "Neutral", bot.AuditPositive: "Positive", bot.AuditNotUs: "Not about us", bot.AuditSkip: "Skip"}
	var buttons []bot.Button
	for _, l := range bot.AuditLabels() {
		b := button(names[l], "audit.label", item.ID)
		b.Action.Arg = string(l) + end
		buttons = append(buttons, b)
	}
	where := []bot.Span{bot.Plain(r.d.Label(m.Source) + " · "), bot.At(m.CreatedAt, bot.TimeDay)}
	if m.URL != "" {
		where = append(where, bot.Plain(" · "), bot.Link("see it there", m.URL))
	}
	left := ""
	switch {
	case item.Left == 1:
		left = "The last one. "
	case item.Left > 1:
		left = fmt.Sprintf("%d to go. ", item.Left)
	}
	return told(bot.View{Notice: "A mention to label", Blocks: append(said,
		bot.Line(bot.Strong(fmt.Sprintf("What does this say about %s?", text.OneLine(item.Watch)))),
		bot.Block{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain(text.Cut(text.Clean(m.Said()), auditQuote))}},
		bot.Line(where...),
		actions(buttons...),
		hint("%sDrawn at random. What Earshot makes of it is not shown, so that it does not sway you.", left))})
}

// auditQuote is how much of a mention is shown to be labelled, in graphemes.
const auditQuote = 2000

// pressAuditLabel keeps what somebody says of a mention, and shows the next.
func pressAuditLabel(ctx context.Context, r *Request) (bot.Answer, error) {
	name, only := strings.CutSuffix(r.In.Action.Arg, auditOnly)
	label := bot.AuditLabel(name)
	if !slices.Contains(bot.AuditLabels(), label) {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "This button is from another version of Earshot. /voc audit shows the next.")
	}
	item, err := r.audited(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	err = r.once(ctx, func(ctx context.Context) error {
		return r.d.Audits.SaveAuditLabel(ctx, item.ID, label, r.In.By, r.now())
	})
	if err != nil {
		return bot.Answer{}, err
	}
	watch := ""
	if only {
		watch = item.Watch
	}
	kept := map[bot.AuditLabel]string{bot.AuditNotUs: "Kept: not about us.", bot.AuditSkip: "Skipped."}[label]
	if kept == "" {
		kept = "Kept: " + name + "."
	}
	back := button("Change it", "audit.again", item.ID)
	if only {
		back.Action.Arg = auditOnly
	}
	return r.nextAudit(ctx, watch, bot.Line(bot.Plain(kept+" "+quote(item.Mention, quoteLength))), actions(back))
}

// pressAuditAgain asks about a mention again.
func pressAuditAgain(ctx context.Context, r *Request) (bot.Answer, error) {
	item, err := r.audited(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.askAudit(item, r.In.Action.Arg == auditOnly)
}

// audited is the sample that a button is about, for those who may label.
func (r *Request) audited(ctx context.Context) (bot.AuditItem, error) {
	if r.Role < bot.Agent {
		return bot.AuditItem{}, bot.Errorf(bot.ErrForbidden, "To label mentions you need the role %s; you are %s.", bot.Agent, r.Role)
	}
	if r.d.Audits == nil {
		return bot.AuditItem{}, bot.Errorf(bot.ErrUnsupported, "Nothing is drawn to be labelled here.")
	}
	return r.d.Audits.AuditSample(ctx, r.In.Action.Target)
}

// auditStatus tells how much is labelled, and what that is enough for.
func (r *Request) auditStatus(ctx context.Context) (bot.Answer, error) {
	all, err := r.d.Audits.AuditStandings(ctx, r.now().Add(-bot.AuditFor))
	if err != nil {
		return bot.Answer{}, err
	}
	if len(all) == 0 {
		return empty("No mention was drawn to be labelled yet.", "/voc audit draws some of last week, if anything was said then.")
	}
	var rows []bot.Row
	total := 0
	for _, s := range all {
		total += s.Labelled
		state := fmt.Sprintf(" of %d drawn are labelled", s.Drawn)
		if s.Labelled < bot.AuditAccuracy {
			state += fmt.Sprintf("; the digest tells the accuracy from %d on", bot.AuditAccuracy)
		}
		rows = append(rows, bot.Row{Label: text.OneLine(s.Watch), Spans: []bot.Span{bot.Strong(fmt.Sprint(s.Labelled)), bot.Plain(state)}})
	}
	enough := fmt.Sprintf("%d are labelled in 90 days: they correct the social NPS.", total)
	if total < bot.AuditMatrix {
		enough = fmt.Sprintf("%d are labelled in 90 days; from %d on they correct the social NPS, until then public texts do.", total, bot.AuditMatrix)
	}
	return told(bot.View{Notice: "What is labelled", Blocks: []bot.Block{{Kind: bot.BlockRows, Rows: rows}, bot.Line(bot.Plain(enough)),
		hint("/voc audit labels what waits, /voc audit more draws another few.")}})
}
