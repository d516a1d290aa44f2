package handlers

import (
	"context"
	"errors"
	"time"

	"earshot/bot"
)

const (
	// tellAgain is how long a platform has to show an answer until it is told
	// again: a call that hangs is given up sooner.
	tellAgain = 15 * time.Second
	// tellPause is the least time between two tries to tell an answer.
	tellPause = 5 * time.Second
	// tellFor is how long after they did it people still want to know.
	tellFor = 7 * 24 * time.Hour
)

// keep notes that an interaction is done and what its person is to be told: by
// the platform, or after a while by the queue.
func (d *Desk) keep(ctx context.Context, in bot.Interaction, tell bot.View, after time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.d.Answers.KeepAnswer(ctx, in, tell, d.d.Now().Add(after)); err != nil {
		d.d.Log.ErrorContext(ctx, "an interaction could not be marked as done", "platform", in.Platform, "error", err)
	}
}

// Told implements bot.Witness: the person has seen what came of it.
func (d *Desk) Told(ctx context.Context, in bot.Interaction) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.d.Answers.AnswerTold(ctx, in.Platform, in.ID); err != nil {
		d.d.Log.WarnContext(ctx, "an answer could not be marked as told, and is told again", "platform", in.Platform, "error", err)
	}
}

// TellAgain tells a person what they were not told: Earshot ended between the
// act and the words, or the platform did not take them. It is the worker of
// bot.JobInbox. Words that may have arrived are told once more, not a third
// time: to read twice that nothing was done does no harm, never to read it does.
func (d *Desk) TellAgain(ctx context.Context, row int64) error {
	in, words, err := d.d.Answers.KeptAnswer(ctx, row)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	p, ok := d.d.Platforms[in.Platform]
	if !ok || !in.At.IsZero() && d.d.Now().Sub(in.At) > tellFor {
		d.Told(ctx, in) // nobody waits for it any more
		return nil
	}
	err = p.Tell(ctx, in, words)
	switch bot.KindOf(err) {
	case bot.ErrRateLimited, bot.ErrUnavailable, bot.ErrUnauthorized:
		wait := tellPause
		var e *bot.Error
		if errors.As(err, &e) {
			wait = max(wait, e.RetryAfter)
		}
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: bot.Told(err), RetryAfter: wait, Err: err}
	}
	if err != nil {
		d.d.Log.WarnContext(ctx, "an answer could not be told", "platform", in.Platform, "error", err)
	}
	d.Told(ctx, in)
	return nil
}
