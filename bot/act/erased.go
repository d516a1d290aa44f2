package act

import (
	"context"
	"errors"

	"earshot/bot"
)

// erased edits a note whose words were erased. Where a note stands is not kept,
// so it is looked for; one that is not there, or cannot be looked for, has
// nothing to edit, and none is posted.
func (r *run) erased(ctx context.Context, p bot.Platform, out bot.Outgoing) error {
	var ref bot.MessageRef
	var there bool
	err := r.withTimeout(ctx, func(ctx context.Context) (err error) {
		ref, there, err = p.Find(ctx, out, r.d.CreatedAt.Add(-findEarlier))
		return err
	})
	switch {
	case bot.KindOf(err) == bot.ErrUnsupported:
		r.tell(ctx, refusedNotice(r.d, "a note whose words were erased cannot be found there to be edited"))
		return r.park(ctx, "Its words were erased, and nobody can find it: edit or delete the note in the thread by hand.")
	case err != nil:
		return r.failed(ctx, err, false)
	case !there:
		return r.drop(ctx, "its words were erased, and it is not there")
	}
	err = r.withTimeout(ctx, func(ctx context.Context) error { return p.Edit(ctx, ref, out.View) })
	if err != nil && bot.KindOf(err) != bot.ErrGone {
		return r.editFailed(ctx, err)
	}
	return r.done(ctx, nil)
}

// noteDone writes that a note stands in its thread. When its words were erased
// while it was sent, it is looked for again at once, to be edited.
func (r *run) noteDone(ctx context.Context) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	var again error
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		ev, err := r.st.Event(ctx, r.d.EventID)
		if err == nil && ev.Text == bot.Erased {
			again = later(waitThread, "Its words were erased while it was sent.")
			return r.mark(ctx, bot.DeliveryUncertain, "its words were erased while it was sent")
		}
		if err != nil && bot.KindOf(err) != bot.ErrNotFound {
			return err
		}
		return r.done(ctx, nil)
	})
	return errors.Join(err, again)
}
