package console

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"earshot/bot"
)

const annsToken = bot.Secret("a-token-of-anns-own")

// entered is the session that a token gets.
func (s *site) entered(token bot.Secret) *http.Cookie {
	s.t.Helper()
	w := s.do(http.MethodPost, "/login", url.Values{"token": {token.Reveal()}}, nil)
	if len(w.Result().Cookies()) != 1 {
		s.t.Fatalf("%d, and no session", w.Code)
	}
	return w.Result().Cookies()[0]
}

// TestOwnLogin: who has a login of their own is themselves, whatever the
// browser asks for, and nobody with the shared token is them.
func TestOwnLogin(t *testing.T) {
	s := newSite(t, Config{Token: secret, Logins: map[string]bot.Secret{"ann": annsToken}, People: people()})
	as := func(session *http.Cookie, person string) func(*http.Request) {
		return func(r *http.Request) {
			r.AddCookie(session)
			r.AddCookie(&http.Cookie{Name: personCookie, Value: personValue(person)})
		}
	}
	acts := func(session *http.Cookie, person string) string {
		r := &http.Request{Header: http.Header{}}
		as(session, person)(r)
		return (&server{c: s.c}).who(r).ID
	}
	ann, anybody := s.entered(annsToken), s.entered(secret)
	for _, c := range []struct {
		session   *http.Cookie
		asks, was string
	}{{ann, "ann", "ann"}, {ann, "bob", "ann"}, {ann, "", "ann"}, {anybody, "bob", "bob"}, {anybody, "ann", "bob"}, {anybody, "", "bob"}} {
		if got := acts(c.session, c.asks); got != c.was {
			t.Errorf("asking to be %q acts as %q, want %q", c.asks, got, c.was)
		}
	}
	if w := s.do(http.MethodPost, "/as", url.Values{"person": {"bob"}}, as(ann, "ann")); w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
		t.Errorf("Ann becomes Bob: %d", w.Code)
	}
	if page := s.do(http.MethodGet, "/c/general", nil, as(ann, "ann")).Body.String(); strings.Contains(page, `action="/as"`) || strings.Contains(page, `value="bob"`) {
		t.Error("Ann is offered to be somebody else")
	}
	if page := s.do(http.MethodGet, "/c/general", nil, as(anybody, "bob")).Body.String(); strings.Contains(page, `value="ann"`) {
		t.Error("somebody is offered to be Ann")
	}
}

// TestOwnSession: a session is good for the person that it was made for, and
// ends with their token alone.
func TestOwnSession(t *testing.T) {
	cfg := Config{Token: secret, Logins: map[string]bot.Secret{"ann": annsToken, "bob": "a-token-of-bobs-own"}, People: people()}
	s := newSite(t, cfg)
	ann := s.entered(annsToken)
	good := func(s *site, value string) bool {
		return s.do(http.MethodGet, "/c/general", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sessionCookie, Value: value}) }).Code == http.StatusOK
	}
	parts := strings.Split(ann.Value, ".")
	for value, want := range map[string]bool{
		ann.Value: true, strings.Join([]string{parts[0], personValue("bob"), parts[2]}, "."): false, parts[0] + ".." + parts[2]: false,
		strings.Join([]string{parts[0], personValue("nobody"), parts[2]}, "."): false, parts[0] + "." + strings.ToUpper(parts[1]) + "x." + parts[2]: false,
	} {
		if got := good(s, value); got != want {
			t.Errorf("the session %q is good: %v, want %v", value, got, want)
		}
	}
	cfg.Logins = map[string]bot.Secret{"ann": "another-token-of-anns", "bob": "a-token-of-bobs-own"}
	if good(newSite(t, cfg), ann.Value) {
		t.Error("the session outlives its token")
	}
	cfg.Logins = map[string]bot.Secret{"bob": "a-token-of-bobs-own"}
	if good(newSite(t, cfg), ann.Value) {
		t.Error("the session outlives the login")
	}
	for name, wrong := range map[string]map[string]bot.Secret{
		"short": {"ann": "short"}, "shared": {"ann": secret}, "twice": {"ann": annsToken, "bob": annsToken}, "nobody's": {"eve": annsToken}, "empty": {"ann": ""},
	} {
		_, err := New(Config{Token: secret, Logins: wrong, People: people()}, newMemory(), slog.New(slog.DiscardHandler), time.Now)
		if bot.KindOf(err) != bot.ErrInvalid || strings.Contains(err.Error(), annsToken.Reveal()) || strings.Contains(err.Error(), secret.Reveal()) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzSession: no cookie lets anybody in but one that was given out.
func FuzzSession(f *testing.F) {
	cfg := Config{Token: secret, Logins: map[string]bot.Secret{"ann": annsToken}, People: people()}
	until := time.Date(2026, 3, 17, 12, 0, 0, 0, time.UTC)
	given := map[string]bool{cfg.session(until, shared): true, cfg.session(until, "ann"): true}
	for value := range given {
		f.Add(value)
	}
	f.Add("1..")
	c, err := New(cfg, newMemory(), slog.New(slog.DiscardHandler), func() time.Time { return until.Add(-time.Hour) })
	if err != nil {
		f.Fatal(err)
	}
	s := &server{c: c}
	f.Fuzz(func(t *testing.T, value string) {
		r := &http.Request{Header: http.Header{"Cookie": {sessionCookie + "=" + value}}}
		cookie, err := r.Cookie(sessionCookie)
		if _, in := s.loggedIn(r); in && (err != nil || !given[cookie.Value]) {
			t.Errorf("%q is let in", value)
		}
	})
}

// FuzzLocalPath: after a login nobody is led to another site, and no header is
// made.
func FuzzLocalPath(f *testing.F) {
	for _, s := range []string{"/c/triage", "//evil.example", "/c/\\evil.example", "/c/../../x", "https:/c/x", "/c/a\r\nSet-Cookie: a=b", "/c//evil.example", "/c/%0d%0a", "/c/a#\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, next string) {
		got := localPath(next)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || got != "/" && !strings.HasPrefix(got, "/c/") || strings.ContainsAny(got, "\\\r\n") {
			t.Errorf("%q leads to %q", next, got)
		}
	})
}
