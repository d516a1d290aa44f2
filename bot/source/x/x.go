// Package x listens to X by its API v2 (docs.x.com/x-api): posts that a search
// of the last seven days finds, and what mentions our account. Edits and
// deletions are followed within a day, and customers are answered by a reply,
// once. Reading costs money there: a budget of posts a month is kept.
package x

import (
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Settings of an X source.
type Settings struct {
	Account      string     `yaml:"account" json:"account,omitempty" jsonschema:"our account, without @: its mentions are read, and its own posts are not searched for"`
	Mentions     *bool      `yaml:"mentions" json:"mentions,omitempty" jsonschema:"read what mentions our account; on by default where account is set"`
	Search       *bool      `yaml:"search" json:"search,omitempty" jsonschema:"search the last seven days for terms; on by default"`
	Terms        []string   `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default the terms of the watches. #tag and @name are searched for as such"`
	Bearer       bot.Secret `yaml:"bearer_token" json:"bearer_token,omitempty" jsonschema:"bearer token of our app (console.x.com); enough to read"`
	APIKey       bot.Secret `yaml:"api_key" json:"api_key,omitempty" jsonschema:"API key of our app; needed to answer, with the three below"`
	APISecret    bot.Secret `yaml:"api_secret" json:"api_secret,omitempty" jsonschema:"secret of the API key"`
	AccessToken  bot.Secret `yaml:"access_token" json:"access_token,omitempty" jsonschema:"access token of our account, with read and write permission; it does not end"`
	AccessSecret bot.Secret `yaml:"access_secret" json:"access_secret,omitempty" jsonschema:"secret of the access token"`
	Reads        int        `yaml:"reads_per_month" json:"reads_per_month,omitempty" jsonschema:"posts that may be read in a month, each of which costs; 10000 by default"`
	QueryLimit   int        `yaml:"query_limit" json:"query_limit,omitempty" jsonschema:"characters of one query that the app's plan allows; 512 by default, 4096 with Enterprise"`
	Recheck      *bool      `yaml:"recheck" json:"recheck,omitempty" jsonschema:"look at each post again after an hour and after a day, for edits and deletions; each look is a read. On by default"`
	History      int        `yaml:"history_posts" json:"history_posts,omitempty" jsonschema:"how many posts back the first, silent read of each query goes; 100 by default"`
	Watch        string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all posts belong to; by default the terms of the watches decide"`
	BaseURL      string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address of the interface; https://api.x.com/2 by default"`
}

// The service's limits (docs.x.com/x-api/posts/search/introduction: queries of
// 512 characters, 4,096 with Enterprise, pages of 10 to 100, seven days;
// docs.x.com/x-api/fundamentals/rate-limits: 300 and more requests in 15
// minutes; docs.x.com/x-api/posts/lookup/introduction: 100 posts at once;
// docs.x.com/fundamentals/counting-characters: 280), and ours.
const (
	address      = "https://api.x.com/2"
	every        = 2 * time.Minute
	usualReads   = 10_000
	usualQuery   = 512
	mostQuery    = 4096
	usualHistory = 100
	mostHistory  = 10_000
	pageSize     = 100
	leastPage    = 10 // that a search may ask for
	maxPages     = 10 // in one read
	maxQueries   = 20
	maxTerm      = 200 // bytes
	atOnce       = 100 // posts of a lookup
	searchable   = 7*24*time.Hour - 5*time.Minute
	settled      = 30 * time.Second // after which a search finds all that was said
	firstLook    = time.Hour        // an edit is possible for an hour
	lastLook     = 24 * time.Hour   // developer.x.com/en/developer-terms/policy: what is deleted goes within a day
	keepMost     = 5000
	postLimit    = 280
	maxBody      = 16 << 20
)

// Driver describes the kind "x".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "x",
		Reads:    "posts of the last seven days that a search finds, and mentions of our account",
		Answers:  "by a public reply, to those who mention or quote us",
		Live:     "polled every 2 minutes",
		Needs:    "an app of X with credits; an access token of our account to answer",
		Every:    every,
		Searches: true,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads X.
type Source struct {
	set   Settings
	base  *url.URL
	lines []line
	http  *http.Client
	log   *slog.Logger
	now   func() time.Time
	reads budget

	mu   sync.Mutex
	me   string                      // id of our account; empty before it is known
	left map[string]*httpx.Allowance // by endpoint
}

// line is one thing that is asked for: a search, or the mentions of our account.
type line struct {
	key   string // in the cursor
	query string // empty for the mentions
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	src := &Source{set: s, http: env.HTTP, log: env.Log, now: env.Now, left: map[string]*httpx.Allowance{}}
	if src.now == nil {
		src.now = time.Now
	}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	var ok bool
	if src.base, ok = httpx.Base(first(s.BaseURL, address)); !ok {
		return nil, bot.Errorf(bot.ErrInvalid, "base_url is no address. Write it as %s, or leave it out.", address)
	}
	if err := fits(s); err != nil {
		return nil, err
	}
	if src.reads.most = s.Reads; s.Reads == 0 {
		src.reads.most = usualReads
	}
	if s.QueryLimit == 0 {
		src.set.QueryLimit = usualQuery
	}
	if s.History == 0 {
		src.set.History = usualHistory
	}
	return src, src.listen(name, env.Watches)
}

// fits tells which settings do not go together.
func fits(s Settings) error {
	four := 0
	for _, k := range []bot.Secret{s.APIKey, s.APISecret, s.AccessToken, s.AccessSecret} {
		if k != "" {
			four++
		}
	}
	switch {
	case four != 0 && four != 4:
		return bot.Errorf(bot.ErrInvalid, "To answer, X needs all of api_key, api_secret, access_token and access_secret. Set all four, or none.")
	case four == 0 && s.Bearer == "":
		return bot.Errorf(bot.ErrInvalid, "X needs a bearer_token to be read. Make an app at https://console.x.com, which shows it.")
	case four == 4 && s.Account == "":
		return bot.Errorf(bot.ErrInvalid, "Set account: the name of the account that the access token is of.")
	case s.Account != "" && !handle(s.Account):
		return bot.Errorf(bot.ErrInvalid, "account is no name of one. Write it as x.com shows it, without @.")
	case s.Mentions != nil && *s.Mentions && s.Account == "":
		return bot.Errorf(bot.ErrInvalid, "Set account: it says whose mentions are read.")
	case s.Reads < 0 || s.Reads > 0 && s.Reads < 100:
		return bot.Errorf(bot.ErrInvalid, "Set reads_per_month to 100 at least.")
	case s.QueryLimit < 0 || s.QueryLimit > mostQuery || s.QueryLimit > 0 && s.QueryLimit < 64:
		return bot.Errorf(bot.ErrInvalid, "query_limit is %d; it can be 64 to %d.", s.QueryLimit, mostQuery)
	case s.History < 0 || s.History > mostHistory || s.History > 0 && s.History < leastPage:
		return bot.Errorf(bot.ErrInvalid, "history_posts is %d; it can be %d to %d.", s.History, leastPage, mostHistory)
	}
	return nil
}

// handle tells whether a name is one of an account of X
// (help.x.com/en/managing-your-account/x-username-rules).
func handle(name string) bool {
	return name != "" && len(name) <= 15 && !strings.ContainsFunc(name, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '_'
	})
}

// user tells whether we can speak as our account, not as an app alone.
func (s *Source) user() bool { return s.set.AccessSecret != "" }

// listen lists what is asked for.
func (s *Source) listen(name string, watches []bot.Watch) error {
	if s.set.Account != "" && (s.set.Mentions == nil || *s.set.Mentions) {
		s.lines = append(s.lines, line{key: "mentions"})
	}
	if s.set.Search == nil || *s.set.Search {
		terms := wanted(s.set.Terms, watches, name)
		for _, q := range queries(terms, s.set.Account, s.set.QueryLimit) {
			s.lines = append(s.lines, line{key: "q:" + q, query: q})
		}
	}
	switch n := len(s.lines); {
	case n == 0:
		return bot.Errorf(bot.ErrInvalid, "There is nothing to read. Give the source an account or terms, or configure a watch.")
	case n > maxQueries:
		return bot.Errorf(bot.ErrInvalid, "There are so many terms that they need %d queries; X's limits allow %d. Give the source those that matter there.", n, maxQueries)
	}
	return nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}

// strip takes the mark away that says how a term is matched.
func strip(term string) string { return strings.TrimLeft(term, "#@") }
