package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"earshot/bot"
)

// marker is in every secret of the test, and must be in nothing that is said,
// logged, stored or shown.
const marker = "MARK3R"

// secretKeys lists every key of the configuration that holds a secret.
func secretKeys() []string {
	var keys []string
	var walk func(t reflect.Type, path string)
	walk = func(t reflect.Type, path string) {
		switch {
		case t == reflect.TypeFor[bot.Secret]():
			keys = append(keys, path)
		case t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map:
			walk(t.Elem(), path)
		case t.Kind() == reflect.Struct:
			for i := range t.NumField() {
				if name := t.Field(i).Tag.Get("yaml"); name != "" {
					walk(t.Field(i).Type, strings.TrimPrefix(path+"."+name, "."))
				}
			}
		}
	}
	walk(reflect.TypeFor[config](), "")
	slices.Sort(keys)
	return keys
}

const secretsYAML = `
database: {path: DIR/earshot.db}
console: {enabled: true, addr: "127.0.0.1:0", token: "${CONSOLE}", logins: {ann: "${LOGIN}"}}
http: {addr: "127.0.0.1:0"}
admin: {addr: "127.0.0.1:0", token: "${ADMIN}"}
log: {json: true, level: debug}
network: {allow: [127.0.0.1/32]}
slack: {mode: http, bot_token: "${BOT}", app_token: "${APP}", signing_secret: "${SIGNING}", api_url: "PEER/api/"}
discord: {token: "${DISCORD}", app_id: "111111111111111111", guild_id: "222222222222222222", api_url: "PEER/api/v10"}
language_model: {url: "PEER/v1", model: m, key: "${KEY}"}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: hooks, kind: webhook, secret: "${HOOK}", watch: Larkspur}
  - {name: blog, kind: feed, url: "WITHPASSWORD/feed?token=${QUERY}", every: 1s, watch: Larkspur}
routes:
  - {name: Support, watches: [Larkspur], to: [{console: support}, {slack: "#support"}, {discord: "333333333333333333"}]}
`

// TestSecretsStaySecret runs the program with a marker in every secret, against
// peers that refuse it and say the secret back, has it checked, attacked and
// torn down with a dump of every goroutine, and looks for the marker in
// everything that it said, wrote and showed.
func TestSecretsStaySecret(t *testing.T) {
	held := map[string]string{"console.token": "CONSOLE", "slack.bot_token": "BOT", "slack.app_token": "APP", "slack.signing_secret": "SIGNING",
		"discord.token": "DISCORD", "language_model.key": "KEY", "admin.token": "ADMIN", "console.logins": "LOGIN", "database.url": ""} // the last has tests of its own, with a server
	for _, key := range secretKeys() {
		if _, ok := held[key]; !ok {
			t.Errorf("%s holds a secret and has no marker in this test", key)
		}
	}
	for _, name := range []string{"CONSOLE", "BOT", "APP", "SIGNING", "DISCORD", "KEY", "ADMIN", "LOGIN", "HOOK", "QUERY", "PASSWORD"} {
		t.Setenv(name, fmt.Sprintf("xoxb-%s-%s-0123456789abcdef0123456789", marker, name))
	}
	peer := refusing(t)
	with, err := url.Parse(peer)
	if err != nil {
		t.Fatal(err)
	}
	with.User = url.UserPassword("reader", os.Getenv("PASSWORD"))
	h := newHouse(t, strings.NewReplacer("PEER", peer, "WITHPASSWORD", strings.ReplaceAll(with.String(), os.Getenv("PASSWORD"), "${PASSWORD}")).Replace(secretsYAML))
	for _, args := range [][]string{{"check"}, {"check", "--json"}, {"check", "--audit"}} {
		said, _ := exec.Command(lookProgram(t), append(args, "--config", h.path("earshot.yaml"))...).CombinedOutput() // it fails, and says why
		unmarked(t, strings.Join(args, " "), said)
	}
	p := h.start()
	provoke(t, p)
	p.signal(syscall.SIGQUIT)
	<-p.done
	said := p.said()
	if !strings.Contains(said, "goroutine ") {
		t.Error("it left no dump to look through")
	}
	for _, name := range []string{"Slack refuses", "Discord refuses", "blog"} {
		if !strings.Contains(strings.ToLower(said), strings.ToLower(name)) {
			t.Errorf("it was not provoked: nothing is said of %q", name)
		}
	}
	unmarked(t, "the log and the dump", []byte(said))
	files, err := filepath.Glob(h.path("*"))
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		unmarked(t, filepath.Base(file), body)
	}
}

// provoke does what makes the program speak of its secrets, if it does.
func provoke(t *testing.T, p *process) {
	t.Helper()
	get := func(method, address string, form url.Values, header http.Header) []byte {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = header.Clone()
		if form != nil && req.Header.Get("Content-Type") == "" {
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		res, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return append(body, fmt.Sprint(res.Header)...)
	}
	unmarked(t, "a refused login", get("POST", p.console()+"/login", url.Values{"token": {"wrong"}}, http.Header{}))
	in := get("POST", p.console()+"/login", url.Values{"token": {os.Getenv("CONSOLE")}}, http.Header{})
	unmarked(t, "a login", in)
	cookie := http.Header{"Cookie": {cookieIn(t, string(in))}}
	for _, line := range []string{"sources", "deliveries", "inbox", "rejected", "whoami"} {
		form := url.Values{"id": {"0123456789abcdef-" + line}, "kind": {"command"}, "line": {line}, "channel": {"support"}, "place": {"c"}}
		unmarked(t, "/voc "+line, get("POST", p.console()+"/act", form, cookie))
	}
	unmarked(t, "the console", get("GET", p.console()+"/c/support", nil, cookie))
	signed := http.Header{"X-Slack-Request-Timestamp": {"1"}, "X-Slack-Signature": {"v0=00"}, "X-Earshot-Timestamp": {"1"}, "X-Earshot-Signature": {"sha256=00"}}
	for _, path := range []string{"/slack", "/discord", "/hooks/hooks", "/livez", "/readyz", "/metrics", "/nothing"} {
		unmarked(t, path, get("POST", p.http()+path, url.Values{"a": {"b"}}, signed))
		unmarked(t, path, get("GET", p.http()+path, nil, signed))
	}
	admin := p.url("admin is open")
	for _, path := range []string{"/", "/metrics", "/readyz", "/debug/pprof/goroutine?debug=2", "/debug/pprof/heap?debug=1", "/debug/pprof/cmdline"} {
		unmarked(t, "admin "+path, get("GET", admin+path, nil, http.Header{}))
		unmarked(t, "admin "+path+", let in", get("GET", admin+path, nil, http.Header{"Authorization": {"Bearer " + os.Getenv("ADMIN")}}))
	}
	p.await("a platform cannot go on")
	eventually(t, "the feed's failure", func() bool { return strings.Contains(p.said(), "blog") })
}

// cookieIn finds the session among the headers of an answer.
func cookieIn(t *testing.T, answer string) string {
	t.Helper()
	_, after, found := strings.Cut(answer, "earshot_session=")
	if !found {
		t.Fatalf("there is no session in %s", answer)
	}
	value, _, _ := strings.Cut(after, ";")
	return "earshot_session=" + value
}

// refusing is a peer that refuses everything and says back what it was sent.
func refusing(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm() // what cannot be read is not said back
		said := fmt.Sprintf("%v %v %v", r.Header, r.Form, r.URL)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/api/v10") || strings.HasPrefix(r.URL.Path, "/v1") || strings.HasPrefix(r.URL.Path, "/feed") {
			w.WriteHeader(http.StatusUnauthorized)
		}
		fmt.Fprintf(w, `{"ok": false, "error": "invalid_auth", "code": 0, "message": %q, "said": %q}`, said, said)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func lookProgram(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath("earshot")
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// unmarked fails the test where the marker is in what was said.
func unmarked(t *testing.T, where string, said []byte) {
	t.Helper()
	for _, form := range []string{marker, "%4d%41%52%4b", "TUFSSzNS"} { // as it is, percent-encoded, in base64
		if i := bytes.Index(said, []byte(form)); i >= 0 {
			t.Errorf("%s tells a secret: …%s…", where, said[max(0, i-200):min(len(said), i+60)])
		}
	}
}
