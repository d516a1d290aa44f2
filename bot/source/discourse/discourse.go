// Package discourse listens to a forum that runs on Discourse
// (docs.discourse.org): every public post, with its edits and deletions.
// Customers are answered in their topic or by private message, once.
package discourse

import (
	"net/http"
	"net/url"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Settings of a Discourse source.
type Settings struct {
	Server  string     `yaml:"server" json:"server" jsonschema:"the address of the forum, as https://community.example.com"`
	Key     bot.Secret `yaml:"key" json:"key,omitempty" jsonschema:"API key (Admin, Advanced, API keys) of one user, with the scopes posts: list and edit, topics: read and write; needed to answer, and for forums that ask for a log-in"`
	User    string     `yaml:"user" json:"user,omitempty" jsonschema:"the user that the key belongs to, who answers"`
	Watch   string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all posts belong to; by default the terms of the watches decide"`
	History int        `yaml:"history_posts" json:"history_posts,omitempty" jsonschema:"how many posts back the first, silent read goes; 1000 by default"`
}

// The service's limits (docs.discourse.org: /posts.json gives the posts of 50
// ids; meta.discourse.org/t/available-settings-for-global-rate-limits-and-throttling:
// 60 requests a minute with a key, 200 without), and ours.
const (
	every        = time.Minute
	window       = 50  // ids that one answer covers
	windows      = 20  // in one read
	again        = 100 // ids before the newest that are read again, for edits and deletions
	usualHistory = 1000
	mostHistory  = 1_000_000
	maxBody      = 16 << 20
	postLimit    = 32_000 // characters of a post: Discourse's default of max_post_length
)

// Driver describes the kind "discourse".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "discourse",
		Reads:    "all public posts of a Discourse forum",
		Answers:  "by a post in the topic, or a private message",
		Live:     "polled every minute",
		Needs:    "the forum's address; an API key to answer, and for forums that ask for a log-in",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads one forum.
type Source struct {
	set  Settings
	base *url.URL
	http *http.Client
	now  func() time.Time
}

func newSource(_ string, s Settings, env bot.SourceEnv) (*Source, error) {
	base, ok := httpx.Base(s.Server)
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "server is no address. Write it as https://community.example.com.")
	}
	if (s.Key == "") != (s.User == "") {
		return nil, bot.Errorf(bot.ErrInvalid, "Set both key and user, or neither: the key of a user, and the name of that user.")
	}
	if s.History < 0 || s.History > mostHistory {
		return nil, bot.Errorf(bot.ErrInvalid, "history_posts is %d; it can be 0 to %d.", s.History, mostHistory)
	}
	if s.History == 0 {
		s.History = usualHistory
	}
	now := env.Now
	if now == nil {
		now = time.Now
	}
	return &Source{set: s, base: base, http: env.HTTP, now: now}, nil
}
