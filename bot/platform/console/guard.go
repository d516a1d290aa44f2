package console

import (
	"encoding/hex"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// minToken is the shortest login token: 16 random characters are beyond
	// guessing at the pace that login allows (OWASP Authentication Cheat Sheet).
	minToken = 16
	// maxBody is the largest request read: a form's four fields of the longest
	// text, percent-encoded, and then some.
	maxBody = 512 << 10
	// sessionFor is how long a login holds.
	sessionFor = 7 * 24 * time.Hour
	// triesPerMinute is how often one address may try to log in.
	triesPerMinute = 10
	// triers is how many addresses the throttle remembers.
	triers = 1024

	sessionCookie = "earshot_session"
	personCookie  = "earshot_as"
)

// policy lets the page load what the binary serves and nothing else: no inline
// script or style, no frame, no other host. Pictures may stand in line (data:),
// which private answers need (developer.mozilla.org/docs/Web/HTTP/CSP).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// guard puts the rules of the house before every request.
func (s *server) guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "This request came from another page. Open the console and do it there.", http.StatusForbidden)
	}))
	inner := cross.Handler(http.MaxBytesHandler(s.session(next), maxBody))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
		h.Set("Cache-Control", "no-store")
		if !s.hostAllowed(r.Host) {
			http.Error(w, "The console is not known by this name. Open it at "+s.c.URL()+".", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// hostAllowed keeps a foreign name that was pointed at this machine (DNS
// rebinding) from reading a console without login. With a login the session
// cookie, which is bound to the name, does that.
func (s *server) hostAllowed(host string) bool {
	if s.c.cfg.guarded() {
		return true
	}
	if u, err := url.Parse(s.c.cfg.PublicURL); err == nil && u.Host != "" && strings.EqualFold(u.Host, host) {
		return true
	}
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = strings.Trim(host, "[]")
	}
	return loopback(name)
}

// session lets only those who are logged in pass, where there is a login.
func (s *server) session(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open := !s.c.cfg.guarded() || r.URL.Path == "/login" || strings.HasPrefix(r.URL.Path, "/assets/")
		if _, in := s.loggedIn(r); open || in {
			next.ServeHTTP(w, r)
			return
		}
		if r.Method == http.MethodGet && r.Header.Get("HX-Request") == "" && r.Header.Get("Accept") != "text/event-stream" {
			http.Redirect(w, r, "/login?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		}
		w.Header().Set("HX-Refresh", "true")
		http.Error(w, "You are logged out. Load the page again to log in.", http.StatusUnauthorized)
	})
}

type loginData struct{ Title, Head, Next, Error string }

func (s *server) loginPage(w http.ResponseWriter, r *http.Request) {
	if _, in := s.loggedIn(r); in || !s.c.cfg.guarded() {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.html(w, r, "login", loginData{Title: s.c.cfg.Title, Next: localPath(r.URL.Query().Get("next"))})
}

// login lets in whoever has a token.
func (s *server) login(w http.ResponseWriter, r *http.Request) {
	d := loginData{Title: s.c.cfg.Title, Next: localPath(r.FormValue("next"))}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	if !s.tries.allow(address, s.c.now()) {
		d.Error = "Too many tries. Wait a minute, then try again."
		w.Header().Set("Retry-After", "60")
		s.htmlStatus(w, r, http.StatusTooManyRequests, "login", d)
		return
	}
	person, ok := s.c.cfg.holder(r.FormValue("token"))
	if !ok {
		s.c.log.WarnContext(r.Context(), "console login refused", "address", address)
		d.Error = "That is not the token."
		s.htmlStatus(w, r, http.StatusUnauthorized, "login", d)
		return
	}
	s.c.log.InfoContext(r.Context(), "console login", "address", address, "person", person)
	until := s.c.now().Add(sessionFor)
	http.SetCookie(w, s.cookie(r, sessionCookie, s.c.cfg.session(until, person)))
	http.Redirect(w, r, d.Next, http.StatusSeeOther)
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	c := s.cookie(r, sessionCookie, "")
	c.MaxAge = -1
	http.SetCookie(w, c)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// cookie is a cookie that no script and no other site gets at.
func (s *server) cookie(r *http.Request, name, value string) *http.Cookie {
	return &http.Cookie{
		Name: name, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		MaxAge: int(sessionFor.Seconds()), Secure: r.TLS != nil || strings.HasPrefix(s.c.cfg.PublicURL, "https:"),
	}
}

// localPath is next when it leads to a page of ours, else "/". A control
// character could end a header: url.Parse lets one pass behind a "#".
func localPath(next string) string {
	strange := strings.ContainsFunc(next, func(r rune) bool { return r == '\\' || unicode.IsControl(r) })
	if u, err := url.Parse(next); err == nil && u.Host == "" && u.Scheme == "" && strings.HasPrefix(next, "/c/") && !strange {
		return next
	}
	return "/"
}

// throttle counts tries to log in by address and minute.
type throttle struct {
	mu     sync.Mutex
	minute int64
	tries  map[string]int
}

// allow counts one try. When more addresses try within a minute than are
// remembered, the new ones are refused.
func (t *throttle) allow(address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if minute := now.Unix() / 60; minute != t.minute || t.tries == nil {
		t.minute, t.tries = minute, map[string]int{}
	}
	if _, known := t.tries[address]; !known && len(t.tries) >= triers {
		return false
	}
	t.tries[address]++
	return t.tries[address] <= triesPerMinute
}

// personValue and personOf carry a person's id in a cookie, which takes no
// character of its own accord (RFC 6265, section 4.1.1).
func personValue(id string) string { return hex.EncodeToString([]byte(id)) }

func personOf(value string) string {
	id, err := hex.DecodeString(value)
	if err != nil {
		return ""
	}
	return string(id)
}
