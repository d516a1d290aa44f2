// Package github listens to chosen repositories of GitHub, or of a GitHub
// Enterprise server (docs.github.com/en/rest): issues, discussions and the
// comments on both, with their edits and deletions. Customers are answered by a
// comment, once: each has a marker that people do not see.
package github

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Settings of a GitHub source.
type Settings struct {
	Repositories []string   `yaml:"repositories" json:"repositories" jsonschema:"the repositories to read, as larkspur/kettle"`
	Token        bot.Secret `yaml:"token" json:"token,omitempty" jsonschema:"a fine-grained personal access token for these repositories, with Issues and Discussions: read and write; needed for discussions and answers, and to see deletions"`
	BaseURL      string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"https://api.github.com by default; of an Enterprise server https://HOST/api/v3"`
	Read         []string   `yaml:"read" json:"read,omitempty" jsonschema:"issues, comments and discussions; by default all that can be read"`
	Pulls        bool       `yaml:"pull_requests" json:"pull_requests,omitempty" jsonschema:"pull requests and the comments on them too"`
	Watch        string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all of it belongs to; by default the terms of the watches decide"`
	History      int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
}

// The service's limits (docs.github.com/en/rest/using-the-rest-api/
// rate-limits-for-the-rest-api: 5,000 requests an hour with a token, 60
// without, and an unchanged answer costs nothing with one; pagination: 100 a
// page; graphql/overview/rate-limits: nodes and points), and ours.
const (
	usualBase    = "https://api.github.com"
	version      = "2022-11-28" // of the interface: docs.github.com/en/rest/about-the-rest-api/api-versions
	every        = time.Minute
	unsigned     = 2 * time.Minute // between two requests without a token
	overlap      = 2 * time.Minute // asked for again: what a replica shows late
	pageSize     = 100
	maxPages     = 10 // of one list in one read
	maxRepos     = 20
	discussions  = 10 // of one page; each with its last comments
	recheck      = 50
	keepRecent   = 400
	keepOurs     = 200
	spare        = 200 // requests that are kept for answers and other programs
	maxBody      = 16 << 20
	commentLimit = 65_536 // characters of a comment; longer ones are refused (422)
	usualHistory = 30
	mostHistory  = 365
)

// Driver describes the kind "github".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "github",
		Reads:    "issues, discussions and comments of chosen repositories",
		Answers:  "by a comment on the issue or in the discussion",
		Live:     "polled every minute",
		Needs:    "the repositories; a token for discussions, answers and private ones",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads some repositories.
type Source struct {
	set     Settings
	base    *url.URL
	graphql *url.URL
	lines   []line
	http    *http.Client
	now     func() time.Time
	core    httpx.Allowance
	points  httpx.Allowance // of GraphQL

	mu     sync.Mutex
	me     string // who the token belongs to; empty before it is known
	nobody bool   // it belongs to an app
}

// line is one list of a repository.
type line struct {
	repo, what string
}

func (l line) key() string { return l.what + ":" + l.repo }

func newSource(_ string, s Settings, env bot.SourceEnv) (*Source, error) {
	if s.BaseURL == "" {
		s.BaseURL = usualBase
	}
	base, ok := httpx.Base(s.BaseURL)
	if !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Write it as https://github.example.com/api/v3.")
	}
	if s.History < 0 || s.History > mostHistory {
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", s.History, mostHistory)
	}
	if s.History == 0 {
		s.History = usualHistory
	}
	src := &Source{set: s, base: base, http: env.HTTP, now: env.Now}
	if src.now == nil {
		src.now = time.Now
	}
	graphql := *base
	graphql.Path = strings.TrimSuffix(base.Path, "/v3") + "/graphql"
	src.graphql = &graphql
	var err error
	src.lines, err = s.lines()
	return src, err
}

// lines lists what is read.
func (s Settings) lines() ([]line, error) {
	if len(s.Repositories) == 0 || len(s.Repositories) > maxRepos {
		return nil, bot.Errorf(bot.ErrInvalid, "There are %d repositories; give 1 to %d, as larkspur/kettle.", len(s.Repositories), maxRepos)
	}
	read := s.Read
	if len(read) == 0 {
		read = []string{"issues", "comments"}
		if s.Token != "" {
			read = append(read, "discussions")
		}
	}
	var all []line
	name := regexp.MustCompile(`^[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})/[A-Za-z0-9._-]{1,100}$`)
	for _, repo := range s.Repositories {
		if !name.MatchString(repo) || strings.HasSuffix(repo, "/.") || strings.HasSuffix(repo, "/..") {
			return nil, bot.Errorf(bot.ErrInvalid, "The repository %q cannot be one. Write it as larkspur/kettle.", repo)
		}
		for _, what := range []string{"issues", "comments", "discussions"} {
			if slices.Contains(read, what) {
				all = append(all, line{repo, what})
			}
		}
	}
	for _, what := range read {
		if what != "issues" && what != "comments" && what != "discussions" {
			return nil, bot.Errorf(bot.ErrInvalid, "There is no %q to read; read can have issues, comments and discussions.", what)
		}
	}
	if slices.Contains(read, "discussions") && s.Token == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "Discussions can only be read with a token. Set token, or take discussions out of read.")
	}
	return all, nil
}
