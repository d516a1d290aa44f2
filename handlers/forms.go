package handlers

import (
	"context"
	"strings"

	"earshot/bot"
	"earshot/bot/text"
)

// presses lists what buttons and menus do, by the name of their action.
func presses() map[string]Handler {
	return map[string]Handler{
		"claim": pressed(doClaim), "release": pressed(doRelease), "reopen": pressed(doReopen),
		"resolve": pressed(doResolve), "dismiss": pressed(doDismiss), "snooze": pressed(doSnooze),
		"escalate": pressed(doEscalate), "assign": pressed(doAssign), "merge": pressed(doMerge),
		"link": pressed(doLink), "link.this": pressLinkThis, "link.yes": pressLinkYes, "unlink": pressed(doUnlink),
		"answered": pressed(doAnswered), "show": pressShow, "inbox": runInbox,

		"reply": pressed(doReply), "reply.edit": pressEdit, "reply.send": submitSend, "reply.undo": pressUndo,
		"reply.approve": pressApprove, "reply.return": pressReturn, "reply.arrived": pressArrived, "reply.again": pressAgain,

		"more.not_negative": pressNotNegative, "more.negative": pressNegative, "more.not_us": pressNotUs, "more.wrong_topic": pressWrongTopic,
		"more.thank": pressThank, "more.private": pressPrivate, "more.ticket": pressTicket, "more.history": pressHistory,

		"spike.see": pressSpikeSee, "spike.claim": pressSpikeClaim, "spike.reply": pressSpikeReply, "spike.mute": pressSpikeMute,
		"fold.see": pressFoldSee, "delivery.again": pressDeliveryAgain, "delivery.all": pressDeliveryAll, "delivery.drop": pressDeliveryDrop,
		"digest.cases": pressDigestCases, "audit.label": pressAuditLabel, "audit.again": pressAuditAgain, "lesson.undo": pressUnlearn,
	}
}

// submits lists what forms do, by the name of their action.
func submits() map[string]Handler {
	return map[string]Handler{
		"resolve": submitResolve, "dismiss": submitDismiss, "snooze": submitSnooze, "escalate": submitEscalate,
		"assign": submitAssign, "merge": submitMerge, "link": submitLink, "answered": submitAnswered, "more.wrong_topic": submitWrongTopic,
		"reply.preview": submitPreview, "reply.send": submitSend, "reply.return": submitReturn,
		"reply.release": submitRelease, "reply.revise": submitRevise, "reply.edit": pressEdit,
		"spike.mute": submitSpikeMute,
	}
}

// value is what was filled into a field: one line, safe to show.
func (r *Request) value(field string) string { return oneLine(r.In.Values[field]) }

func actionOn(name string, c bot.Case) bot.ActionID {
	return bot.ActionID{Name: name, Target: c.ID, Version: c.Version}
}

// mayOpen reads a case for a form, and refuses at once what the form could not
// do: nobody should write a reason for nothing.
func (r *Request) mayOpen(ctx context.Context, id int64, v bot.Verb) (bot.Dossier, error) {
	d, err := r.d.Store.Dossier(ctx, id)
	if err != nil {
		return d, err
	}
	return d, d.Case.May(v, r.In.By, r.Role)
}

// introLength is how much of the customer's words a short form shows.
const introLength = 300

// intro is the customer's words above a form, cut.
func (r *Request) intro(d bot.Dossier) []bot.Block {
	return []bot.Block{
		{Kind: bot.BlockByline, Spans: []bot.Span{bot.Strong(author(d.Mention)), bot.Plain(" · " + r.d.Label(d.Mention.Source))}},
		{Kind: bot.BlockQuote, Spans: []bot.Span{bot.Plain("“" + text.CutWords(d.Mention.Said(), introLength) + "”")}},
	}
}

// choice finds what was chosen, by its value or by its label as it was typed.
func choice(options []bot.Option, typed string) (string, bool) {
	typed = strings.ToLower(strings.TrimSpace(typed))
	for _, o := range options {
		if typed != "" && (strings.ToLower(o.Value) == typed || strings.ToLower(o.Label) == typed) {
			return o.Value, true
		}
	}
	return "", false
}
