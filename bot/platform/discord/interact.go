package discord

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// line is the way to answer an interaction at once: a call in the gateway's
// mode, the body of the answer in the other.
type line interface {
	first(ctx context.Context, r response) error
}

// callback answers by a call
// (docs.discord.com/developers/interactions/receiving-and-responding#create-interaction-response).
type callback struct {
	api caller
	raw payload
}

func (c callback) first(ctx context.Context, r response) error {
	return c.api.call(ctx, request{method: http.MethodPost, path: "/interactions/" + c.raw.ID + "/" + c.raw.Token + "/callback",
		bucket: bucketOf(c.raw.Token), body: r, about: "this interaction"}, nil)
}

// take deals with one interaction from its arrival to its answer. It never panics.
func (p *Platform) take(ctx context.Context, raw payload, l line) {
	defer func() {
		if r := recover(); r != nil {
			p.log.ErrorContext(ctx, "discord: an interaction broke", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	p.heard()
	desk := p.theDesk()
	if desk == nil {
		return
	}
	t := &turn{p: p, raw: raw, line: l, desk: desk, began: p.now(), start: time.Now()}
	if raw.Type == didAutocomplete {
		t.complete(ctx)
		return
	}
	if t.read(ctx) && t.accept(ctx) {
		t.work(ctx)
	}
}

// turn is one interaction under way.
type turn struct {
	p     *Platform
	raw   payload
	line  line
	desk  bot.Desk
	in    bot.Interaction
	began time.Time // by the clock that is handed in
	start time.Time // for waiting
}

// respond gives the first answer; a failure is logged, for nobody can be told.
func (t *turn) respond(ctx context.Context, r response) bool {
	err := t.line.first(ctx, r)
	if err != nil {
		t.p.log.WarnContext(ctx, "discord: an interaction could not be answered", "error", err, "type", r.Type, "after", time.Since(t.start))
	}
	return err == nil
}

// tell answers at once with words that only the person sees.
func (t *turn) tell(ctx context.Context, words string) {
	t.show(ctx, draw(bot.Say(words), drawing{}))
}

// show answers at once with a message: in the place of the private one that
// was pressed, else as a new private one.
func (t *turn) show(ctx context.Context, m message) (shown bool) {
	m.Flags = flagComponents | flagEphemeral
	if t.raw.private() {
		return t.respond(ctx, response{Type: respondUpdate, Data: m})
	}
	return t.respond(ctx, response{Type: respondMessage, Data: m})
}

// complete offers completions for a line that is being typed.
func (t *turn) complete(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, t.p.firstWithin)
	defer cancel()
	out := choices{Choices: []commandChoice{}}
	for _, o := range t.desk.Complete(ctx, t.raw.person(), t.raw.line()) {
		if o.Value == "" || length(o.Value) > maxOptionText || text.OneLine(o.Value) != o.Value || len(out.Choices) == maxOptions {
			continue
		}
		out.Choices = append(out.Choices, commandChoice{Name: shortOr(o.Label, maxOptionText, o.Value), Value: o.Value})
	}
	t.respond(ctx, response{Type: respondChoices, Data: out})
}

// read fills in the interaction; false when nothing is left for the desk.
func (t *turn) read(ctx context.Context) bool {
	t.in = t.raw.interaction(t.began)
	if t.raw.Member == nil && t.in.By.Known() {
		// In direct messages the roles are not told.
		if groups, err := t.p.Groups(ctx, t.in.By.ID); err == nil {
			t.in.By.Groups = groups
		}
	}
	switch {
	case t.raw.Type == didCommand && t.raw.Data.Type == commandMessage:
		shared, ok := t.raw.Data.Resolved.Messages[t.raw.Data.TargetID]
		if !ok {
			return false
		}
		m := shared.mention(t.p.cfg.GuildID)
		t.in.Kind, t.in.Shared, t.in.Message = bot.DidShortcut, &m, bot.MessageRef{Channel: t.raw.ChannelID, ID: shared.ID}
		return true
	case t.raw.Type == didCommand:
		t.in.Kind, t.in.Text = bot.DidCommand, t.raw.line()
		return true
	case t.raw.Type == didModal:
		return t.readPress(ctx, t.raw.Data.CustomID, bot.DidSubmit)
	case t.raw.Type == didComponent && len(t.raw.Data.Values) > 0:
		return t.readPress(ctx, t.raw.Data.Values[0], bot.DidPress)
	case t.raw.Type == didComponent:
		return t.readPress(ctx, t.raw.Data.CustomID, bot.DidPress)
	}
	return false
}

// readPress reads what was pressed or sent. What needs no desk is done here:
// asking before a final act, opening a form that is kept, and leaving it be.
func (t *turn) readPress(ctx context.Context, id string, kind bot.InteractionKind) bool {
	what, err := parsePress(id)
	if err != nil {
		t.tell(ctx, bot.Told(err))
		return false
	}
	switch what.Kind {
	case pressLeave:
		t.tell(ctx, "Nothing was done.")
		return false
	case pressMenu:
		return false // chosen nothing
	case pressAsk:
		t.ask(ctx, what, id)
		return false
	case pressOpen:
		t.open(ctx, what.Key)
		return false
	case pressSubmit:
		kind = bot.DidSubmit
	}
	t.in.Kind, t.in.Action = kind, what.Action
	if t.raw.Type == didModal {
		t.in.Values = t.raw.values()
	}
	return true
}

// ask asks once before a final act: Discord has no question of its own.
func (t *turn) ask(ctx context.Context, what press, id string) {
	ids := map[string]int{}
	yes := component{Type: typeButton, Style: styleDanger, Label: shortOr(t.raw.label(id), maxButtonLabel, "Yes, do it"),
		CustomID: customID(press{Action: what.Action}, ids)}
	no := component{Type: typeButton, Style: styleSecondary, Label: "No, leave it", CustomID: customID(press{Kind: pressLeave}, ids)}
	question := what.Question
	if question == "" {
		question = "Do you want to do that?"
	}
	m := draw(bot.Say(question), drawing{extra: []part{{comp: &component{Type: typeRow, Components: []component{yes, no}}}}})
	m.Flags = flagComponents | flagEphemeral
	t.respond(ctx, response{Type: respondMessage, Data: m})
}

// open opens a form that was kept.
func (t *turn) open(ctx context.Context, key string) {
	form, ok := t.p.forms.get(key, t.in.By.ID)
	if !ok {
		t.respond(ctx, response{Type: respondMessage, Data: t.private("This form is no longer kept: forms are kept for an hour and not over a restart of Earshot. Open it again from the card; what you wrote stands above, to copy.")})
		return
	}
	t.respond(ctx, response{Type: respondModal, Data: openModal(form)})
}

// private is a sentence as a message that only the person sees.
func (t *turn) private(words string) message {
	m := draw(bot.Say(words), drawing{})
	m.Flags = flagComponents | flagEphemeral
	return m
}

// accept has the desk store the interaction; false when there is nothing to do.
func (t *turn) accept(ctx context.Context) bool {
	within, cancel := context.WithTimeout(ctx, t.p.firstWithin-200*time.Millisecond)
	defer cancel()
	fresh, err := t.p.accepted(within, t.desk, t.in)
	switch {
	case err != nil:
		t.p.log.ErrorContext(ctx, "discord: an interaction could not be stored", "error", err, "id", t.in.ID)
		t.tell(ctx, bot.Told(err))
	case !fresh:
		// Discord has it twice; the first one is answered. This acknowledges and
		// changes nothing.
		t.respond(ctx, t.deferral())
	}
	return err == nil && fresh
}

// accepted is Accept of a desk that may panic.
func (p *Platform) accepted(ctx context.Context, desk bot.Desk, in bot.Interaction) (fresh bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("accept: panic: %v", r)
		}
	}()
	return desk.Accept(ctx, in)
}

// handled is Handle of a desk that may panic.
func (p *Platform) handled(ctx context.Context, desk bot.Desk, in bot.Interaction) (a bot.Answer) {
	defer func() {
		if r := recover(); r != nil {
			p.log.ErrorContext(ctx, "discord: a handler broke", "panic", fmt.Sprint(r), "kind", in.Kind, "stack", string(debug.Stack()))
			v := bot.Say(bot.Told(fmt.Errorf("handle: panic: %v", r)))
			a = bot.Answer{Tell: &v}
		}
	}()
	return desk.Handle(ctx, in)
}

// deferral acknowledges that work is under way.
func (t *turn) deferral() response {
	if t.raw.private() {
		return response{Type: respondDeferUpdate}
	}
	return response{Type: respondDeferred, Data: map[string]int{"flags": flagEphemeral}}
}

// work has the desk do it and shows the answer: at once when it comes in time,
// else it is acknowledged first.
func (t *turn) work(ctx context.Context) {
	done := make(chan bot.Answer, 1)
	go func() { done <- t.p.handled(ctx, t.desk, t.in) }()
	timer := time.NewTimer(max(t.p.ackWithin-time.Since(t.start), 0))
	defer timer.Stop()
	select {
	case a := <-done:
		t.told(ctx, a, t.inTime(ctx, t.compose(a)))
	case <-timer.C:
		ok := t.respond(ctx, t.deferral())
		a := <-done // take waits for the handler, and Run for take
		t.told(ctx, a, t.late(ctx, t.compose(a), ok))
	}
}

// told lets the desk know that its words were shown; it tells them again where
// they were not.
func (t *turn) told(ctx context.Context, a bot.Answer, shown bool) {
	if w, ok := t.desk.(bot.Witness); ok && shown && a.Tell != nil {
		w.Told(ctx, t.in)
	}
}
