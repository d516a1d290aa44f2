package handlers

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/card"
	"earshot/bot/text"
)

func (r *Request) now() time.Time { return r.d.Now().UTC() }

// caseID takes a case off the front of what was typed ("1042", "#1042", "case
// 1042"); in a case's thread it may be left out.
func (r *Request) caseID(ctx context.Context) (id int64, rest string, err error) {
	fields := strings.Fields(r.Args)
	if len(fields) > 1 && strings.EqualFold(fields[0], "case") {
		fields = fields[1:]
	}
	if len(fields) > 0 {
		if n, err := strconv.ParseInt(strings.TrimPrefix(fields[0], "#"), 10, 64); err == nil && n > 0 {
			return n, strings.Join(fields[1:], " "), nil
		}
	}
	if id := r.threadCase(ctx); id > 0 {
		return id, strings.Join(fields, " "), nil
	}
	if len(fields) > 0 {
		return 0, "", bot.Errorf(bot.ErrInvalid, "%q is not the number of a case. Write it as 1042; /voc inbox lists them.", text.Cut(fields[0], 30))
	}
	return 0, "", bot.Errorf(bot.ErrInvalid, "Which case? Add its number, as in 1042, or write this in its thread. /voc inbox lists them.")
}

// threadCase is the case whose card or thread the request came from; 0 when
// there is none.
func (r *Request) threadCase(ctx context.Context) int64 {
	if r.In.Message.IsZero() {
		return 0
	}
	post, err := r.d.Store.PostAt(ctx, r.In.Platform, r.In.Message)
	if err != nil || post.Kind != bot.DeliverCard {
		return 0
	}
	return post.Target
}

// caseAtHand is the case that a request is about, for an answer to an error.
func (r *Request) caseAtHand(ctx context.Context) int64 {
	switch name := r.In.Action.Name; {
	case r.In.Kind == bot.DidCommand || r.In.Kind == bot.DidMention:
		id, _, err := r.caseID(ctx)
		if err != nil {
			return 0
		}
		return id
	case strings.HasPrefix(name, "spike."), strings.HasPrefix(name, "fold."), strings.HasPrefix(name, "delivery."), strings.HasPrefix(name, "digest."), strings.HasPrefix(name, "audit."):
		return 0
	case strings.HasPrefix(name, "lesson."):
		l, err := r.d.Store.Lesson(ctx, r.In.Action.Target)
		if err != nil {
			return 0
		}
		return l.CaseID
	case onReply(name):
		rep, err := r.d.Store.Reply(ctx, r.In.Action.Target)
		if err != nil {
			return 0
		}
		return rep.CaseID
	}
	return r.In.Action.Target
}

// onReply tells which actions have a reply for their target.
func onReply(name string) bool {
	switch name {
	case "reply.send", "reply.edit", "reply.undo", "reply.approve", "reply.return", "reply.arrived", "reply.again", "reply.release", "reply.revise":
		return true
	}
	return false
}

// onCard tells whether the request came from the case's card itself, where the
// changed card is answer enough.
func (r *Request) onCard(ctx context.Context, caseID int64) bool {
	return r.In.Kind == bot.DidPress && r.threadCase(ctx) == caseID
}

// done answers an act: nothing where the card shows it, else a sentence with
// the next useful thing.
func (r *Request) done(ctx context.Context, caseID int64, said string, next ...bot.Button) (bot.Answer, error) {
	if r.onCard(ctx, caseID) {
		return bot.Answer{}, nil
	}
	v := bot.Say(said)
	if len(next) > 0 {
		v.Blocks = append(v.Blocks, actions(next...))
	}
	return bot.Answer{Tell: &v}, nil
}

// open answers with a form, or, where none can be opened, with a button that
// opens it: a message in a thread cannot.
func (r *Request) open(f bot.Form, label, action string, target int64) (bot.Answer, error) {
	if r.In.Kind != bot.DidMention {
		return bot.Answer{Form: &f}, nil
	}
	v := bot.Say("This needs a few words from you.")
	b := button(label, action, target)
	b.Style = bot.ButtonMain
	v.Blocks = append(v.Blocks, actions(b))
	return bot.Answer{Tell: &v}, nil
}

// options are what cards are drawn with in a private answer.
func (r *Request) options(c bot.Case) card.Options {
	o := card.Options{Now: r.now(), Zone: r.d.Act.Zone(c), Label: r.d.Label, Tickets: r.d.Act.Tickets()}
	if r.d.Link != nil {
		o.Permalink = r.d.Link(c.ID)
	}
	return o
}

func told(v bot.View) (bot.Answer, error) { return bot.Answer{Tell: &v}, nil }

func say(format string, args ...any) (bot.Answer, error) {
	return told(bot.Say(fmt.Sprintf(format, args...)))
}

// empty is an answer without results: what is missing, and what would fill it.
func empty(what, fill string) (bot.Answer, error) {
	return told(bot.View{Notice: what, Blocks: []bot.Block{bot.Line(bot.Plain(what)), hint("%s", fill)}})
}

// hint is the last line of an answer: what to do next.
func hint(format string, args ...any) bot.Block {
	return bot.Block{Kind: bot.BlockState, Spans: []bot.Span{bot.Plain(fmt.Sprintf(format, args...))}}
}

func button(label, action string, target int64) bot.Button {
	return bot.Button{Label: label, Action: bot.ActionID{Name: action, Target: target}}
}

func actions(buttons ...bot.Button) bot.Block {
	return bot.Block{Kind: bot.BlockActions, Buttons: buttons}
}

// Lengths of a mention in a list, in graphemes.
const (
	nameLength  = 30
	quoteLength = 70
	labelLength = 60
)

func author(m bot.Mention) string { return text.Cut(text.OneLine(m.Author.Label()), nameLength) }

func quote(m bot.Mention, n int) string {
	if s := text.CutWords(text.OneLine(m.Said()), n); s != "" {
		return "“" + s + "”"
	}
	return "(no words)"
}

// caseRow is one line of a list of cases.
func (r *Request) caseRow(d bot.Dossier) bot.Row {
	spans := []bot.Span{bot.Strong(author(d.Mention)), bot.Plain(" · " + r.d.Label(d.Mention.Source) + " · " + quote(d.Mention, quoteLength) + " · ")}
	return bot.Row{Label: fmt.Sprintf("Case %d", d.Case.ID), Spans: append(spans, r.standing(d)...)}
}

// standing is how a case stands, in three words.
func (r *Request) standing(d bot.Dossier) []bot.Span {
	c := d.Case
	switch {
	case c.State.Done():
		return []bot.Span{bot.Plain(string(c.State))}
	case d.Reply.State == bot.ReplyAwaiting:
		return []bot.Span{bot.Plain("a reply waits for approval")}
	case c.Snoozed(r.now()):
		return []bot.Span{bot.Plain("snoozed until "), bot.At(c.SnoozedUntil, bot.TimeDay)}
	case c.State == bot.Answered:
		return []bot.Span{bot.Plain("answered")}
	}
	spans := []bot.Span{bot.Plain("nobody has it")}
	if c.Owner.Known() {
		spans = []bot.Span{bot.Who(c.Owner), bot.Plain(" has it")}
	}
	if c.Urgency >= bot.UrgencyHigh {
		spans = append(spans, bot.Plain(" · "), bot.Strong(c.Urgency.String()))
	}
	if !c.DueAt.IsZero() && c.AnsweredAt.IsZero() {
		spans = append(spans, bot.Plain(" · due "), bot.At(c.DueAt, bot.TimeRelative))
	}
	return spans
}

// dossiers reads cases for a list; what was forgotten meanwhile is left out.
func (r *Request) dossiers(ctx context.Context, cases []bot.Case) ([]bot.Dossier, error) {
	all := make([]bot.Dossier, 0, len(cases))
	for _, c := range cases {
		d, err := r.d.Store.Dossier(ctx, c.ID)
		if bot.KindOf(err) == bot.ErrNotFound {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// caseList is a list of cases with a menu to open each.
func (r *Request) caseList(heading string, all []bot.Dossier) []bot.Block {
	if len(all) == 0 {
		return nil
	}
	rows := make([]bot.Row, len(all))
	menu := bot.Menu{Label: "Open a case"}
	for i, d := range all {
		rows[i] = r.caseRow(d)
		menu.Options = append(menu.Options, button(text.Cut(fmt.Sprintf("%d · %s: %s", d.Case.ID, author(d.Mention), quote(d.Mention, 40)), labelLength), "show", d.Case.ID))
	}
	return []bot.Block{
		bot.Line(bot.Strong(heading)),
		{Kind: bot.BlockRows, Rows: rows},
		{Kind: bot.BlockActions, Menus: []bot.Menu{menu}},
	}
}

// completeCases offers cases with a label: those the person has, then those
// that nobody has.
func completeCases(states ...bot.CaseState) func(context.Context, *Request) []bot.Option {
	if len(states) == 0 {
		states = []bot.CaseState{bot.Open, bot.Claimed, bot.Answered}
	}
	return func(ctx context.Context, r *Request) []bot.Option {
		typed := strings.TrimPrefix(strings.TrimSpace(r.Args), "#")
		if strings.ContainsAny(typed, " \t") {
			return nil
		}
		cases, err := r.d.Store.Cases(ctx, bot.CaseFilter{States: states, Limit: 100})
		if err != nil {
			r.d.Log.WarnContext(ctx, "cases could not be offered", "error", err)
			return nil
		}
		var mine, others []bot.Option
		for _, c := range cases {
			id := strconv.FormatInt(c.ID, 10)
			if !strings.HasPrefix(id, typed) || len(mine)+len(others) >= completeMost {
				continue
			}
			d, err := r.d.Store.Dossier(ctx, c.ID)
			if err != nil {
				continue
			}
			o := bot.Option{Value: id, Label: text.Cut(fmt.Sprintf("%s · %s: %s", id, author(d.Mention), quote(d.Mention, 50)), 90)}
			if c.Owner.Key() == r.In.By.Key() {
				mine = append(mine, o)
			} else {
				others = append(others, o)
			}
		}
		return append(mine, others...)
	}
}

// then offers completions of what follows the number of a case.
func then(options ...bot.Option) func(context.Context, *Request) []bot.Option {
	first := completeCases()
	return func(ctx context.Context, r *Request) []bot.Option {
		id, typed, more := strings.Cut(strings.TrimLeft(r.Args, " "), " ")
		if !more {
			return first(ctx, r)
		}
		var out []bot.Option
		for _, o := range options {
			if strings.HasPrefix(strings.ToLower(o.Value), strings.ToLower(typed)) {
				out = append(out, bot.Option{Value: id + " " + o.Value, Label: o.Label})
			}
		}
		return out
	}
}
