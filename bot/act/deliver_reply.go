package act

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// replyFor is how long a reply is tried while its source is down. Later it
// would reach the customer out of the blue, so a person decides.
const replyFor = 2 * time.Hour

// replyTries is how often a reply is looked for and sent again before a person
// is asked.
const replyTries = 8

// reply brings an answer to the customer, once.
func (r *run) reply(ctx context.Context) error {
	rep, c, err := r.replyAndCase(ctx, r.d.Target)
	if bot.KindOf(err) == bot.ErrNotFound {
		return r.drop(ctx, "it is no longer there")
	}
	if err != nil {
		return r.failed(ctx, err, false)
	}
	r.caseID = c.ID
	switch rep.State {
	case bot.ReplyQueued, bot.ReplySending:
	default:
		return r.drop(ctx, "the reply is "+string(rep.State))
	}
	reading, err := r.st.Mention(ctx, rep.MentionID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return r.drop(ctx, "whom it answers was erased")
	}
	if err != nil {
		return r.failed(ctx, err, false)
	}
	answerer, ok := r.answerer(takes(rep, reading.Mention.Source))
	if !ok {
		return r.replyFailed(ctx, c, rep, "This source has no way to answer any more.")
	}
	if rep.State == bot.ReplyQueued {
		if wait := rep.SendAt.Sub(r.now()); wait > 0 {
			return later(wait, "It can still be undone.")
		}
		started, err := r.startReply(ctx, c, &rep, reading.Mention)
		if err != nil || !started {
			return err
		}
	} else {
		r.unsure = true
	}
	return r.answer(ctx, c, rep, reading.Mention, answerer)
}

// startReply takes the reply out of the reach of Undo, in one step with the
// delivery; it gives false when it must not go out any more.
func (r *run) startReply(ctx context.Context, c bot.Case, rep *bot.Reply, m bot.Mention) (bool, error) {
	started := false
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		why := ""
		switch {
		case m.Deleted:
			why = editWords(m)
		case c.State == bot.Dismissed:
			why = "The case was dismissed before the reply went out."
		}
		if why != "" {
			rep.State, rep.Error = bot.ReplyOutdated, why
			if err := r.st.SwapReply(ctx, *rep, bot.ReplyQueued); err != nil {
				return err
			}
			if err := r.replyEvent(ctx, c, *rep, bot.Event{By: bot.Bot(), Verb: bot.ReplyNotSent, Text: "held the reply back: " + why}); err != nil {
				return err
			}
			return r.mark(ctx, bot.DeliverySent, why)
		}
		rep.State = bot.ReplySending
		if err := r.st.SwapReply(ctx, *rep, bot.ReplyQueued); err != nil {
			return err
		}
		started = true
		return r.mark(ctx, bot.DeliverySending, "")
	})
	if bot.KindOf(err) == bot.ErrStale {
		return false, r.drop(ctx, "the reply was taken back")
	}
	return started, err
}

// answer sends the reply, after a look when an earlier try may have arrived.
func (r *run) answer(ctx context.Context, c bot.Case, rep bot.Reply, m bot.Mention, a bot.Answerer) error {
	var at bot.Placed
	if r.unsure {
		var there bool
		err := r.withTimeout(ctx, func(ctx context.Context) (err error) {
			at, there, err = a.FindAnswer(ctx, m, rep)
			return err
		})
		switch {
		case bot.KindOf(err) == bot.ErrUnsupported:
			return r.replyParked(ctx, c, rep)
		case err != nil:
			return r.failed(ctx, err, false)
		case there:
			return r.replyDone(ctx, c, rep, at)
		}
		r.unsure = false
		if err := r.mark(ctx, bot.DeliverySending, ""); err != nil {
			return err
		}
	}
	err := r.withTimeout(ctx, func(ctx context.Context) (err error) {
		at, err = a.Answer(ctx, m, rep)
		return err
	})
	if err != nil {
		return r.answerFailed(ctx, c, rep, m.Source, err)
	}
	return r.replyDone(ctx, c, rep, at)
}

func (r *run) replyDone(ctx context.Context, c bot.Case, rep bot.Reply, at bot.Placed) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		if err := r.arrived(ctx, c, &rep, bot.ReplySending, at); err != nil {
			return err
		}
		return r.mark(ctx, bot.DeliverySent, "")
	})
	if err == nil {
		r.worked(ctx, sourceKey(c.Source))
	}
	return err
}

// answerFailed sorts what went wrong: what did not happen there goes back into
// the queue, where it can be undone; what may have happened is looked for;
// what cannot happen is told to the writer, and the text is kept.
func (r *run) answerFailed(ctx context.Context, c bot.Case, rep bot.Reply, source string, cause error) error {
	kind, told := bot.KindOf(cause), bot.Told(cause)
	switch kind {
	case bot.ErrRateLimited, bot.ErrUnavailable, bot.ErrUnauthorized:
	case bot.ErrUncertain, bot.ErrInternal:
		if r.d.Attempts >= replyTries {
			return r.replyParked(ctx, c, rep)
		}
		return r.failed(ctx, cause, true)
	default:
		return r.replyFailed(ctx, c, rep, told)
	}
	if r.now().Sub(rep.SendAt) > replyFor {
		return r.replyFailed(ctx, c, rep, told)
	}
	settled, cancel := lasting(ctx)
	defer cancel()
	if kind == bot.ErrUnauthorized {
		r.held = sourceKey(source)
		r.tell(settled, bot.Notice{Key: r.held, Text: "Replies on " + source + " are refused: " + told,
			Mend: "Check its credential with earshot check. The replies wait and go out once it works again."})
		cause = &bot.Error{Kind: bot.ErrUnavailable, Msg: told, RetryAfter: waitRevoked, Err: cause}
	}
	rep.State, rep.Error = bot.ReplyQueued, told
	if err := r.st.SwapReply(settled, rep, bot.ReplySending); err != nil {
		return err
	}
	return r.failed(settled, cause, false)
}

func sourceKey(source string) string { return "source:" + source + ":answers" }

func (r *run) replyFailed(ctx context.Context, c bot.Case, rep bot.Reply, told string) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	return r.st.Transact(ctx, func(ctx context.Context) error {
		from := rep.State
		if from == bot.ReplyQueued {
			rep.State = bot.ReplySending
			if err := r.st.SwapReply(ctx, rep, from); err != nil {
				return err
			}
			from = bot.ReplySending
		}
		rep.State, rep.Error = bot.ReplyFailed, told
		if err := r.st.SwapReply(ctx, rep, from); err != nil {
			return err
		}
		if err := r.replyEvent(ctx, c, rep, bot.Event{By: bot.Bot(), Verb: bot.ReplyNotSent, Text: "could not send the reply: " + told + " The text is kept."}); err != nil {
			return err
		}
		return r.mark(ctx, bot.DeliverySent, told)
	})
}

// replyParked: nobody can tell whether it arrived, so a person looks.
func (r *run) replyParked(ctx context.Context, c bot.Case, rep bot.Reply) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	const why = "Nobody can tell whether the reply arrived."
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		rep.State, rep.Error = bot.ReplyParked, why
		if err := r.st.SwapReply(ctx, rep, bot.ReplySending); err != nil {
			return err
		}
		words := "does not know whether the reply arrived: look at the post, then choose on the card"
		if err := r.replyEvent(ctx, c, rep, bot.Event{By: bot.Bot(), Verb: bot.ReplyNotSent, Text: words}); err != nil {
			return err
		}
		return r.mark(ctx, bot.DeliveryParked, why)
	})
	if err != nil {
		return err
	}
	r.tell(ctx, bot.Notice{Key: parkedKey(rep.ID),
		Text: fmt.Sprintf("Nobody can tell whether the reply to case %d arrived.", c.ID),
		Mend: "Look at the post, then press It arrived or Send again on the card."})
	return nil
}
