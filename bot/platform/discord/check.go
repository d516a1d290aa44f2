package discord

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"

	"earshot/bot"
)

// Permissions: docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags.
const (
	permAdministrator   = 1 << 3
	permViewChannel     = 1 << 10
	permSendMessages    = 1 << 11
	permAttachFiles     = 1 << 15
	permReadHistory     = 1 << 16
	permCreateThreads   = 1 << 35
	permSendInThreads   = 1 << 38
	flagMessageContent  = 1 << 18 // of the application: the intent is granted
	flagContentUnlisted = 1 << 19 // the same, for an application on few servers
)

// need is one permission with the reason that the bot needs it.
type need struct {
	bit  int64
	name string
	why  string
}

// needs are the permissions of the bot, the least that do the work.
func needs() []need {
	return []need{
		{permViewChannel, "View Channel", "to see the channels it posts into"},
		{permSendMessages, "Send Messages", "to post cards and digests"},
		{permCreateThreads, "Create Public Threads", "to keep what was done below its card"},
		{permSendInThreads, "Send Messages in Threads", "to write there"},
		{permAttachFiles, "Attach Files", "for the charts of spikes and digests"},
		{permReadHistory, "Read Message History", "to look whether a message arrived before it is sent again"},
	}
}

// overwrite is what a channel adds to or takes from a role's or member's permissions.
type overwrite struct {
	ID    string `json:"id"`
	Type  int    `json:"type"` // 0 role, 1 member
	Allow string `json:"allow"`
	Deny  string `json:"deny"`
}

type role struct {
	ID          string `json:"id"`
	Permissions string `json:"permissions"`
}

// Check implements bot.Checker: the token, the intents, the server, the
// commands, and each channel's permissions.
func (p *Platform) Check(ctx context.Context) []bot.Finding {
	var app struct {
		ID        string `json:"id"`
		Flags     int64  `json:"flags"`
		VerifyKey string `json:"verify_key"`
	}
	err := p.api.call(ctx, request{method: http.MethodGet, path: "/applications/@me", bucket: "app"}, &app)
	if bot.KindOf(err) == bot.ErrUnavailable {
		return []bot.Finding{{What: "Discord: the bot's token could not be tried: " + bot.Told(err),
			Mend: "Look at discord.api_url where it is set, at this machine's connection to discord.com, and at any proxy between."}}
	}
	if err != nil {
		return []bot.Finding{{What: "Discord: the bot's token", Mend: bot.Told(err)}}
	}
	out := []bot.Finding{{OK: true, What: "Discord: the bot's token is good"}}
	out = append(out, p.checkApp(app.ID, app.VerifyKey, app.Flags)...)
	me, err := p.self(ctx)
	if err != nil {
		return append(out, bot.Finding{What: "Discord: the bot's user", Mend: bot.Told(err)})
	}
	var m member
	err = p.api.call(ctx, request{method: http.MethodGet, path: "/guilds/" + p.cfg.GuildID + "/members/" + me.ID, bucket: "members", about: "the server"}, &m)
	if err != nil {
		return append(out, bot.Finding{What: "Discord: the bot is on the server " + p.cfg.GuildID,
			Mend: "Open this address and choose the server: " + invitation(app.ID)})
	}
	out = append(out, bot.Finding{OK: true, What: "Discord: the bot is on the server"}, p.checkCommands(ctx))
	return append(out, p.checkChannels(ctx, me.ID, m.Roles)...)
}

// checkApp looks at what is set in the Developer Portal.
func (p *Platform) checkApp(id, key string, flags int64) []bot.Finding {
	var out []bot.Finding
	if p.cfg.AppID != "" && p.cfg.AppID != id {
		out = append(out, bot.Finding{What: "Discord: the application's id", Mend: "The token belongs to the application " + id + ": set discord.app_id to that, or remove it."})
	}
	if p.cfg.http() {
		f := bot.Finding{OK: strings.EqualFold(key, p.cfg.PublicKey), What: "Discord: the public key is the application's"}
		if !f.OK {
			f.Mend = "Set discord.public_key to " + key + " (Developer Portal, General Information)."
		}
		out = append(out, f)
	}
	if len(p.cfg.Community) > 0 {
		f := bot.Finding{OK: flags&(flagMessageContent|flagContentUnlisted) != 0, What: "Discord: may read what customers write"}
		if !f.OK {
			f.Mend = "Switch on Message Content Intent: https://discord.com/developers/applications/" + id + "/bot, Privileged Gateway Intents."
		}
		out = append(out, f)
	}
	return out
}

func (p *Platform) checkCommands(ctx context.Context) bot.Finding {
	f := bot.Finding{What: "Discord: the command /" + commandName + " is registered"}
	app, err := p.app(ctx)
	var have []command
	if err == nil {
		err = p.api.call(ctx, request{method: http.MethodGet, path: "/applications/" + app + "/guilds/" + p.cfg.GuildID + "/commands", bucket: "commands"}, &have)
	}
	switch {
	case err != nil:
		f.Mend = "Invite the bot again, with the scope applications.commands: " + invitation(app)
	case !slices.ContainsFunc(have, func(c command) bool { return c.Name == commandName }):
		f.OK, f.What = true, "Discord: the command /"+commandName+" will be registered by earshot run"
	default:
		f.OK = true
	}
	return f
}

// checkChannels looks at the permissions in every channel that is configured.
func (p *Platform) checkChannels(ctx context.Context, me string, roles []string) []bot.Finding {
	all, err := p.channels(ctx)
	var given []role
	if err == nil {
		err = p.api.call(ctx, request{method: http.MethodGet, path: "/guilds/" + p.cfg.GuildID + "/roles", bucket: "roles", about: "the server"}, &given)
	}
	if err != nil {
		return []bot.Finding{{What: "Discord: the server's channels", Mend: bot.Told(err)}}
	}
	var out []bot.Finding
	for _, name := range p.cfg.Channels {
		out = append(out, p.checkChannel(ctx, name, all, func(c channel) int64 { return permissions(c, p.cfg.GuildID, me, roles, given) }, needs()))
	}
	read := slices.DeleteFunc(needs(), func(n need) bool { return n.bit != permViewChannel && n.bit != permReadHistory })
	for _, name := range p.cfg.Community {
		out = append(out, p.checkChannel(ctx, name, all, func(c channel) int64 { return permissions(c, p.cfg.GuildID, me, roles, given) }, read))
	}
	return out
}

func (p *Platform) checkChannel(ctx context.Context, name string, all []channel, have func(channel) int64, want []need) bot.Finding {
	id, err := p.channelID(ctx, name)
	if err != nil {
		return bot.Finding{What: "Discord: the channel " + name, Mend: bot.Told(err)}
	}
	i := slices.IndexFunc(all, func(c channel) bool { return c.ID == id })
	if i < 0 {
		return bot.Finding{What: "Discord: the channel " + name, Mend: "It is not on the server " + p.cfg.GuildID + ", or the bot's role may not view it."}
	}
	var missing []string
	for _, n := range want {
		if have(all[i])&n.bit == 0 {
			missing = append(missing, n.name)
		}
	}
	f := bot.Finding{OK: len(missing) == 0, What: "Discord: can do its work in " + name}
	if !f.OK {
		f.Mend = fmt.Sprintf("In #%s: Edit Channel, Permissions, add the bot's role and allow: %s.", all[i].Name, strings.Join(missing, ", "))
	}
	return f
}

// permissions are what the bot may do in a channel
// (docs.discord.com/developers/topics/permissions#permission-overwrites).
func permissions(c channel, guild, me string, mine []string, roles []role) int64 {
	var have int64
	for _, r := range roles {
		if r.ID == guild || slices.Contains(mine, r.ID) {
			have |= bits(r.Permissions)
		}
	}
	if have&permAdministrator != 0 {
		return -1
	}
	var allow, deny int64
	for _, o := range c.Overwrites {
		if o.ID == guild {
			have = have&^bits(o.Deny) | bits(o.Allow)
		} else if o.Type == 0 && slices.Contains(mine, o.ID) {
			allow, deny = allow|bits(o.Allow), deny|bits(o.Deny)
		}
	}
	have = have&^deny | allow
	for _, o := range c.Overwrites {
		if o.Type == 1 && o.ID == me {
			have = have&^bits(o.Deny) | bits(o.Allow)
		}
	}
	if have&permViewChannel == 0 {
		return 0
	}
	return have
}

// bits reads a set of permissions, which Discord writes as a decimal of any length.
func bits(s string) int64 {
	n, ok := new(big.Int).SetString(s, 10)
	if !ok {
		return 0
	}
	return n.And(n, big.NewInt(1<<62-1)).Int64()
}
