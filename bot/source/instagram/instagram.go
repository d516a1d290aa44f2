// Package instagram listens to one professional Instagram account through
// Meta's Graph API: comments on its media, their replies, and media in which it
// is tagged by poll; comments and mentions elsewhere at once by signed webhook.
// Customers are answered by a reply, or once within seven days by a message.
package instagram

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
)

// Settings of an Instagram source.
type Settings struct {
	Account string `yaml:"account" json:"account" jsonschema:"the ID of the professional account: a number, which /me/accounts?fields=instagram_business_account tells"`
	Tags    *bool  `yaml:"tags" json:"tags,omitempty" jsonschema:"read the media in which the account is tagged; on by default"`

	graph.Settings `yaml:",inline"`
}

// The service's limits: 50 comments of a page
// (developers.facebook.com/documentation/instagram-platform/instagram-graph-api/
// reference/ig-media/comments), a private reply within seven days, one a
// comment (…/instagram-platform/private-replies), of 1,000 bytes
// (…/business-messaging/instagram-messaging/features/send-message); a comment
// has 2,200 characters, as Instagram's own form takes. The others are ours.
const (
	every        = 5 * time.Minute
	hookedEvery  = 15 * time.Minute
	mediaAtOnce  = 25
	atOnce       = 50
	deepest      = 20 // pages of comments of one medium in one read
	maxPages     = 4
	back         = 30 * 24 * time.Hour
	sweep        = 2 * time.Hour
	privateFor   = 7 * 24 * time.Hour
	commentLimit = 2200
	messageBytes = 1000
)

const guide = `The account must be a professional one (business or creator), linked to a Facebook page.

1. At developers.facebook.com make an **app** of the type Business, with *Instagram* and *Webhooks*. Its **app secret** stands under App settings, Basic.
2. Make an **access token that does not expire**: a system user of the business, with the page and the account, and a token for the app with **instagram_basic**, **instagram_manage_comments**, **pages_read_engagement**, **pages_show_list** and, for private replies, **instagram_manage_messages** with **pages_messaging**; then the page's own token from ` + "`/me/accounts`" + `. (A token of Instagram's own login works too: set base_url to https://graph.instagram.com; the permissions are instagram_business_basic, instagram_business_manage_comments and instagram_business_manage_messages.)
3. For word at once: under Webhooks, *Instagram*, enter Earshot's public address with the path, and the verify token; subscribe to **comments** and **mentions**, and send ` + "`POST /me/subscribed_apps?subscribed_fields=feed`" + ` once with the page's token (` + "`comments`" + ` for Instagram's own login).

It costs nothing. **Meta reviews apps**: for accounts that your own business does not own, the permissions and all webhooks work only after App Review and business verification. **Mentions elsewhere come by webhook only**, and never from stories or private accounts; photos in which the account is only tagged cannot be answered. Comments on ads are not read. Comments cannot be edited on Instagram; removals are noticed within hours. Whether a private message arrived cannot be asked: after a break in the connection a person decides.`

// Driver describes the kind "instagram".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "instagram",
		Reads:    "comments on an account's media with their replies and removals, and media that tag it; mentions elsewhere by webhook",
		Answers:  "by a reply, or one private message within seven days",
		Live:     "told by signed webhook, and polled every 5 minutes (15 beside a webhook)",
		Needs:    "a professional account, a Meta app and an access token; App Review for accounts of others",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks: []bot.SetupQuestion{
			{Key: "account", Ask: "What is the ID of your professional account?"},
			{Key: "watch", Ask: "Which watch do its comments belong to?"},
			{Key: "token", Ask: "The access token", Secret: "INSTAGRAM_TOKEN"},
			{Key: "app_secret", Ask: "The app's secret", Secret: "INSTAGRAM_APP_SECRET"},
			{Key: "verify_token", Ask: "A word of your own for the webhook", Secret: "INSTAGRAM_VERIFY_TOKEN"},
		},
		Guide: guide,
		New:   bot.Configured(newSource),
	}
}

// Source reads one account.
type Source struct {
	set Settings
	api *graph.Client

	mu   sync.Mutex
	name string // the account's, without @; empty before it is known
}

// hooked is a Source that is told of news by webhook as well: a bot.Endpoint.
type hooked struct {
	*Source
	hook *graph.Hooked
}

// Path implements bot.Endpoint.
func (h hooked) Path() string { return h.hook.Path() }

// ServeHTTP implements bot.Endpoint.
func (h hooked) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.hook.ServeHTTP(w, r) }

// Stream implements bot.Streamer.
func (h hooked) Stream(ctx context.Context, cursor bot.Cursor, emit bot.Emit) error {
	return h.hook.Stream(ctx, cursor, emit)
}

// newSource makes a Source, or a hooked one where there is a verify token.
func newSource(name string, s Settings, env bot.SourceEnv) (bot.Source, error) {
	api, err := s.Complete(name, env)
	if err != nil {
		return nil, err
	}
	if graph.ID(s.Account) == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "account is not the ID of one. It is a number; /me/accounts?fields=instagram_business_account tells it.")
	}
	src := &Source{set: s, api: api}
	if s.Verify == "" {
		return src, nil
	}
	log := env.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return hooked{Source: src, hook: &graph.Hooked{Source: src, Client: api, Log: log, Every: hookedEvery, Heard: src.heard}}, nil
}
