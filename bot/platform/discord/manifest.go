package discord

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// invitation is the address at which an administrator lets the bot in, with
// the least that it needs (docs.discord.com/developers/topics/oauth2#bot-authorization-flow).
func invitation(appID string) string {
	if appID == "" {
		appID = "YOUR_APPLICATION_ID"
	}
	var all int64
	for _, n := range needs() {
		all |= n.bit
	}
	q := url.Values{"client_id": {appID}, "scope": {"bot applications.commands"}, "permissions": {strconv.FormatInt(all, 10)}, "integration_type": {"0"}}
	return "https://discord.com/oauth2/authorize?" + q.Encode()
}

// Manifest says how to make the Discord application: what to set, where, and
// why, with the address that invites the bot. publicURL is where the bot can be
// reached in ModeHTTP, may be empty otherwise.
func Manifest(cfg Config, publicURL string) string {
	var b strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	step := 0
	do := func(format string, args ...any) { step++; say("%d. "+format, append([]any{step}, args...)...) }
	do("https://discord.com/developers/applications, New Application, name it Earshot.")
	do("General Information: copy the Application ID into discord.app_id.")
	if cfg.http() {
		say("   Copy the Public Key into discord.public_key: every request is checked against it.")
		if publicURL == "" {
			publicURL = "https://YOUR_PUBLIC_ADDRESS/discord"
		}
	}
	do("Bot: Reset Token, and put it into the environment as DISCORD_TOKEN. It is shown once.")
	say("   Switch off Public Bot: nobody else needs to invite it.")
	switch {
	case len(cfg.Community) > 0:
		say("   Switch on Message Content Intent: without it the bot cannot read what customers write in %s.", strings.Join(cfg.Community, ", "))
	default:
		say("   Leave all Privileged Gateway Intents off: no community channels are configured, so it reads only what names it.")
	}
	do("Open this address and choose your server:")
	say("   %s", invitation(cfg.AppID))
	for _, n := range needs() {
		say("   - %s: %s", n.name, n.why)
	}
	say("   - the scopes bot and applications.commands: to be there, and to offer /%s", commandName)
	do("In Discord: User Settings, Advanced, Developer Mode; then right-click the server, Copy Server ID, into discord.guild_id.")
	if cfg.http() {
		do("Start earshot run, then General Information, Interactions Endpoint URL: %s", publicURL)
		say("   Discord tries it at once, so Earshot must be running.")
	}
	do("earshot check says whether all is well, channel by channel.")
	return b.String()
}
