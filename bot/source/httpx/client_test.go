package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"earshot/bot"
)

// server is a loopback server; its client may reach it, and nothing else that
// is private.
func server(t *testing.T, h http.HandlerFunc, opt Options) (*httptest.Server, *http.Client) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	if opt.Allow == nil {
		opt.Allow = []string{"127.0.0.1"}
	}
	c, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.CloseIdleConnections)
	return s, c
}

func request(t *testing.T, method, url string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

func TestGuardStopsRequests(t *testing.T) {
	reached := false
	s, c := server(t, func(http.ResponseWriter, *http.Request) { reached = true }, Options{Allow: []string{"10.0.0.1"}})
	port := s.URL[strings.LastIndex(s.URL, ":"):]
	for _, url := range []string{s.URL, "http://localhost" + port, "http://[::ffff:127.0.0.1]" + port, "http://0x7f000001" + port, "http://2130706433" + port} {
		_, err := Do(c, request(t, "GET", url))
		if k := bot.KindOf(err); err == nil || k != bot.ErrInvalid && k != bot.ErrUnavailable {
			t.Errorf("%s: %v", url, err)
		}
	}
	if reached {
		t.Error("a private address was reached")
	}
}

func TestRedirects(t *testing.T) {
	var other *httptest.Server
	var got http.Header
	other, _ = server(t, func(_ http.ResponseWriter, r *http.Request) { got = r.Header.Clone() }, Options{})
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/inside":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		case "/other":
			http.Redirect(w, r, other.URL, http.StatusFound)
		}
	}, Options{})
	for path, want := range map[string]bot.ErrorKind{"/loop": bot.ErrUnavailable, "/inside": bot.ErrInvalid, "/file": bot.ErrInvalid} {
		if _, err := Do(c, request(t, "GET", s.URL+path)); bot.KindOf(err) != want {
			t.Errorf("%s: %v, want kind %s", path, err, want)
		}
	}
	req := request(t, "GET", s.URL+"/other")
	req.Header.Set("X-Api-Key", "secret")
	req.Header.Set("Authorization", "Bearer secret")
	req.Header.Set("Accept", "a/b")
	resp, err := Do(c, req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if strings.Contains(fmt.Sprint(got), "secret") || got.Get("Accept") != "a/b" || got.Get("User-Agent") != "Earshot" {
		t.Errorf("another host is shown %v", got)
	}
}

func TestBodies(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = io.CopyN(z, zeros{}, 8<<20)
	_ = z.Close()
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(bomb.Bytes())
		case "/brotli":
			w.Header().Set("Content-Encoding", "br")
			_, _ = w.Write([]byte("x"))
		case "/exact":
			_, _ = w.Write(make([]byte, 1<<20))
		case "/cut":
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("x"))
		}
	}, Options{MaxBody: 1 << 20})
	for path, want := range map[string]bot.ErrorKind{"/bomb": bot.ErrInvalid, "/brotli": bot.ErrUnavailable, "/exact": "", "/cut": bot.ErrUnavailable} {
		var body []byte
		resp, err := Do(c, request(t, "GET", s.URL+path))
		if err == nil {
			body, err = Read(resp, 2<<20)
		}
		if bot.KindOf(err) != want || len(body) > 1<<20 {
			t.Errorf("%s: %d bytes and %v, want kind %q", path, len(body), err, want)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCertainty(t *testing.T) {
	s, c := server(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, Options{})
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := "http://" + closed.Addr().String()
	_ = closed.Close()
	for _, tc := range []struct {
		name, method, url string
		repeatable        bool
		want              bot.ErrorKind
	}{
		{"post, never sent", "POST", nobody, false, bot.ErrUnavailable},
		{"post, dropped", "POST", s.URL, false, bot.ErrUncertain},
		{"patch, dropped", "PATCH", s.URL, false, bot.ErrUncertain},
		{"get, dropped", "GET", s.URL, false, bot.ErrUnavailable},
		{"put, dropped", "PUT", s.URL, false, bot.ErrUnavailable},
		{"search by post, dropped", "POST", s.URL, true, bot.ErrUnavailable},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := request(t, tc.method, tc.url)
			if tc.repeatable {
				req = req.WithContext(Repeatable(req.Context()))
			}
			if _, err := Do(c, req); bot.KindOf(err) != tc.want {
				t.Errorf("%v, want kind %s", err, tc.want)
			}
		})
	}
}

func TestNoSecrets(t *testing.T) {
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://user:hunter2@127.0.0.1:1/next?token=hunter2", http.StatusFound)
	}, Options{})
	url := strings.Replace(s.URL, "http://", "http://me:hunter2@", 1) + "/path?key=hunter2#hunter2"
	_, err := Do(c, request(t, "GET", url))
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("the error is %v", err)
	}
	if got := Redact(url); strings.Contains(got, "hunter2") || !strings.Contains(got, "/path") {
		t.Errorf("Redact gives %s", got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	req := request(t, "GET", s.URL).WithContext(ctx)
	if _, err := Do(c, req); !errors.Is(err, context.Canceled) {
		t.Errorf("the context's error is lost: %v", err)
	}
}

func TestStatus(t *testing.T) {
	get := request(t, "GET", "https://api.example/x?key=1")
	post := request(t, "POST", "https://api.example/x")
	for _, tc := range []struct {
		code   int
		req    *http.Request
		header http.Header
		want   bot.ErrorKind
		after  time.Duration
	}{
		{200, get, nil, "", 0}, {204, get, nil, "", 0}, {304, get, nil, "", 0},
		{400, get, nil, bot.ErrInvalid, 0}, {401, get, nil, bot.ErrUnauthorized, 0}, {403, get, nil, bot.ErrUnauthorized, 0},
		{404, get, nil, bot.ErrGone, 0}, {410, get, nil, bot.ErrGone, 0}, {408, get, nil, bot.ErrUnavailable, 0},
		{429, get, http.Header{"Retry-After": {"30"}}, bot.ErrRateLimited, 30 * time.Second},
		{429, post, nil, bot.ErrRateLimited, 0},
		{403, get, http.Header{"X-Ratelimit-Remaining": {"0"}}, bot.ErrRateLimited, 0},
		{500, get, nil, bot.ErrUnavailable, 0}, {503, post, http.Header{"Retry-After": {"5"}}, bot.ErrUnavailable, 5 * time.Second},
		{500, post, nil, bot.ErrUncertain, 0}, {502, post, nil, bot.ErrUncertain, 0}, {504, post, nil, bot.ErrUncertain, 0},
		{302, get, nil, bot.ErrUnavailable, 0},
	} {
		h := tc.header
		if h == nil {
			h = http.Header{}
		}
		err := Status(&http.Response{StatusCode: tc.code, Header: h, Request: tc.req})
		var e *bot.Error
		errors.As(err, &e)
		if bot.KindOf(err) != tc.want || e != nil && e.RetryAfter != tc.after {
			t.Errorf("%d to %s: %v, want kind %q after %v", tc.code, tc.req.Method, err, tc.want, tc.after)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, "1.5": 1500 * time.Millisecond, "-5": 0, "NaN": maxWait, "1e30": maxWait, "999999999": maxWait,
		"Mon, 09 Mar 2026 12:00:30 GMT": 30 * time.Second, "Mon, 09 Mar 2026 11:00:00 GMT": 0, "2026-03-09T12:01:00Z": time.Minute, "soon": 0,
	} {
		h := http.Header{}
		h.Set("Retry-After", in)
		if got := RetryAfter(h, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", in, got, want)
		}
	}
	h := http.Header{"X-Ratelimit-Remaining": {"0"}, "X-Ratelimit-Reset": {fmt.Sprint(now.Add(time.Minute).Unix())}}
	if got := RetryAfter(h, now); got != time.Minute {
		t.Errorf("X-RateLimit-Reset: %v, want a minute", got)
	}
}

func TestJSON(t *testing.T) {
	s, c := server(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, map[string]string{"/good": `{"a": 1}`, "/bad": `<html>`}[r.URL.Path])
	}, Options{})
	var into struct{ A int }
	if err := JSON(c, request(t, "GET", s.URL+"/good"), 1000, &into); err != nil || into.A != 1 {
		t.Errorf("%v, %v", into, err)
	}
	if err := JSON(c, request(t, "GET", s.URL+"/bad"), 1000, &into); bot.KindOf(err) != bot.ErrUnavailable {
		t.Errorf("not JSON: %v", err)
	}
	if err := JSON(c, request(t, "POST", s.URL+"/bad"), 1000, &into); bot.KindOf(err) != bot.ErrUncertain {
		t.Errorf("not JSON after a POST: %v", err)
	}
}
