package email

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/emersion/go-sasl"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// OAuth is how a token is had in place of a password: by the application's own
// secret, or by a refresh token of a person who agreed (RFC 6749 4.4 and 6).
type OAuth struct {
	TokenURL     string     `yaml:"token_url" json:"token_url" jsonschema:"as https://login.microsoftonline.com/TENANT/oauth2/v2.0/token"`
	ClientID     string     `yaml:"client_id" json:"client_id" jsonschema:"the id of the application"`
	ClientSecret bot.Secret `yaml:"client_secret" json:"client_secret,omitempty" jsonschema:"the secret of the application"`
	RefreshToken bot.Secret `yaml:"refresh_token" json:"refresh_token,omitempty" jsonschema:"of a person who agreed; without it the application stands for itself"`
	Scope        string     `yaml:"scope" json:"scope,omitempty" jsonschema:"as https://outlook.office365.com/.default"`
}

// complete judges the settings; none are fine.
func (o *OAuth) complete() error {
	if o == nil {
		return nil
	}
	if _, ok := httpx.Base(o.TokenURL); !ok || o.ClientID == "" || o.ClientSecret == "" && o.RefreshToken == "" {
		return bot.Errorf(bot.ErrInvalid, "The settings of oauth lack something: they need token_url, client_id, and a client_secret or a refresh_token.")
	}
	return nil
}

// grant is a token, and until when it is good.
type grant struct {
	token bot.Secret
	until time.Time
}

// early is how long before its end a token is renewed.
const early = 2 * time.Minute

// token gives a token that is good, a new one where needed.
func (s *Source) token(ctx context.Context) (string, error) {
	s.mu.Lock()
	held := s.grant
	s.mu.Unlock()
	if held.token != "" && s.now().Before(held.until) {
		return held.token.Reveal(), nil
	}
	o := s.set.OAuth
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {o.ClientID}}
	if o.ClientSecret != "" {
		form.Set("client_secret", o.ClientSecret.Reveal())
	}
	if o.RefreshToken != "" {
		form.Set("grant_type", "refresh_token")
		form.Set("refresh_token", o.RefreshToken.Reveal())
	}
	if o.Scope != "" {
		form.Set("scope", o.Scope)
	}
	base, _ := httpx.Base(o.TokenURL)
	req, err := httpx.Request(httpx.Repeatable(ctx), http.MethodPost, base, "", nil)
	if err != nil {
		return "", err
	}
	body := form.Encode()
	req.Body, req.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		Token   bot.Secret `json:"access_token"`
		Expires int64      `json:"expires_in"` // seconds
	}
	if err := httpx.JSON(s.http, req, 1<<20, &got); err != nil {
		if bot.KindOf(err) == bot.ErrInvalid {
			return "", &bot.Error{Kind: bot.ErrUnauthorized, Msg: base.Hostname() + " gives no token. Check oauth: the application's id, its secret and the consent.", Err: err}
		}
		return "", err
	}
	if got.Token == "" {
		return "", bot.Errorf(bot.ErrUnavailable, "%s answers without a token.", base.Hostname())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant = grant{token: got.Token, until: s.now().Add(time.Duration(max(got.Expires, 0))*time.Second - early)}
	return got.Token.Reveal(), nil
}

// forget drops a token that was refused.
func (s *Source) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.grant = grant{}
}

// xoauth2 is the log-in of Google and Microsoft
// (developers.google.com/workspace/gmail/imap/xoauth2-protocol).
type xoauth2 struct{ user, token string }

var _ sasl.Client = xoauth2{}

// Start implements sasl.Client.
func (x xoauth2) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next implements sasl.Client: a challenge holds why it is refused, and is
// answered by nothing.
func (x xoauth2) Next([]byte) ([]byte, error) { return []byte{}, nil }
