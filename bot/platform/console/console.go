// Package console is a chat that Earshot serves itself: channels, cards,
// threads, forms and commands in a browser, with nothing else to install. It
// keeps the contract of bot.Platform like Slack and Discord do, so the bot
// works whole before either is connected, and the demo is the product.
//
// It listens on loopback only, unless an address is asked for; then everything
// lies behind a login token.
package console

import (
	"context"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// Name is the platform's name, in places, people and posts.
const Name = "console"

// Config says where the console is served, to whom, and what is in it.
type Config struct {
	Addr     string       // host:port; "127.0.0.1:8765" when empty. Ignored where Listener is set
	Listener net.Listener // already open; Run closes it
	Token    bot.Secret   // must be typed before anything is seen; it, or Logins, is required beyond loopback
	// Logins are tokens of people's own, by their id: who is let in by one acts
	// as that person and as nobody else.
	Logins    map[string]bot.Secret
	PublicURL string        // where people open it, when a proxy stands before it: "https://voc.example.com"
	Title     string        // "Earshot" when empty
	Channels  []ChannelInfo // in the order they are shown; others appear once something is posted there
	People    []bot.Person  // who can act; the first is who one is at first. One person with the id "you", when empty
}

// ChannelInfo is a channel as people see it.
type ChannelInfo struct {
	Name  string // "triage"; a leading "#" is dropped
	About string // one line on what it is for
	Empty string // what would fill it, shown while nothing is there
}

// Messages is the console's memory. A message that is not there is an Error of
// kind ErrGone.
type Messages interface {
	// SaveMessage inserts when ID is 0, else updates the view; keys are unique.
	SaveMessage(ctx context.Context, m bot.StoredMessage) (bot.StoredMessage, error)
	Message(ctx context.Context, id int64) (bot.StoredMessage, error)
	// Messages lists those of a channel, without threads: the newest limit of
	// those with an id below before, or of all when before is 0.
	Messages(ctx context.Context, channel string, before int64, limit int) ([]bot.StoredMessage, error)
	ThreadMessages(ctx context.Context, root int64) ([]bot.StoredMessage, error)
	MessageByKey(ctx context.Context, key string) (m bot.StoredMessage, found bool, err error)
	// MessageChannels lists the channels that hold messages.
	MessageChannels(ctx context.Context) ([]bot.Count, error)
}

// Console is the platform. Make it with New.
type Console struct {
	cfg    Config
	store  Messages
	log    *slog.Logger
	now    func() time.Time
	draw   *renderer
	hub    *hub
	acts   *once
	writes sync.Mutex // keeps what is stored and what is told in one order

	mu      sync.Mutex
	base    string // address that people open, without a trailing slash
	since   time.Time
	serving bool
	last    time.Time
}

// New checks the configuration and makes a console. It does not listen yet.
// Errors are of kind ErrInvalid and say what to change.
func New(cfg Config, store Messages, log *slog.Logger, now func() time.Time) (*Console, error) {
	if cfg.Addr == "" {
		cfg.Addr = "127.0.0.1:8765"
	}
	if cfg.Listener != nil {
		cfg.Addr = cfg.Listener.Addr().String()
	}
	if cfg.Title == "" {
		cfg.Title = "Earshot"
	}
	if len(cfg.People) == 0 {
		cfg.People = []bot.Person{{Platform: Name, ID: "you", Name: "Operator"}}
	}
	if err := check(&cfg); err != nil {
		return nil, err
	}
	draw, err := newRenderer(now)
	if err != nil {
		return nil, err
	}
	c := &Console{cfg: cfg, store: store, log: log, now: now, draw: draw, hub: newHub(), acts: newOnce(), base: "http://" + cfg.Addr}
	if cfg.PublicURL != "" {
		c.base = strings.TrimRight(cfg.PublicURL, "/")
	}
	return c, nil
}

// check mends what can be mended and refuses the rest.
func check(cfg *Config) error {
	host, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		return bot.Errorf(bot.ErrInvalid, "The console's address %q is not host:port, such as 127.0.0.1:8765.", cfg.Addr)
	}
	if !loopback(host) && !cfg.guarded() {
		return bot.Errorf(bot.ErrInvalid, "The console at %s could be reached by others, so it needs a login token. Set console.token or console.logins, or use 127.0.0.1.", cfg.Addr)
	}
	if cfg.Token != "" && len(cfg.Token.Reveal()) < minToken {
		return bot.Errorf(bot.ErrInvalid, "The console's token is too short to be safe: use at least %d characters, such as the output of `openssl rand -hex 16`.", minToken)
	}
	if err := checkLogins(cfg); err != nil {
		return err
	}
	if cfg.PublicURL != "" {
		u, err := url.Parse(cfg.PublicURL)
		if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || strings.Trim(u.Path, "/") != "" {
			return bot.Errorf(bot.ErrInvalid, "The console's public_url %q must be http:// or https:// and a host, without a path.", cfg.PublicURL)
		}
	}
	for i := range cfg.Channels {
		cfg.Channels[i].Name = channelName(cfg.Channels[i].Name)
		if cfg.Channels[i].Name == "" {
			return bot.Errorf(bot.ErrInvalid, "Channel %d of the console has no name.", i+1)
		}
	}
	for i := range cfg.People {
		cfg.People[i].Platform = Name
		if !cfg.People[i].Known() {
			return bot.Errorf(bot.ErrInvalid, "Person %d of the console has no id.", i+1)
		}
	}
	return nil
}

// loopback tells whether only this machine reaches host.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// channelName is a channel's name without the "#" that people write before it.
func channelName(s string) string {
	return strings.TrimPrefix(strings.TrimSpace(s), "#")
}

// Name implements bot.Platform.
func (c *Console) Name() string { return Name }

// URL is where people open the console.
func (c *Console) URL() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.base
}

// Permalink implements bot.Linker.
func (c *Console) Permalink(ref bot.MessageRef) string {
	return c.URL() + messagePath(channelName(ref.Channel), ref.ID)
}

// Health implements bot.Healthy.
func (c *Console) Health() bot.Health {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bot.Health{Connected: c.serving, Since: c.since, LastEvent: c.last}
}

// touched remembers that somebody did something.
func (c *Console) touched() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = c.now()
}

// person is who of the configuration has this id; the first one otherwise.
func (c *Console) person(id string) bot.Person {
	for _, p := range c.cfg.People {
		if p.ID == id {
			return p
		}
	}
	return c.cfg.People[0]
}

// directChannel is where one person alone reads what came while they were away.
func directChannel(p bot.Person) string { return "@" + p.ID }

// mayRead tells whether p may see a channel: direct ones are their owner's.
func mayRead(p bot.Person, channel string) bool {
	return !strings.HasPrefix(channel, "@") || channel == directChannel(p)
}

func channelPath(channel string) string { return "/c/" + url.PathEscape(channel) }

func messagePath(channel, id string) string {
	if id == "" {
		return channelPath(channel)
	}
	return channelPath(channel) + "/" + url.PathEscape(id)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
