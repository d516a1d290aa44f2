// Package bluesky listens to Bluesky, or any network that speaks the AT
// Protocol's app.bsky interface (docs.bsky.app): what mentions, answers or
// quotes our account, what holds a term of the watches, and on demand the whole
// stream of posts, matched on our side. Customers are answered in their thread,
// once: each answer has a record key that follows from the reply.
package bluesky

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/window"
)

// Settings of a Bluesky source.
type Settings struct {
	Handle    string     `yaml:"handle" json:"handle,omitempty" jsonschema:"our account, as larkspur.bsky.social; needed for mentions, searches and answers"`
	Password  bot.Secret `yaml:"password" json:"password,omitempty" jsonschema:"an app password of our account: Settings, Privacy and security, App passwords; never the account's own password"`
	Server    string     `yaml:"server" json:"server,omitempty" jsonschema:"the server that our account lives on; https://bsky.social by default"`
	Mentions  *bool      `yaml:"mentions" json:"mentions,omitempty" jsonschema:"what mentions, answers or quotes our account; on by default where there is an account"`
	Search    *bool      `yaml:"search" json:"search,omitempty" jsonschema:"search for terms; on by default where there is an account, and with stream where there are not too many of them"`
	Terms     []string   `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default the terms of the watches"`
	Stream    bool       `yaml:"stream" json:"stream,omitempty" jsonschema:"hear every post of Bluesky as it is written, and keep what holds a term of the watches; needs no account"`
	Jetstream string     `yaml:"jetstream" json:"jetstream,omitempty" jsonschema:"the Jetstream that is listened to; https://jetstream2.us-east.bsky.network by default"`
	AppView   string     `yaml:"appview" json:"appview,omitempty" jsonschema:"where profiles and posts are looked up without an account; https://public.api.bsky.app by default"`
	Watch     string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all posts that are found belong to; by default the terms of the watches decide"`
	History   int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 7 by default"`
}

// The service's limits (docs.bsky.app/docs/advanced-guides/rate-limits: 3,000
// requests in 5 minutes to an address; lexicons of searchPosts and
// listNotifications: pages of 100; getPosts and getProfiles: 25 at once;
// app.bsky.feed.post: 300 graphemes and 3,000 bytes), and ours.
const (
	usualServer    = "https://bsky.social"
	usualJetstream = "https://jetstream2.us-east.bsky.network"
	usualAppView   = "https://public.api.bsky.app"
	web            = "https://bsky.app"
	every          = time.Minute
	fills          = 5 * time.Minute // between two reads while the stream is heard
	back           = 10 * time.Minute
	pageSize       = 100
	maxPages       = 20 // of one list, or of one search before it goes on from the oldest
	maxTerms       = 50 // each is a request a minute
	several        = 25
	keepRecent     = 600 // posts that are looked at again
	maxBody        = 8 << 20
	maxTerm        = 200
	maxGraphemes   = 300
	maxBytes       = 3000
	usualHistory   = 7
	mostHistory    = 90
	spare          = 50 // requests that are kept for answers
)

// Driver describes the kind "bluesky".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "bluesky",
		Reads:    "mentions of our account, answers to it and quotes, searches, and on demand every post of Bluesky",
		Answers:  "by a reply in the thread",
		Live:     "polled every minute; with stream: true every post as it is written",
		Needs:    "an app password of our account; nothing for the stream alone",
		Every:    every,
		Searches: true,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New: func(name string, decode func(into any) error, env bot.SourceEnv) (bot.Source, error) {
			var s Settings
			if err := decode(&s); err != nil {
				return nil, err
			}
			src, err := newSource(name, s, env)
			if err != nil {
				return nil, err
			}
			if s.Stream {
				return &Streaming{src}, nil
			}
			return src, nil
		},
	}
}

// Source reads Bluesky by asking.
type Source struct {
	name      string
	set       Settings
	server    *url.URL
	appview   *url.URL
	jetstream *url.URL
	terms     []string
	mentions  bool
	http      *http.Client
	log       *slog.Logger
	now       func() time.Time
	matcher   func(source string) func(said string) bool
	left      httpx.Allowance
	turn      chan struct{} // held by who logs in or renews the session

	mu      sync.Mutex
	session session
	refused error     // of the last log-in with these credentials
	again   time.Time // when it may be tried again
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	src := &Source{name: name, set: s, http: env.HTTP, log: env.Log, now: env.Now, matcher: env.Matcher, turn: make(chan struct{}, 1)}
	if src.now == nil {
		src.now = time.Now
	}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	if err := src.addresses(); err != nil {
		return nil, err
	}
	src.set.Handle = strings.TrimPrefix(strings.TrimSpace(s.Handle), "@")
	account := src.set.Handle != ""
	wants := func(b *bool) bool { return b != nil && *b }
	switch {
	case account != (s.Password != ""):
		return nil, bot.Errorf(bot.ErrInvalid, "Set both handle and password, or neither: the account, and an app password of it.")
	case !account && (wants(s.Mentions) || wants(s.Search)):
		return nil, bot.Errorf(bot.ErrInvalid, "Mentions and searches need an account: set handle and password. Without one only stream can be read.")
	case !account && !s.Stream:
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing to read. Give handle and password of an account, or stream: true.")
	case s.Stream && env.Matcher == nil:
		return nil, bot.Errorf(bot.ErrInvalid, "The stream has far too many posts without watches to match them by. Leave stream out here.")
	case s.History < 0 || s.History > mostHistory:
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", s.History, mostHistory)
	}
	if s.History == 0 {
		src.set.History = usualHistory
	}
	src.mentions = account && (s.Mentions == nil || *s.Mentions)
	if account && (s.Search == nil || *s.Search) {
		src.terms = window.Terms(s.Terms, env.Watches, name, maxTerm)
	}
	if s.Stream && s.Search == nil && len(src.terms) > maxTerms { // the stream hears them all
		src.terms = nil
	}
	if n := len(src.terms); n > maxTerms {
		return nil, bot.Errorf(bot.ErrInvalid, "There are %d terms to search for; the service's limits allow %d. Give the source those that matter there, or use stream: true, which hears them all.", n, maxTerms)
	}
	return src, nil
}

// addresses reads where the services are.
func (s *Source) addresses() error {
	for _, a := range []struct {
		into              **url.URL
		name, set, normal string
	}{{&s.server, "server", s.set.Server, usualServer}, {&s.appview, "appview", s.set.AppView, usualAppView}, {&s.jetstream, "jetstream", s.set.Jetstream, usualJetstream}} {
		if a.set == "" {
			a.set = a.normal
		}
		a.set = regexp.MustCompile(`^ws(s?)://`).ReplaceAllString(a.set, "http$1://")
		base, ok := httpx.Base(a.set)
		if !ok {
			return bot.Errorf(bot.ErrInvalid, "%s is no address. Write it as %s.", a.name, a.normal)
		}
		*a.into = base
	}
	return nil
}

// account tells whether there is an account to ask with.
func (s *Source) account() bool { return s.set.Handle != "" }

// did is who we are; empty before the first log-in, and without an account.
func (s *Source) did() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.session.DID
}
