// Package handlers is what people can ask and press: one file a command, group
// of buttons or form, the same on every platform. A handler reads what was
// typed or pressed, has bot/act do it, and says in a few words what came of it
// and what to do next. Answers are private; what everybody should see is on
// the card.
package handlers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// Desk implements bot.Desk. It is safe for concurrent use.
type Desk struct {
	d        Deps
	commands []Command
	presses  map[string]Handler
	submits  map[string]Handler
	started  time.Time
}

// Handler does one thing that somebody asked for. An error is told to them in
// its own words, when it is an *bot.Error.
type Handler func(ctx context.Context, r *Request) (bot.Answer, error)

// Request is what somebody did, with what is known of it.
type Request struct {
	*Desk
	In   bot.Interaction
	Role bot.Role
	Args string // what follows a command's name
}

// New makes a Desk.
func New(deps Deps) *Desk {
	if deps.Log == nil {
		deps.Log = slog.New(slog.DiscardHandler)
	}
	if deps.Now == nil {
		deps.Now = time.Now
	}
	if deps.Zone == nil {
		deps.Zone = time.UTC
	}
	if deps.Label == nil {
		deps.Label = func(source string) string { return source }
	}
	return &Desk{d: deps, commands: All(), presses: presses(), submits: submits(), started: deps.Now()}
}

// Handle does what somebody asked for and says what came of it. It never
// fails: what goes wrong is told in the answer.
func (d *Desk) Handle(ctx context.Context, in bot.Interaction) bot.Answer {
	r := &Request{Desk: d, In: in}
	answer, err := d.guarded(ctx, r)
	if err != nil && errors.Is(ctx.Err(), context.Canceled) && errors.Is(err, context.Cause(ctx)) {
		later := bot.Say("Earshot is being restarted. What you asked for is kept, and done in a moment.")
		return bot.Answer{Tell: &later}
	}
	if err != nil { // what took too long is told as well, and not done behind anybody's back
		answer = d.failure(ctx, r, err)
	}
	if in.Kind == bot.DidPress && inMenu(in.Action.Name) {
		r.redraw(ctx)
	}
	if answer.Tell != nil {
		d.keep(ctx, in, *answer.Tell, tellAgain)
	} else {
		d.finish(ctx, in)
	}
	return answer
}

// guarded runs the handler and turns a panic into an error.
func (d *Desk) guarded(ctx context.Context, r *Request) (answer bot.Answer, err error) {
	defer func() {
		if p := recover(); p != nil {
			d.d.Log.ErrorContext(ctx, "a handler panicked", "kind", r.In.Kind, "action", r.In.Action.Name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	if r.In.By.Platform != r.In.Platform { // of another platform, or Earshot itself: nobody comes in by that name
		r.In.By = bot.Person{}
	}
	r.Role = d.d.Act.RoleOf(ctx, r.In.By)
	h, err := d.handler(r)
	if err != nil {
		return bot.Answer{}, err
	}
	return h(ctx, r)
}

// inMenu tells which actions are offered in a menu of a message that stands in
// a channel.
func inMenu(name string) bool {
	switch name {
	case "assign", "answered", "dismiss", "merge", "release", "link", "unlink", "digest.cases":
		return true
	}
	return strings.HasPrefix(name, "more.")
}

// redraw has the message that was pressed drawn again, whatever came of it: a
// menu keeps what was chosen, and Slack does not send the same choice again
// before the menu is a new one (docs.slack.dev/reference/block-kit/block-elements/select-menu-element).
func (r *Request) redraw(ctx context.Context) {
	if r.In.Message.IsZero() || r.Role == bot.NoRole {
		return
	}
	post, err := r.d.Store.PostAt(ctx, r.In.Platform, r.In.Message)
	if err == nil {
		err = r.d.Act.Redraw(ctx, post)
	}
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		r.d.Log.WarnContext(ctx, "a menu could not be drawn again", "action", r.In.Action.Name, "error", err)
	}
}

// handler finds who does it.
func (d *Desk) handler(r *Request) (Handler, error) {
	switch r.In.Kind {
	case bot.DidCommand, bot.DidMention:
		return d.command(r), nil
	case bot.DidPress:
		if h, ok := d.presses[r.In.Action.Name]; ok {
			return known(h), nil
		}
	case bot.DidSubmit:
		if h, ok := d.submits[r.In.Action.Name]; ok {
			return known(h), nil
		}
	case bot.DidShortcut:
		return known(makeCase), nil
	}
	return nil, bot.Errorf(bot.ErrInvalid, "This button is from another version of Earshot. Open the case with /voc show.")
}

// known keeps people out who have no role.
func known(h Handler) Handler {
	return func(ctx context.Context, r *Request) (bot.Answer, error) {
		if r.Role == bot.NoRole {
			return bot.Answer{}, stranger(r.In.By)
		}
		return h(ctx, r)
	}
}

func stranger(p bot.Person) error {
	return bot.Errorf(bot.ErrForbidden, "You have no role in Earshot yet. Ask an admin to add %s to the roles in the configuration.", p.Key())
}

// failure tells a person what went wrong, and logs what is our fault.
func (d *Desk) failure(ctx context.Context, r *Request, err error) bot.Answer {
	if bot.KindOf(err) == bot.ErrInternal {
		d.d.Log.ErrorContext(ctx, "a request failed", "kind", r.In.Kind, "action", r.In.Action.Name, "text_length", len(r.In.Text), "error", err)
	}
	v := bot.Say(bot.Told(err))
	if bot.KindOf(err) == bot.ErrStale {
		if id := r.caseAtHand(ctx); id > 0 {
			v.Blocks = append(v.Blocks, actions(button("Show the case", "show", id)))
		}
	}
	return bot.Answer{Tell: &v}
}

func (d *Desk) finish(ctx context.Context, in bot.Interaction) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := d.d.Inbox.FinishInteraction(ctx, in.Platform, in.ID); err != nil {
		d.d.Log.ErrorContext(ctx, "an interaction could not be marked as done", "platform", in.Platform, "error", err)
	}
}

// once does an act in one transaction with the note that it was done, so that
// a crash between the two cannot make it happen again. What act refuses is
// kept out of the transaction's fate: it undid its own part.
func (r *Request) once(ctx context.Context, do func(ctx context.Context) error) error {
	var refused error
	err := r.d.Store.Transact(ctx, func(ctx context.Context) error {
		refused = do(ctx)
		switch {
		case refused == nil:
			return r.d.Inbox.FinishInteraction(ctx, r.In.Platform, r.In.ID)
		case bot.KindOf(refused) == bot.ErrInternal:
			return refused
		}
		return nil // it stays undone until its person is sure to be told why
	})
	if err != nil {
		return err
	}
	return refused
}

// Overheard takes a message from a channel where customers talk.
func (d *Desk) Overheard(ctx context.Context, platform, channel string, m bot.Mention) error {
	if d.d.Intake == nil {
		return nil
	}
	return d.d.Intake.Overheard(ctx, platform, channel, m)
}

// Resume does what people asked for and the process did not get to before it
// ended. It is called once at start, when the platforms are connected. Forms
// cannot be opened any more: whoever wanted one is asked to press again.
func (d *Desk) Resume(ctx context.Context) error {
	return d.takeUp(ctx, d.started) // what came in since is being done
}

// TakeUp does so for another process on the same store that has ended. The
// inbox leaves out what this one and living ones have in hand.
func (d *Desk) TakeUp(ctx context.Context) error { return d.takeUp(ctx, d.d.Now()) }

func (d *Desk) takeUp(ctx context.Context, before time.Time) error {
	left, err := d.d.Inbox.UnfinishedInteractions(ctx, before)
	if err != nil {
		return fmt.Errorf("read what was left undone: %w", err)
	}
	for _, in := range left {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if answer := d.late(ctx, in); answer.Tell != nil { // by the queue: a platform that is slow holds nothing up
			d.keep(ctx, in, *answer.Tell, 0)
		}
	}
	return nil
}

// lateMost is how old something that was asked for may be and is still done: a
// reply that was to go out yesterday is for a person to look at again.
const lateMost = 12 * time.Hour

// late does what was asked for before a restart. Where a form would follow, the
// person gets words, with what they had written.
func (d *Desk) late(ctx context.Context, in bot.Interaction) bot.Answer {
	var v bot.View
	switch age := d.d.Now().Sub(in.At); {
	case age > lateMost && !in.At.IsZero():
		v = bot.Say("Earshot was down when you asked for this, and came back too late: nothing was done. Please look again, and ask anew if it still matters.")
	default:
		answer := d.Handle(ctx, in)
		if answer.Form == nil && len(answer.Errors) == 0 {
			return answer
		}
		v = bot.Say("Earshot was restarted just then. Please press it again.")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Values)) {
		if in.Kind == bot.DidSubmit && len(strings.TrimSpace(in.Values[name])) >= worthKeeping {
			v.Blocks = append(v.Blocks, bot.Line(bot.Plain("What you wrote:")), bot.Block{Kind: bot.BlockCode, Text: in.Values[name]})
		}
	}
	return bot.Answer{Tell: &v}
}

// worthKeeping is how many bytes somebody must have written to be given them
// back: a choice is not a text.
const worthKeeping = 16

// Complete offers completions for what follows "/voc ".
func (d *Desk) Complete(ctx context.Context, by bot.Person, line string) (options []bot.Option) {
	defer func() {
		if p := recover(); p != nil {
			d.d.Log.ErrorContext(ctx, "completion panicked", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			options = nil
		}
	}()
	role := d.d.Act.RoleOf(ctx, by)
	name, rest, more := strings.Cut(strings.TrimLeft(line, " /"), " ")
	name = strings.ToLower(name)
	if !more {
		for _, c := range d.commands {
			if c.Role <= role && strings.HasPrefix(c.Name, name) {
				options = append(options, bot.Option{Value: c.Name, Label: c.Name + ": " + c.What})
			}
		}
		return options
	}
	i := slices.IndexFunc(d.commands, func(c Command) bool { return c.Name == name })
	if i < 0 || d.commands[i].Complete == nil || d.commands[i].Role > role || role == bot.NoRole {
		return nil
	}
	r := &Request{Desk: d, In: bot.Interaction{By: by, Platform: by.Platform}, Role: role, Args: rest}
	for _, o := range d.commands[i].Complete(ctx, r) {
		options = append(options, bot.Option{Value: name + " " + o.Value, Label: o.Label})
	}
	return options[:min(len(options), completeMost)]
}

// completeMost is how many completions are offered: Discord shows 25
// (discord.com/developers/docs/interactions/application-commands#autocomplete).
const completeMost = 25
