package console

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/platformtest"
)

const secret = bot.Secret("a-long-enough-token")

// site is a console behind a handler of its own, with its clock.
type site struct {
	t   *testing.T
	c   *Console
	h   http.Handler
	now time.Time
}

func newSite(t *testing.T, cfg Config) *site {
	t.Helper()
	s := &site{t: t, now: platformtest.Noon()}
	c, err := New(cfg, newMemory(), slog.New(slog.DiscardHandler), func() time.Time { return s.now })
	if err != nil {
		t.Fatal(err)
	}
	s.c, s.h = c, c.Handler(platformtest.NewDesk())
	return s
}

func (s *site) do(method, target string, form url.Values, change func(*http.Request)) *httptest.ResponseRecorder {
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequestWithContext(s.t.Context(), method, target, body)
	r.Host = "127.0.0.1:8765"
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return w
}

func TestConfigRefused(t *testing.T) {
	for name, test := range map[string]struct {
		cfg  Config
		says string
	}{
		"beyond loopback without a token": {Config{Addr: "0.0.0.0:8765"}, "needs a login token"},
		"every interface":                 {Config{Addr: ":8765"}, "needs a login token"},
		"a short token":                   {Config{Addr: ":8765", Token: "short"}, "at least 16 characters"},
		"no port":                         {Config{Addr: "127.0.0.1"}, "not host:port"},
		"a path in the public address":    {Config{PublicURL: "https://voc.example.com/console"}, "without a path"},
		"another scheme":                  {Config{PublicURL: "ftp://voc.example.com"}, "http:// or https://"},
		"a channel without a name":        {Config{Channels: []ChannelInfo{{Name: "#"}}}, "Channel 1"},
		"a person without an id":          {Config{People: []bot.Person{{Name: "Ann"}}}, "Person 1"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(test.cfg, newMemory(), slog.New(slog.DiscardHandler), time.Now)
			if bot.KindOf(err) != bot.ErrInvalid || !strings.Contains(bot.Told(err), test.says) {
				t.Errorf("New gave %v, want invalid: %q", err, test.says)
			}
			if err != nil && strings.Contains(err.Error(), "short to") && strings.Contains(err.Error(), `"short"`) {
				t.Error("the token is shown")
			}
		})
	}
	for _, addr := range []string{"127.0.0.1:0", "[::1]:8765", "localhost:1", ""} {
		if _, err := New(Config{Addr: addr}, newMemory(), slog.New(slog.DiscardHandler), time.Now); err != nil {
			t.Errorf("%q is refused: %v", addr, err)
		}
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t, Config{})
	for _, path := range []string{"/c/general", "/assets/main.js", "/nothing", "/events-not"} {
		h := s.do(http.MethodGet, path, nil, nil).Header()
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY", "Cross-Origin-Resource-Policy": "same-origin"} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
	}
	page := s.do(http.MethodGet, "/c/general", nil, nil).Body.String()
	for _, bad := range []string{" style=", "<style", "onclick", "javascript:", "https://", "hx-on"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
}

func TestForeignHostIsRefused(t *testing.T) {
	s := newSite(t, Config{PublicURL: "https://voc.example.com"})
	for host, want := range map[string]int{
		"127.0.0.1:8765": 200, "localhost:9999": 200, "[::1]:8765": 200, "voc.example.com": 200,
		"evil.example": 421, "evil.example:8765": 421, "127.0.0.1.evil.example:8765": 421, "": 421,
	} {
		if got := s.do(http.MethodGet, "/c/general", nil, func(r *http.Request) { r.Host = host }).Code; got != want {
			t.Errorf("host %q: %d, want %d", host, got, want)
		}
	}
}

func TestForeignPageIsRefused(t *testing.T) {
	s := newSite(t, Config{People: people()})
	act := url.Values{"id": {"0123456789abcdef"}, "kind": {"command"}, "line": {"inbox"}}
	for _, path := range []string{"/act", "/as", "/logout", "/login"} {
		if got := s.do(http.MethodPost, path, act, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }).Code; got != http.StatusForbidden {
			t.Errorf("%s from another site: %d, want 403", path, got)
		}
		if got := s.do(http.MethodPost, path, act, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }).Code; got != http.StatusForbidden {
			t.Errorf("%s from another origin: %d, want 403", path, got)
		}
	}
	if got := s.do(http.MethodPost, "/act", act, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }).Code; got >= 300 {
		t.Errorf("from our own page: %d", got)
	}
}

func TestBodiesAreLimited(t *testing.T) {
	s := newSite(t, Config{})
	w := s.do(http.MethodPost, "/act", url.Values{"id": {"0123456789abcdef"}, "kind": {"command"}, "line": {strings.Repeat("x", maxBody)}}, nil)
	if !strings.Contains(w.Body.String(), "out of date") {
		t.Errorf("an act of %d bytes was read: %d %s", maxBody, w.Code, w.Body)
	}
}

func TestLogin(t *testing.T) {
	s := newSite(t, Config{Addr: "0.0.0.0:8765", Token: secret, PublicURL: "https://voc.example.com"})
	if w := s.do(http.MethodGet, "/c/triage", nil, nil); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login?next=%2Fc%2Ftriage" {
		t.Errorf("without a session: %d to %q", w.Code, w.Header().Get("Location"))
	}
	for _, path := range []string{"/events", "/m/1/0.png", "/side", "/complete", "/c/triage/1"} {
		if w := s.do(http.MethodGet, path, nil, func(r *http.Request) { r.Header.Set("HX-Request", "true") }); w.Code != http.StatusUnauthorized {
			t.Errorf("%s without a session: %d, want 401", path, w.Code)
		}
	}
	if w := s.do(http.MethodPost, "/act", url.Values{"id": {"0123456789abcdef"}}, nil); w.Code != http.StatusUnauthorized {
		t.Errorf("an act without a session: %d, want 401", w.Code)
	}
	if w := s.do(http.MethodPost, "/login", url.Values{"token": {"wrong"}}, nil); w.Code != http.StatusUnauthorized || len(w.Result().Cookies()) > 0 {
		t.Errorf("a wrong token: %d", w.Code)
	}
	w := s.do(http.MethodPost, "/login", url.Values{"token": {secret.Reveal()}, "next": {"//evil.example"}}, nil)
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" || len(w.Result().Cookies()) != 1 {
		t.Fatalf("the right token: %d to %q", w.Code, w.Header().Get("Location"))
	}
	cookie := w.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || !cookie.Secure || strings.Contains(cookie.Value, secret.Reveal()) {
		t.Errorf("the cookie is %+v", cookie)
	}
	with := func(value string) int {
		return s.do(http.MethodGet, "/c/general", nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: sessionCookie, Value: value}) }).Code
	}
	until, mac, _ := strings.Cut(cookie.Value, ".")
	for value, want := range map[string]int{cookie.Value: 200, until + "." + mac + "x": 303, "9" + until + "." + mac: 303, until: 303, "": 303, "." + mac: 303} {
		if got := with(value); got != want {
			t.Errorf("session %q: %d, want %d", value, got, want)
		}
	}
	s.now = s.now.Add(sessionFor + time.Minute)
	if got := with(cookie.Value); got != 303 {
		t.Errorf("after a week: %d, want 303", got)
	}
}

func TestLoginIsThrottled(t *testing.T) {
	s := newSite(t, Config{Token: secret})
	try := func(address, token string) int {
		return s.do(http.MethodPost, "/login", url.Values{"token": {token}}, func(r *http.Request) { r.RemoteAddr = address + ":4711" }).Code
	}
	for range triesPerMinute {
		try("192.0.2.1", "wrong")
	}
	if got := try("192.0.2.1", secret.Reveal()); got != http.StatusTooManyRequests {
		t.Errorf("try %d: %d, want 429 even with the right token", triesPerMinute+1, got)
	}
	if got := try("192.0.2.2", secret.Reveal()); got != http.StatusSeeOther {
		t.Errorf("from elsewhere: %d, want to be let in", got)
	}
	s.now = s.now.Add(time.Minute)
	if got := try("192.0.2.1", secret.Reveal()); got != http.StatusSeeOther {
		t.Errorf("a minute later: %d, want to be let in", got)
	}
}

func TestWhatIsSomebodyElses(t *testing.T) {
	s := newSite(t, Config{People: people()})
	v := bot.View{Notice: "for Bob", Blocks: []bot.Block{{Kind: bot.BlockImage, Image: &bot.Image{Alt: "x", PNG: platformtest.Picture()}}}}
	if err := s.c.Tell(t.Context(), bot.Interaction{By: people()[1]}, v); err != nil {
		t.Fatal(err)
	}
	as := func(id, path string) int {
		return s.do(http.MethodGet, path, nil, func(r *http.Request) { r.AddCookie(&http.Cookie{Name: personCookie, Value: personValue(id)}) }).Code
	}
	for _, path := range []string{"/c/@bob", "/c/@bob/1", "/m/1/0.png"} {
		if got := as("bob", path); got != 200 {
			t.Errorf("%s for Bob: %d", path, got)
		}
		if got := as("ann", path); got != 404 {
			t.Errorf("%s for Ann: %d, want 404", path, got)
		}
	}
	page := s.do(http.MethodGet, "/c/general", nil, nil)
	if strings.Contains(page.Body.String(), "@bob") {
		t.Error("Ann sees that Bob was told something")
	}
	if w := s.do(http.MethodPost, "/act", url.Values{"id": {"0123456789abcdef"}, "kind": {"say"}, "text": {"x"}, "channel": {"@bob"}, "message": {"1"}}, nil); !strings.Contains(w.Body.String(), "somebody else") {
		t.Errorf("Ann writes into Bob's channel: %d", w.Code)
	}
	if w := s.do(http.MethodPost, "/act", url.Values{"id": {"0123456789abcdeg"}, "kind": {"say"}, "text": {"x"}, "channel": {"general"}, "message": {"1"}}, nil); !strings.Contains(w.Body.String(), "somebody else") {
		t.Errorf("Ann writes into Bob's thread by the name of another channel: %d", w.Code)
	}
	if below, err := s.c.store.ThreadMessages(t.Context(), 1); err != nil || len(below) > 0 {
		t.Errorf("in Bob's thread stand %v, %v", below, err)
	}
}

func TestAssetsAreChecked(t *testing.T) {
	s := newSite(t, Config{})
	w := s.do(http.MethodGet, "/assets/main.js", nil, nil)
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || w.Header().Get("ETag") == "" {
		t.Errorf("main.js: %d %v", w.Code, w.Header())
	}
	if again := s.do(http.MethodGet, "/assets/main.js", nil, func(r *http.Request) { r.Header.Set("If-None-Match", w.Header().Get("ETag")) }); again.Code != http.StatusNotModified {
		t.Errorf("again: %d, want 304", again.Code)
	}
	for _, path := range []string{"/assets/..%2fguard.go", "/assets/none.js", "/assets/"} {
		if got := s.do(http.MethodGet, path, nil, nil).Code; got != 404 {
			t.Errorf("%s: %d, want 404", path, got)
		}
	}
	if w := s.do(http.MethodGet, "/assets/htmx.LICENSE.txt", nil, nil); !strings.Contains(w.Body.String(), "Zero-Clause BSD") {
		t.Error("htmx came without its licence")
	}
}
