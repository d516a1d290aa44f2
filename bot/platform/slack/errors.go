package slack

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"

	"github.com/slack-go/slack"

	"earshot/bot"
)

// call is one call of the Web API: it waits its turn, knows whether anything
// was sent, and turns what went wrong into an Error.
type call struct {
	p      *Platform
	ctx    context.Context
	method string
	pace   string // what the rate is counted by: the method, or method and channel
	where  string // channel, as people know it
	sent   atomic.Bool
}

// call begins a call; its second result is the context to make it with.
func (p *Platform) call(ctx context.Context, method string) (*call, context.Context) {
	c := &call{p: p, ctx: ctx, method: method, pace: method}
	return c, httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { c.sent.Store(true) }})
}

// in names the channel of the call and counts its rate by it.
func (c *call) in(channel string) *call {
	c.pace, c.where = c.method+" "+channel, channel
	return c
}

// wait waits for the call's turn.
func (c *call) wait(t tier) error { return c.p.pace.wait(c.ctx, c.pace, t) }

// write is the Error of a call that does something once: what was sent without
// an answer may have happened.
func (c *call) write(err error) error { return c.fail(err, bot.ErrUncertain) }

// read is the Error of a call that may be repeated.
func (c *call) read(err error) error { return c.fail(err, bot.ErrUnavailable) }

func (c *call) fail(err error, unsure bot.ErrorKind) error {
	if err == nil {
		return nil
	}
	log := fmt.Errorf("%s: %w", c.method, bare(err))
	var limited *slack.RateLimitedError
	if errors.As(err, &limited) {
		c.p.pace.waits.Told(c.ctx, c.pace, limited.RetryAfter)
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slack asks us to wait. It goes out as soon as it may.", RetryAfter: limited.RetryAfter, Err: log}
	}
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		e := c.refused(answer, unsure)
		e.Err = log
		return e
	}
	var status slack.StatusCodeError
	if errors.As(err, &status) && status.Code >= 400 && status.Code < 500 {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: fmt.Sprintf("Slack's address answers with %d. Check slack.api_url, and any proxy between.", status.Code), Err: log}
	}
	if !c.sent.Load() {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: "Slack cannot be reached; nothing was sent. It is tried again by itself.", Err: log}
	}
	if unsure == bot.ErrUncertain {
		return &bot.Error{Kind: unsure, Msg: "Slack did not answer, so it may or may not be there. Earshot looks before it sends again.", Err: log}
	}
	return &bot.Error{Kind: unsure, Msg: "Slack did not answer. It is tried again by itself.", Err: log}
}

// bare is err without the address that was called: a response_url is a secret.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refused sorts Slack's own error codes
// (docs.slack.dev/reference/methods/chat.postMessage#errors and its siblings).
func (c *call) refused(a slack.SlackErrorResponse, unsure bot.ErrorKind) *bot.Error {
	where := orElse(c.where, "the channel")
	switch a.Err {
	case "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "org_login_required":
		return bot.Errorf(bot.ErrUnauthorized, "Slack no longer accepts our token. Install the app again under “OAuth & Permissions” and put the new token where slack.bot_token takes it from.")
	case "missing_scope", "no_permission", "not_allowed_token_type", "ekm_access_denied", "restricted_action", "access_denied":
		if a.Needed != "" {
			return bot.Errorf(bot.ErrUnauthorized, "Slack does not let us do that: the app lacks the permission %s. Add it under “OAuth & Permissions” and install the app again.", a.Needed)
		}
		return bot.Errorf(bot.ErrUnauthorized, "Slack does not let us do that in %s. Ask a workspace admin whether apps may post there.", where)
	case "channel_not_found":
		c.p.book.forget(c.where)
		return noChannel("Slack knows no channel %s, or it is private and we are not in it. Invite us there with /invite, or change the route.", where)
	case "not_in_channel":
		return noChannel("We are not in %s. Open it in Slack and type /invite @Earshot.", where)
	case "is_archived":
		c.p.book.forget(c.where)
		return noChannel("The channel %s is archived. Unarchive it, or send the route somewhere else.", where)
	case "message_not_found", "thread_not_found", "cant_update_message", "edit_window_closed":
		return bot.Errorf(bot.ErrGone, "The message is no longer there, or no longer ours to change.")
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: "Slack asks us to wait. It goes out as soon as it may."}
	case "internal_error", "fatal_error":
		return bot.Errorf(unsure, "Slack had a fault of its own, so it may or may not be there. Earshot looks before it sends again.")
	case "service_unavailable", "team_added_to_org", "request_timeout":
		return bot.Errorf(bot.ErrUnavailable, "Slack is not available at the moment. It is tried again by itself.")
	}
	return bot.Errorf(bot.ErrInvalid, "Slack refuses this message. It is in the log with Slack's reason.")
}

// noChannel is the Error of a channel that cannot be reached.
func noChannel(format string, args ...any) *bot.Error {
	e := bot.Errorf(bot.ErrGone, format, args...)
	e.Channel = true
	return e
}

// refusal is Slack's own code in err, "" where there is none.
func refusal(err error) string {
	var answer slack.SlackErrorResponse
	if errors.As(err, &answer) {
		return answer.Err
	}
	return ""
}
