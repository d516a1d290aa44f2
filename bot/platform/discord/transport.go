package discord

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"regexp"
	"strings"
	"sync/atomic"
)

// trip is what became of one call, beside what discordgo tells of it.
type trip struct {
	bucket string
	sent   atomic.Bool // the request went out: it may have happened
	status int         // 0 when no answer came
}

type tripKey struct{}

// transport brings discordgo's calls to the API's address, and keeps from it
// what would make it sleep: it waits for a rate limit with a plain sleep, so
// the headers that tell of one are read here and taken away.
type transport struct {
	base   http.RoundTripper
	api    *url.URL
	limits *limits
}

// apiBase reads the configured address of the API: a version is added where it
// names none. The API's version is that of Discord's published description.
func apiBase(address string) (*url.URL, error) {
	if address == "" {
		address = "https://discord.com/api/v10"
	}
	u, err := url.Parse(strings.TrimRight(address, "/"))
	if err != nil {
		return nil, err
	}
	if u.Path == "" {
		u.Path = "/api"
	}
	if !regexp.MustCompile(`/v\d+$`).MatchString(u.Path) {
		u.Path += "/v10"
	}
	return u, nil
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	trip, _ := req.Context().Value(tripKey{}).(*trip)
	ctx := req.Context()
	if trip != nil {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { trip.sent.Store(true) }})
	}
	req = req.Clone(ctx)
	t.rewrite(req)
	res, err := t.base.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if trip != nil {
		trip.sent.Store(true)
		trip.status = res.StatusCode
		t.limits.learn(ctx, trip.bucket, res)
	}
	for name := range res.Header {
		if strings.HasPrefix(strings.ToLower(name), "x-ratelimit-") {
			res.Header.Del(name)
		}
	}
	return plainLimit(res)
}

// rewrite turns discordgo's fixed address into ours.
func (t *transport) rewrite(req *http.Request) {
	path := req.URL.Path
	if i := strings.Index(path, "/api/v"); i == 0 {
		if j := strings.IndexByte(path[len("/api/v"):], '/'); j >= 0 {
			path = path[len("/api/v")+j:]
		}
	}
	u := *t.api
	u.Path += path
	u.RawQuery = req.URL.RawQuery
	req.URL = &u
	req.Host = u.Host
}

// plainLimit makes JSON of a 429 that is none: the guard before Discord
// answers with a page, which discordgo cannot read.
func plainLimit(res *http.Response) (*http.Response, error) {
	if res.StatusCode != http.StatusTooManyRequests || strings.Contains(res.Header.Get("Content-Type"), "json") {
		return res, nil
	}
	res.Body.Close()
	body, err := json.Marshal(map[string]any{"message": "rate limited before the API", "retry_after": retryAfter(res).Seconds(), "global": true})
	if err != nil {
		return nil, err
	}
	res.Header.Set("Content-Type", "application/json")
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}
