// Package slack is Earshot in Slack: cards as Block Kit messages, threads,
// forms as modals, the command /voc, the message shortcut "Make this a case"
// and "@earshot …" in a thread. It is spoken to over Socket Mode, or over
// HTTP with signed requests; both ways share one decoder and one dispatcher.
//
// What comes in is given to the desk to be stored, then acknowledged, then
// worked on. What goes out carries its delivery's key as message metadata, so
// that it can be found again after an uncertain send.
package slack

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

// Name is what the platform is called in the configuration and in people's keys.
const Name = "slack"

// The modes of receiving.
const (
	ModeSocket = "socket" // the default: no public address is needed
	ModeHTTP   = "http"   // signed requests to Handler
)

// Config is what Slack needs. Of the tokens, AppToken is for ModeSocket and
// SigningSecret for ModeHTTP.
type Config struct {
	BotToken      bot.Secret
	AppToken      bot.Secret
	SigningSecret bot.Secret
	Mode          string    // ModeSocket when empty
	APIURL        string    // "https://slack.com/api/" when empty; GovSlack and tests have another
	Command       string    // "/voc" when empty
	Channels      []string  // ids or "#name"s that Earshot posts to or listens in, for Check
	Groups        []string  // ids of the user groups that roles are given to
	Waits         bot.Waits // keeps what 429s tell; nil where nothing outlives the process
	Community     bool      // customers are listened to in channels: needs the message events
}

// withDefaults fills what was left empty.
func (c Config) withDefaults() Config {
	if c.Mode == "" {
		c.Mode = ModeSocket
	}
	if c.APIURL == "" {
		c.APIURL = slack.APIURL
	}
	if !strings.HasSuffix(c.APIURL, "/") {
		c.APIURL += "/"
	}
	if c.Command == "" {
		c.Command = "/voc"
	}
	return c
}

// Platform is Slack as a bot.Platform. It is safe for concurrent use.
type Platform struct {
	cfg  Config
	log  *slog.Logger
	now  func() time.Time
	http *http.Client
	api  *slack.Client
	pace *pace
	book *book

	desk   atomic.Pointer[deskRun] // set while Run runs
	mu     sync.Mutex
	me     identity
	health bot.Health
	spent  map[string]int    // uses of a response_url
	files  map[string]string // uploaded pictures: digest of the PNG to file id
}

// identity is who we are in the workspace.
type identity struct {
	UserID, BotID, Team, URL string
}

// New makes the platform; it does not connect. An Error of kind ErrInvalid
// says which setting is missing.
func New(cfg Config, log *slog.Logger, client *http.Client, now func() time.Time) (*Platform, error) {
	cfg = cfg.withDefaults()
	switch {
	case cfg.BotToken == "":
		return nil, bot.Errorf(bot.ErrInvalid, "Slack needs a bot token (xoxb-…). Set slack.bot_token to ${SLACK_BOT_TOKEN}; it is under “OAuth & Permissions” of the app.")
	case cfg.Mode == ModeSocket && cfg.AppToken == "":
		return nil, bot.Errorf(bot.ErrInvalid, "Slack needs an app token (xapp-…) for Socket Mode. Make one under “Basic Information”, “App-Level Tokens”, with the scope connections:write, and set slack.app_token to ${SLACK_APP_TOKEN}.")
	case cfg.Mode == ModeHTTP && cfg.SigningSecret == "":
		return nil, bot.Errorf(bot.ErrInvalid, "Slack needs the signing secret for HTTP. It is under “Basic Information” of the app; set slack.signing_secret to ${SLACK_SIGNING_SECRET}.")
	case cfg.Mode != ModeSocket && cfg.Mode != ModeHTTP:
		return nil, bot.Errorf(bot.ErrInvalid, "slack.mode is %q; it can be socket or http.", cfg.Mode)
	}
	own := *client // the API sends nobody elsewhere; who follows takes the token along, which is in the body
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	book := waits.New(Name, cfg.Waits, log, now)
	own.Transport = opening{base: own.Transport, waits: book}
	client = &own
	p := &Platform{cfg: cfg, log: log, now: now, http: client, pace: newPace(book), spent: map[string]int{}, files: map[string]string{}}
	p.api = slack.New(cfg.BotToken.Reveal(), slack.OptionAPIURL(cfg.APIURL), slack.OptionHTTPClient(client),
		slack.OptionAppLevelToken(cfg.AppToken.Reveal()), slack.OptionLog(quiet{}))
	p.book = newBook(p)
	return p, nil
}

// quiet drops slack-go's own log lines: ours say the same without payloads.
type quiet struct{}

// Output implements slack-go's logger.
func (quiet) Output(int, string) error { return nil }

// Name implements bot.Platform.
func (p *Platform) Name() string { return Name }

// Health implements bot.Healthy.
func (p *Platform) Health() bot.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

// connected notes whether Slack can reach us; why is for people.
func (p *Platform) connected(on bool, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.health.Connected != on {
		p.health.Since = p.now()
	}
	p.health.Connected, p.health.Error = on, why
}

// heard notes that something came from Slack.
func (p *Platform) heard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health.LastEvent = p.now()
}

// whoami asks Slack once who we are.
func (p *Platform) whoami(ctx context.Context) (identity, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if me.UserID != "" {
		return me, nil
	}
	call, trace := p.call(ctx, "auth.test")
	if err := call.wait(tierFew); err != nil {
		return identity{}, err
	}
	resp, err := p.api.AuthTestContext(trace)
	if err != nil {
		return identity{}, call.read(err)
	}
	me = identity{UserID: resp.UserID, BotID: resp.BotID, Team: resp.TeamID, URL: strings.TrimSuffix(resp.URL, "/")}
	p.mu.Lock()
	p.me = me
	p.mu.Unlock()
	return me, nil
}

// Permalink implements bot.Linker; "" before Slack has told the workspace's
// address.
func (p *Platform) Permalink(ref bot.MessageRef) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return permalink(p.me.URL, ref.Channel, ref.ID)
}

// permalink is the address of a message: the workspace's, then "archives",
// the channel and the timestamp without its dot
// (docs.slack.dev/reference/methods/chat.getPermalink).
func permalink(workspace, channel, ts string) string {
	if workspace == "" || channel == "" || ts == "" {
		return ""
	}
	return workspace + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}
