package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// slow is how long is waited where GitHub says that it is asked too fast, and
// not for how long (rate-limits-for-the-rest-api: at least one minute).
const slow = time.Minute

// ask makes one request. etag is the mark of the answer that is known; the new
// one is given, and fresh is false where nothing has changed.
func (s *Source) ask(ctx context.Context, req *http.Request, etag string, into any) (mark string, fresh bool, err error) {
	left := &s.core
	if strings.HasSuffix(req.URL.Path, "/graphql") {
		left = &s.points
	}
	if req.Method == http.MethodGet || ctx.Value(reading{}) != nil {
		if err := left.Spent(s.base.Hostname(), s.keep(), s.now()); err != nil {
			return "", false, err
		}
	}
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", version)
	if s.set.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.set.Token.Reveal())
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return "", false, err
	}
	defer func() { _ = resp.Body.Close() }()
	left.Note(resp.Header, s.now())
	if err := httpx.Status(resp); err != nil {
		return "", false, s.refused(resp, err)
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil || resp.StatusCode == http.StatusNotModified {
		return etag, false, err
	}
	if err := json.Unmarshal(body, into); err != nil {
		kind := bot.ErrUnavailable
		if req.Method == http.MethodPost && ctx.Value(reading{}) == nil {
			kind = bot.ErrUncertain
		}
		return "", false, &bot.Error{Kind: kind, Msg: s.base.Hostname() + " answers in another form than its interface promises.", Err: err}
	}
	return resp.Header.Get("ETag"), true, nil
}

// keep is how many requests are left for answers, and for the other programs of
// whom the token belongs to.
func (s *Source) keep() int {
	if s.set.Token == "" {
		return 0
	}
	return spare
}

// reading marks a query of GraphQL, which is asked by POST and changes nothing.
type reading struct{}

// get asks for what lies at a path.
func (s *Source) get(ctx context.Context, path string, q url.Values, into any) error {
	req, err := httpx.Request(ctx, http.MethodGet, s.base, path, q)
	if err != nil {
		return err
	}
	_, _, err = s.ask(ctx, req, "", into)
	return err
}

// post sends a body to an address.
func (s *Source) post(ctx context.Context, base *url.URL, path string, body, into any) error {
	req, err := httpx.Request(ctx, http.MethodPost, base, path, nil)
	if err != nil {
		return err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("write the request: %w", err)
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	req.Header.Set("Content-Type", "application/json")
	_, _, err = s.ask(ctx, req, "", into)
	return err
}

// query asks GraphQL for data. What of several things is not there is null in
// it, and no error.
func (s *Source) query(ctx context.Context, text string, vars map[string]any, into any) error {
	ctx = context.WithValue(httpx.Repeatable(ctx), reading{}, true)
	return s.graph(ctx, text, vars, into)
}

// graph sends GraphQL.
func (s *Source) graph(ctx context.Context, text string, vars map[string]any, into any) error {
	var got struct {
		Data   json.RawMessage `json:"data"`
		Errors []struct {
			Type    string `json:"type"`
			Message string `json:"message"`
		} `json:"errors"`
	}
	if err := s.post(ctx, s.graphql, "", map[string]any{"query": text, "variables": vars}, &got); err != nil {
		return err
	}
	for _, e := range got.Errors {
		cause := fmt.Errorf("%s: %s", oneLine(e.Type, 60), oneLine(e.Message, 300))
		switch e.Type {
		case "NOT_FOUND":
			continue
		case "RATE_LIMITED":
			return &bot.Error{Kind: bot.ErrRateLimited, Msg: s.base.Hostname() + " asks us to slow down.", RetryAfter: slow, Err: cause}
		case "FORBIDDEN", "INSUFFICIENT_SCOPES":
			return &bot.Error{Kind: bot.ErrUnauthorized, Msg: "The token may not do this. Give it Issues and Discussions, read and write, for these repositories.", Err: cause}
		}
		return &bot.Error{Kind: bot.ErrInvalid, Msg: s.base.Hostname() + " refused the request.", Err: cause}
	}
	if len(got.Data) == 0 || json.Unmarshal(got.Data, into) != nil {
		return bot.Errorf(bot.ErrUnavailable, "%s answers in another form than its interface promises.", s.base.Hostname())
	}
	return nil
}

// refused reads why: the words tell more than the status does.
func (s *Source) refused(resp *http.Response, err error) error {
	var e *bot.Error
	var told struct {
		Message string `json:"message"`
	}
	raw, readErr := httpx.Read(resp, 64<<10)
	if !errors.As(err, &e) || readErr != nil || json.Unmarshal(raw, &told) != nil || told.Message == "" {
		return err
	}
	e.Err = errors.New(oneLine(told.Message, 300))
	said := strings.ToLower(told.Message)
	switch {
	case strings.Contains(said, "rate limit"): // the secondary one comes as 403 or 429, and may have no header
		e.Kind, e.Msg, e.RetryAfter = bot.ErrRateLimited, s.base.Hostname()+" asks us to slow down.", max(e.RetryAfter, slow)
	case e.Kind == bot.ErrUnauthorized && strings.Contains(said, "not accessible"):
		e.Msg = "The token may not do this. Give it Issues and Discussions, read and write, for these repositories."
	case e.Kind == bot.ErrUnauthorized && strings.Contains(said, "bad credentials"):
		e.Msg = "GitHub refuses the token: it has expired or was revoked. Make a new one (Settings, Developer settings, Fine-grained tokens)."
	case e.Kind == bot.ErrUnauthorized && strings.Contains(said, "saml"):
		e.Msg = "The organization asks for single sign-on. Authorize the token for it at Settings, Developer settings."
	case resp.StatusCode == http.StatusGone && strings.Contains(said, "disabled"):
		e.Msg = "Issues are turned off for a repository. Take it out, or read its discussions alone."
	case e.Kind == bot.ErrGone:
		e.Msg = "A repository or an issue is not there, or the token may not see it. Check the name, and the repositories of the token."
	}
	return e
}
