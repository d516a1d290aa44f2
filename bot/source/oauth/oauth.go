// Package oauth gets access tokens by OAuth 2.0 (RFC 6749) for the sources
// whose services want them, keeps each until shortly before it ends, and asks
// for a new one when a service no longer takes it. Tokens stay in memory: they
// stand in no error, no log and no cursor. It is for grants that can be used
// again and again: a refresh token that a service replaces with each use would
// be lost with the process.
package oauth

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/text"
)

// Grant is what a service gives access tokens for.
type Grant struct {
	Service  string     // "Reddit", as messages call it
	Endpoint *url.URL   // of tokens
	ID       string     // of the client
	Secret   bot.Secret // of the client
	Basic    bool       // the client is named in the Authorization header (RFC 6749, 2.3.1), not in the form
	Form     url.Values // grant_type, and what that type needs
	Agent    string     // User-Agent; empty for the client's own
	// Assert makes the signed assertion of a grant by one (RFC 7523), anew for
	// each token; it stands in the place of ID, Secret and Form.
	Assert func() (string, error)
	Mend   string // a sentence: what to do when the service refuses
}

// The bounds of tokens. They are ours.
const (
	maxBody   = 64 << 10    // bytes of an answer
	usualLife = time.Hour   // of a token that does not say
	early     = time.Minute // before its end a token is replaced
	mostScope = 100
)

// Tokens gives the access tokens of one grant. It is safe for concurrent use.
type Tokens struct {
	grant Grant
	http  *http.Client
	now   func() time.Time

	slot   chan struct{} // holds one token while what is below is used
	token  string
	until  time.Time
	scopes []string
}

// New makes Tokens that ask by client, with the time of now.
func New(g Grant, client *http.Client, now func() time.Time) *Tokens {
	return &Tokens{grant: g, http: client, now: now, slot: make(chan struct{}, 1)}
}

// Do sends the request that build makes, with a token, and gives the answer
// whatever its status, as httpx.Do does. When the service answers 401, which
// means that nothing was done, it is sent once more with a new token.
func (t *Tokens) Do(ctx context.Context, build func() (*http.Request, error)) (*http.Response, error) {
	token, err := t.get(ctx)
	if err != nil {
		return nil, err
	}
	resp, err := t.send(build, token)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
	_ = resp.Body.Close()
	if err := t.forget(ctx, token); err != nil {
		return nil, err
	}
	if token, err = t.get(ctx); err != nil {
		return nil, err
	}
	return t.send(build, token)
}

func (t *Tokens) send(build func() (*http.Request, error), token string) (*http.Response, error) {
	req, err := build()
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return httpx.Do(t.http, req)
}

// Scopes lists what the token may do, in the service's words, asking for a
// token where there is none yet; nil where the service does not tell.
func (t *Tokens) Scopes(ctx context.Context) ([]string, error) {
	if _, err := t.get(ctx); err != nil {
		return nil, err
	}
	if err := t.enter(ctx); err != nil {
		return nil, err
	}
	defer t.leave()
	return slices.Clone(t.scopes), nil
}

func (t *Tokens) enter(ctx context.Context) error {
	select {
	case t.slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Tokens) leave() { <-t.slot }

// get gives the token that holds, or a new one.
func (t *Tokens) get(ctx context.Context) (string, error) {
	if err := t.enter(ctx); err != nil {
		return "", err
	}
	defer t.leave()
	if t.token != "" && t.now().Before(t.until) {
		return t.token, nil
	}
	got, err := t.ask(ctx)
	if err != nil {
		return "", err
	}
	life := usualLife
	if got.Life >= 1 && got.Life < 1e9 {
		life = time.Duration(got.Life) * time.Second
	}
	t.token, t.until = got.Token, t.now().Add(life-min(early, life/2))
	t.scopes = nil
	if words := strings.FieldsFunc(got.Scope, func(r rune) bool { return r == ' ' || r == ',' }); len(words) > 0 {
		t.scopes = words[:min(len(words), mostScope)]
	}
	return t.token, nil
}

// forget drops a token that the service did not take.
func (t *Tokens) forget(ctx context.Context, token string) error {
	if err := t.enter(ctx); err != nil {
		return err
	}
	defer t.leave()
	if t.token == token {
		t.token = ""
	}
	return nil
}

// answer is what a token endpoint says (RFC 6749, 5.1 and 5.2).
type answer struct {
	Token string  `json:"access_token"`
	Life  float64 `json:"expires_in"` // seconds
	Scope string  `json:"scope"`
	Error any     `json:"error"` // a word; some services answer a number
}

// ask asks for a token.
func (t *Tokens) ask(ctx context.Context) (answer, error) {
	req, err := t.request(ctx)
	if err != nil {
		return answer{}, err
	}
	resp, err := httpx.Do(t.http, req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	status := httpx.Status(resp)
	body, err := httpx.Read(resp, maxBody)
	if err != nil && status == nil {
		return answer{}, err
	}
	var got answer
	bad := json.Unmarshal(body, &got)
	word, _ := got.Error.(string)
	refused := resp.StatusCode == http.StatusBadRequest || resp.StatusCode == http.StatusUnauthorized
	switch {
	case refused || status == nil && bad == nil && word != "": // Reddit refuses passwords with status 200
		return answer{}, t.refused(word)
	case status != nil:
		return answer{}, status
	case bad != nil || got.Token == "":
		return answer{}, &bot.Error{Kind: bot.ErrUnavailable, Err: bad, Msg: t.grant.Service + " answers a request for a token in another form than OAuth promises."}
	}
	return got, nil
}

func (t *Tokens) request(ctx context.Context) (*http.Request, error) {
	form := url.Values{}
	for k, v := range t.grant.Form {
		form[k] = v
	}
	switch {
	case t.grant.Assert != nil:
		assertion, err := t.grant.Assert()
		if err != nil {
			return nil, err
		}
		form = url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {assertion}}
	case !t.grant.Basic:
		form.Set("client_id", t.grant.ID)
		form.Set("client_secret", t.grant.Secret.Reveal())
	}
	req, err := httpx.Request(httpx.Repeatable(ctx), http.MethodPost, t.grant.Endpoint, "", nil)
	if err != nil {
		return nil, err
	}
	if t.grant.Basic {
		req.SetBasicAuth(t.grant.ID, t.grant.Secret.Reveal())
	}
	if t.grant.Agent != "" {
		req.Header.Set("User-Agent", t.grant.Agent)
	}
	raw := form.Encode()
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(raw)), int64(len(raw))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return req, nil
}

// refused says which of the credentials is not taken. word is the service's
// (RFC 6749, 5.2).
func (t *Tokens) refused(word string) error {
	what := "the credentials"
	switch word {
	case "invalid_grant":
		what = "the refresh token or the password; it may have been revoked"
	case "invalid_client", "unauthorized_client", "":
		what = "the client id and its secret"
	case "invalid_scope":
		what = "the permissions that are asked for"
	}
	if word = text.Cut(text.OneLine(word), 60); word != "" {
		what += " (" + word + ")"
	}
	return bot.Errorf(bot.ErrUnauthorized, "%s does not take %s. %s", t.grant.Service, what, t.grant.Mend)
}
