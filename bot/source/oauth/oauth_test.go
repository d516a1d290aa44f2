package oauth

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/sourcetest"
)

// service gives out numbered tokens, and answers whoever has the last one.
type service struct {
	*sourcetest.Server

	given int
	life  any
	reply http.HandlerFunc // to a request for a token, in place of one
}

func newService(t *testing.T) *service {
	t.Helper()
	s := &service{Server: sourcetest.NewServer(t), life: 3600}
	s.Handle("POST /token", func(w http.ResponseWriter, r *http.Request) {
		id, secret, basic := r.BasicAuth()
		if !basic {
			id, secret = r.FormValue("client_id"), r.FormValue("client_secret")
		}
		switch {
		case s.reply != nil:
			s.reply(w, r)
		case id != "id" || secret != "s&"+sourcetest.Canary || r.FormValue("grant_type") != "refresh_token" || r.FormValue("refresh_token") != "r":
			sourcetest.WriteJSON(w, http.StatusBadRequest, map[string]any{"error": "invalid_grant"})
		default:
			s.given++
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": fmt.Sprint("t", s.given), "expires_in": s.life, "scope": "read write,more"})
		}
	})
	s.Handle("POST /do", func(w http.ResponseWriter, r *http.Request) {
		sourcetest.Bearer(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprint(w, r.FormValue("x"))
		}, fmt.Sprint("t", s.given))(w, r)
	})
	return s
}

func (s *service) tokens(t *testing.T, now func() time.Time, basic bool) *Tokens {
	t.Helper()
	end, _ := httpx.Base(s.URL + "/token")
	return New(Grant{Service: "Larkspur", Endpoint: end, ID: "id", Secret: "s&" + sourcetest.Canary, Basic: basic,
		Form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"r"}}, Mend: "Ask again."}, sourcetest.Client(t), now)
}

// do sends one request with a body.
func (s *service) do(ctx context.Context, tok *Tokens) (int, error) {
	resp, err := tok.Do(ctx, func() (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+"/do", strings.NewReader("x=1"))
		if err == nil {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		return req, err
	})
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestTokensAreKeptAndRenewed(t *testing.T) {
	for _, basic := range []bool{false, true} {
		s, at := newService(t), time.Unix(1_800_000_000, 0)
		tok := s.tokens(t, func() time.Time { return at }, basic)
		step := func(name string, want int) {
			t.Helper()
			if code, err := s.do(t.Context(), tok); err != nil || code != http.StatusOK || s.given != want {
				t.Errorf("%s: %d, %v, after %d tokens, want %d", name, code, err, s.given, want)
			}
		}
		step("at first", 1)
		at = at.Add(58 * time.Minute)
		step("while it holds", 1)
		at = at.Add(time.Minute)
		step("a minute before its end", 2)
		s.Set(func() { s.given++ }) // the service forgets it
		step("when it is refused", 4)
		s.Set(func() { s.life = nil })
		at = at.Add(time.Hour)
		step("one that does not say how long", 5)
		if sc, err := tok.Scopes(t.Context()); err != nil || strings.Join(sc, " ") != "read write more" {
			t.Errorf("scopes %v, %v", sc, err)
		}
	}
}

func TestManyAtOnceAskForOneToken(t *testing.T) {
	s := newService(t)
	tok := s.tokens(t, time.Now, true)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if code, err := s.do(t.Context(), tok); err != nil || code != http.StatusOK {
				t.Errorf("%d, %v", code, err)
			}
		})
	}
	if all.Wait(); s.given != 1 {
		t.Errorf("%d tokens were asked for", s.given)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.do(ctx, s.tokens(t, time.Now, true)); err == nil {
		t.Error("a context that has ended is no matter")
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := newService(t)
	status := func(code int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); _, _ = fmt.Fprint(w, body) }
	}
	for name, tc := range map[string]struct {
		reply http.HandlerFunc
		kind  bot.ErrorKind
		says  string
	}{
		"the grant":          {status(400, `{"error":"invalid_grant"}`), bot.ErrUnauthorized, "refresh token"},
		"the client":         {status(401, `{"error":"invalid_client"}`), bot.ErrUnauthorized, "client id"},
		"with a number":      {status(401, `{"error":401}`), bot.ErrUnauthorized, "client id"},
		"the scope":          {status(400, `{"error":"invalid_scope"}`), bot.ErrUnauthorized, "permissions"},
		"with status 200":    {status(200, `{"error":"invalid_grant"}`), bot.ErrUnauthorized, "Ask again."},
		"no token":           {status(200, `{}`), bot.ErrUnavailable, "another form"},
		"no JSON":            {status(200, `<html>`), bot.ErrUnavailable, "another form"},
		"an outage":          {status(502, ``), bot.ErrUnavailable, "out of order"},
		"too much":           {status(200, strings.Repeat(" ", maxBody+1)), bot.ErrInvalid, "larger"},
		"a token with lines": {status(200, `{"access_token":"a\nb"}`), bot.ErrUnavailable, ""},
	} {
		s.Set(func() { s.reply = tc.reply })
		_, err := s.do(t.Context(), s.tokens(t, time.Now, false))
		if bot.KindOf(err) != tc.kind || !strings.Contains(bot.Told(err), tc.says) || strings.Contains(err.Error(), sourcetest.Canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestATokenThatIsNeverTaken(t *testing.T) {
	s := newService(t)
	tok := s.tokens(t, time.Now, false)
	s.Set(func() {
		s.reply = func(w http.ResponseWriter, _ *http.Request) {
			sourcetest.WriteJSON(w, http.StatusOK, map[string]any{"access_token": "wrong"})
		}
	})
	if code, err := s.do(t.Context(), tok); err != nil || code != http.StatusUnauthorized || len(s.Requests()) != 4 {
		t.Errorf("%d, %v after %d requests; want 401 after two tokens and two tries", code, err, len(s.Requests()))
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add(`{"access_token":"a","expires_in":1e300,"scope":" , "}`)
	f.Add(`{"access_token":"a","expires_in":-1}`)
	f.Fuzz(func(t *testing.T, body string) {
		client := &http.Client{Transport: answers(body)}
		end, _ := httpx.Base("https://x.example/token")
		tok := New(Grant{Service: "Larkspur", Endpoint: end}, client, time.Now)
		if _, err := tok.get(t.Context()); err != nil {
			return
		}
		if left := time.Until(tok.until); tok.token == "" || left < -time.Minute || left > 1e9*time.Second {
			t.Fatalf("%q holds for %v", tok.token, left)
		}
	})
}

// answers is a transport that says the same to all.
type answers string

func (a answers) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: body{strings.NewReader(string(a))}}, nil
}

type body struct{ *strings.Reader }

func (body) Close() error { return nil }
