// Package youtube listens to YouTube by its Data API
// (developers.google.com/youtube/v3): the comments on channels' videos and on
// single videos, with the answers to them, edits and deletions. Customers are
// answered below their comment, once. It counts the units that it spends, and
// stops before the day's are gone.
package youtube

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
)

// Settings of a YouTube source.
type Settings struct {
	Channels     []string   `yaml:"channels" json:"channels,omitempty" jsonschema:"channels whose videos' comments are read, as @name or as the id UC…"`
	Videos       []string   `yaml:"videos" json:"videos,omitempty" jsonschema:"single videos, by the id in their address"`
	Key          bot.Secret `yaml:"key" json:"key,omitempty" jsonschema:"API key of a Google Cloud project with the YouTube Data API v3; enough to read"`
	ClientID     string     `yaml:"client_id" json:"client_id,omitempty" jsonschema:"id of an OAuth client of the project; needed to answer"`
	ClientSecret bot.Secret `yaml:"client_secret" json:"client_secret,omitempty" jsonschema:"secret of the OAuth client"`
	RefreshToken bot.Secret `yaml:"refresh_token" json:"refresh_token,omitempty" jsonschema:"refresh token of the channel that answers, with the scope https://www.googleapis.com/auth/youtube.force-ssl"`
	Units        int        `yaml:"units_per_day" json:"units_per_day,omitempty" jsonschema:"units of the Data API that this source may spend in a day; 10000, all that a project has, by default"`
	Watch        string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all comments belong to; by default the terms of the watches decide"`
	BaseURL      string     `yaml:"base_url" json:"base_url,omitempty" jsonschema:"another address of the interface"`
	TokenURL     string     `yaml:"token_url" json:"token_url,omitempty" jsonschema:"another address that gives tokens"`
}

// The service's limits (developers.google.com/youtube/v3/determine_quota_cost:
// 10,000 units a day and project, 1 for a list, 50 for an answer, and the day
// ends at midnight Pacific Time; docs/commentThreads/list and
// docs/comments/list: pages of 100; support.google.com/youtube/answer/6000964:
// comments of 10,000 characters), and ours.
const (
	address      = "https://www.googleapis.com/youtube/v3"
	tokenAddress = "https://oauth2.googleapis.com/token"
	every        = 5 * time.Minute
	usualUnits   = 10_000
	mostUnits    = 100_000_000
	listCost     = 1
	answerCost   = 50
	kept         = 10 // answers' worth of units that reading leaves
	pageSize     = 100
	maxPages     = 20 // of one list in one read
	firstPages   = 5  // of one list in the first, silent read
	replyPages   = 10 // of the answers in one thread
	recheck      = 50 // threads looked at again in each read
	keepThreads  = 300
	keepReplies  = 25 // of each thread
	maxLists     = 20
	commentLimit = 10_000
	maxBody      = 16 << 20
)

// Driver describes the kind "youtube".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "youtube",
		Reads:    "comments on the videos of channels and on single videos, and the answers to them",
		Answers:  "by a public answer below the comment",
		Live:     "polled every 5 minutes",
		Needs:    "an API key to read; an OAuth client and a refresh token of the channel to answer",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks:     asks(),
		Guide:    guide,
		New:      bot.Configured(newSource),
	}
}

// Source reads YouTube.
type Source struct {
	set    Settings
	base   *url.URL
	lists  []list
	http   *http.Client
	tokens *oauth.Tokens // nil without
	log    *slog.Logger
	now    func() time.Time
	units  meter

	mu   sync.Mutex
	me   string            // id of our channel; empty before it is known, and without a token
	name string            // of our channel
	ids  map[string]string // channel's @name → its id
}

// list is one list of comments, newest first.
type list struct {
	channel string // id or @name
	video   string
}

func (l list) key() string { return l.channel + l.video }

func newSource(_ string, s Settings, env bot.SourceEnv) (*Source, error) {
	src := &Source{set: s, http: env.HTTP, log: env.Log, now: env.Now, ids: map[string]string{}}
	if src.now == nil {
		src.now = time.Now
	}
	if src.log == nil {
		src.log = slog.New(slog.DiscardHandler)
	}
	base, ok1 := httpx.Base(first(s.BaseURL, address))
	token, ok2 := httpx.Base(first(s.TokenURL, tokenAddress))
	if !ok1 || !ok2 {
		return nil, bot.Errorf(bot.ErrInvalid, "An address is none: write base_url as %s and token_url as %s, or leave them out.", address, tokenAddress)
	}
	src.base = base
	oauthed := s.RefreshToken != ""
	switch {
	case s.Key == "" && !oauthed:
		return nil, bot.Errorf(bot.ErrInvalid, "YouTube needs a key to be read. Make one at https://console.cloud.google.com/apis/credentials, or set client_id, client_secret and refresh_token.")
	case oauthed && (s.ClientID == "" || s.ClientSecret == ""):
		return nil, bot.Errorf(bot.ErrInvalid, "A refresh token needs client_id and client_secret too: those of the OAuth client that it was made with.")
	case s.Units < 0 || s.Units > mostUnits || s.Units > 0 && s.Units < 2*kept*answerCost:
		return nil, bot.Errorf(bot.ErrInvalid, "Set units_per_day to %d at least, of which half are left for answers.", 2*kept*answerCost)
	}
	if src.units.most = s.Units; s.Units == 0 {
		src.units.most = usualUnits
	}
	if oauthed {
		src.tokens = oauth.New(oauth.Grant{
			Service: "Google", Endpoint: token, ID: s.ClientID, Secret: s.ClientSecret,
			Form: url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.RefreshToken.Reveal()}},
			Mend: "Make a new refresh token with the scope youtube.force-ssl; those of an app that is in testing end after 7 days.",
		}, env.HTTP, src.now)
	}
	var err error
	src.lists, err = lists(s)
	return src, err
}

// lists lists what is read.
func lists(s Settings) ([]list, error) {
	var all []list
	for _, c := range s.Channels {
		if c = strings.TrimSpace(c); !regexp.MustCompile(`^(UC[A-Za-z0-9_-]{22}|@[\pL\pN_.·-]{1,60})$`).MatchString(c) {
			return nil, bot.Errorf(bot.ErrInvalid, "The channel %q is no name of one. Write it as @name, or as its id, which begins with UC.", c)
		}
		all = append(all, list{channel: c})
	}
	for _, v := range s.Videos {
		if v = strings.TrimSpace(v); !regexp.MustCompile(`^[A-Za-z0-9_-]{6,20}$`).MatchString(v) {
			return nil, bot.Errorf(bot.ErrInvalid, "The video %q is no id of one. Write what stands behind v= in its address.", v)
		}
		all = append(all, list{video: v})
	}
	slices.SortStableFunc(all, func(a, b list) int { return strings.Compare(a.key(), b.key()) })
	all = slices.Compact(all)
	switch n := len(all); {
	case n == 0:
		return nil, bot.Errorf(bot.ErrInvalid, "There is nothing to read. Give the source channels or videos.")
	case n > maxLists:
		return nil, bot.Errorf(bot.ErrInvalid, "There are %d channels and videos; a day's units allow %d. Give the source those that matter.", n, maxLists)
	}
	return all, nil
}

func first(values ...string) string {
	for _, v := range values {
		if v != "" {
			return v
		}
	}
	return ""
}
