package discord

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/bwmarrin/discordgo"

	"earshot/bot"
	"earshot/bot/text"
)

// Codes of Discord's errors that mean something to us
// (docs.discord.com/developers/topics/opcodes-and-status-codes#json).
const (
	codeUnknownChannel   = 10003
	codeUnknownMessage   = 10008
	codeUnknownWebhook   = 10015
	codeTooManyOldEdits  = 30046
	codeNoDirectMessages = 50007
	codeThreadArchived   = 50083
	codeThreadExists     = 160004
)

// apiError keeps Discord's code beside the error that people see.
type apiError struct {
	code int
	err  error
}

func (e *apiError) Error() string { return e.err.Error() }
func (e *apiError) Unwrap() error { return e.err }

// codeOf is Discord's code in err's chain; 0 when there is none.
func codeOf(err error) int {
	var e *apiError
	if errors.As(err, &e) {
		return e.code
	}
	return 0
}

// failure turns what a call ended with into an Error that says what to do.
func failure(r request, t *trip, err error) error {
	var limited *discordgo.RateLimitError
	var refused *discordgo.RESTError
	var named *url.Error
	if errors.As(err, &named) {
		err = named.Err // without the address, which may hold a token
	}
	switch {
	case errors.As(err, &limited) && limited.RateLimit != nil && limited.TooManyRequests != nil:
		return &bot.Error{Kind: bot.ErrRateLimited, RetryAfter: limited.RetryAfter, Err: err,
			Msg: "Discord takes no more for the moment; it goes on by itself."}
	case errors.As(err, &refused):
		return refusal(r, refused)
	case t.status >= 500:
		return broken(r, "Discord has a fault of its own", err)
	case t.sent.Load():
		return broken(r, "The connection to Discord broke", err)
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: "Discord cannot be reached; it is tried again by itself."}
}

// broken is a failure after which it is not known what happened.
func broken(r request, what string, err error) error {
	if r.repeats {
		return &bot.Error{Kind: bot.ErrUncertain, Err: err, Msg: what + "; whether the message arrived is looked up before it is sent again."}
	}
	return &bot.Error{Kind: bot.ErrUnavailable, Err: err, Msg: what + "; it is tried again by itself."}
}

// saidOf is what Discord answered, cut, and without our token: a proxy between
// may say back what it was sent.
func saidOf(e *discordgo.RESTError) string {
	said := e.Error()
	if e.Request != nil {
		token := strings.TrimSpace(strings.TrimPrefix(e.Request.Header.Get("Authorization"), "Bot "))
		if token != "" {
			said = strings.ReplaceAll(said, token, "[redacted]")
		}
	}
	return text.Cut(said, mostSaid)
}

// mostSaid is how much of an answer is kept for the log, in graphemes.
const mostSaid = 1000

// refusal says what Discord has against a call.
func refusal(r request, e *discordgo.RESTError) error {
	code := 0
	if e.Message != nil {
		code = e.Message.Code
	}
	out := &bot.Error{Err: &apiError{code: code, err: errors.New(saidOf(e))}} // not e itself, which holds the request and its token
	where := r.about
	if where == "" {
		where = "this"
	}
	switch status := e.Response.StatusCode; {
	case status == http.StatusTooManyRequests || code == codeTooManyOldEdits:
		out.Kind, out.RetryAfter = bot.ErrRateLimited, retryAfter(e.Response)
		out.Msg = "Discord takes no more for the moment; it goes on by itself."
	case status == http.StatusUnauthorized:
		out.Kind, out.Msg = bot.ErrUnauthorized, "Discord refuses the bot's token. Make a new one in the Developer Portal under Bot, Reset Token, and put it where the configuration reads it."
	case code == codeUnknownMessage:
		out.Kind, out.Msg = bot.ErrGone, "The message in Discord is no longer there."
	case code == codeUnknownChannel:
		out.Kind, out.Channel, out.Msg = bot.ErrGone, true, "In Discord "+where+" is no longer there, or the bot was never let in."
	case code == codeNoDirectMessages:
		out.Kind, out.Msg = bot.ErrGone, "This person takes no direct messages from the bot in Discord."
	case status == http.StatusForbidden:
		out.Kind, out.Msg = bot.ErrUnauthorized, "Discord does not let the bot do that in "+where+". Give its role View Channel, Send Messages, Send Messages in Threads, Create Public Threads, Attach Files and Read Message History there."
	case status == http.StatusNotFound:
		out.Kind, out.Msg = bot.ErrGone, "Discord no longer knows "+where+"."
	default:
		out.Kind, out.Msg = bot.ErrInvalid, "Discord does not take this message as it is. It has been logged."
	}
	return out
}
