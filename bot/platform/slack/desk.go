package slack

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"earshot/bot"
)

// mostAtOnce is how many interactions are worked on at a time; more wait for
// their turn, acknowledged.
const mostAtOnce = 32

// deskRun is what Run owns: the desk, and everything that is under way.
type deskRun struct {
	p     *Platform
	desk  bot.Desk
	ctx   context.Context // of work: outlives Run's for as long as draining may take
	slots chan struct{}
	order sync.Mutex // customers' messages are handed over one after the other
	once  sync.Once
	gone  chan struct{} // closed when the app was removed

	mu     sync.Mutex
	closed bool // Run is ending: nothing more is taken
	wg     sync.WaitGroup
}

func newDeskRun(ctx context.Context, p *Platform, desk bot.Desk) *deskRun {
	return &deskRun{p: p, desk: desk, ctx: ctx, slots: make(chan struct{}, mostAtOnce), gone: make(chan struct{})}
}

// acknowledge tells Slack that something came, with an answer or nil. It is
// called at most once; where it is not, Slack delivers again.
type acknowledge func(answer any) error

// errEnding is given for what comes while Run ends, errBroke for what breaks
// down: Slack delivers it again, the latter three times at most
// (docs.slack.dev/apis/events-api#retries).
var errEnding, errBroke = errors.New("ending"), errors.New("it broke down")

// enter counts something in that Run will wait for; false when it no longer
// waits.
func (r *deskRun) enter() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.wg.Add(1)
	}
	return !r.closed
}

// unbroken is deferred by what strangers' words go through: what breaks over
// them ends there, and not the process.
func (r *deskRun) unbroken(instead func()) {
	if v := recover(); v != nil {
		r.p.log.Error("what came from Slack broke down", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		instead()
	}
}

// drain takes nothing more, and waits for what is under way.
func (r *deskRun) drain() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.wg.Wait()
}

// read understands what came. What cannot be read, or breaks the reading, is
// acknowledged all the same: it would come again just as it is.
func (r *deskRun) read(kind string, raw []byte) (got received) {
	defer r.unbroken(func() { got = received{} })
	r.p.heard()
	got, err := r.p.decode(kind, raw, r.p.now().UTC())
	if err != nil {
		r.p.log.Warn("not understood", "kind", kind, "error", err)
		return received{}
	}
	return got
}

// take stores what came, acknowledges it, and sees that it is done. The ack is
// given before take returns; the work goes on after it.
func (r *deskRun) take(got received, ack acknowledge) (err error) {
	if !r.enter() {
		return errEnding
	}
	defer r.wg.Done()
	defer r.unbroken(func() { err = errBroke })
	switch {
	case got.revoked:
		r.once.Do(func() { close(r.gone) })
		return ack(nil)
	case got.said != nil:
		return r.hear(*got.said, ack)
	case got.did != nil:
		return r.act(got, ack)
	}
	return ack(nil)
}

// hear passes on what a customer said, and acknowledges it once it is kept.
func (r *deskRun) hear(m message, ack acknowledge) error {
	r.order.Lock()
	defer r.order.Unlock()
	if err := r.p.overhear(r.ctx, r.desk, m); err != nil {
		return fmt.Errorf("keep a customer's message: %w", err)
	}
	return ack(nil)
}

func (r *deskRun) act(got received, ack acknowledge) error {
	in := *got.did
	if who, ok := r.p.book.known(in.By.ID); ok {
		in.By.Name = orElse(who.name, in.By.Name)
	}
	storing, cancel := context.WithTimeout(r.ctx, ackWithin)
	defer cancel()
	fresh, err := r.desk.Accept(storing, in)
	if err != nil && in.Kind != bot.DidMention { // a mention comes again by itself
		r.work(func(ctx context.Context) {
			r.say(ctx, in, bot.Told(err))
		})
	}
	if err != nil {
		return fmt.Errorf("keep an interaction: %w", err)
	}
	if !fresh {
		return ack(nil)
	}
	if in.Kind == bot.DidSubmit {
		return r.submit(in, got, ack)
	}
	if err := ack(nil); err != nil {
		r.p.log.Warn("not acknowledged", "error", err)
	}
	r.work(func(ctx context.Context) { r.show(ctx, in, got, r.handle(ctx, in)) })
	return nil
}

// work does f in a goroutine that Run waits for. It is called by what Run
// waits for already.
func (r *deskRun) work(f func(ctx context.Context)) {
	r.wg.Go(func() {
		r.slots <- struct{}{}
		defer func() { <-r.slots }()
		defer r.unbroken(func() {}) // the desk tells again what was not told
		ctx, cancel := context.WithTimeout(r.ctx, workWithin)
		defer cancel()
		f(ctx)
	})
}

// handle asks the desk, and makes a kind answer of a panic.
func (r *deskRun) handle(ctx context.Context, in bot.Interaction) (answer bot.Answer) {
	defer func() {
		if v := recover(); v != nil {
			r.p.log.Error("panic in a handler", "kind", in.Kind, "action", in.Action.Name, "panic", v, "stack", string(debug.Stack()))
			sorry := bot.Say(bot.Told(errors.New("panic")))
			answer = bot.Answer{Tell: &sorry}
		}
	}()
	naming, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	in.By.Name = r.p.book.name(naming, in.By.ID, in.By.Name).name
	return r.desk.Handle(ctx, in)
}

// submit answers a form: with what the desk says, if it says it soon; else
// with "one moment", and the answer in its place.
func (r *deskRun) submit(in bot.Interaction, got received, ack acknowledge) error {
	answers := make(chan bot.Answer, 1)
	late, said := make(chan bool, 1), false
	defer func() { late <- !said }()
	r.work(func(ctx context.Context) {
		answer := r.handle(ctx, in)
		answers <- answer
		if <-late {
			r.replace(ctx, in, got, answer)
		} else if answer.Tell != nil {
			r.tell(ctx, in, *answer.Tell)
		}
	})
	timer := time.NewTimer(submitWithin)
	defer timer.Stop()
	select {
	case answer := <-answers:
		if full := response(answer, got); fits(full) {
			said = true
			return ack(full)
		}
	case <-timer.C:
	}
	moment := note(bot.Say("One moment…"), got.from)
	return ack(slack.NewUpdateViewSubmissionResponse(&moment))
}

// maxAck is the largest acknowledgement that Slack reads: Socket Mode drops
// larger ones without a word (slack-go, socketmode, maxResponseSize).
const maxAck = 20 << 10

func fits(v *slack.ViewSubmissionResponse) bool {
	b, err := json.Marshal(v)
	return err == nil && len(b) < maxAck-200 // its envelope
}

// settle is how long an acknowledgement is given to reach Slack before what it
// showed is replaced: the two travel by different ways.
const settle = 300 * time.Millisecond

// response is what Slack is told about a form at once.
func response(a bot.Answer, got received) *slack.ViewSubmissionResponse {
	switch {
	case len(a.Errors) > 0 && got.view != nil:
		if errs := got.view.blockErrors(a.Errors); errs != nil {
			return slack.NewErrorsViewSubmissionResponse(errs)
		}
		said := note(sayErrors(a.Errors), got.from)
		return slack.NewUpdateViewSubmissionResponse(&said)
	case a.Form != nil:
		m := modal(*a.Form, got.from)
		return slack.NewUpdateViewSubmissionResponse(&m)
	}
	return slack.NewClearViewSubmissionResponse()
}

func sayErrors(errs map[string]string) bot.View {
	var v bot.View
	for _, msg := range errs {
		v.Notice = msg
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain(msg)))
	}
	return v
}

// replace puts an answer where "one moment" stands.
func (r *deskRun) replace(ctx context.Context, in bot.Interaction, got received, a bot.Answer) {
	rest(ctx, settle)
	var view slack.ModalViewRequest
	var err error
	switch {
	case len(a.Errors) > 0 && got.view != nil && len(got.view.Blocks) > 0:
		view, err = got.view.again(a.Errors)
	case len(a.Errors) > 0:
		view = note(sayErrors(a.Errors), got.from)
	case a.Form != nil:
		view = modal(*a.Form, got.from)
	case a.Tell != nil:
		view = note(*a.Tell, got.from)
	default:
		view = note(bot.Say("Done."), got.from)
	}
	if err == nil {
		err = r.p.updateView(ctx, in.Handle[handleView], view)
	}
	switch {
	case err == nil && a.Tell != nil:
		r.told(ctx, in)
	case err == nil:
	case a.Tell != nil:
		r.p.log.Warn("form not replaced", "error", err)
		r.tell(ctx, in, *a.Tell)
	default:
		r.p.log.Warn("form not replaced", "error", err)
		r.say(ctx, in, "The form could not be shown. What you wrote is kept; open the case again with /voc show.")
	}
}

// show shows the answer to a press, a command or a shortcut.
func (r *deskRun) show(ctx context.Context, in bot.Interaction, got received, a bot.Answer) {
	open := in.Handle[handleView]
	switch {
	case a.Form != nil && open != "":
		r.put(ctx, in, open, modal(*a.Form, got.from))
	case a.Form != nil:
		r.put(ctx, in, "", modal(*a.Form, r.origin(in)))
	case a.Tell != nil && open != "":
		if err := r.p.updateView(ctx, open, note(*a.Tell, got.from)); err == nil {
			r.told(ctx, in)
			return
		}
		r.tell(ctx, in, *a.Tell)
	case a.Tell != nil:
		r.tell(ctx, in, *a.Tell)
	case len(a.Errors) > 0:
		r.tell(ctx, in, sayErrors(a.Errors))
	}
}

func (r *deskRun) origin(in bot.Interaction) origin {
	return origin{Channel: in.Channel, Message: in.Message.ID, Thread: in.Handle[handleThread]}
}

// put opens a form, or puts it in the place of the one that lies open.
func (r *deskRun) put(ctx context.Context, in bot.Interaction, open string, m slack.ModalViewRequest) {
	var err error
	if open != "" {
		err = r.p.updateView(ctx, open, m)
	} else {
		err = r.p.openView(ctx, in.Handle[handleTrigger], m)
	}
	if err == nil {
		return
	}
	r.p.log.Warn("form not shown", "title", m.Title.Text, "error", err)
	var e *bot.Error
	switch {
	case in.Handle[handleTrigger] == "":
		r.say(ctx, in, "Slack opens no form from a thread. Press the button on the card, or use /voc with the case's number.")
	case errors.As(err, &e) && e.Kind == bot.ErrRateLimited && e.RetryAfter > 0:
		r.say(ctx, in, fmt.Sprintf("Slack has us wait before it opens another form. Nothing is lost: please press it again in %d seconds.", int(e.RetryAfter.Seconds()+1)))
	default:
		r.say(ctx, in, "That took longer than Slack waits to open a form. Nothing is lost: please press it again.")
	}
}

// tell shows somebody what came of what they did. Words that do not arrive are
// the desk's to tell again.
func (r *deskRun) tell(ctx context.Context, in bot.Interaction, v bot.View) {
	if err := r.p.Tell(ctx, in, v); err != nil {
		r.p.log.Warn("not told, the desk tells it again", "kind", in.Kind, "error", err)
		return
	}
	r.told(ctx, in)
}

// told lets the desk know that its words were shown.
func (r *deskRun) told(ctx context.Context, in bot.Interaction) {
	if w, ok := r.desk.(bot.Witness); ok {
		w.Told(ctx, in)
	}
}

// say shows somebody words of our own.
func (r *deskRun) say(ctx context.Context, in bot.Interaction, words string) {
	if err := r.p.Tell(ctx, in, bot.Say(words)); err != nil {
		r.p.log.Warn("not said", "kind", in.Kind, "error", err)
	}
}
