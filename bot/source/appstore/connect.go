package appstore

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
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/latest"
	"earshot/bot/text"
)

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	if err := ctx.Err(); err != nil {
		return bot.Batch{}, err
	}
	if !s.may() {
		return bot.Batch{Next: cursor}, nil // what is left of the hour is for answers
	}
	list := s.set.list()
	list.Page, list.Gone, list.May = s.page, s.gone, s.may
	return list.Read(ctx, cursor, s.now())
}

// page reads a page of reviews, the newest first. Its name is the query of the
// link to it: what the service names as the next page is asked of the same
// address, wherever it points.
func (s *Source) page(ctx context.Context, name string) ([]latest.Item, string, error) {
	q := url.Values{"sort": {"-createdDate"}, "limit": {strconv.Itoa(pageSize)}, "include": {"response"}}
	if name != "" {
		var err error
		if q, err = url.ParseQuery(name); err != nil {
			return nil, "", &bot.Error{Kind: bot.ErrInvalid, Msg: "The place in the list of reviews cannot be read.", Err: err}
		}
	}
	var got struct {
		Data     []json.RawMessage `json:"data"`
		Included []response        `json:"included"`
		Links    struct {
			Next string `json:"next"`
		} `json:"links"`
	}
	if err := s.call(ctx, http.MethodGet, "v1/apps/"+s.set.App+"/customerReviews", q, nil, &got); err != nil {
		return nil, "", err
	}
	if got.Data == nil {
		return nil, "", bot.Errorf(bot.ErrUnavailable, "%s answers in another form than the App Store Connect API promises.", s.base.Hostname())
	}
	next := ""
	if u, err := url.Parse(got.Links.Next); err == nil {
		next = u.Query().Encode()
	}
	return s.items(got.Data, got.Included), next, nil
}

// gone asks for a review or a response that stands in the list no more.
func (s *Source) gone(ctx context.Context, id string) (bool, error) {
	path := "v1/customerReviews/" + id
	if own, ok := strings.CutPrefix(id, answers); ok {
		path = "v1/customerReviewResponses/" + own
	}
	var any struct{}
	err := s.call(ctx, http.MethodGet, path, nil, nil, &any)
	if bot.KindOf(err) == bot.ErrGone {
		return true, nil
	}
	return false, err
}

// bearer gives the token of a request.
func (s *Source) bearer() (string, error) {
	now := s.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token != "" && now.Before(s.expires) {
		return s.token, nil
	}
	claims := map[string]any{"iat": now.Unix(), "exp": now.Add(tokenFor).Unix(), "aud": "appstoreconnect-v1"}
	if s.set.Issuer != "" {
		claims["iss"] = s.set.Issuer
	} else {
		claims["sub"] = "user" // an individual key
	}
	token, err := s.key.Sign(claims)
	if err != nil {
		return "", err
	}
	s.token, s.expires = token, now.Add(tokenFor-2*time.Minute)
	return token, nil
}

// call asks the service, with body as JSON where there is one.
func (s *Source) call(ctx context.Context, method, path string, q url.Values, body, into any) error {
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil {
		return err
	}
	token, err := s.bearer()
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write a request to the App Store: %w", err)
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	s.heed(resp.Header)
	refusal := httpx.Status(resp)
	raw, err := httpx.Read(resp, maxBody)
	if refusal != nil {
		return s.refused(refusal, raw)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		kind := bot.ErrUnavailable
		if method != http.MethodGet {
			kind = bot.ErrUncertain
		}
		return &bot.Error{Kind: kind, Msg: "The answer of " + s.base.Hostname() + " is not what the App Store Connect API promises.", Err: err}
	}
	return nil
}

// heed notes when little of the hour's limit is left: "user-hour-lim:3500;
// user-hour-rem:500;" (…/identifying-rate-limits).
func (s *Source) heed(h http.Header) {
	limit, left := -1, -1
	for part := range strings.SplitSeq(h.Get("X-Rate-Limit"), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), ":")
		n, err := strconv.Atoi(value)
		switch {
		case err != nil:
		case name == "user-hour-lim":
			limit = n
		case name == "user-hour-rem":
			left = n
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit > 0 && left >= 0 && left < limit/reserve {
		s.low = s.now()
	}
}

// may tells whether the hour's limit allows for reading on.
func (s *Source) may() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	past := s.now().Sub(s.low)
	return s.low.IsZero() || past >= lowFor || past < 0
}

// refused says what to do about a refusal, with Apple's own reason for a text
// that it does not take.
func (s *Source) refused(err error, body []byte) error {
	var e *bot.Error
	if !errors.As(err, &e) {
		return err
	}
	var said struct {
		Errors []struct {
			Code   string `json:"code"`
			Detail string `json:"detail"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(body, &said) // a refusal without a reason is one too
	out := *e
	if len(said.Errors) > 0 {
		out.Err = fmt.Errorf("%s: %s", text.Cut(text.OneLine(said.Errors[0].Code), 100), text.Cut(text.OneLine(said.Errors[0].Detail), 300))
	}
	switch e.Kind {
	case bot.ErrUnauthorized:
		out.Msg = "App Store Connect does not take the key. Compare key, key_id and issuer with Users and Access, Integrations: the key must be active and have the role Customer Support, and this machine's clock must be right."
	case bot.ErrGone:
		out.Msg = "App Store Connect knows no such app or review. Compare app with the Apple ID under App Information; the key must see this app."
	case bot.ErrRateLimited:
		out.Msg = "App Store Connect allows no more requests this hour with this key."
	case bot.ErrInvalid:
		if len(said.Errors) > 0 && said.Errors[0].Detail != "" {
			out.Msg = "App Store Connect refuses it: " + text.Cut(text.OneLine(said.Errors[0].Detail), 300)
		}
	}
	return &out
}
