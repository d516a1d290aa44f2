package card

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// act is a button that does name to the case as it was drawn.
func act(label, name string, c bot.Case, style bot.ButtonStyle) bot.Button {
	return bot.Button{Label: label, Style: style, Action: bot.ActionID{Name: name, Target: c.ID, Version: c.Version}}
}

// on is a button that does name to the case's latest reply.
func on(label, name string, r bot.Reply, style bot.ButtonStyle) bot.Button {
	return bot.Button{Label: label, Style: style, Action: bot.ActionID{Name: name, Target: r.ID}}
}

// buttons gives the acts that fit the state, one of them the main one.
func buttons(d bot.Dossier) []bot.Button {
	c := d.Case
	if waits := replyButtons(d.Reply); len(waits) > 0 {
		if d.Reply.State == bot.ReplyAwaiting {
			waits = append(waits, act("Escalate", "escalate", c, bot.ButtonPlain))
		}
		return waits
	}
	reply, claim, resolve := bot.ButtonPlain, bot.ButtonPlain, bot.ButtonPlain
	switch c.State {
	case bot.Open:
		claim = bot.ButtonMain
	case bot.Claimed:
		reply = bot.ButtonMain
	case bot.Answered:
		resolve = bot.ButtonMain
	}
	var all []bot.Button
	if c.State == bot.Open {
		all = append(all, act("Claim", "claim", c, claim))
	}
	if c.State == bot.Answered {
		all = append(all, act("Resolve", "resolve", c, resolve))
	}
	all = append(all, act("Reply", "reply", c, reply), act("Escalate", "escalate", c, bot.ButtonPlain),
		act("Snooze", "snooze", c, bot.ButtonPlain))
	if c.State == bot.Claimed {
		return append(all, act("Resolve", "resolve", c, bot.ButtonPlain))
	}
	return append(all, act("Dismiss", "dismiss", c, bot.ButtonPlain))
}

// replyButtons are the acts that a reply waits for; none where it waits for
// nobody.
func replyButtons(r bot.Reply) []bot.Button {
	switch r.State {
	case bot.ReplyAwaiting:
		return []bot.Button{
			on("Approve", "reply.approve", r, bot.ButtonMain), on("Edit", "reply.edit", r, bot.ButtonPlain),
			on("Send back", "reply.return", r, bot.ButtonPlain),
		}
	case bot.ReplyQueued:
		return []bot.Button{on("Undo", "reply.undo", r, bot.ButtonMain)}
	case bot.ReplyParked:
		return []bot.Button{
			on("It arrived", "reply.arrived", r, bot.ButtonPlain), on("Send again", "reply.again", r, bot.ButtonPlain),
		}
	}
	return nil
}

// more holds what is needed now and then.
func more(d bot.Dossier, tickets bool) bot.Menu {
	c := d.Case
	m := bot.Menu{Label: "More"}
	add := func(label, name string) { m.Options = append(m.Options, act(label, name, c, bot.ButtonPlain)) }
	if c.Owner.Known() && c.State != bot.Open {
		add("Release", "release")
	}
	if c.State == bot.Open || c.State == bot.Answered {
		add("Assign to somebody", "assign")
	}
	if c.State == bot.Claimed {
		add("Dismiss", "dismiss")
		add("Assign to somebody", "assign")
	}
	add("Mark as answered", "answered")
	if seen := d.Verdict.For(c.Watch); seen.Flagged || seen.Label == bot.Negative || seen.Label == bot.Mixed {
		add("Not negative", "more.not_negative")
	} else {
		add("This is negative", "more.negative")
	}
	add("Not about us", "more.not_us")
	add("Wrong topic", "more.wrong_topic")
	add("Thank this person", "more.thank")
	add("Make private", "more.private")
	if tickets {
		add("Open a ticket", "more.ticket")
	}
	if d.Speaker.Customer.ID > 0 {
		add("Unlink the customer", "unlink")
	} else if c.AuthorID > 0 {
		add("Link to a customer", "link")
	}
	add("Merge into another case", "merge")
	add("Show history", "more.history")
	return m
}

// state is the last line: the case, who has it, since when, what is due.
func state(d bot.Dossier, o Options) []bot.Span {
	c := d.Case
	spans := []bot.Span{{Text: fmt.Sprintf("Case %d", c.ID), URL: o.Permalink}}
	if o.Permalink != "" {
		spans[0].Kind = bot.SpanLink
	}
	spans = append(spans, bot.Plain(" · "))
	spans = append(spans, stateWords(d, o)...)
	if words := aftermath(d); words != "" {
		spans = append(spans, bot.Plain(" · "+words))
	}
	if o.Delayed > time.Minute {
		spans = append(spans, bot.Plain(" · shown "+Span(o.Delayed)+" late: the channel could not take it sooner"))
	}
	return spans
}

func stateWords(d bot.Dossier, o Options) []bot.Span {
	c := d.Case
	switch c.State {
	case bot.Resolved:
		return append([]bot.Span{bot.Plain(because("Resolved", short(c.RootCause), short(c.Action)))}, looseEnd(d)...)
	case bot.Dismissed:
		if c.MergedInto > 0 {
			return append([]bot.Span{bot.Plain(fmt.Sprintf("Merged into case %d", c.MergedInto))}, looseEnd(d)...)
		}
		return append([]bot.Span{bot.Plain(because("Dismissed", bot.DismissWords(c.DismissReason)))}, looseEnd(d)...)
	}
	if c.EditedSince && d.Reply.State != bot.ReplyOutdated {
		return append([]bot.Span{bot.Strong("The author edited the post: look again"), bot.Plain(" · ")}, holder(c, o)...)
	}
	if words := replyWords(d); words != nil {
		return words
	}
	if c.Snoozed(o.Now) {
		return append([]bot.Span{bot.Plain("Snoozed until ")}, day(c.SnoozedUntil, o))
	}
	if c.State == bot.Answered {
		how := "in private"
		if c.AnswerPublic {
			how = "in public"
		}
		return []bot.Span{bot.Plain("Answered in " + Span(c.AnsweredAt.Sub(c.OpenedAt)) + ", " + how + ", by "), bot.Who(c.AnsweredBy)}
	}
	return append(holder(c, o), due(c, o)...)
}

// loose tells whether a reply still needs somebody though its case is done. One
// that did not go out before its case was dismissed is held back.
func loose(d bot.Dossier) bool {
	switch d.Reply.State {
	case bot.ReplyParked, bot.ReplyFailed, bot.ReplyCameBack:
		return true
	case bot.ReplyAwaiting, bot.ReplyQueued:
		return d.Case.State == bot.Resolved
	}
	return false
}

// looseEnd says what it needs, and looseButtons are the acts for that.
func looseEnd(d bot.Dossier) []bot.Span {
	if !loose(d) {
		return nil
	}
	return append([]bot.Span{bot.Plain(" · ")}, replyWords(d)...)
}

func looseButtons(d bot.Dossier) []bot.Button {
	if !loose(d) {
		return nil
	}
	return replyButtons(d.Reply)
}

// holder is who has a case and since when, and whom it went to.
func holder(c bot.Case, o Options) []bot.Span {
	if !c.Owner.Known() {
		return []bot.Span{bot.Plain("nobody has it" + escalated(c))}
	}
	spans := []bot.Span{bot.Who(c.Owner), bot.Plain(" has it")}
	if !c.ClaimedAt.IsZero() {
		spans = append(spans, bot.Plain(" since "), moment(c.ClaimedAt, o))
	}
	if went := escalated(c); went != "" {
		spans = append(spans, bot.Plain(went))
	}
	return spans
}

// because is a verb with its reasons, those that were given.
func because(verb string, reasons ...string) string {
	if given := strings.Join(slices.DeleteFunc(reasons, func(s string) bool { return s == "" }), ", "); given != "" {
		return verb + ": " + given
	}
	return verb
}

// escalated says whom the case went to; why is in the thread.
func escalated(c bot.Case) string {
	if c.EscalatedAt.IsZero() || c.EscalatedTo == "" {
		return ""
	}
	return " · escalated to " + short(c.EscalatedTo)
}

// replyWords is the line while a reply is on its way; nil when none is.
func replyWords(d bot.Dossier) []bot.Span {
	r := d.Reply
	switch r.State {
	case bot.ReplyQueued:
		return []bot.Span{bot.Plain("Reply queued · goes out "), bot.At(r.SendAt, bot.TimeRelative)}
	case bot.ReplySending:
		return []bot.Span{bot.Plain("Reply is being sent")}
	case bot.ReplyAwaiting:
		return []bot.Span{bot.Plain("A reply by "), bot.Who(r.By), bot.Plain(" is waiting for an approver")}
	case bot.ReplyReturned:
		return []bot.Span{bot.Plain("The reply went back to "), bot.Who(r.By), bot.Plain(": " + short(r.Note))}
	case bot.ReplyFailed:
		return []bot.Span{bot.Strong("The reply did not go out: "), bot.Plain(short(r.Error) + " The text is kept.")}
	case bot.ReplyCameBack:
		return []bot.Span{bot.Strong("The reply came back: "), bot.Plain(short(r.Error) + " The text is kept: reply another way.")}
	case bot.ReplyParked:
		return []bot.Span{bot.Strong("Nobody can tell whether the reply arrived. "), bot.Plain("Look at the post, then choose.")}
	case bot.ReplyOutdated:
		return []bot.Span{bot.Strong("The author edited the post after this reply was written: look again")}
	}
	return nil
}

// due says when the first answer is due; nothing when there is no SLA.
func due(c bot.Case, o Options) []bot.Span {
	switch {
	case c.DueAt.IsZero() || !c.AnsweredAt.IsZero():
		return nil
	case !c.DueAt.After(o.Now): // it is drawn in the instant that it falls due
		return []bot.Span{bot.Plain(" · "), bot.Strong("first answer was due "), bot.At(c.DueAt, bot.TimeRelative)}
	}
	return []bot.Span{bot.Plain(" · first answer due "), bot.At(c.DueAt, bot.TimeRelative)}
}

func day(t time.Time, o Options) bot.Span {
	s := bot.At(t, bot.TimeDay)
	s.Text = t.In(o.zone()).Format("Mon 2 Jan 15:04")
	return s
}

// moment is a time of today by the clock, an earlier one by its day.
func moment(t time.Time, o Options) bot.Span {
	style := bot.TimeClock
	if o.Now.Sub(t) > dayLong {
		style = bot.TimeDay
	}
	s := bot.At(t, style)
	s.Text = clock(t, o)
	return s
}

// dayLong is how long ago a time must be to be told with its day.
const dayLong = 20 * time.Hour

func clock(t time.Time, o Options) string {
	local := t.In(o.zone())
	if o.Now.Sub(t) > dayLong {
		return local.Format("Mon 2 Jan 15:04")
	}
	return local.Format("15:04")
}

func short(s string) string { return text.CutWords(text.OneLine(s), 120) }

// Span is a duration as people say it: "9 min", "2 h 10 min", "3 days". From
// ten hours on minutes say nothing any more.
func Span(d time.Duration) string {
	switch d = max(d, 0); {
	case d < time.Second:
		return "a second"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		if m := int(d.Minutes()) % 60; m > 0 && d < 10*time.Hour {
			return fmt.Sprintf("%d h %d min", int(d.Hours()), m)
		}
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}
