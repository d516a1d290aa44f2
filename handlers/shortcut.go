package handlers

import (
	"context"
	"fmt"

	"earshot/bot"
)

// makeCase makes a case of a message that somebody pointed at: "Make this a
// case".
func makeCase(ctx context.Context, r *Request) (bot.Answer, error) {
	if r.Role < bot.Agent {
		return bot.Answer{}, bot.Errorf(bot.ErrForbidden, "To make a case you need the role %s; you are %s.", bot.Agent, r.Role)
	}
	if r.In.Shared == nil || r.d.Intake == nil {
		return bot.Answer{}, bot.Errorf(bot.ErrUnsupported, "No case can be made of this message.")
	}
	if r.In.Shared.Said() == "" {
		return bot.Answer{}, bot.Errorf(bot.ErrInvalid, "This message holds no words, so there is nothing to make a case of.")
	}
	var id int64
	var fresh bool
	err := r.once(ctx, func(ctx context.Context) (err error) {
		id, fresh, err = r.d.Intake.MakeCase(ctx, *r.In.Shared, r.In.By)
		return err
	})
	if err != nil {
		return bot.Answer{}, err
	}
	said := fmt.Sprintf("This is case %d now.", id)
	if !fresh {
		said = fmt.Sprintf("This is case %d already.", id)
	}
	v := bot.Say(said)
	v.Blocks = append(v.Blocks, actions(mainButton("Claim", "claim", id), button("Show", "show", id)))
	return told(v)
}
