package playstore

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
	list := latest.List{Page: s.reviews, Gone: s.gone, May: s.may, Pages: maxPages, First: week, Back: week - 24*time.Hour, Sweep: sweep}
	return list.Read(ctx, cursor, s.now())
}

// reviews reads a page of reviews: "the first result in the list shows the user
// comment that was most recently created or modified". Its name is its token.
func (s *Source) reviews(ctx context.Context, name string) ([]latest.Item, string, error) {
	q := url.Values{"maxResults": {strconv.Itoa(pageSize)}}
	if name != "" {
		q.Set("token", name)
	}
	if s.set.Language != "" {
		q.Set("translationLanguage", s.set.Language)
	}
	raw, err := s.call(ctx, http.MethodGet, "reviews", q, nil)
	if err != nil {
		return nil, "", err
	}
	var got struct {
		Reviews []json.RawMessage `json:"reviews"`
		Tokens  struct {
			Next string `json:"nextPageToken"`
		} `json:"tokenPagination"`
	}
	if err := s.decode(raw, &got); err != nil {
		return nil, "", err
	}
	var items []latest.Item
	for _, r := range got.Reviews {
		items = append(items, s.items(r)...)
	}
	return items, got.Tokens.Next, nil
}

// decode reads an answer. Without reviews it is {}.
func (s *Source) decode(raw []byte, into any) error {
	if err := json.Unmarshal(raw, into); err != nil {
		return &bot.Error{Kind: bot.ErrUnavailable, Msg: s.base.Hostname() + " answers in another form than the Google Play Developer API promises.", Err: err}
	}
	return nil
}

// one reads a review.
func (s *Source) one(ctx context.Context, id string) (review, error) {
	var r review
	raw, err := s.call(ctx, http.MethodGet, "reviews/"+url.PathEscape(id), nil, nil)
	if err == nil {
		err = s.decode(raw, &r)
	}
	return r, err
}

// gone asks for a review or a reply that stands in the list no more.
func (s *Source) gone(ctx context.Context, id string) (bool, error) {
	of, replied := strings.CutSuffix(id, reply)
	r, err := s.one(ctx, of)
	if bot.KindOf(err) == bot.ErrGone {
		return true, nil
	}
	_, there := r.reply()
	return err == nil && replied && !there, err
}

// call asks the service.
func (s *Source) call(ctx context.Context, method, path string, q url.Values, body []byte) ([]byte, error) {
	if method == http.MethodGet {
		s.count()
	}
	resp, err := s.tokens.Do(ctx, func() (*http.Request, error) {
		req, err := httpx.Request(ctx, method, s.base, "androidpublisher/v3/applications/"+s.set.Package+"/"+path, q)
		if err == nil && body != nil {
			req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
			req.Header.Set("Content-Type", "application/json")
		}
		return req, err
	})
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	refusal := httpx.Status(resp)
	raw, err := httpx.Read(resp, maxBody)
	if refusal != nil {
		return nil, s.refused(refusal, raw)
	}
	return raw, err
}

// count notes a request that reads.
func (s *Source) count() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	s.read = append(s.read, s.now())
}

// may tells whether the hour's allowance lets reading go on.
func (s *Source) may() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	return len(s.read) < hourly
}

// forget leaves out what is more than an hour ago; the caller holds mu.
func (s *Source) forget() {
	now := s.now()
	for len(s.read) > 0 && (now.Sub(s.read[0]) >= time.Hour || s.read[0].After(now)) {
		s.read = s.read[1:]
	}
}

// refused says what to do about a refusal, with Google's own reason for a text
// that it does not take (google.aip.dev/193).
func (s *Source) refused(err error, body []byte) error {
	var e *bot.Error
	if !errors.As(err, &e) {
		return err
	}
	var said struct {
		Error struct {
			Status  string `json:"status"`
			Message string `json:"message"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &said) // a refusal without a reason is one too
	out, why := *e, text.Cut(text.OneLine(said.Error.Message), 300)
	if why != "" {
		out.Err = fmt.Errorf("%s: %s", text.Cut(text.OneLine(said.Error.Status), 60), why)
	}
	switch e.Kind {
	case bot.ErrUnauthorized:
		out.Msg = "Google Play does not let the service account in. In the Play Console, under Users and permissions, give its e-mail address View app information and Reply to reviews for this app; in the Google Cloud console enable the Google Play Android Developer API. It can take a day."
	case bot.ErrGone:
		out.Msg = "Google Play knows no such app or review. Compare package with the id in the app's Play address."
	case bot.ErrRateLimited:
		out.Msg = "Google Play allows no more requests for this app at the moment: 200 an hour that read, 2,000 replies a day."
	case bot.ErrInvalid:
		if why != "" {
			out.Msg = "Google Play refuses it: " + why
		}
	}
	return &out
}
