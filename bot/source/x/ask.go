package x

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// found is what an endpoint gives.
type found struct {
	Data     json.RawMessage `json:"data"` // one thing, or several
	Includes included        `json:"includes"`
	Errors   []struct {
		Type  string `json:"type"`
		Value string `json:"value"`       // the id that was asked for
		ID    string `json:"resource_id"` //
		About string `json:"resource_type"`
	} `json:"errors"`
	Meta struct {
		Next  string `json:"next_token"`
		Count *int   `json:"result_count"`
	} `json:"meta"`
}

// list gives the several things that were found.
func (f found) list() []json.RawMessage {
	var all []json.RawMessage
	_ = json.Unmarshal(f.Data, &all) // nothing found is no data at all
	return all
}

// missing lists the ids that X says are not to be seen any more: deleted, or of
// an account that is protected or suspended.
func (f found) missing() []string {
	var all []string
	for _, e := range f.Errors {
		if strings.HasSuffix(e.Type, "/resource-not-found") || strings.HasSuffix(e.Type, "/not-authorized-for-resource") {
			if id := first(e.ID, e.Value); e.About == "tweet" && number(id) > 0 {
				all = append(all, id)
			}
		}
	}
	return all
}

// fields is what is asked for of posts. Each author that is not yet known on a
// day costs as well (docs.x.com/x-api/getting-started/pricing).
func fields(q url.Values) url.Values {
	q.Set("tweet.fields", "author_id,created_at,lang,edit_history_tweet_ids,entities,referenced_tweets,note_tweet,attachments,public_metrics,reply_settings")
	q.Set("expansions", "author_id,attachments.media_keys")
	q.Set("user.fields", "username,name,public_metrics")
	q.Set("media.fields", "type,url,preview_image_url,alt_text")
	return q
}

// get asks for something, as the app where that is enough.
func (s *Source) get(ctx context.Context, path string, q url.Values) (found, error) {
	asUser := s.set.Bearer == "" || path == "users/me"
	var got found
	err := s.ask(ctx, http.MethodGet, path, q, nil, asUser, &got)
	return got, err
}

// ask sends one request, unless its allowance is used up. Allowances are per
// endpoint (docs.x.com/x-api/fundamentals/rate-limits).
func (s *Source) ask(ctx context.Context, method, path string, q url.Values, body any, asUser bool, into *found) error {
	kind := method + " " + endpoint(path)
	left := s.allowance(kind)
	if err := left.Spent("X", 0, s.now()); err != nil {
		return err
	}
	req, err := httpx.Request(ctx, method, s.base, path, q)
	if err != nil {
		return err
	}
	req.URL.RawQuery = strings.ReplaceAll(req.URL.RawQuery, "+", "%20") // as RFC 5849 signs it
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("write a request: %w", err)
		}
		req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
		req.Header.Set("Content-Type", "application/json")
	}
	if asUser {
		k := keys{key: s.set.APIKey, secret: s.set.APISecret, token: s.set.AccessToken, secretOfAccess: s.set.AccessSecret}
		k.sign(req, nonce(), s.now())
	} else {
		req.Header.Set("Authorization", "Bearer "+s.set.Bearer.Reveal())
	}
	resp, err := httpx.Do(s.http, req)
	if err != nil {
		return err
	}
	left.Note(resp.Header, s.now())
	if status := httpx.Status(resp); status != nil {
		said, _ := io.ReadAll(io.LimitReader(resp.Body, 16<<10)) // what it says is a help alone
		_ = resp.Body.Close()
		return s.refused(status, resp.StatusCode, said, left)
	}
	raw, err := httpx.Read(resp, maxBody)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil || into.Data == nil && into.Errors == nil && into.Meta.Count == nil {
		e := &bot.Error{Kind: bot.ErrUnavailable, Msg: "X answers in another form than its interface promises.", Err: err}
		if method == http.MethodPost {
			e.Kind, e.Msg = bot.ErrUncertain, "X took the post and does not say where it stands."
		}
		return e
	}
	return nil
}

// endpoint is a path without its ids.
func endpoint(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		if number(p) > 0 {
			parts[i] = ":id"
		}
	}
	return strings.Join(parts, "/")
}

// allowance is that of an endpoint.
func (s *Source) allowance(kind string) *httpx.Allowance {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.left[kind] == nil {
		s.left[kind] = &httpx.Allowance{}
	}
	return s.left[kind]
}

// problem is an error as X writes it
// (docs.x.com/x-api/fundamentals/response-codes-and-errors).
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Type   string `json:"type"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

// refused turns X's words into ours.
func (s *Source) refused(status error, code int, body []byte, left *httpx.Allowance) error {
	var p problem
	_ = json.Unmarshal(body, &p)
	said := first(p.Detail, p.Title)
	if len(p.Errors) > 0 {
		said = first(p.Errors[0].Message, said)
	}
	said = strings.TrimSuffix(line1(said, 200), ".")
	low := strings.ToLower(said)
	switch kind := bot.KindOf(status); {
	case strings.HasSuffix(p.Type, "/usage-capped"):
		return s.spentUp()
	case code == http.StatusPaymentRequired:
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: status, Msg: "The app's credits on X are used up. Buy more at https://console.x.com."}
	case code == http.StatusTooManyRequests:
		if until := left.Spent("X", 0, s.now()); until != nil {
			return until
		}
	case strings.Contains(low, "duplicate content"):
		return &bot.Error{Kind: bot.ErrUncertain, Err: status, Msg: "X says that the same was posted before; it may have been this reply."}
	case strings.Contains(low, "not been mentioned") || strings.Contains(low, "reply to this conversation is not allowed"):
		return &bot.Error{Kind: bot.ErrForbidden, Err: status, Msg: "X lets programs answer only people who mention or quote our account. Answer by hand, behind the link."}
	case strings.Contains(low, "deleted or not visible"):
		return &bot.Error{Kind: bot.ErrGone, Err: status, Msg: "The post is not there any more. The customer may have deleted it."}
	case strings.Contains(low, "oauth1 app permissions"):
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: status, Msg: "The access token may not write. Set the app's permissions to Read and write at https://console.x.com, and make the access token anew."}
	case code == http.StatusUnauthorized:
		return &bot.Error{Kind: bot.ErrUnauthorized, Err: status, Msg: "X refuses the bearer token or the keys. Make them anew at https://console.x.com."}
	case kind == bot.ErrUnauthorized && said != "":
		return &bot.Error{Kind: kind, Err: status, Msg: "X refuses this: " + said + ". Look at the app and its plan at https://console.x.com."}
	case kind == bot.ErrInvalid && said != "":
		return &bot.Error{Kind: kind, Err: status, Msg: "X does not understand the request: " + text.CutWords(said, 160) + ". Look at the source's settings."}
	}
	return status
}
