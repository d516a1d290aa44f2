package handlers

import (
	"context"
	"fmt"
	"strings"

	"earshot/bot"
)

func dismiss() Command {
	var after []bot.Option
	for _, o := range dismissOptions() {
		after = append(after, bot.Option{Value: strings.ReplaceAll(o.Value, "_", " "), Label: o.Label})
	}
	return Command{Name: "dismiss", Group: groupDeal, Usage: "dismiss 1042 spam", What: "close a case that needs nobody", Role: bot.Agent,
		Run: onCase(doDismiss), Complete: then(after...)}
}

func dismissOptions() []bot.Option {
	return []bot.Option{
		{Value: string(bot.DismissSpam), Label: "Spam"},
		{Value: string(bot.DismissNotUs), Label: "Not about us"},
		{Value: string(bot.DismissDuplicate), Label: "A duplicate"},
		{Value: string(bot.DismissNoAction), Label: "No action needed"},
	}
}

// doDismiss dismisses at once when a reason was typed, else asks for it.
func doDismiss(ctx context.Context, r *Request, id, version int64, rest string) (bot.Answer, error) {
	typed := strings.ReplaceAll(strings.TrimSpace(rest), " ", "_")
	if reason, ok := choice(dismissOptions(), typed); ok {
		return r.dismissed(ctx, id, version, bot.DismissReason(reason))
	}
	if rest != "" {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "The reasons are spam, not us, duplicate and no action. Nothing was dismissed.")
	}
	d, err := r.mayOpen(ctx, id, bot.Dismiss)
	if err != nil {
		return bot.Answer{}, err
	}
	return r.open(bot.Form{
		Action: actionOn("dismiss", d.Case), Title: "Dismiss the case", Intro: r.intro(d), Submit: "Dismiss",
		Fields: []bot.Field{{Name: "reason", Label: "Why does it need nobody?", Hint: "Kept, so that Earshot learns", Kind: bot.FieldChoice, Options: dismissOptions()}},
	}, "Dismiss", "dismiss", id)
}

func submitDismiss(ctx context.Context, r *Request) (bot.Answer, error) {
	reason, ok := choice(dismissOptions(), r.value("reason"))
	if !ok {
		return bot.Answer{Errors: map[string]string{"reason": "Choose a reason."}}, nil
	}
	return r.dismissed(ctx, r.In.Action.Target, r.In.Action.Version, bot.DismissReason(reason))
}

func (r *Request) dismissed(ctx context.Context, id, version int64, reason bot.DismissReason) (bot.Answer, error) {
	if _, err := r.act(ctx, id, version, bot.Change{Verb: bot.Dismiss, Dismiss: reason}); err != nil {
		return bot.Answer{}, err
	}
	return r.done(ctx, id, fmt.Sprintf("Case %d is dismissed: %s. /voc reopen %d takes it up again.", id, bot.DismissWords(reason), id))
}
