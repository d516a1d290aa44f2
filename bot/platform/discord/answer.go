package discord

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"earshot/bot"
)

// outcome is an answer as Discord can show it: a modal, a message, or nothing.
type outcome struct {
	modal *modal
	form  bot.Form // of the modal
	m     *message
}

// compose decides how an answer is shown. Discord opens a modal only as the
// first answer to a command or a press, never to another modal: everything
// else is a message that only the person sees.
func (t *turn) compose(a bot.Answer) outcome {
	by := t.in.By.ID
	switch {
	case len(a.Errors) > 0:
		m := t.wrong(a)
		return outcome{m: &m}
	case a.Form != nil && len(a.Form.Fields) == 0:
		m := preview(*a.Form)
		return outcome{m: &m}
	case a.Form != nil && (t.raw.Type == didComponent || t.raw.Type == didCommand):
		m := openModal(*a.Form)
		t.p.forms.opened(by, *a.Form)
		return outcome{modal: &m, form: *a.Form}
	case a.Form != nil:
		m := t.later(*a.Form, "Discord opens one form at a time.")
		return outcome{m: &m}
	case a.Tell != nil:
		m := draw(*a.Tell, drawing{})
		return outcome{m: &m}
	}
	return outcome{}
}

// later offers a form that cannot be opened now by a button.
func (t *turn) later(f bot.Form, why string) message {
	t.p.forms.opened(t.in.By.ID, f)
	v := formView(f)
	v.Blocks = append(v.Blocks, bot.Line(bot.Plain(why)))
	return reopen(v, t.p.forms.put(t.in.By.ID, f), "Open the form")
}

// wrong says what is wrong with what was sent, shows what was typed, and
// offers the form again with it.
func (t *turn) wrong(a bot.Answer) message {
	form, ok := t.p.forms.lastOpened(t.in.By.ID, t.in.Action)
	if a.Form != nil {
		form, ok = *a.Form, true
	}
	v := bot.View{Notice: "Something is not right yet", Accent: bot.AccentNegative}
	fixed := withErrors(form, t.in.Values, a.Errors)
	v.Blocks = append(v.Blocks, fixed.Intro[:len(fixed.Intro)-len(form.Intro)]...)
	for _, name := range longest(t.in.Values) {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain("What you wrote:")), bot.Block{Kind: bot.BlockCode, Text: t.in.Values[name]})
	}
	if !ok {
		v.Blocks = append(v.Blocks, bot.Line(bot.Plain("The form is no longer kept, because Earshot was restarted. Open it again from the card and copy your text from here.")))
		return draw(v, drawing{})
	}
	return reopen(v, t.p.forms.put(t.in.By.ID, fixed), "Open the form again")
}

// longest names the field with the longest text, if it is worth keeping.
func longest(values map[string]string) []string {
	best := ""
	for name, v := range values {
		if len(v) > len(values[best]) || len(v) == len(values[best]) && name < best {
			best = name
		}
	}
	if len(strings.TrimSpace(values[best])) < 2 {
		return nil
	}
	return []string{best}
}

// inTime shows an outcome as the first answer.
func (t *turn) inTime(ctx context.Context, o outcome) (shown bool) {
	switch {
	case o.modal != nil:
		return t.respond(ctx, response{Type: respondModal, Data: *o.modal})
	case o.m != nil && len(o.m.files) > 0:
		ok := t.respond(ctx, t.deferral()) // files are sent to the message that this makes
		return t.late(ctx, o, ok)
	case o.m != nil:
		return t.show(ctx, *o.m)
	case t.raw.Type == didCommand || t.raw.private() || t.raw.Message == nil:
		return t.show(ctx, draw(bot.Say("Done."), drawing{}))
	}
	return t.respond(ctx, response{Type: respondDeferUpdate}) // the card that changes is answer enough
}

// late shows an outcome after the interaction was acknowledged. Where that
// did not work, the person is told in another way.
func (t *turn) late(ctx context.Context, o outcome, acknowledged bool) (shown bool) {
	if o.modal != nil {
		m := t.later(o.form, "That took longer than Discord waits to open a form.")
		o.m = &m
	}
	var err error
	switch {
	case !acknowledged && o.m != nil:
		err = t.p.tell(ctx, t.in, *o.m)
	case !acknowledged:
	case o.m != nil:
		err = t.edit(ctx, *o.m)
	case t.raw.private() || t.raw.Type == didCommand:
		err = t.edit(ctx, draw(bot.Say("Done."), drawing{}))
	default:
		err = t.original(ctx, http.MethodDelete, nil, nil)
	}
	if err != nil {
		t.p.log.WarnContext(ctx, "discord: an answer could not be shown", "error", err, "after", time.Since(t.start))
	}
	return err == nil
}

// edit puts m in the place of the acknowledgement; as a message of its own
// where that is no longer there.
func (t *turn) edit(ctx context.Context, m message) error {
	m.Flags = flagComponents
	err := t.original(ctx, http.MethodPatch, m, m.files)
	if err != nil && slices.Contains([]bot.ErrorKind{bot.ErrGone, bot.ErrUnauthorized}, bot.KindOf(err)) {
		return t.p.tell(ctx, t.in, m)
	}
	return err
}

// original calls on the first answer. In the HTTP mode Discord may not have
// read that yet, so it is asked again for a moment.
func (t *turn) original(ctx context.Context, method string, body any, files []file) error {
	r := request{method: method, path: "/webhooks/" + t.raw.AppID + "/" + t.raw.Token + "/messages/@original",
		bucket: bucketOf(t.raw.Token), body: body, files: files, about: "this interaction"}
	err := t.p.api.call(ctx, r, nil)
	for range 4 {
		if code := codeOf(err); code != codeUnknownWebhook && code != codeUnknownMessage || ctx.Err() != nil {
			return err
		}
		pause(ctx, 250*time.Millisecond)
		err = t.p.api.call(ctx, r, nil)
	}
	return err
}
