package httpx

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"earshot/bot"
)

// The bounds of the client. They are ours, chosen so that no service can hold a
// source up or fill the memory.
const (
	DefaultTimeout = 60 * time.Second // a whole request, redirects and body included
	DefaultMaxBody = 32 << 20         // bytes of a body after decompression
	MaxRedirects   = 5
	dialTimeout    = 10 * time.Second
	headerTimeout  = 30 * time.Second
	maxHeader      = 1 << 20 // bytes of an answer's header
)

// Options are the settings of the client; zero values mean the defaults.
type Options struct {
	UserAgent string        // "Earshot/1.0 (+https://…)"; set where a request has none
	Timeout   time.Duration // of a whole request; a request's context may be shorter
	MaxBody   int64         // bytes after decompression
	Allow     []string      // addresses, ranges and hosts beyond the public internet; see NewGuard
	// Proxy chooses a proxy, as http.ProxyFromEnvironment does. It resolves
	// names itself, so it must guard private networks itself; its own address
	// must be public or allowed. nil means none.
	Proxy func(*http.Request) (*url.URL, error)
}

// New makes the client. It fails with an Error of kind ErrInvalid when Allow
// cannot be read.
func New(opt Options) (*http.Client, error) {
	guard, err := NewGuard(opt.Allow)
	if err != nil {
		return nil, err
	}
	if opt.Timeout <= 0 {
		opt.Timeout = DefaultTimeout
	}
	if opt.MaxBody <= 0 {
		opt.MaxBody = DefaultMaxBody
	}
	if opt.UserAgent == "" {
		opt.UserAgent = "Earshot"
	}
	base := &http.Transport{
		Proxy:                  opt.Proxy,
		DialContext:            guard.also(nil).dial(dialTimeout),
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    4,
		IdleConnTimeout:        90 * time.Second,
		TLSHandshakeTimeout:    dialTimeout,
		ResponseHeaderTimeout:  headerTimeout,
		MaxResponseHeaderBytes: maxHeader,
	}
	return &http.Client{
		Timeout:       opt.Timeout,
		CheckRedirect: checkRedirect,
		Transport:     &transport{base: base, guard: guard, agent: opt.UserAgent, maxBody: opt.MaxBody},
	}, nil
}

// transport adds the guard, the name and the cap to every request, also to
// those that a redirect makes.
type transport struct {
	base    *http.Transport
	guard   *Guard
	agent   string
	maxBody int64
}

// CloseIdleConnections lets http.Client.CloseIdleConnections through.
func (t *transport) CloseIdleConnections() { t.base.CloseIdleConnections() }

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := t.guard.checkURL(req.URL); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // RoundTrip must close it, also on errors
		}
		return nil, err
	}
	if req.Header.Get("User-Agent") == "" {
		req = req.Clone(req.Context())
		req.Header.Set("User-Agent", t.agent)
	}
	resp, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if enc := resp.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") && !resp.Uncompressed {
		_ = resp.Body.Close()
		return nil, fmt.Errorf("the answer is compressed with %q, which was not asked for", enc)
	}
	if resp.StatusCode != http.StatusSwitchingProtocols { // a web socket is written too, and bounded by who reads it
		resp.Body = &cappedBody{body: resp.Body, left: t.maxBody}
	}
	return resp, nil
}

// errTooLarge says that an answer is above the cap.
var errTooLarge = errors.New("the answer is larger than is read")

// cappedBody fails once more than left bytes have been read. It sits outside
// the decompression, so a small answer that unpacks to a huge one is caught.
type cappedBody struct {
	body io.ReadCloser
	left int64
}

func (c *cappedBody) Read(p []byte) (int, error) {
	if c.left < 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.body.Read(p)
	c.left -= int64(n)
	if c.left < 0 {
		return n - 1, errTooLarge
	}
	return n, err
}

func (c *cappedBody) Close() error { return c.body.Close() }

// checkRedirect bounds redirects, keeps https from falling back to http, and
// takes every header that may be a secret away when the host changes: Go does
// that for Authorization and cookies alone, and services have keys of their own.
func checkRedirect(req *http.Request, via []*http.Request) error {
	if len(via) > MaxRedirects {
		return bot.Errorf(bot.ErrUnavailable, "%s redirects more than %d times.", req.URL.Hostname(), MaxRedirects)
	}
	first := via[0].URL
	if via[len(via)-1].URL.Scheme == "https" && req.URL.Scheme != "https" {
		return bot.Errorf(bot.ErrUnavailable, "%s redirects from https to an address without encryption.", first.Hostname())
	}
	if !strings.EqualFold(req.URL.Host, first.Host) {
		for name := range req.Header {
			if !harmless(name) {
				req.Header.Del(name)
			}
		}
	}
	return nil
}

// harmless lists the request headers that another host may see.
func harmless(name string) bool {
	switch name {
	case "Accept", "Accept-Language", "User-Agent", "If-None-Match", "If-Modified-Since", "Content-Type":
		return true
	}
	return false
}
