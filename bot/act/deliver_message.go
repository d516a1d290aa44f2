package act

import (
	"context"

	"earshot/bot"
	"earshot/bot/card"
)

// message brings a card, spike, roll-up, digest or notice to its channel: an
// edit where it stands already, else a post.
func (r *run) message(ctx context.Context, p bot.Platform) error {
	if r.d.Kind == bot.DeliverCard {
		folded, err := r.foldInstead(ctx)
		if folded || err != nil {
			return err
		}
	}
	post, stands, err := r.standing(ctx)
	if err != nil {
		return r.failed(ctx, err, false)
	}
	calls := callPost
	if stands {
		calls = callEdit
	}
	if err := r.begin(ctx, calls); err != nil {
		return err
	}
	if !stands {
		if post.Ref, stands, err = r.adopted(ctx, p); err != nil {
			return r.failed(ctx, err, false)
		}
	}
	view, version, err := r.draw(ctx, !stands)
	if bot.KindOf(err) == bot.ErrNotFound {
		return r.drop(ctx, "it is no longer there")
	}
	if err != nil {
		return r.failed(ctx, err, false)
	}
	post.Version = version
	if stands {
		gone, err := r.edit(ctx, p, post, view)
		if !gone {
			return err
		}
		// Somebody deleted the message by hand: it is posted anew.
	}
	out := bot.Outgoing{Key: r.d.Key(), Channel: r.d.Channel, View: view, Loud: r.loud()}
	called := r.now()
	ref, found, err := r.once(ctx, p, out)
	if err != nil || ref == nil {
		return err
	}
	r.reached(called)
	post.Ref, post.PostedAt = *ref, r.now().UTC()
	if found && r.d.Kind != bot.DeliverDigest { // a digest never changes
		return r.catchUp(ctx, p, post, view)
	}
	return r.done(ctx, &post)
}

// edit brings a message that stands up to date, or tells that it is gone.
func (r *run) edit(ctx context.Context, p bot.Platform, post bot.Post, view bot.View) (gone bool, err error) {
	err = r.withTimeout(ctx, func(ctx context.Context) error { return p.Edit(ctx, post.Ref, view) })
	switch {
	case err == nil:
		return false, r.done(ctx, &post)
	case bot.KindOf(err) == bot.ErrGone && !bot.NoChannel(err):
		return true, nil
	}
	return false, r.editFailed(ctx, err)
}

// catchUp edits a message that an earlier try has left: it shows what was current
// then. What changed since may have been dropped, for nothing stood there yet.
func (r *run) catchUp(ctx context.Context, p bot.Platform, post bot.Post, view bot.View) error {
	stands := post
	stands.Version = 0
	if err := r.st.SavePost(ctx, stands); err != nil {
		return r.failed(ctx, err, true)
	}
	gone, err := r.edit(ctx, p, post, view)
	if gone {
		return later(waitThread, "It was deleted while it was brought up to date.")
	}
	return err
}

// loud: the team is woken by a notice about Earshot itself and by nothing else
// that stands in a channel; escalations and answers of customers make their
// noise in the thread.
func (r *run) loud() bool { return r.d.Kind == bot.DeliverNotice }

// standing finds the message where it stands in the delivery's channel.
func (r *run) standing(ctx context.Context) (bot.Post, bool, error) {
	post := bot.Post{Kind: r.d.Kind, Target: r.d.Target, Platform: r.d.Platform, Channel: r.d.Channel}
	if r.d.Kind == bot.DeliverNote {
		post.Kind = bot.DeliverCard
	}
	posts, err := r.st.Posts(ctx, post.Kind, post.Target)
	if err != nil {
		return post, false, err
	}
	for _, at := range posts {
		if at.Platform == post.Platform && at.Channel == post.Channel {
			return at, true, nil
		}
	}
	return post, false, nil
}

// editFailed: an edit can be done twice without harm, so it is never in doubt.
func (r *run) editFailed(ctx context.Context, cause error) error {
	r.unsure = false
	return r.failed(ctx, cause, false)
}

// once posts a message that must stand there once: when an earlier try may
// have arrived, it is looked for first, and found tells that it had. Without a
// ref and an error, the delivery was left to people.
func (r *run) once(ctx context.Context, p bot.Platform, out bot.Outgoing) (at *bot.MessageRef, found bool, err error) {
	if r.unsure {
		var ref bot.MessageRef
		var there bool
		err := r.withTimeout(ctx, func(ctx context.Context) (err error) {
			ref, there, err = p.Find(ctx, out, r.d.CreatedAt.Add(-findEarlier))
			return err
		})
		switch {
		case bot.KindOf(err) == bot.ErrUnsupported && r.decided:
		case bot.KindOf(err) == bot.ErrUnsupported:
			r.tell(ctx, refusedNotice(r.d, "nobody can tell whether it arrived"))
			return nil, false, r.park(ctx, "Nobody can tell whether it arrived: look at the channel, then send it again or drop it.")
		case err != nil:
			return nil, false, r.failed(ctx, err, false)
		case there:
			return &ref, true, nil
		}
		r.unsure = false
	}
	var ref bot.MessageRef
	err = r.withTimeout(ctx, func(ctx context.Context) (err error) {
		ref, err = p.Post(ctx, out)
		return err
	})
	if err != nil {
		return nil, false, r.failed(ctx, err, true)
	}
	r.leave()
	return &ref, false, nil
}

func (r *run) withTimeout(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, r.set().Timeout)
	defer cancel()
	began := r.now()
	err := do(ctx)
	r.observer.Called(r.d, r.now().Sub(began), err)
	return err
}

// foldInstead puts the case into the roll-up when the channel's budget is used
// up and the case has no card there yet.
func (r *run) foldInstead(ctx context.Context) (bool, error) {
	if r.unsure {
		return false, nil // it had its place when it was tried first
	}
	_, stands, err := r.standing(ctx)
	if err != nil {
		return true, r.failed(ctx, err, false)
	}
	if stands {
		return false, nil
	}
	c, err := r.st.Case(ctx, r.d.Target)
	if bot.KindOf(err) == bot.ErrNotFound {
		return true, r.drop(ctx, "it is no longer there")
	}
	if err != nil {
		return true, r.failed(ctx, err, false)
	}
	if c.State.Done() {
		return true, r.drop(ctx, "it was done before its card was shown")
	}
	in, err := r.folded(ctx, c.ID, r.d.Platform, r.d.Channel)
	if err != nil {
		return true, r.failed(ctx, err, false)
	}
	if in && c.State == bot.Open && !c.Owner.Known() && c.EscalatedAt.IsZero() {
		return true, r.drop(ctx, "it stands in the roll-up of this channel")
	}
	fits, err := r.fits(ctx, c, r.d)
	if err != nil {
		return true, r.failed(ctx, err, false)
	}
	if fits {
		return false, nil
	}
	return true, r.fold(ctx, c, r.d)
}

// note puts one line into the thread of a card.
func (r *run) note(ctx context.Context, p bot.Platform) error {
	post, stands, err := r.standing(ctx)
	if err != nil {
		return r.failed(ctx, err, false)
	}
	if !stands {
		return r.drop(ctx, "the case has no card there")
	}
	ev, err := r.st.Event(ctx, r.d.EventID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return r.drop(ctx, "it is no longer there")
	}
	if err != nil {
		return r.failed(ctx, err, false)
	}
	pings, err := r.pings(ctx, ev)
	if err != nil {
		return r.failed(ctx, err, false)
	}
	out := bot.Outgoing{Key: r.d.Key(), Channel: r.d.Channel, Thread: post.Ref, View: card.Note(ev, pings), Loud: ev.Loud}
	if ev.Text == bot.Erased {
		return r.erased(ctx, p, out)
	}
	ref, _, err := r.once(ctx, p, out)
	if err != nil || ref == nil {
		return err
	}
	return r.noteDone(ctx)
}

// pings is who is woken by an event on this delivery's platform: whom the
// route names for an escalation or an overdue answer, the owner for a reminder
// and for the customer's answer.
func (r *run) pings(ctx context.Context, ev bot.Event) ([]bot.Person, error) {
	if !ev.Loud {
		return nil, nil
	}
	c, err := r.st.Case(ctx, ev.CaseID)
	if err != nil {
		return nil, err
	}
	who := []bot.Person{c.Owner}
	if ev.Verb == bot.Escalate || (ev.Verb == bot.Overdue && !c.Owner.Known()) {
		who = r.routeOf(c).Escalation.Pings
	}
	var here []bot.Person
	for _, p := range who {
		if p.Known() && p.Platform == r.d.Platform {
			here = append(here, p)
		}
	}
	return here, nil
}
