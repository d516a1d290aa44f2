package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

// waiting reads a reply that waits for an approver, with its case.
func (r *Request) waitingReply(ctx context.Context) (bot.Reply, bot.Dossier, error) {
	rep, err := r.d.Store.Reply(ctx, r.In.Action.Target)
	if err != nil {
		return rep, bot.Dossier{}, err
	}
	if r.Role < bot.Approver {
		return rep, bot.Dossier{}, bot.Errorf(bot.ErrForbidden, "To approve a reply you need the role %s; you are %s.", bot.Approver, r.Role)
	}
	if rep.State != bot.ReplyAwaiting {
		return rep, bot.Dossier{}, bot.Errorf(bot.ErrStale, "This reply no longer waits: it is %s.", rep.State)
	}
	d, err := r.d.Store.Dossier(ctx, rep.CaseID)
	return rep, d, err
}

// pressApprove shows an approver exactly what would go out, and to what.
func pressApprove(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, d, err := r.waitingReply(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	intro := append([]bot.Block{destination(rep.Way)}, r.wholeWords(d)...)
	intro = append(intro, bot.Line(bot.Who(rep.By), bot.Plain(" wrote:")), bot.Block{Kind: bot.BlockCode, Text: rep.Text})
	return r.open(bot.Form{
		Action: bot.ActionID{Name: "reply.release", Target: rep.ID}, Title: "Approve the reply", Intro: intro,
		Submit: fmt.Sprintf("Send in %d s", int(r.d.Act.UndoFor().Seconds())),
		Back:   &bot.Button{Label: "Edit", Action: bot.ActionID{Name: "reply.edit", Target: rep.ID}},
	}, "Approve", "reply.approve", rep.ID)
}

// submitRelease lets the reply go out as it is.
func submitRelease(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.approved(ctx, "")
}

func (r *Request) approved(ctx context.Context, edited string) (bot.Answer, error) {
	rep, err := r.onReply(ctx, func(ctx context.Context, id int64, by bot.Person) (bot.Reply, error) {
		return r.d.Act.ApproveReply(ctx, id, by, edited)
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return r.sentAnswer(rep)
}

// reviseForm lets an approver change the text before it goes out.
func (r *Request) reviseForm(ctx context.Context, rep bot.Reply) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, rep.CaseID)
	if err != nil {
		return bot.Answer{}, err
	}
	return bot.Answer{Form: &bot.Form{
		Action: bot.ActionID{Name: "reply.revise", Target: rep.ID}, Title: "Edit and approve",
		Intro:  append([]bot.Block{destination(rep.Way)}, r.wholeWords(d)...),
		Fields: []bot.Field{{Name: "text", Label: "Exactly this goes out", Kind: bot.FieldLong, Value: rep.Text}},
		Submit: fmt.Sprintf("Send in %d s", int(r.d.Act.UndoFor().Seconds())),
	}}, nil
}

func submitRevise(ctx context.Context, r *Request) (bot.Answer, error) {
	if oneLine(r.In.Values["text"]) == "" {
		return bot.Answer{Errors: map[string]string{"text": "Write something: the reply is empty."}}, nil
	}
	answer, err := r.approved(ctx, r.In.Values["text"])
	if bot.KindOf(err) == bot.ErrInvalid {
		return bot.Answer{Errors: map[string]string{"text": bot.Told(err)}}, nil
	}
	return answer, err
}

// pressReturn asks for the note with which a reply goes back.
func pressReturn(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, _, err := r.waitingReply(ctx)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: bot.ActionID{Name: "reply.return", Target: rep.ID}, Title: "Send the reply back", Submit: "Send back",
		Intro:  []bot.Block{bot.Line(bot.Who(rep.By), bot.Plain(" wrote:")), {Kind: bot.BlockCode, Text: rep.Text}},
		Fields: []bot.Field{{Name: "note", Label: "What should be different?", Hint: "The writer reads this", Kind: bot.FieldLong, Max: wordsLength}},
	}, "Send back", "reply.return", rep.ID)
}

func submitReturn(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.value("note") == "" {
		return bot.Answer{Errors: map[string]string{"note": "Say what should be different; the writer reads that."}}, nil
	}
	rep, err := r.onReply(ctx, func(ctx context.Context, id int64, by bot.Person) (bot.Reply, error) {
		return r.d.Act.ReturnReply(ctx, id, by, r.value("note"))
	})
	if err != nil {
		return bot.Answer{}, err
	}
	return say("The reply went back to %s with your note.", rep.By.Name)
}

// pressArrived and pressAgain settle a reply of which nobody could tell
// whether it arrived.
func pressArrived(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, err := r.onReply(ctx, r.d.Act.ReplyArrived)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, rep.CaseID, fmt.Sprintf("Case %d is answered.", rep.CaseID))
}

func pressAgain(ctx context.Context, r *Request) (bot.Answer, error) {
	rep, err := r.onReply(ctx, r.d.Act.ReplyAgain)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.sentAnswer(rep)
}
