package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// learnedMost is how many lessons one answer lists: each has a button, and a
// row of them holds five (docs.slack.dev/reference/block-kit/blocks/actions-block,
// Discord: docs.discord.com/developers/components/reference#action-row).
const learnedMost = 5

func learned() Command {
	return Command{Name: "learned", Group: groupKnow, Usage: "learned", What: "see what the team taught Earshot lately", Role: bot.Viewer, Run: runLearned}
}

func unlearn() Command {
	return Command{Name: "unlearn", Group: groupKnow, Usage: "unlearn 12", What: "undo a lesson", Role: bot.Agent, Run: runUnlearn,
		Complete: func(ctx context.Context, r *Request) []bot.Option {
			lessons, err := r.d.Store.Lessons(ctx, bot.LessonFilter{Counting: true, Limit: completeMost})
			if err != nil {
				r.d.Log.WarnContext(ctx, "lessons could not be offered", "error", err)
				return nil
			}
			var out []bot.Option
			for _, l := range lessons {
				if id := strconv.FormatInt(l.ID, 10); l.Teaches() && strings.HasPrefix(id, r.Args) {
					out = append(out, bot.Option{Value: id, Label: text.Cut(fmt.Sprintf("%s · %s: %s", id, l.Words(), quoted(l.Text, 50)), 90)})
				}
			}
			return out
		}}
}

// runLearned lists the latest lessons that teach, those that were undone too.
func runLearned(ctx context.Context, r *Request) (bot.Answer, error) {
	all, err := r.d.Store.Lessons(ctx, bot.LessonFilter{Limit: 4 * learnedMost})
	if err != nil {
		return bot.Answer{}, err
	}
	var rows []bot.Row
	var undo []bot.Button
	for _, l := range all {
		if !l.Teaches() || len(rows) == learnedMost {
			continue
		}
		rows = append(rows, lessonRow(l))
		if l.UndoneAt.IsZero() && (r.Role >= bot.Approver || r.Role >= bot.Agent && l.By.Key() == r.In.By.Key()) {
			undo = append(undo, button(fmt.Sprintf("Undo %d", l.ID), "lesson.undo", l.ID))
		}
	}
	if len(rows) == 0 {
		return empty("Nobody has corrected a verdict yet.", `"More" on a card holds "Not negative", "Not about us" and "Wrong topic": similar posts are read by it at once.`)
	}
	v := bot.View{Notice: "What the team taught", Blocks: []bot.Block{bot.Line(bot.Strong("What the team taught, the latest first")), {Kind: bot.BlockRows, Rows: rows}}}
	if len(undo) > 0 {
		v.Blocks = append(v.Blocks, actions(undo...))
	}
	v.Blocks = append(v.Blocks, hint("/voc unlearn %d undoes one; your own, or any as an approver.", all[0].ID))
	return told(v)
}

// lessonRow is one lesson: what, of which words, who and when, and whether it
// still counts.
func lessonRow(l bot.Lesson) bot.Row {
	spans := []bot.Span{bot.Strong(text.Cut(l.Words(), nameLength)), bot.Plain(" · " + quoted(l.Text, quoteLength) + " · "), bot.Who(l.By), bot.Plain(" · "),
		bot.At(l.At, bot.TimeDay), bot.Plain(fmt.Sprintf(" · case %d", l.CaseID))}
	if !l.UndoneAt.IsZero() {
		spans = append(spans, bot.Plain(" · undone by "), bot.Who(l.UndoneBy), bot.Plain(" "), bot.At(l.UndoneAt, bot.TimeDay))
	}
	return bot.Row{Label: fmt.Sprintf("Lesson %d", l.ID), Spans: spans}
}

func runUnlearn(ctx context.Context, r *Request) (bot.Answer, error) {
	typed := strings.TrimPrefix(strings.TrimPrefix(r.Args, "lesson "), "#")
	id, err := strconv.ParseInt(typed, 10, 64)
	if err != nil {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "Which lesson? Add its number, as in /voc unlearn 12. /voc learned lists them.")
	}
	return r.unlearned(ctx, id)
}

func pressUnlearn(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.unlearned(ctx, r.In.Action.Target)
}

func (r *Request) unlearned(ctx context.Context, id int64) (bot.Answer, error) {
	var l bot.Lesson
	err := r.once(ctx, func(ctx context.Context) (err error) {
		l, err = r.d.Act.Unlearn(ctx, id, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return say("Lesson %d (%s) is undone: similar posts are read as before. /voc learned lists what still counts.", l.ID, l.Words())
}

// movedBy says which lesson moved a verdict most; nil when none did.
func (r *Request) movedBy(ctx context.Context, v bot.Verdict) ([]bot.Span, error) {
	if v.Lesson() == 0 {
		return nil, nil
	}
	l, err := r.d.Store.Lesson(ctx, v.Lesson())
	if bot.KindOf(err) == bot.ErrNotFound {
		return []bot.Span{bot.Plain("Moved by what your team taught.")}, nil
	}
	if err != nil {
		return nil, err
	}
	return []bot.Span{bot.Plain(fmt.Sprintf("Moved by what your team taught, most by lesson %d: %s, ", l.ID, l.Words())), bot.Who(l.By), bot.Plain(" "), bot.At(l.At, bot.TimeDay)}, nil
}
