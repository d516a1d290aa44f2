package handlers

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// pressNotNegative keeps that the verdict was wrong, and offers to close.
func pressNotNegative(ctx context.Context, r *Request) (bot.Answer, error) {
	id := r.In.Action.Target
	return r.correct(ctx, bot.LessonLabel, bot.SaysNotNegative, "Similar posts will be read more mildly.", button("Dismiss the case", "dismiss", id))
}

// pressNegative keeps that the mention complains, though it did not read so.
func pressNegative(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.correct(ctx, bot.LessonLabel, bot.SaysNegative, "Similar posts will be brought to you.")
}

// correct teaches a lesson, and says what follows of it and how it is undone.
func (r *Request) correct(ctx context.Context, kind bot.LessonKind, value, follows string, next ...bot.Button) (bot.Answer, error) {
	var l bot.Lesson
	err := r.once(ctx, func(ctx context.Context) (err error) {
		l, err = r.d.Act.Correct(ctx, r.In.Action.Target, kind, value, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("Noted: %s. %s", l.Words(), follows))
	v.Blocks = append(v.Blocks, actions(append([]bot.Button{button("Undo", "lesson.undo", l.ID)}, next...)...))
	return told(v)
}

// pressNotUs dismisses the case for the reason that its button names, and says
// what that teaches.
func pressNotUs(ctx context.Context, r *Request) (bot.Answer, error) {
	id := r.In.Action.Target
	if _, err := r.dismissed(ctx, id, r.In.Action.Version, bot.DismissNotUs); err != nil {
		return bot.Answer{}, err
	}
	lessons, err := r.d.Store.Lessons(ctx, bot.LessonFilter{Counting: true, CaseID: id, Limit: 1})
	if err != nil || len(lessons) == 0 {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("Noted: %s. Case %d is dismissed. Posts in similar words are kept and can be searched, but open no case and count for nothing.", lessons[0].Words(), id))
	v.Blocks = append(v.Blocks, actions(button("Undo", "lesson.undo", lessons[0].ID), button("Reopen the case", "reopen", id)))
	return told(v)
}

// pressWrongTopic asks for the right topic.
func pressWrongTopic(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.Role < bot.Agent {
		return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "To correct a verdict you need the role %s; you are %s.", bot.Agent, r.Role)
	}
	d, err := r.d.Store.Dossier(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	form := bot.Form{Action: actionOn("more.wrong_topic", d.Case), Title: "Right topic", Intro: r.intro(d), Submit: "Keep"}
	var options []bot.Option
	for _, t := range r.d.Topics {
		options = append(options, bot.Option{Value: t, Label: t})
	}
	options = append(options, bot.Option{Value: bot.NoTopic, Label: "None of them"})
	form.Fields = []bot.Field{{Name: "topic", Label: "What is it about?", Kind: bot.FieldChoice, Options: options}}
	return bot.Answer{Form: &form}, nil
}

func submitWrongTopic(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.value("topic") == "" {
		return bot.Answer{Errors: map[string]string{"topic": "Choose a topic."}}, nil
	}
	return r.correct(ctx, bot.LessonTopic, r.value("topic"), "Similar posts will be sorted like this one.")
}

// pressThank opens the reply form with a word of thanks to start from.
func pressThank(ctx context.Context, r *Request) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.replyForm(ctx, d, composing{text: thanks(d.Mention)})
}

func thanks(m bot.Mention) string {
	name := m.Author.Name
	if m.Author.Handle != "" {
		name = "@" + m.Author.Handle
	}
	return strings.TrimSpace(strings.TrimRight("Thank you, "+name, ", ") + ". It is good to hear from you.")
}

// pressPrivate opens the reply form with the way that only the customer sees.
func pressPrivate(ctx context.Context, r *Request) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	ways, err := r.d.Act.Ways(ctx, d.Case.ID)
	if err != nil {
		return bot.Answer{}, err
	}
	for _, w := range ways {
		if !w.Public && !w.Internal {
			return r.replyForm(ctx, d, composing{way: w.Name})
		}
	}
	return bot.Answer{}, bot.Errorf(bot.ErrUnsupported, "There is no private way to answer on %s. Ask the customer in public to write to you, without details.", r.d.Label(d.Mention.Source))
}

// pressTicket opens the reply form with the way that opens a ticket, and with
// what its reader must know to start from.
func pressTicket(ctx context.Context, r *Request) (bot.Answer, error) {
	d, err := r.d.Store.Dossier(ctx, r.In.Action.Target)
	if err != nil {
		return bot.Answer{}, err
	}
	ways, err := r.d.Act.Ways(ctx, d.Case.ID)
	if err != nil {
		return bot.Answer{}, err
	}
	for _, w := range ways {
		if w.Source != "" {
			return r.replyForm(ctx, d, composing{way: w.Name, text: r.ticketText(d)})
		}
	}
	return bot.Answer{}, bot.Errorf(bot.ErrUnsupported, "There is nowhere to open a ticket. Add a source of kind zendesk to the configuration.")
}

// ticketMost is how much of a customer's words a ticket starts with.
const ticketMost = 2000

// ticketText says who said what where.
func (r *Request) ticketText(d bot.Dossier) string {
	lines := []string{fmt.Sprintf("%s wrote on %s:", author(d.Mention), r.d.Label(d.Mention.Source)), ""}
	for line := range strings.Lines(text.Cut(d.Mention.Said(), ticketMost)) {
		lines = append(lines, "> "+strings.TrimRight(line, "\n"))
	}
	if d.Mention.URL != "" {
		lines = append(lines, "", d.Mention.URL)
	}
	return strings.Join(lines, "\n")
}
