// Package graph is what the sources of Facebook and Instagram share: requests
// to Meta's Graph API (developers.facebook.com/docs/graph-api) with their proof
// of the app's secret, its refusals in plain words, its limits kept ahead of,
// and its signed webhooks.
package graph

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/record"
	"earshot/bot/text"
)

// Settings are what both kinds have.
type Settings struct {
	Token   bot.Secret `yaml:"token" json:"token" jsonschema:"a long-lived access token; see earshot kinds for how it is made"`
	Secret  bot.Secret `yaml:"app_secret" json:"app_secret" jsonschema:"the app's secret (App settings, Basic): it proves our requests, and signs the webhook's"`
	Verify  bot.Secret `yaml:"verify_token" json:"verify_token,omitempty" jsonschema:"any word of your own, at least 16 characters, that is typed in where the webhook is set up; without it there is no webhook, and all is polled"`
	Path    string     `yaml:"path" json:"path,omitempty" jsonschema:"where the webhook is reached, below the public address; by default /hooks/ and the name of the source"`
	Watch   string     `yaml:"watch" json:"watch" jsonschema:"the watch that all comments belong to: they seldom name what they are about"`
	History int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
	Version string     `yaml:"api_version" json:"api_version,omitempty" jsonschema:"version of the Graph API; v25.0 by default"`
	BaseURL string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address than https://graph.facebook.com, as https://graph.instagram.com for tokens of Instagram's own login, or a proxy"`
}

// Our bounds, and the version, which Meta supports until July 2028
// (developers.facebook.com/docs/graph-api/changelog).
const (
	Version      = "v25.0"
	usualHistory = 30
	mostHistory  = 365
	minVerify    = 16
	maxBody      = 8 << 20
)

// Client asks the Graph API with one token.
type Client struct {
	set  Settings
	base *url.URL
	http *http.Client
	now  func() time.Time

	mu    sync.Mutex
	until time.Time // before it nothing is read, so that answers go through
}

// Complete judges s, fills in what is left out, and makes the client. name is
// the source's.
func (s *Settings) Complete(name string, env bot.SourceEnv) (*Client, error) {
	for _, f := range []struct {
		value *string
		usual string
	}{{&s.BaseURL, "https://graph.facebook.com"}, {&s.Version, Version}, {&s.Path, "/hooks/" + regexp.MustCompile(`[^A-Za-z0-9_.-]+`).ReplaceAllString(name, "-")}} {
		if *f.value == "" {
			*f.value = f.usual
		}
	}
	if s.History == 0 {
		s.History = usualHistory
	}
	base, ok := httpx.Base(s.BaseURL)
	switch {
	case !ok:
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Leave it out for Meta's own.")
	case s.Token == "":
		return nil, bot.Errorf(bot.ErrInvalid, "token is missing. Make a long-lived access token; earshot kinds says how.")
	case s.Secret == "":
		return nil, bot.Errorf(bot.ErrInvalid, "app_secret is missing. It stands in the app's dashboard under App settings, Basic.")
	case s.Verify != "" && len(s.Verify.Reveal()) < minVerify:
		return nil, bot.Errorf(bot.ErrInvalid, "verify_token is shorter than %d characters. Make one with: openssl rand -hex 16", minVerify)
	case s.Watch == "":
		return nil, bot.Errorf(bot.ErrInvalid, "watch is missing. Name the watch that the comments belong to: they seldom say what they are about.")
	case s.History < 0 || s.History > mostHistory:
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", s.History, mostHistory)
	case !regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]$`).MatchString(s.Version):
		return nil, bot.Errorf(bot.ErrInvalid, "api_version is %q; write it as %s.", s.Version, Version)
	case !strings.HasPrefix(s.Path, "/") || strings.ContainsAny(s.Path, "?#{} "):
		return nil, bot.Errorf(bot.ErrInvalid, "The path %q cannot be one; write it as /hooks/facebook.", s.Path)
	}
	c := &Client{set: *s, base: base, http: env.HTTP, now: env.Now}
	if c.now == nil {
		c.now = time.Now
	}
	return c, nil
}

// Now is the time by the source's clock.
func (c *Client) Now() time.Time { return c.now() }

// Get asks for path, as "me" or "123_456/comments", with q.
func (c *Client) Get(ctx context.Context, path string, q url.Values, into any) error {
	return c.call(ctx, http.MethodGet, path, q, into)
}

// Post does something at path, with form.
func (c *Client) Post(ctx context.Context, path string, form url.Values, into any) error {
	return c.call(ctx, http.MethodPost, path, form, into)
}

// proof shows that whoever has the token has the app's secret too
// (…/graph-api/guides/secure-requests).
func (c *Client) proof() string {
	h := hmac.New(sha256.New, []byte(c.set.Secret.Reveal()))
	h.Write([]byte(c.set.Token.Reveal()))
	return hex.EncodeToString(h.Sum(nil))
}

func (c *Client) call(ctx context.Context, method, path string, values url.Values, into any) error {
	q := url.Values{"appsecret_proof": {c.proof()}}
	for k, v := range values {
		if method == http.MethodGet {
			q[k] = v
		}
	}
	req, err := httpx.Request(ctx, method, c.base, c.set.Version+"/"+path, q)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+c.set.Token.Reveal())
	if method == http.MethodPost {
		form := values.Encode()
		req.Body, req.ContentLength = io.NopCloser(strings.NewReader(form)), int64(len(form))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := httpx.Do(c.http, req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	wait := c.heed(resp.Header)
	status := httpx.Status(resp)
	body, err := httpx.Read(resp, maxBody)
	if refusal := refused(body, method == http.MethodPost, wait); refusal != nil {
		return refusal
	}
	if status != nil {
		return status
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		kind := bot.ErrUnavailable
		if method == http.MethodPost {
			kind = bot.ErrUncertain
		}
		return &bot.Error{Kind: kind, Msg: "The answer of " + c.base.Hostname() + " is not what the Graph API promises.", Err: err}
	}
	return nil
}

// Page is a part of a list (…/graph-api/results).
type Page struct {
	Data   []json.RawMessage `json:"data"`
	Paging struct {
		Cursors struct {
			After string `json:"after"`
		} `json:"cursors"`
		Next string `json:"next"` // empty after the last
	} `json:"paging"`
}

// After is the name of the next page; "" after the last.
func (p Page) After() string {
	if p.Paging.Next == "" {
		return ""
	}
	return p.Paging.Cursors.After
}

// List asks for a page of a list.
func (c *Client) List(ctx context.Context, path string, q url.Values, after string) (Page, error) {
	if after != "" {
		q.Set("after", after)
	}
	var p Page
	if err := c.Get(ctx, path, q, &p); err != nil {
		return Page{}, err
	}
	if p.Data == nil {
		return Page{}, bot.Errorf(bot.ErrUnavailable, "%s answers in another form than the Graph API promises.", c.base.Hostname())
	}
	return p, nil
}

// Time reads a time of the Graph API, which is Unix seconds in webhooks.
type Time struct{ time.Time }

// UnmarshalJSON implements json.Unmarshaler. What is no time is the zero time.
func (t *Time) UnmarshalJSON(raw []byte) error {
	t.Time = time.Time{}
	var n int64
	if json.Unmarshal(raw, &n) == nil {
		if n > 0 && n < 253402300799 {
			t.Time = time.Unix(n, 0).UTC()
		}
		return nil
	}
	var s string
	_ = json.Unmarshal(raw, &s) // what is no text is no time
	for _, layout := range []string{"2006-01-02T15:04:05-0700", time.RFC3339} {
		if at, err := time.Parse(layout, s); err == nil && at.Year() >= 1970 && at.Year() <= 9999 {
			t.Time = at.UTC()
		}
	}
	return nil
}

// ID gives s when it can be an id: digits with "_" between them; else "".
func ID(s string) string {
	after := byte('_') // what stands before s[i]
	for i := range len(s) {
		if s[i] != '_' && (s[i] < '0' || s[i] > '9') || s[i] == '_' && after == '_' {
			return ""
		}
		after = s[i]
	}
	if after == '_' || len(s) > 100 {
		return ""
	}
	return s
}

// Words is a text of a customer, made safe.
func Words(s string) string { return text.Clean(text.CutBytes(s, record.MaxText)) }

// Line is Words in one line of at most n characters.
func Line(s string, n int) string { return text.Cut(text.OneLine(text.CutBytes(s, 4000)), n) }

// Same compares what stands with what was sent, but for spaces.
func Same(stands, sent string) bool {
	return strings.Join(strings.Fields(stands), " ") == strings.Join(strings.Fields(sent), " ")
}
