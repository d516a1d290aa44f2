package handlers

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
)

// pressNotNegative keeps that the verdict was wrong, and offers to close.
func pressNotNegative(ctx context.Context, r *Request) (bot.Answer, error) {
	id := r.In.Action.Target
	if err := r.correct(ctx, id, "label", "not negative"); err != nil {
		return bot.Answer{}, err
	}
	v := bot.Say(fmt.Sprintf("Kept: case %d is not negative. The model learns from that when it is trained again.", id))
	v.Blocks = append(v.Blocks, actions(button("Dismiss the case", "dismiss", id)))
	return told(v)
}

func (r *Request) correct(ctx context.Context, id int64, what, value string) error {
	return r.once(ctx, func(ctx context.Context) error { return r.d.Act.Correct(ctx, id, what, value, r.In.By) })
}

// pressNotUs dismisses the case for the reason that its button names.
func pressNotUs(ctx context.Context, r *Request) (bot.Answer, error) {
	return r.dismissed(ctx, r.In.Action.Target, r.In.Action.Version, bot.DismissNotUs)
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
	options = append(options, bot.Option{Value: "none of them", Label: "None of them"})
	form.Fields = []bot.Field{{Name: "topic", Label: "What is it about?", Kind: bot.FieldChoice, Options: options}}
	return bot.Answer{Form: &form}, nil
}

func submitWrongTopic(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.value("topic") == "" {
		return bot.Answer{Errors: map[string]string{"topic": "Choose a topic."}}, nil
	}
	if err := r.correct(ctx, r.In.Action.Target, "topic", r.value("topic")); err != nil {
		return bot.Answer{}, err
	}
	return say("Kept: case %d is about %s.", r.In.Action.Target, r.value("topic"))
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
		if !w.Public {
			return r.replyForm(ctx, d, composing{way: w.Name})
		}
	}
	return bot.Answer{}, bot.Errorf(bot.ErrUnsupported, "There is no private way to answer on %s. Ask the customer in public to write to you, without details.", r.d.Label(d.Mention.Source))
}
