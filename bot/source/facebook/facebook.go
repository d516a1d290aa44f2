// Package facebook listens to one Facebook page through Meta's Graph API:
// comments, posts of visitors and posts that tag the page by poll, and the same
// with mentions and recommendations at once by signed webhook. Customers are
// answered by a comment, or once within seven days by a private message.
package facebook

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/source/graph"
)

// Settings of a Facebook source.
type Settings struct {
	Page string `yaml:"page" json:"page" jsonschema:"the ID of the page: a number, under About, Page transparency"`

	graph.Settings `yaml:",inline"`
}

// The service's limits: a private reply within seven days, one a comment
// (developers.facebook.com/docs/messenger-platform/discovery/private-replies),
// of 2,000 characters (…/messenger-platform/reference/send-api); comments have
// 8,000 characters, as Facebook's own form takes. The others are ours: what one
// request asks for stays small, because Meta refuses what is too much data.
const (
	every        = 5 * time.Minute
	hookedEvery  = 15 * time.Minute
	postsAtOnce  = 25
	atOnce       = 50 // comments of a post
	deepest      = 20 // pages of comments of one post in one read
	maxPages     = 4
	back         = 30 * 24 * time.Hour
	sweep        = 2 * time.Hour
	privateFor   = 7 * 24 * time.Hour
	commentLimit = 8000
	messageLimit = 2000
)

const guide = `1. At developers.facebook.com make an **app** of the type Business, with the products *Facebook Login for Business* and *Webhooks*. Its **app secret** stands under App settings, Basic.
2. Make a **page access token that does not expire**: in the Business settings make a system user, give it the page with the tasks *Moderate comments* and *Messages*, and generate a token for the app with **pages_read_engagement**, **pages_read_user_content**, **pages_manage_engagement** (to answer), **pages_manage_metadata** (for webhooks) and, for private replies, **pages_messaging**. Ask ` + "`/me/accounts`" + ` with it for the page's own token.
3. For word at once: under Webhooks, *Page*, enter Earshot's public address with the path, and the verify token; subscribe to **feed**, **mention** and **ratings**, and install the app on the page: ` + "`POST /{page}/subscribed_apps?subscribed_fields=feed,mention,ratings`" + `.

It costs nothing. **Meta reviews apps**: on pages that your own business does not own, the permissions work only after App Review and business verification, which take weeks; in development mode only people with a role in the app are seen. Names of commenters come only with a page token. Lists of recommendations were taken out of the API with version 22: they come by webhook only, and their older ones not at all. The API's limits grow with the people who use the page; Earshot reads its usage headers and stops reading at 80 %, so that answers go out. A private reply can be sent once a comment, within seven days.`

// Driver describes the kind "facebook".
func Driver() bot.Driver {
	return bot.Driver{
		Kind:     "facebook",
		Reads:    "comments on a page, posts of visitors and posts that tag it, with their edits and removals; mentions and recommendations by webhook",
		Answers:  "by a comment, or one private message within seven days",
		Live:     "told by signed webhook, and polled every 5 minutes (15 beside a webhook)",
		Needs:    "a Meta app and a page access token; App Review for pages of others",
		Every:    every,
		Settings: func() any { return &Settings{} },
		Asks: []bot.SetupQuestion{
			{Key: "page", Ask: "What is the ID of your page?"},
			{Key: "watch", Ask: "Which watch do its comments belong to?"},
			{Key: "token", Ask: "The page access token", Secret: "FACEBOOK_TOKEN"},
			{Key: "app_secret", Ask: "The app's secret", Secret: "FACEBOOK_APP_SECRET"},
			{Key: "verify_token", Ask: "A word of your own for the webhook", Secret: "FACEBOOK_VERIFY_TOKEN"},
		},
		Guide: guide,
		New:   bot.Configured(newSource),
	}
}

// Source reads one page.
type Source struct {
	set Settings
	api *graph.Client

	mu   sync.Mutex
	name string // of the page; empty before it is known
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
	if graph.ID(s.Page) == "" {
		return nil, bot.Errorf(bot.ErrInvalid, "page is not the ID of one. It is a number; it stands on the page under About, Page transparency.")
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
