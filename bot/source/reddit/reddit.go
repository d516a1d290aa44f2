// Package reddit listens to Reddit (reddit.com/dev/api): new posts and comments
// of subreddits, posts that a search finds, and what mentions or answers our
// account. Edits and deletions are followed, and customers are answered by a
// comment, once. Without credentials it reads Reddit's Atom feeds.
package reddit

import (
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
	"earshot/bot/source/oauth"
	"earshot/bot/source/window"
)

// Settings of a Reddit source.
type Settings struct {
	Subreddits   []string   `yaml:"subreddits" json:"subreddits,omitempty" jsonschema:"subreddits to read, without r/"`
	Comments     *bool      `yaml:"comments" json:"comments,omitempty" jsonschema:"read the comments of the subreddits as well as their posts; on by default"`
	Search       bool       `yaml:"search" json:"search,omitempty" jsonschema:"search all of Reddit's posts for terms; comments cannot be searched for"`
	Terms        []string   `yaml:"terms" json:"terms,omitempty" jsonschema:"what is searched for; by default the terms of the watches"`
	Inbox        *bool      `yaml:"inbox" json:"inbox,omitempty" jsonschema:"what mentions or answers our account; on by default where an account is signed in"`
	ClientID     string     `yaml:"client_id" json:"client_id,omitempty" jsonschema:"id of our app (reddit.com/prefs/apps); without it Atom feeds are read"`
	ClientSecret bot.Secret `yaml:"client_secret" json:"client_secret,omitempty" jsonschema:"secret of our app"`
	RefreshToken bot.Secret `yaml:"refresh_token" json:"refresh_token,omitempty" jsonschema:"permanent refresh token of the account that answers, with the scopes identity, read, submit, history and privatemessages"`
	Password     bot.Secret `yaml:"password" json:"password,omitempty" jsonschema:"password of the account, for an app of the type script, in place of a refresh token"`
	User         string     `yaml:"user" json:"user,omitempty" jsonschema:"our account, without u/; Reddit asks every program to name one"`
	Watch        string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that everything belongs to; by default the terms of the watches decide"`
	BaseURL      string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address of the interface; https://oauth.reddit.com by default"`
	SiteURL      string     `yaml:"site_url" json:"site_url,omitempty" jsonschema:"another address of the site, for tokens and feeds; https://www.reddit.com by default"`
}

// The service's limits (support.reddithelp.com/hc/en-us/articles/16160319875092:
// 100 requests a minute with a token, averaged over 10 minutes, 10 without;
// reddit.com/dev/api#listings: pages of 100, 1,000 items of a listing;
// reddit.com/dev/api#GET_search: 512 characters of a query; #GET_api_info: 100
// names; #POST_api_comment: 10,000 characters), and ours.
const (
	address      = "https://oauth.reddit.com"
	site         = "https://www.reddit.com"
	every        = time.Minute
	pageSize     = 100
	maxPages     = 10 // of one listing in one read: all that Reddit hands out
	firstPages   = 5  // of one listing in the first, silent read
	maxQuery     = 512
	maxTerm      = 200
	maxTogether  = 50 // subreddits read as one listing
	maxListings  = 20
	feedsAtOnce  = 4                // of Atom in one read
	recheck      = 100              // things looked at again in each read
	keepRecent   = 1000             // things remembered for that
	keepMost     = 5000             // of a flood
	settled      = 10 * time.Minute // after which nothing older turns up in a listing
	reserve      = 10               // requests that are left for answers
	commentLimit = 10_000           // characters
	maxBody      = 16 << 20
)

// Driver describes the kind "reddit".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "reddit",
		Reads:    "new posts and comments of subreddits, posts that a search finds, mentions of and answers to our account",
		Answers:  "by a comment",
		Live:     "polled every minute",
		Needs:    "an app that Reddit has approved, and an account of it to answer; nothing to read Atom feeds, slowly",
		Every:    every,
		Searches: true,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads Reddit as one account, as an app, or as anybody.
type Source struct {
	set    Settings
	api    *url.URL
	site   *url.URL
	lines  []listing
	http   *http.Client
	tokens *oauth.Tokens // nil without credentials
	log    *slog.Logger
	now    func() time.Time
	left   httpx.Allowance

	mu sync.Mutex
	me string // our account, as Reddit writes it; empty before it is known
}

func newSource(name string, s Settings, env bot.SourceEnv) (*Source, error) {
	src := &Source{set: s, http: env.HTTP, log: env.Log, now: env.Now}
	if src.now == nil {
		src.now = time.Now
	}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	var ok1, ok2 bool
	src.api, ok1 = httpx.Base(first(s.BaseURL, address))
	src.site, ok2 = httpx.Base(first(s.SiteURL, site))
	if !ok1 || !ok2 {
		return nil, bot.Errorf(bot.ErrInvalid, "An address is none: write base_url as %s and site_url as %s, or leave them out.", address, site)
	}
	if err := fits(s); err != nil {
		return nil, err
	}
	src.sign()
	var err error
	src.lines, err = src.listings(name, env.Watches)
	return src, err
}

// fits tells which settings do not go together.
func fits(s Settings) error {
	user := s.RefreshToken != "" || s.Password != ""
	switch {
	case s.User != "" && !regexp.MustCompile(`^[A-Za-z0-9_-]{1,30}$`).MatchString(s.User):
		return bot.Errorf(bot.ErrInvalid, "user is no name of an account. Write it as reddit.com shows it, without u/.")
	case s.ClientID == "" && (user || s.ClientSecret != ""):
		return bot.Errorf(bot.ErrInvalid, "A secret, a password or a refresh token needs client_id too. Reddit shows it at https://www.reddit.com/prefs/apps, below the app's name.")
	case s.ClientID != "" && s.User == "":
		return bot.Errorf(bot.ErrInvalid, "Set user: Reddit asks every program to name the account of whoever runs it.")
	case s.Inbox != nil && *s.Inbox && !user:
		return bot.Errorf(bot.ErrInvalid, "An inbox needs the account's refresh_token or password.")
	}
	for _, sub := range s.Subreddits {
		if !regexp.MustCompile(`^[A-Za-z0-9_]{2,50}$`).MatchString(subreddit(sub)) {
			return bot.Errorf(bot.ErrInvalid, "The subreddit %q is no name of one. Write it as it stands behind r/.", httpx.Redact(sub))
		}
	}
	return nil
}

// subreddit takes the r/ away that people write before its name.
func subreddit(name string) string {
	return strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(name), "/"), "r/")
}

// sign chooses the grant (github.com/reddit-archive/reddit/wiki/OAuth2).
func (s *Source) sign() {
	if s.set.ClientID == "" {
		return
	}
	form := url.Values{"grant_type": {"client_credentials"}}
	switch {
	case s.set.RefreshToken != "":
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.set.RefreshToken.Reveal()}}
	case s.set.Password != "":
		form = url.Values{"grant_type": {"password"}, "username": {s.set.User}, "password": {s.set.Password.Reveal()}}
	}
	s.tokens = oauth.New(oauth.Grant{
		Service: "Reddit", Endpoint: s.site.JoinPath("api/v1/access_token"), ID: s.set.ClientID, Secret: s.set.ClientSecret, Basic: true,
		Form: form, Agent: s.agent(), Mend: "Look at the app on https://www.reddit.com/prefs/apps, and renew what is refused.",
	}, s.http, s.now)
}

// account tells whether we are signed in as an account, not as an app alone.
func (s *Source) account() bool { return s.set.RefreshToken != "" || s.set.Password != "" }

// agent names us as Reddit asks for; empty for the client's own name.
func (s *Source) agent() string {
	if s.set.User == "" {
		return ""
	}
	return "server:earshot:v1 (by /u/" + s.set.User + ")"
}

// listing is one list that Reddit keeps, newest first.
type listing struct {
	key   string // in the cursor
	path  string
	query url.Values
}

// listings lists what is read.
func (s *Source) listings(name string, watches []bot.Watch) ([]listing, error) {
	var all []listing
	var subs []string
	for _, sub := range s.set.Subreddits {
		if sub = strings.ToLower(subreddit(sub)); !slices.Contains(subs, sub) {
			subs = append(subs, sub)
		}
	}
	slices.Sort(subs)
	for some := range slices.Chunk(subs, maxTogether) {
		together := "r/" + strings.Join(some, "+")
		all = append(all, listing{key: together + "/new", path: together + "/new"})
		if s.set.Comments == nil || *s.set.Comments {
			all = append(all, listing{key: together + "/comments", path: together + "/comments"})
		}
	}
	if s.account() && (s.set.Inbox == nil || *s.set.Inbox) {
		all = append(all, listing{key: "inbox", path: "message/inbox"})
	}
	if s.set.Search {
		for _, q := range queries(window.Terms(s.set.Terms, watches, name, maxTerm)) {
			all = append(all, listing{key: "q:" + q, path: "search", query: url.Values{"q": {q}, "sort": {"new"}, "type": {"link"}, "t": {"month"}}})
		}
	}
	switch n := len(all); {
	case n == 0:
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing to read. Give subreddits, search with terms, or an account with its inbox.")
	case n > maxListings:
		return nil, bot.Errorf(bot.ErrInvalid, "There is more to read than Reddit's limits allow. Give the source fewer subreddits or terms.")
	}
	return all, nil
}

// queries joins terms to as few queries as hold them.
func queries(terms []string) []string {
	var all []string
	for _, t := range terms {
		t = `"` + strings.NewReplacer(`"`, " ", `\`, " ").Replace(t) + `"`
		if n := len(all); n > 0 && len(all[n-1])+len(" OR ")+len(t) <= maxQuery {
			all[n-1] += " OR " + t
			continue
		}
		all = append(all, t)
	}
	return all
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
