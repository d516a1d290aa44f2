package discord

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"earshot/bot"
)

// Platform is one Discord server that Earshot lives in.
type Platform struct {
	cfg    Config
	key    ed25519.PublicKey
	log    *slog.Logger
	now    func() time.Time
	web    *http.Client // for sessions of the gateway
	api    caller
	limits *limits
	forms  *keeper
	marks  *marks
	names  channelNames
	work   work
	talk   talk

	ackWithin   time.Duration
	firstWithin time.Duration
	staleAfter  time.Duration
	hearAgain   time.Duration

	mu     sync.Mutex
	desk   bot.Desk
	me     user
	appID  string
	dms    map[string]string // user id to the channel of direct messages
	health bot.Health
}

// Name is "discord".
func (p *Platform) Name() string { return platformName }

// Health tells whether what people do reaches us.
func (p *Platform) Health() bot.Health {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.health
}

// Permalink is the address of a message; "" for one that is not posted.
func (p *Platform) Permalink(ref bot.MessageRef) string {
	if ref.ID == "" || ref.Channel == "" {
		return ""
	}
	return "https://discord.com/channels/" + p.cfg.GuildID + "/" + ref.Channel + "/" + ref.ID
}

// Groups gives the ids of a person's roles on the server.
func (p *Platform) Groups(ctx context.Context, userID string) ([]string, error) {
	var m member
	err := p.api.call(ctx, request{method: http.MethodGet, path: "/guilds/" + p.cfg.GuildID + "/members/" + userID,
		bucket: "members", about: "this person on the server"}, &m)
	return m.Roles, err
}

// connected notes that the way in is open, or why not.
func (p *Platform) connected(ok bool, why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.health.Connected != ok {
		p.health.Since = p.now()
	}
	p.health.Connected, p.health.Error = ok, why
}

// heard notes that something came in.
func (p *Platform) heard() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.health.LastEvent = p.now()
}

func (p *Platform) theDesk() bot.Desk {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.desk
}

func (p *Platform) setDesk(d bot.Desk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.desk = d
}

// self is the bot's own user, asked for once.
func (p *Platform) self(ctx context.Context) (user, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	if me.ID != "" {
		return me, nil
	}
	if err := p.api.call(ctx, request{method: http.MethodGet, path: "/users/@me", bucket: "me"}, &me); err != nil {
		return user{}, err
	}
	p.mu.Lock()
	p.me = me
	p.mu.Unlock()
	return me, nil
}

// app is the application's id, asked for once where the configuration has none.
func (p *Platform) app(ctx context.Context) (string, error) {
	if p.cfg.AppID != "" {
		return p.cfg.AppID, nil
	}
	p.mu.Lock()
	id := p.appID
	p.mu.Unlock()
	if id != "" {
		return id, nil
	}
	var a struct {
		ID string `json:"id"`
	}
	if err := p.api.call(ctx, request{method: http.MethodGet, path: "/applications/@me", bucket: "app"}, &a); err != nil {
		return "", err
	}
	p.mu.Lock()
	p.appID = a.ID
	p.mu.Unlock()
	return a.ID, nil
}

// work counts what is under way, so that Run ends after it.
type work struct {
	mu     sync.Mutex
	closed bool
	wg     sync.WaitGroup
}

// start runs f in a goroutine; false when Run has ended.
func (w *work) start(f func()) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.wg.Go(f)
	return true
}

// open lets work in; close shuts the door and waits for what is inside.
func (w *work) open() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = false
}

func (w *work) close() {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	w.wg.Wait()
}

// drainFor is how long what is under way may take once Run is told to end.
const drainFor = 20 * time.Second

// Run implements bot.Platform.
func (p *Platform) Run(ctx context.Context, desk bot.Desk) error {
	p.setDesk(desk)
	p.work.open()
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	err := p.announce(ctx)
	if err == nil && ctx.Err() == nil {
		if p.cfg.http() {
			p.connected(true, "")
			<-ctx.Done()
		} else {
			err = p.gateway(ctx, inner)
		}
	}
	stop := time.AfterFunc(drainFor, cancel)
	defer stop.Stop()
	p.work.close()
	p.setDesk(nil)
	p.connected(false, bot.Told(orStopped(err)))
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func orStopped(err error) error {
	if err == nil {
		return bot.Errorf(bot.ErrUnavailable, "Not connected: Earshot has stopped.")
	}
	return err
}

// announce tells Discord the commands, until it has heard or refuses the bot.
func (p *Platform) announce(ctx context.Context) error {
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		err := p.register(ctx)
		kind := bot.KindOf(err)
		if err == nil || kind == bot.ErrUnauthorized || kind == bot.ErrInvalid || ctx.Err() != nil {
			return err
		}
		p.connected(false, bot.Told(err))
		p.log.WarnContext(ctx, "discord: commands are not registered yet", "error", err, "again_in", wait)
		pause(ctx, wait)
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// command is an application command
// (docs.discord.com/developers/interactions/application-commands).
type command struct {
	Name        string   `json:"name"`
	Type        int      `json:"type"`
	Description string   `json:"description,omitempty"`
	Options     []option `json:"options,omitempty"`
	Contexts    []int    `json:"contexts"`
	Integration []int    `json:"integration_types"`
}

type option struct {
	Type         int    `json:"type"`
	Name         string `json:"name"`
	Description  string `json:"description"`
	Autocomplete bool   `json:"autocomplete"`
	MaxLength    int    `json:"max_length,omitempty"`
}

// The names that people see.
const (
	commandName  = "voc"
	optionName   = "do"
	shortcutName = "Make this a case"
)

// Types of command.
const (
	commandChat    = 1
	commandMessage = 3
)

// commands is what the bot offers: one command with a free line, so that what
// people learn here is what they know from Slack and the console, and one
// entry in the menu of every message. Both only on the server: elsewhere there
// are no roles.
func commands() []command {
	return []command{
		{Name: commandName, Type: commandChat, Description: "What customers say: inbox, show, claim, reply, nps, help", Contexts: []int{0}, Integration: []int{0},
			Options: []option{{Type: 3, Name: optionName, Description: "What to do, for example: show 1042. Empty for help.", Autocomplete: true, MaxLength: 1000}}},
		{Name: shortcutName, Type: commandMessage, Contexts: []int{0}, Integration: []int{0}},
	}
}

func (p *Platform) register(ctx context.Context) error {
	app, err := p.app(ctx)
	if err != nil {
		return err
	}
	return p.api.call(ctx, request{method: http.MethodPut, path: "/applications/" + app + "/guilds/" + p.cfg.GuildID + "/commands",
		bucket: "commands", body: commands(), about: "the server " + p.cfg.GuildID + " (was the bot invited with the scope applications.commands?)"}, &json.RawMessage{})
}
