package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// session is what a log-in gives (com.atproto.server.createSession). Log-ins
// are bounded to 300 a day, so it is kept and renewed.
type session struct {
	Access  string `json:"accessJwt"`
	Refresh string `json:"refreshJwt"`
	Handle  string `json:"handle"`
	DID     string `json:"did"`
	Active  *bool  `json:"active"`
	Status  string `json:"status"`
}

// pause is how long wrong credentials are not tried again: an account may log
// in 30 times in 5 minutes and 300 times a day.
const pause = 5 * time.Minute

// refusal is an error as the service names it (atproto.com/specs/xrpc).
type refusal struct {
	Name    string `json:"error"`
	Message string `json:"message"`
}

func (r *refusal) Error() string { return r.Name + ": " + r.Message }

// nameOf is the service's name of an error; empty where it gave none.
func nameOf(err error) string {
	var r *refusal
	if errors.As(err, &r) {
		return r.Name
	}
	return ""
}

// put is the method that changes something.
const put = "com.atproto.repo.putRecord"

// call is one request to a method of the service.
type call struct {
	method string // "app.bsky.feed.getPosts"
	query  url.Values
	post   bool // a procedure, with or without a body
	body   any
	token  string
}

// ask makes one request of base and decodes its answer.
func (s *Source) ask(ctx context.Context, base *url.URL, c call, into any) error {
	verb := http.MethodGet
	if c.post || c.body != nil {
		verb = http.MethodPost
	}
	req, err := httpx.Request(ctx, verb, base, "xrpc/"+c.method, c.query)
	if err != nil {
		return err
	}
	if c.body != nil {
		raw, err := json.Marshal(c.body)
		if err != nil {
			return fmt.Errorf("write the request %s: %w", c.method, err)
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	if all, err := strconv.Atoi(resp.Header.Get("RateLimit-Limit")); err == nil && all >= 10*spare { // log-ins have a small one of their own
		s.left.Note(resp.Header, s.now())
	}
	if err := httpx.Status(resp); err != nil {
		return named(resp, err)
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		kind := bot.ErrUnavailable
		if c.method == put {
			kind = bot.ErrUncertain
		}
		return &bot.Error{Kind: kind, Msg: base.Hostname() + " answers in another form than its interface promises.", Err: err}
	}
	return nil
}

// named adds the service's own name of the error, and mends the kind where the
// name says more than the status.
func named(resp *http.Response, err error) error {
	raw, readErr := httpx.Read(resp, 64<<10)
	var r refusal
	if readErr != nil || json.Unmarshal(raw, &r) != nil || r.Name == "" {
		return err
	}
	r = refusal{line(r.Name, 100), line(r.Message, 300)}
	var e *bot.Error
	if !errors.As(err, &e) {
		return err
	}
	e.Err = &r
	switch r.Name {
	case "ExpiredToken", "InvalidToken":
		e.Kind, e.Msg = bot.ErrUnauthorized, "The session at Bluesky has ended. It is renewed by itself; if this stays, make a new app password."
	case "AuthenticationRequired":
		e.Kind, e.Msg = bot.ErrUnauthorized, "Bluesky refuses the handle or the app password. Make a new app password (Settings, Privacy and security, App passwords) and check the handle."
	case "AuthFactorTokenRequired":
		e.Kind, e.Msg = bot.ErrUnauthorized, "Bluesky asks for a code by e-mail, as this is the account's own password. Use an app password (Settings, Privacy and security, App passwords)."
	case "AccountTakedown", "AccountDeactivated", "AccountSuspended":
		e.Kind, e.Msg = bot.ErrUnauthorized, "Bluesky has closed the account, or it was deactivated. Log in at bsky.app to see why."
	case "RateLimitExceeded":
		e.Kind = bot.ErrRateLimited
	case "UpstreamFailure", "UpstreamTimeout", "NotEnoughResources":
		if e.Kind != bot.ErrUncertain {
			e.Kind = bot.ErrUnavailable
		}
	}
	return e
}

// asUs asks our server with the session, which is made or renewed when needed.
func (s *Source) asUs(ctx context.Context, c call, into any) error {
	if c.body == nil {
		if err := s.left.Spent(s.server.Hostname(), spare, s.now()); err != nil {
			return err
		}
	}
	token, err := s.token(ctx, "")
	if err != nil {
		return err
	}
	c.token = token
	err = s.ask(ctx, s.server, c, into)
	if name := nameOf(err); name != "ExpiredToken" && name != "InvalidToken" {
		return err
	}
	if c.token, err = s.token(ctx, token); err != nil {
		return err
	}
	return s.ask(ctx, s.server, c, into)
}

// look asks what needs no account: of our server where we have one.
func (s *Source) look(ctx context.Context, c call, into any) error {
	if s.account() {
		return s.asUs(ctx, c, into)
	}
	return s.ask(ctx, s.appview, c, into)
}

// token gives an access token that is not worn, which is one that was refused.
func (s *Source) token(ctx context.Context, worn string) (string, error) {
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return "", fmt.Errorf("wait for the session: %w", ctx.Err())
	}
	s.mu.Lock()
	has, refused, again := s.session, s.refused, s.again
	s.mu.Unlock()
	if has.Access != "" && has.Access != worn {
		return has.Access, nil
	}
	if refused != nil && s.now().Before(again) {
		return "", refused
	}
	fresh, err := s.renew(ctx, has.Refresh)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		if nameOf(err) == "AuthenticationRequired" {
			s.refused, s.again = err, s.now().Add(pause)
		}
		return "", err
	}
	s.session, s.refused = fresh, nil
	return fresh.Access, nil
}

// renew makes a session from a refresh token, or by logging in. Both may be
// repeated.
func (s *Source) renew(ctx context.Context, refresh string) (session, error) {
	ctx = httpx.Repeatable(ctx)
	var got session
	if refresh != "" {
		err := s.ask(ctx, s.server, call{method: "com.atproto.server.refreshSession", post: true, token: refresh}, &got)
		if err == nil && got.Access != "" {
			return got, nil
		}
		if err != nil && bot.KindOf(err) != bot.ErrUnauthorized {
			return session{}, err
		}
	}
	got = session{}
	in := map[string]string{"identifier": s.set.Handle, "password": s.set.Password.Reveal()}
	if err := s.ask(ctx, s.server, call{method: "com.atproto.server.createSession", body: in}, &got); err != nil {
		return session{}, err
	}
	if got.Access == "" || !isDID(got.DID) {
		return session{}, bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.server.Hostname())
	}
	if got.Active != nil && !*got.Active {
		return session{}, bot.Errorf(bot.ErrUnauthorized, "The account @%s is %s. Log in at bsky.app to see why.", s.set.Handle, first(line(got.Status, 40), "not active"))
	}
	return got, nil
}
