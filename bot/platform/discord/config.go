package discord

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/platform/waits"
)

const platformName = "discord"

// The ways in which Discord brings what people do.
const (
	ModeGateway = "gateway" // a connection that the bot opens; needs no public address
	ModeHTTP    = "http"    // signed requests to Handler; needs one
)

// Config is what the operator sets.
type Config struct {
	Token     bot.Secret // of the bot
	AppID     string     // the application's id; asked for where empty
	GuildID   string     // the server's id
	PublicKey string     // hex, of the application: needed for ModeHTTP
	Mode      string     // ModeGateway where empty
	APIURL    string     // Discord's own where empty: "https://discord.com/api/v10"
	Channels  []string   // ids or "#name": where Earshot posts, for Check
	Waits     bot.Waits  // keeps what 429s tell; nil where nothing outlives the process
	Community []string   // ids or "#name": where customers talk; needs ModeGateway
}

// validate gives everything that is wrong with c.
func (c Config) validate() error {
	var wrong []string
	if c.Token == "" {
		wrong = append(wrong, "discord.token is missing: Developer Portal, your application, Bot, Reset Token")
	}
	if !snowflake(c.GuildID) {
		wrong = append(wrong, "discord.guild_id is not a server's id: switch on User Settings, Advanced, Developer Mode, then right-click the server and Copy Server ID")
	}
	if c.AppID != "" && !snowflake(c.AppID) {
		wrong = append(wrong, "discord.app_id is not an application's id: Developer Portal, General Information, Application ID")
	}
	switch c.Mode {
	case "", ModeGateway:
	case ModeHTTP:
		if _, err := c.key(); err != nil {
			wrong = append(wrong, "discord.public_key is not a key of 64 hexadecimal digits: Developer Portal, General Information, Public Key")
		}
		if len(c.Community) > 0 {
			wrong = append(wrong, "discord.mode http brings no messages, so community channels need discord.mode gateway")
		}
	default:
		wrong = append(wrong, fmt.Sprintf("discord.mode is %q; it is %s or %s", c.Mode, ModeGateway, ModeHTTP))
	}
	if u, err := url.Parse(c.APIURL); err != nil || c.APIURL != "" && (u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		wrong = append(wrong, "discord.api_url is not an http or https address")
	}
	if len(wrong) > 0 {
		return bot.Errorf(bot.ErrInvalid, "%s.", strings.Join(wrong, ".\n"))
	}
	return nil
}

func (c Config) key() (ed25519.PublicKey, error) {
	key, err := hex.DecodeString(c.PublicKey)
	if err != nil || len(key) != ed25519.PublicKeySize {
		return nil, fmt.Errorf("read the public key: %d bytes: %w", len(key), err)
	}
	return key, nil
}

func (c Config) http() bool { return c.Mode == ModeHTTP }

// New makes the platform; nothing is sent yet. An Error of kind ErrInvalid
// says everything that is wrong with cfg. client makes the calls; its
// transport is used as it is, so it must be let out to Discord.
func New(cfg Config, log *slog.Logger, client *http.Client, now func() time.Time) (*Platform, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	base, err := apiBase(cfg.APIURL)
	if err != nil {
		return nil, &bot.Error{Kind: bot.ErrInvalid, Msg: "discord.api_url is not an address.", Err: err}
	}
	l := newLimits(now, waits.New(platformName, cfg.Waits, log, now))
	web := newClient(client, base, l)
	session, err := newSession(cfg.Token.Reveal(), web)
	if err != nil {
		return nil, err
	}
	p := &Platform{cfg: cfg, log: log.With("platform", platformName), now: now, web: web, limits: l,
		api: &api{session: session, limits: l}, forms: newKeeper(now), dms: map[string]string{}, marks: newMarks(),
		names: channelNames{byName: map[string]string{}, parents: map[string]channel{}}, ackWithin: answerWithin, firstWithin: firstResponse, staleAfter: staleAfter, hearAgain: hearAgain}
	p.health.Since = now()
	if cfg.http() {
		p.key, _ = cfg.key() // validate has read it
	}
	p.cfg.Community = slices.Clone(cfg.Community)
	return p, nil
}
