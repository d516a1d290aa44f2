package youtube

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// answers are what a list gives.
type answers struct {
	Items []json.RawMessage `json:"items"`
	Next  string            `json:"nextPageToken"`
}

// get asks for one page of a list. leave is how many units must remain.
func (s *Source) get(ctx context.Context, path string, q url.Values, leave int) (answers, error) {
	var got answers
	if err := s.ask(ctx, http.MethodGet, path, q, nil, leave, &got); err != nil {
		return answers{}, err
	}
	return got, nil
}

// ask sends one request, which is paid for first: Google counts those that it
// refuses as well.
func (s *Source) ask(ctx context.Context, method, path string, q url.Values, body any, leave int, into any) error {
	cost := listCost
	if method == http.MethodPost {
		cost = answerCost
	}
	if err := s.units.spend(cost, leave, s.now()); err != nil {
		return err
	}
	build := func() (*http.Request, error) { return s.request(ctx, method, path, q, body) }
	var resp *http.Response
	var err error
	if s.tokens != nil {
		resp, err = s.tokens.Do(ctx, build)
	} else {
		var req *http.Request
		if req, err = build(); err != nil {
			return err
		}
		req.Header.Set("X-Goog-Api-Key", s.set.Key.Reveal()) // not in the address, which is logged in many places
		resp, err = httpx.Do(s.http, req)
	}
	if err != nil {
		return err
	}
	if status := httpx.Status(resp); status != nil {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 16<<10)) // what it says is a help alone
		_ = resp.Body.Close()
		return s.refused(method, status, said)
	}
	raw, err := httpx.Read(resp, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		kind := bot.ErrUnavailable
		if method == http.MethodPost {
			kind = bot.ErrUncertain
		}
		return &bot.Error{Kind: kind, Msg: "YouTube answers in another form than its interface promises.", Err: err}
	}
	return nil
}

func (s *Source) request(ctx context.Context, method, path string, q url.Values, body any) (*http.Request, error) {
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil || body == nil {
		return req, err
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("write a request: %w", err)
	}
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	req.Header.Set("Content-Type", "application/json")
	return req, nil
}

// problem is an error as Google writes it
// (developers.google.com/youtube/v3/docs/errors).
type problem struct {
	Error struct {
		Message string `json:"message"`
		Errors  []struct {
			Reason string `json:"reason"`
		} `json:"errors"`
		Details []struct {
			Reason string `json:"reason"`
		} `json:"details"`
	} `json:"error"`
}

// disabled is the reason of a refusal: nobody may comment there.
const disabled = "commentsDisabled"

// reasonError carries Google's word for what went wrong.
type reasonError struct {
	reason string
	err    error
}

func (e *reasonError) Error() string { return e.reason + ": " + e.err.Error() }
func (e *reasonError) Unwrap() error { return e.err }

// read gives Google's word for what went wrong, and its sentence for people.
func (p problem) read() (reason, said string) {
	said = text.Cut(text.OneLine(text.HTML(text.CutBytes(p.Error.Message, 2000))), 200)
	if len(p.Error.Errors) > 0 {
		reason = text.Cut(text.OneLine(p.Error.Errors[0].Reason), 60)
	}
	for _, d := range p.Error.Details {
		if d.Reason != "RATE_LIMIT_EXCEEDED" { // of a minute or a day: the older word tells
			reason = first(text.Cut(text.OneLine(d.Reason), 60), reason)
		}
	}
	return reason, strings.TrimSuffix(said, ".")
}

// refused turns Google's words into ours.
func (s *Source) refused(method string, status error, body []byte) error {
	var p problem
	if json.Unmarshal(body, &p) != nil {
		return status
	}
	reason, said := p.read()
	if reason == "" {
		return status
	}
	cause := &reasonError{reason: reason, err: status}
	switch reason {
	case "quotaExceeded", "dailyLimitExceeded":
		s.units.empty(s.now())
		return spentUp(s.now())
	case "rateLimitExceeded", "userRateLimitExceeded":
		return &bot.Error{Kind: bot.ErrRateLimited, Msg: "YouTube asks us to slow down.", RetryAfter: time.Minute, Err: cause}
	case "keyInvalid", "API_KEY_INVALID", "keyExpired":
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: cause, Msg: "Google does not take the key. Make one at https://console.cloud.google.com/apis/credentials and set it as key."}
	case "accessNotConfigured", "SERVICE_DISABLED":
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: cause, Msg: "The YouTube Data API v3 is not switched on in the project of the key. Switch it on at https://console.cloud.google.com/apis/library/youtube.googleapis.com."}
	case "insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT":
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: cause, Msg: "The refresh token lacks the scope https://www.googleapis.com/auth/youtube.force-ssl. Make a new one with it."}
	case "ineligibleAccount", "youtubeSignupRequired":
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: cause, Msg: "The account of the refresh token has no channel on YouTube. Make one, or sign in as the brand's channel."}
	case disabled:
		return &bot.Error{Kind: bot.ErrForbidden, Err: cause, Msg: "Comments are switched off for this video. Answer where the customer can be reached otherwise."}
	case "commentNotFound", "parentCommentNotFound", "commentThreadNotFound":
		return &bot.Error{Kind: bot.ErrGone, Err: cause, Msg: "The comment is not there any more. The customer may have deleted it."}
	case "videoNotFound", "channelNotFound":
		return &bot.Error{Kind: bot.ErrGone, Err: cause, Msg: "YouTube does not know one of the channels or videos any more. Correct channels and videos."}
	case "commentTextTooLong":
		return &bot.Error{Kind: bot.ErrInvalid, Err: cause, Msg: "The answer is longer than YouTube takes. Shorten it."}
	case "processingFailure":
		if method == http.MethodPost {
			return &bot.Error{Kind: bot.ErrUncertain, Err: cause, Msg: "YouTube failed while it worked on the answer; it may stand there."}
		}
		return &bot.Error{Kind: bot.ErrUnavailable, Err: cause, Msg: "YouTube failed while it worked on the request."}
	}
	if bot.KindOf(status) == bot.ErrInvalid && said != "" {
		return &bot.Error{Kind: bot.ErrInvalid, Err: cause, Msg: "YouTube refuses the request: " + said + ". Look at the source's settings."}
	}
	return status
}
