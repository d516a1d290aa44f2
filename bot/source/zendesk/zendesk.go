// Package zendesk listens to a Zendesk desk (developer.zendesk.com): what
// customers and agents write to each other in tickets. It is read by the
// incremental export, and at once where Zendesk's webhook tells of news.
// Customers are answered in their ticket, once; and a ticket can be opened about
// what was said anywhere else.
package zendesk

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/httpx"
)

// Settings of a Zendesk source.
type Settings struct {
	Server  string     `yaml:"server" json:"server" jsonschema:"the address of the desk, as https://larkspur.zendesk.com"`
	User    string     `yaml:"user" json:"user,omitempty" jsonschema:"e-mail address of the administrator whom the API token belongs to; left out for an OAuth access token"`
	Token   bot.Secret `yaml:"token" json:"token" jsonschema:"API token (Admin Center, Apps and integrations, APIs), or an OAuth access token with the scopes read and tickets:write"`
	Secret  bot.Secret `yaml:"secret" json:"secret,omitempty" jsonschema:"signing secret of a webhook that is subscribed to ticket events, so that news are read at once"`
	Path    string     `yaml:"path" json:"path,omitempty" jsonschema:"where the webhook reaches us, below the public address; by default /hooks/ and the name of the source"`
	History int        `yaml:"history_days" json:"history_days,omitempty" jsonschema:"how many days back the first, silent read goes; 30 by default"`
	Tickets *bool      `yaml:"tickets" json:"tickets,omitempty" jsonschema:"whether tickets can be opened here about mentions of other sources; on by default"`
	Tags    []string   `yaml:"tags" json:"tags,omitempty" jsonschema:"tags of the tickets that we open; earshot by default"`
	Watch   string     `yaml:"watch" json:"watch,omitempty" jsonschema:"the watch that all tickets belong to; by default the terms of the watches decide"`
}

// The service's limits (developer.zendesk.com/api-reference/introduction/rate-limits:
// 200 requests a minute on the smallest plan;
// …/ticketing/ticket-management/incremental_exports: 10 a minute, what changed
// within the last minute is left out; …/ticketing/tickets/ticket_comments: pages
// of 100, 65,536 characters of a comment; documentation/webhooks/verifying), and
// ours.
const (
	every        = time.Minute
	lag          = time.Minute
	atOnce       = 25 // tickets that one read looks into
	pageSize     = 100
	maxPages     = 10 // of one ticket's comments
	keepTickets  = 500
	spare        = 10 // requests that are left to the agents' own tools
	usualHistory = 30
	mostHistory  = 3650
	maxBody      = 16 << 20
	maxHook      = 1 << 20
	hookWindow   = 5 * time.Minute
	commentLimit = 65_536
	minSecret    = 16
)

// Driver describes the kind "zendesk".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "zendesk",
		Reads:    "tickets of a Zendesk desk and the public comments in them",
		Answers:  "by a public reply in the ticket, or an internal note; tickets can be opened from any case",
		Live:     "polled every minute, at once with a signed webhook",
		Needs:    "an administrator's API token",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks: []bot.SetupQuestion{
			{Key: "server", Ask: "Your desk's address, as https://larkspur.zendesk.com?"},
			{Key: "user", Ask: "E-mail address of the administrator whom the API token belongs to?"},
			{Key: "token", Ask: "The API token", Secret: "ZENDESK_TOKEN"},
		},
		Guide: guide,
		New:   bot.Configured(newSource),
	}
}

const guide = `1. In *Admin Center*, *Apps and integrations*, *APIs*, *API tokens* add a token; set it as ` + "`ZENDESK_TOKEN`" + `. ` + "`user`" + ` is the
   address of an administrator: Zendesk gives the incremental export to administrators alone. An OAuth access token
   with the scopes ` + "`read`" + ` and ` + "`tickets:write`" + ` does as well; leave ` + "`user`" + ` out then.
2. For news at once, in *Webhooks* make one that is subscribed to *Comment added* and *Ticket created*, with the address
   of ` + "`http.addr`" + ` and ` + "`/hooks/NAME`" + `; set its signing secret as ` + "`secret`" + `. Without it news come two minutes late: the export
   leaves out what changed in the last minute.

Internal notes of your agents are not read. It costs nothing beyond your plan; ten of its requests are always left to
your own tools. Deleted tickets are followed while they are among the last 500 that changed.`

// Source reads one desk.
type Source struct {
	name string
	set  Settings
	base *url.URL
	http *http.Client
	now  func() time.Time

	nudge chan struct{}
	mu    sync.Mutex
	hints []int64 // tickets that the webhook told of
}

// Hooked is a Source with a webhook.
type Hooked struct{ *Source }

func newSource(name string, s Settings, env bot.SourceEnv) (bot.Source, error) {
	base, ok := httpx.Base(s.Server)
	switch {
	case !ok:
		return nil, bot.Errorf(bot.ErrInvalid, "server is no address. Write it as https://larkspur.zendesk.com.")
	case s.Token == "":
		return nil, bot.Errorf(bot.ErrInvalid, "The token is missing. Make one in Admin Center, Apps and integrations, APIs.")
	case s.Secret != "" && len(s.Secret.Reveal()) < minSecret:
		return nil, bot.Errorf(bot.ErrInvalid, "The secret is shorter than %d characters. Copy it from the webhook's page in Admin Center.", minSecret)
	case s.History < 0 || s.History > mostHistory:
		return nil, bot.Errorf(bot.ErrInvalid, "history_days is %d; it can be 0 to %d.", s.History, mostHistory)
	}
	if s.History == 0 {
		s.History = usualHistory
	}
	if s.Path == "" {
		s.Path = "/hooks/" + regexp.MustCompile(`[^A-Za-z0-9_.-]+`).ReplaceAllString(name, "-")
	}
	if !strings.HasPrefix(s.Path, "/") || strings.ContainsAny(s.Path, "?#{} ") {
		return nil, bot.Errorf(bot.ErrInvalid, "The path %q cannot be one; write it as /hooks/desk.", s.Path)
	}
	if len(s.Tags) == 0 {
		s.Tags = []string{"earshot"}
	}
	src := &Source{name: name, set: s, base: base, http: env.HTTP, now: env.Now, nudge: make(chan struct{}, 1)}
	if src.now == nil {
		src.now = time.Now
	}
	if s.Secret != "" {
		return Hooked{src}, nil
	}
	return src, nil
}
