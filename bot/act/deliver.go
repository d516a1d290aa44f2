package act

import (
	"context"
	"errors"
	"fmt"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// How long the runner waits, and when it leaves a delivery to people.
const (
	waitFirst    = 2 * time.Second  // after a first failure; then twice as long
	waitMost     = 5 * time.Minute  //
	waitRevoked  = 5 * time.Minute  // between two tries with a credential that is refused
	waitThread   = 2 * time.Second  // for what stands before a note in its thread
	findEarlier  = 15 * time.Minute // how far before its making a message is looked for: clocks differ
	attemptsMost = 30               // of what fails for a reason of our own
	settleFor    = 10 * time.Second // to write down what came of a send when we are told to stop
)

// Deliver brings one delivery out: it reads what is current, looks before it
// sends a second time, and leaves to people what nobody can know. It is the
// worker of bot.JobDeliver. An *bot.Error with RetryAfter asks for the same
// delivery again after that time.
func (s *Service) Deliver(ctx context.Context, deliveryID int64) error {
	d, err := s.st.Delivery(ctx, deliveryID)
	if bot.KindOf(err) == bot.ErrNotFound {
		return nil // forgotten with the person it was about
	}
	if err != nil {
		return fmt.Errorf("deliver %d: %w", deliveryID, err)
	}
	unlock, err := s.alone(ctx, lockKey(d))
	if err != nil {
		return fmt.Errorf("deliver %d: %w", deliveryID, err)
	}
	defer unlock()
	if d, err = s.st.Delivery(ctx, deliveryID); err != nil {
		return fmt.Errorf("deliver %d: %w", deliveryID, err)
	}
	if d.State == bot.DeliverySent || d.State == bot.DeliveryParked {
		return nil
	}
	if wait := d.DueAt.Sub(s.now()); wait > 0 {
		return later(wait, "It is not due yet.")
	}
	run := run{Service: s, d: d, tries: d.Attempts, unsure: d.State == bot.DeliverySending || d.State == bot.DeliveryUncertain, decided: d.Error == decided}
	defer run.come()()
	if err := run.do(ctx); err != nil {
		return fmt.Errorf("deliver %s %d: %w", d.Kind, d.ID, err)
	}
	return nil
}

// lockKey is what goes one after the other: a card and the notes below it, one
// reply, one notice in one channel.
func lockKey(d bot.Delivery) string {
	kind := d.Kind
	if kind == bot.DeliverNote {
		kind = bot.DeliverCard
	}
	return fmt.Sprintf("%s/%s/%s/%d", kind, d.Platform, d.Channel, d.Target)
}

// later asks the queue for the same delivery again.
func later(after time.Duration, msg string) error {
	return &bot.Error{Kind: bot.ErrRateLimited, Msg: msg, RetryAfter: after}
}

// run is one delivery under way.
type run struct {
	*Service
	d      bot.Delivery
	unsure bool // an earlier try may have arrived
	// decided: a person looked and wants it sent, also where we cannot look.
	decided bool
	held    string    // key of the notice about what holds it up, to be marked
	counted bool      // this try is one of d.Attempts
	tries   int       // as many as are stored
	lane    string    // whose turn it waited for; "" before
	leave   func()    // lets those behind it go
	caseID  int64     // of a reply, once it is known
	heard   time.Time // when the mention of a card was read, once it is known
}

func (r *run) do(ctx context.Context) error {
	if r.d.Kind == bot.DeliverReply {
		return r.reply(ctx)
	}
	p, ok := r.platforms[r.d.Platform]
	if !ok {
		return r.park(ctx, "This platform is no longer in the configuration.")
	}
	if r.d.Kind == bot.DeliverNote {
		if turn, err := r.inTurn(ctx); !turn || err != nil {
			return err
		}
		if err := r.begin(ctx, callNote); err != nil {
			return err
		}
		return r.note(ctx, p)
	}
	return r.message(ctx, p)
}

// come tells those behind it in the channel that it is under way. A note has the
// order of its thread instead, and a reply goes into no channel.
func (r *run) come() (leave func()) {
	r.leave = func() {}
	if r.d.Kind != bot.DeliverNote && r.d.Kind != bot.DeliverReply {
		r.leave = r.lanes.come(laneKey(r.d, callPost), r.d.ID)
	}
	return r.leave
}

// begin waits for the delivery's turn in its channel, and marks it as being sent.
func (r *run) begin(ctx context.Context, c call) error {
	if c != callPost {
		r.leave()
	}
	r.lane = laneKey(r.d, c)
	if wait := r.lanes.turn(ctx, r.lane, r.d.ID); wait > 0 {
		return later(wait, "What came before it goes first.")
	}
	return r.mark(ctx, bot.DeliverySending, "")
}

// mark writes how far the delivery is, unless another worker has taken it over
// since it was tried: one that lost its lock with its connection, and does not
// know of it, must not write over what the other one does.
func (r *run) mark(ctx context.Context, state bot.DeliveryState, problem string) error {
	if state == bot.DeliverySending {
		r.count()
	}
	r.d.State, r.d.Error, r.d.HeldBy, r.held = state, problem, r.held, ""
	if state == bot.DeliverySent {
		r.d.SentAt = r.now().UTC()
	}
	err := r.st.MarkDelivery(ctx, r.d, r.tries)
	if bot.KindOf(err) == bot.ErrStale {
		return &bot.Error{Kind: bot.ErrStale, Msg: bot.Told(err), RetryAfter: waitFirst, Err: err}
	}
	if err != nil {
		return err
	}
	r.tries = r.d.Attempts
	r.noted(ctx, r.d)
	return nil
}

// count counts this try, once.
func (r *run) count() {
	if !r.counted {
		r.d.Attempts++
		r.counted = true
	}
}

// lasting gives a context in which the outcome of a send can still be written
// when we are told to stop.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), settleFor)
}

// done writes that the message stands where post says, in one transaction. When
// what it shows has changed since it was drawn, it is brought up to date: whoever
// changed it may have counted on this delivery, which was due then.
func (r *run) done(ctx context.Context, post *bot.Post) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	err := r.st.Transact(ctx, func(ctx context.Context) error {
		if post != nil {
			if err := r.st.SavePost(ctx, *post); err != nil {
				return err
			}
		}
		if err := r.mark(ctx, bot.DeliverySent, ""); err != nil || post == nil {
			return err
		}
		now, err := r.version(ctx)
		if bot.KindOf(err) == bot.ErrNotFound || err == nil && now == post.Version {
			return nil
		}
		if err != nil {
			return err
		}
		return r.send(ctx, bot.Delivery{Kind: r.d.Kind, Platform: r.d.Platform, Channel: r.d.Channel, Target: r.d.Target})
	})
	if err == nil && r.d.Platform != "" {
		r.worked(ctx, authKey(r.d.Platform))
		r.worked(ctx, goneKey(r.d))
	}
	return err
}

// version counts the changes of what the delivery shows; 0 where nothing does.
func (r *run) version(ctx context.Context) (v int64, err error) {
	switch r.d.Kind {
	case bot.DeliverCard:
		var c bot.Case
		c, err = r.st.Case(ctx, r.d.Target)
		v = c.Version
	case bot.DeliverSpike:
		var sp bot.Spike
		sp, err = r.st.Spike(ctx, r.d.Target)
		v = sp.Version
	case bot.DeliverFold:
		var f bot.Fold
		f, err = r.st.FoldByID(ctx, r.d.Target)
		v = f.Version
	}
	return v, err
}

// drop writes that there is nothing to bring any more.
func (r *run) drop(ctx context.Context, why string) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	return r.mark(ctx, bot.DeliverySent, why)
}

// park leaves the delivery to people.
func (r *run) park(ctx context.Context, why string) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	return r.mark(ctx, bot.DeliveryParked, why)
}

// failed sorts what went wrong by what can be done about it. sent tells that
// the request went out, so that a cut connection leaves its outcome open.
func (r *run) failed(ctx context.Context, cause error, sent bool) error {
	ctx, cancel := lasting(ctx)
	defer cancel()
	r.count() // also one that failed before it began
	state, told := bot.DeliveryDue, bot.Told(cause)
	if r.unsure {
		state = bot.DeliveryUncertain
	}
	wait := r.backoff()
	var e *bot.Error
	if errors.As(cause, &e) && e.RetryAfter > 0 {
		wait = e.RetryAfter
	}
	switch kind := bot.KindOf(cause); {
	case kind == bot.ErrUnauthorized:
		wait = waitRevoked
		r.held = authKey(r.d.Platform)
		r.tell(ctx, revoked(r.d.Platform, told))
	case kind == bot.ErrRateLimited && r.lane != "":
		r.lanes.full(r.lane, r.d.ID, wait)
	case kind == bot.ErrRateLimited:
	case kind == bot.ErrUnavailable:
	case kind == bot.ErrGone && r.d.Kind == bot.DeliverNote && !bot.NoChannel(cause):
		return r.threadGone(ctx)
	case kind == bot.ErrGone:
		r.tell(ctx, gone(r.d, told))
		return r.park(ctx, told)
	case kind == bot.ErrInvalid, kind == bot.ErrForbidden, kind == bot.ErrUnsupported:
		r.tell(ctx, refusedNotice(r.d, told))
		return r.park(ctx, told)
	case sent:
		state = bot.DeliveryUncertain
	}
	if r.d.Attempts >= attemptsMost && bot.KindOf(cause) == bot.ErrInternal {
		r.tell(ctx, refusedNotice(r.d, told))
		return r.park(ctx, told)
	}
	switch err := r.mark(ctx, state, told); {
	case bot.KindOf(err) == bot.ErrStale:
		return err
	case err != nil:
		return errors.Join(cause, err)
	}
	return &bot.Error{Kind: bot.ErrRateLimited, Msg: told, RetryAfter: wait, Err: cause}
}

// backoff doubles from two seconds to five minutes.
func (r *run) backoff() time.Duration {
	wait := waitFirst
	for range min(r.d.Attempts-1, 10) {
		wait *= 2
	}
	return min(wait, waitMost)
}

func authKey(platform string) string { return "platform:" + platform + ":unauthorized" }

func revoked(platform, told string) bot.Notice {
	return bot.Notice{Key: authKey(platform), Text: platform + " refuses us: " + told,
		Mend: "Check the token and the permissions with earshot check. Nothing is lost: what waits goes out once it works again."}
}

func goneKey(d bot.Delivery) string { return fmt.Sprintf("channel:%s:%s:gone", d.Platform, d.Channel) }

func gone(d bot.Delivery, told string) bot.Notice {
	return bot.Notice{Key: goneKey(d),
		Text: fmt.Sprintf("The channel %s on %s cannot be reached: %s", d.Channel, d.Platform, told),
		Mend: "Restore the channel or name another in the route, then send what was parked with /voc deliveries."}
}

func refusedKey(d bot.Delivery) string { return fmt.Sprintf("delivery:%d:refused", d.ID) }

func refusedNotice(d bot.Delivery, told string) bot.Notice {
	return bot.Notice{Key: refusedKey(d),
		Text: fmt.Sprintf("A %s for %s could not be shown: %s", d.Kind, d.Channel, told),
		Mend: "See it with /voc deliveries; try it again or drop it there."}
}

// draw gives what the delivery shows now, and the version that is; fresh tells
// that it does not stand in the channel yet.
func (r *run) draw(ctx context.Context, fresh bool) (bot.View, int64, error) {
	switch r.d.Kind {
	case bot.DeliverCard:
		return r.drawCase(ctx, fresh)
	case bot.DeliverSpike:
		return r.drawSpike(ctx, r.d.Target)
	case bot.DeliverFold:
		return r.drawFold(ctx, r.d.Target)
	case bot.DeliverNotice:
		n, err := r.st.Notice(ctx, r.d.Target)
		return card.Told(n), 0, err
	case bot.DeliverDigest:
		if r.digest == nil {
			return bot.View{}, 0, bot.Errorf(bot.ErrUnsupported, "There is nothing that draws digests.")
		}
		v, err := r.digest(ctx, r.d.Target)
		return v, 0, err
	}
	return bot.View{}, 0, bot.Errorf(bot.ErrInvalid, "Nobody knows deliveries of the kind %q.", r.d.Kind)
}

func (r *run) drawCase(ctx context.Context, fresh bool) (bot.View, int64, error) {
	dossier, err := r.st.Dossier(ctx, r.d.Target)
	if err != nil {
		return bot.View{}, 0, err
	}
	now := r.now().UTC()
	r.heard = dossier.Mention.SeenAt
	o := r.options(dossier.Case, now)
	if fresh {
		o.Delayed = r.waited(now)
	}
	return card.Case(dossier, o), dossier.Case.Version, nil
}

// waited is how long the delivery was kept waiting by its channel: since it was
// due, whenever the case was opened.
func (r *run) waited(now time.Time) time.Duration {
	due := r.d.CreatedAt
	if r.d.DueAt.After(due) {
		due = r.d.DueAt
	}
	return now.Sub(due)
}
