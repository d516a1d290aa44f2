package handlers

import (
	"context"
	"errors"
	"fmt"
	"time"

	"earshot/bot"
)

// Accept stores what somebody did before it is acknowledged; false for what is
// stored already. Its error says in words for that person whether it is certain
// that nothing will be done.
func (d *Desk) Accept(ctx context.Context, in bot.Interaction) (bool, error) {
	began, start := d.d.Now(), time.Now()
	storing, cancel := ctx, context.CancelFunc(func() {})
	if until, ok := ctx.Deadline(); ok { // the rest of the time is for taking it back
		storing, cancel = context.WithDeadline(ctx, start.Add(until.Sub(start)*2/3))
	}
	defer cancel()
	fresh, err := d.d.Inbox.SaveInteraction(storing, in)
	if err == nil {
		return fresh, nil
	}
	return false, d.refuse(ctx, in, began, fmt.Errorf("accept interaction: %w", err))
}

// refuse takes back what may be stored although its storing failed, as when the
// connection breaks in the instant of the commit, and says what is certain then.
func (d *Desk) refuse(ctx context.Context, in bot.Interaction, since time.Time, cause error) error {
	if in.Kind == bot.DidMention {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: "That could not be kept just now. It is tried again by itself.", Err: cause}
	}
	if err := d.d.Inbox.RefuseInteraction(ctx, in, since); err != nil {
		return &bot.Error{Kind: bot.ErrUnavailable, Err: errors.Join(cause, err),
			Msg: "That could not be kept just now. Please look whether it was done before you try it again."}
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Msg: "That could not be kept just now, so nothing was done. Please try again in a moment.", Err: cause}
}
