// Package feed listens to RSS, Atom, RDF and JSON feeds: reviews, forum
// threads, blogs and news. It asks only for what has changed, notices edited
// items, and reads what it can of a feed with broken items in it.
package feed

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Settings of a feed source.
type Settings struct {
	URL      string     `yaml:"url" json:"url" jsonschema:"the address of the feed"`
	User     string     `yaml:"user" json:"user,omitempty" jsonschema:"user name, where the feed needs one"`
	Password bot.Secret `yaml:"password" json:"password,omitempty" jsonschema:"password of the user"`
	Token    bot.Secret `yaml:"token" json:"token,omitempty" jsonschema:"bearer token, where the feed needs one"`
	Watch    string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all items belong to; by default the terms of the watches decide"`
	Language string     `yaml:"language" json:"language,omitempty" jsonschema:"language of the items, where the feed does not say, as en"`
}

const (
	every   = 5 * time.Minute
	maxBody = 10 << 20 // bytes of a feed, decompressed
	accept  = "application/atom+xml, application/rss+xml, application/rdf+xml, application/feed+json;q=0.9, application/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

// Driver describes the kind "feed".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "feed",
		Reads:    "RSS, Atom, RDF and JSON Feed",
		Answers:  "not possible: a feed has no way back; the text can be copied",
		Live:     "polled every 5 minutes",
		Needs:    "the address of the feed",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads one feed.
type Source struct {
	set  Settings
	url  *url.URL
	http *http.Client
	now  func() time.Time
}

func newSource(_ string, s Settings, env bot.SourceEnv) (*Source, error) {
	u, err := url.Parse(s.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, bot.Errorf(bot.ErrInvalid, "The address of the feed, %q, is not one. Write it as https://example.com/feed.xml.", httpx.Redact(s.URL))
	}
	now := env.Now
	if now == nil {
		now = time.Now
	}
	return &Source{set: s, url: u, http: env.HTTP, now: now}, nil
}

// Poll implements bot.Source.
func (s *Source) Poll(ctx context.Context, cursor bot.Cursor) (bot.Batch, error) {
	pos := parsePosition(cursor)
	resp, err := s.get(ctx, pos)
	if err != nil {
		return bot.Batch{}, err
	}
	if resp.StatusCode == http.StatusNotModified {
		_ = resp.Body.Close()
		return bot.Batch{Next: cursor}, nil
	}
	if err := httpx.Status(resp); err != nil {
		_, _ = io.CopyN(io.Discard, resp.Body, 4<<10) // so that the connection can be used again
		_ = resp.Body.Close()
		return bot.Batch{}, err
	}
	body, err := httpx.Read(resp, maxBody)
	if err != nil {
		return bot.Batch{}, err
	}
	doc, err := parse(bytes.TrimSpace(body))
	if err != nil {
		return bot.Batch{}, err
	}
	b, pos := s.batch(doc, pos)
	if !b.More { // an unchanged answer is worth skipping only when all of this one is read
		pos.ETag, pos.Modified = short(resp.Header.Get("ETag")), short(resp.Header.Get("Last-Modified"))
	}
	b.Next, err = pos.cursor()
	return b, err
}

// short leaves out a validator that is too long to be one.
func short(v string) string {
	if len(v) > 1000 {
		return ""
	}
	return v
}

// get asks for the feed, if it has changed since pos.
func (s *Source) get(ctx context.Context, pos position) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.String(), nil)
	if err != nil {
		return nil, fmt.Errorf("ask for the feed: %w", err)
	}
	req.Header.Set("Accept", accept)
	if pos.ETag != "" {
		req.Header.Set("If-None-Match", pos.ETag)
	}
	if pos.Modified != "" {
		req.Header.Set("If-Modified-Since", pos.Modified)
	}
	switch {
	case s.set.Token != "":
		req.Header.Set("Authorization", "Bearer "+s.set.Token.Reveal())
	case s.set.User != "":
		req.SetBasicAuth(s.set.User, s.set.Password.Reveal())
	}
	return httpx.Do(s.http, req)
}

// Check implements bot.Checker: it reads the feed once and keeps nothing.
func (s *Source) Check(ctx context.Context) []bot.Finding {
	what := "Feed: can read " + httpx.Redact(s.set.URL)
	if _, err := s.Poll(ctx, ""); err != nil {
		return []bot.Finding{{What: what, Mend: bot.Told(err)}}
	}
	return []bot.Finding{{OK: true, What: what}}
}
