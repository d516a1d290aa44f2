// Package mastodon listens to one Mastodon server, or any that speaks its
// interface (docs.joinmastodon.org): what mentions our account, hashtags, what
// holds a term of the watches, and public timelines. Customers are answered
// publicly or by direct message, once: each answer carries an Idempotency-Key.
package mastodon

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/window"
)

// Settings of a Mastodon source.
type Settings struct {
	Server   string     `yaml:"server" json:"server" jsonschema:"the address of the server, as https://mastodon.social"`
	Token    bot.Secret `yaml:"token" json:"token,omitempty" jsonschema:"access token of our account: Preferences, Development, New application, with read:accounts, read:notifications, read:statuses, read:search and write:statuses"`
	Mentions *bool      `yaml:"mentions" json:"mentions,omitempty" jsonschema:"what mentions our account; on by default where there is a token"`
	Hashtags []string   `yaml:"hashtags" json:"hashtags,omitempty" jsonschema:"hashtags to read, without #"`
	Search   bool       `yaml:"search" json:"search,omitempty" jsonschema:"search for terms; needs a token and a server with full-text search"`
	Terms    []string   `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default the terms of the watches"`
	Public   string     `yaml:"public" json:"public,omitempty" jsonschema:"a public timeline to read whole: local or all"`
	Stream   *bool      `yaml:"stream" json:"stream,omitempty" jsonschema:"hear what is new at once, beside asking; on by default where there is a token"`
	Watch    string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all posts belong to; by default the terms of the watches decide"`
}

// The service's limits (docs.joinmastodon.org/api/rate-limits: 300 requests in
// 5 minutes; methods/timelines: pages of 40; methods/statuses: 20 at once), and
// ours.
const (
	every        = time.Minute
	pageSize     = 40
	maxPages     = 10 // of one timeline in one read
	firstPages   = 5  // of one timeline in the first, silent read
	maxTimelines = 20 // each is a request a minute
	recheck      = 20 // posts looked at again in each read
	keepRecent   = 400
	maxBody      = 8 << 20
	maxTerm      = 200
	usualLimit   = 500 // characters of a post; docs.joinmastodon.org/user/posting
)

// Driver describes the kind "mastodon".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "mastodon",
		Reads:    "mentions of our account, hashtags, searches and public timelines of a Mastodon server",
		Answers:  "by a public reply or a direct message",
		Live:     "heard at once where there is a token; polled every minute",
		Needs:    "an access token of our account; none for hashtags and public timelines of servers that show them to all",
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
			if src.streams() {
				return &Streaming{src}, nil
			}
			return src, nil
		},
	}
}

// Source reads one server.
type Source struct {
	set   Settings
	base  *url.URL
	lines []timeline
	http  *http.Client
	log   *slog.Logger
	now   func() time.Time

	mu     sync.Mutex
	me     account  // who the token belongs to; empty before it is known, and without a token
	limit  int      // characters of a post
	stream *url.URL // where the streaming interface is; nil for the server itself
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	base, ok := httpx.Base(s.Server)
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "server is no address. Write it as https://mastodon.social.")
	}
	if s.Token == "" && s.Stream != nil && *s.Stream {
		return nil, bot.Errorf(bot.ErrInvalid, "The streams need a token since Mastodon 4.2. Make one at %s/settings/applications, or leave stream out.", base.Redacted())
	}
	if s.Token == "" && (s.Search || s.Mentions != nil && *s.Mentions) {
		return nil, bot.Errorf(bot.ErrInvalid, "Mentions and searches need a token. Make one at %s/settings/applications.", base.Redacted())
	}
	src := &Source{set: s, base: base, http: env.HTTP, log: env.Log, now: env.Now, limit: usualLimit}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	if src.now == nil {
		src.now = time.Now
	}
	var err error
	src.lines, err = timelines(name, s, env.Watches)
	return src, err
}

// timelines lists what is read.
func timelines(name string, s Settings, watches []bot.Watch) ([]timeline, error) {
	var all []timeline
	if s.Token != "" && (s.Mentions == nil || *s.Mentions) {
		all = append(all, timeline{key: "mentions", path: "api/v1/notifications", query: url.Values{"types[]": {"mention"}}, notes: true, stream: "user:notification"})
	}
	for _, tag := range window.Terms(s.Hashtags, nil, name, maxTerm) {
		all = append(all, timeline{key: "tag:" + strings.ToLower(tag), path: "api/v1/timelines/tag/" + url.PathEscape(tag), stream: "hashtag", tag: tag})
	}
	switch s.Public {
	case "":
	case "local", "all":
		q, stream := url.Values{}, "public"
		if s.Public == "local" {
			q.Set("local", "true")
			stream = "public:local"
		}
		all = append(all, timeline{key: "public", path: "api/v1/timelines/public", query: q, stream: stream})
	default:
		return nil, bot.Errorf(bot.ErrInvalid, "public is %q; it can be local or all.", s.Public)
	}
	if s.Search {
		for _, term := range window.Terms(s.Terms, watches, name, maxTerm) {
			q := url.Values{"q": {`"` + strings.ReplaceAll(term, `"`, " ") + `"`}, "type": {"statuses"}}
			all = append(all, timeline{key: "q:" + strings.ToLower(term), path: "api/v2/search", query: q, found: true})
		}
	}
	switch n := len(all); {
	case n == 0:
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing to read. Give a token, hashtags, or public: local.")
	case n > maxTimelines:
		return nil, bot.Errorf(bot.ErrInvalid, "There are %d hashtags and terms; the server's limits allow %d. Give the source those that matter there.", n, maxTimelines)
	}
	return all, nil
}
