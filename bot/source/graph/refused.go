package graph

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// failure is how the Graph API refuses (…/graph-api/guides/error-handling).
type failure struct {
	Message   string `json:"message"`
	Code      int    `json:"code"`
	Subcode   int    `json:"error_subcode"`
	Transient bool   `json:"is_transient"`
	Told      string `json:"error_user_msg"`
	Trace     string `json:"fbtrace_id"`
}

// replied is the error code of a comment that has had its private reply.
const replied = 10900

// Error implements error, for the log.
func (f *failure) Error() string {
	return fmt.Sprintf("code %d, subcode %d, trace %s: %s", f.Code, f.Subcode, text.Cut(text.OneLine(f.Trace), 40), text.Cut(text.OneLine(f.Message), 300))
}

// usualWait is how long is waited where the API does not say: its limits are
// counted over an hour (…/graph-api/overview/rate-limiting).
const usualWait = 15 * time.Minute

// refused reads a refusal; nil where body holds none. Whether a request that
// changes something was done is unknown after a fault of the service's own.
func refused(body []byte, changes bool, wait time.Duration) error {
	var got struct {
		Error *failure `json:"error"`
	}
	_ = json.Unmarshal(body, &got) // what cannot be read is no refusal; the status tells the rest
	if got.Error == nil || got.Error.Code == 0 {
		return nil
	}
	f := got.Error
	e := &bot.Error{Kind: bot.ErrInvalid, Err: f}
	switch c := f.Code; {
	case c == 102 || c == 190:
		e.Kind, e.Msg = bot.ErrUnauthorized, badToken(f.Subcode)
	case c == 3 || c == 10 || c >= 200 && c <= 299:
		e.Kind, e.Msg = bot.ErrUnauthorized, "The access token may not do this. "+lacks(f.Message)
	case c == 4 || c == 17 || c == 32 || c == 341 || c == 613 || c >= 80000 && c <= 80014:
		if e.Kind, e.Msg = bot.ErrRateLimited, "Meta allows no more requests for the moment."; wait == 0 {
			wait = usualWait
		}
		e.RetryAfter = wait
	case c == 368:
		e.Kind, e.Msg, e.RetryAfter = bot.ErrRateLimited, "Meta has blocked this for a while, because it looks like abuse. Look into the page's Support Inbox.", time.Hour
	case c == 1 || c == 2 || f.Transient:
		e.Kind, e.Msg = bot.ErrUnavailable, "Meta has a fault of its own at the moment."
		if changes {
			e.Kind, e.Msg = bot.ErrUncertain, "Meta had a fault of its own; it may have been done."
		}
	case c == 12:
		e.Msg = "This version of the Graph API has not got this any more. Set api_version to " + Version + ", or leave it out."
	case c == 803 || c == 100 && f.Subcode == 33:
		e.Kind, e.Msg = bot.ErrGone, "Meta has nothing by this id any more, or the access token may not see it."
	case c == replied:
		e.Msg = "This comment has had its private reply: Meta allows one. Answer in public."
	case c == 551 || c == 10901 || c == 10903:
		e.Msg = "This person cannot be written to in private. Answer in public."
	default:
		e.Msg = "Meta refuses it: " + text.Cut(text.OneLine(reason(f)), 300)
	}
	return e
}

// reason is what the service says, without its number in front.
func reason(f *failure) string {
	if f.Told != "" {
		return f.Told
	}
	return regexp.MustCompile(`^\(#[0-9]+\) `).ReplaceAllString(f.Message, "")
}

// badToken says what is wrong with a token, by its subcode.
func badToken(subcode int) string {
	why := "is not valid"
	switch subcode {
	case 458:
		why = "is not valid any more: the app was removed from the account"
	case 459, 464:
		why = "is held back until its owner logs in to Facebook and confirms who they are"
	case 460:
		why = "is not valid any more: its owner's password was changed"
	case 463, 467:
		why = "has expired or was revoked"
	}
	return "The access token " + why + ". Make a new long-lived one, as earshot kinds says, and put it into the environment."
}

// lacks names the permission that a message speaks of.
func lacks(message string) string {
	named := regexp.MustCompile(`\b(?:pages|instagram|business|public)_[a-z_]+\b`).FindAllString(message, 4)
	if len(named) == 0 {
		return "Give it the permissions that earshot kinds lists, and make sure that its owner may moderate the page."
	}
	return "Give the app the permission " + strings.Join(named, " or ") + ", and make a new token that has it."
}

// usage is a part of what the API tells of its limits, in percent.
type usage struct {
	Calls float64 `json:"call_count"`
	CPU   float64 `json:"total_cputime"`
	Time  float64 `json:"total_time"`
	Wait  float64 `json:"estimated_time_to_regain_access"` // minutes
}

// near is the percentage of a limit at which reading stops, and cool for how
// long. Both are ours.
const (
	near = 80
	cool = 10 * time.Minute
)

// heed reads what an answer tells of the limits, and gives how long the API
// asks us to wait (…/graph-api/overview/rate-limiting).
func (c *Client) heed(h http.Header) time.Duration {
	var app usage
	var business map[string][]usage
	_ = json.Unmarshal([]byte(h.Get("X-App-Usage")), &app) // what is not told bounds nothing
	_ = json.Unmarshal([]byte(h.Get("X-Business-Use-Case-Usage")), &business)
	all := []usage{app}
	for _, b := range business {
		all = append(all, b...)
	}
	var most, wait float64
	for _, u := range all {
		most, wait = math.Max(most, math.Max(u.Calls, math.Max(u.CPU, u.Time))), math.Max(wait, u.Wait)
	}
	asked := time.Duration(math.Min(wait, 24*60) * float64(time.Minute))
	if most < near && asked == 0 {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if until := c.now().Add(max(asked, cool)); until.After(c.until) {
		c.until = until
	}
	return asked
}

// May tells whether the limits allow for reading on. Answers are sent in any
// case.
func (c *Client) May() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.now().Before(c.until)
}
