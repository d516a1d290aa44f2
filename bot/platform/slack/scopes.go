package slack

import (
	"fmt"
	"strings"

	"earshot/bot/text"
)

// scope is a permission of the bot token, and why it is asked for
// (docs.slack.dev/reference/scopes).
type scope struct {
	name, why string
}

// scopes are the least permissions that do what is configured.
func (c Config) scopes() []scope {
	all := []scope{
		{"app_mentions:read", "“@Earshot claim” in a card's thread"},
		{"channels:history", "find a card again after an uncertain send"},
		{"channels:read", "know channels by name, and whether we are in them"},
		{"chat:write", "post cards, edit them, answer privately"},
		{"commands", "the command " + c.Command + " and the shortcut “Make this a case”"},
		{"files:write", "charts in digests and spikes"},
		{"groups:history", "find a card again in private channels"},
		{"groups:read", "know the private channels we were invited to"},
		{"metadata.message:read", "read the key that a card carries, to find it again"},
		{"users:read", "show people by the name they use"},
	}
	if len(c.Groups) > 0 {
		all = append(all, scope{"usergroups:read", "roles that are given to user groups"})
	}
	return all
}

// events are what Slack tells us of.
func (c Config) events() []scope {
	all := []scope{
		{"app_mention", "“@Earshot …” in a thread"},
		{"app_uninstalled", "say so when we were removed"},
		{"tokens_revoked", "say so when our token was revoked"},
	}
	if c.Community {
		all = append(all, scope{"message.channels", "hear customers in public channels we are in"}, scope{"message.groups", "and in private ones"})
	}
	return all
}

// Manifest is an app manifest in YAML with the least scopes, each with its
// reason (docs.slack.dev/reference/app-manifest). address is where Slack
// reaches us in ModeHTTP; Socket Mode needs none.
func Manifest(cfg Config, address string) string {
	cfg = cfg.withDefaults()
	http := cfg.Mode == ModeHTTP
	url := ""
	if http {
		url = quoted(orElse(text.SafeURL(address), "https://earshot.example.com/slack"))
	}
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# Slack app manifest for Earshot. Create the app at https://api.slack.com/apps, “From a manifest”.")
	if http {
		line("# Then install it, and copy the bot token (OAuth & Permissions) and the signing secret (Basic Information).")
	} else {
		line("# Then install it, copy the bot token (OAuth & Permissions), and make an app-level token")
		line("# with the scope connections:write (Basic Information).")
	}
	line("display_information:\n  name: Earshot\n  description: Hears what customers say and brings what needs an answer here\n  background_color: \"#1f2933\"")
	line("features:\n  bot_user:\n    display_name: Earshot\n    always_online: true")
	line("  slash_commands:\n    - command: %s\n      description: What customers say, and what waits for an answer\n      usage_hint: help\n      should_escape: false", quoted(cfg.Command))
	if http {
		line("      url: %s", url)
	}
	line("  shortcuts:\n    - name: Make this a case\n      type: message\n      callback_id: %s\n      description: Opens a case from this message", shortcutID)
	line("oauth_config:\n  scopes:\n    bot:")
	for _, s := range cfg.scopes() {
		line("      - %s # %s", s.name, s.why)
	}
	line("settings:\n  event_subscriptions:")
	if http {
		line("    request_url: %s", url)
	}
	line("    bot_events:")
	for _, s := range cfg.events() {
		line("      - %s # %s", s.name, s.why)
	}
	line("  interactivity:\n    is_enabled: true")
	if http {
		line("    request_url: %s", url)
	}
	line("  org_deploy_enabled: false\n  socket_mode_enabled: %t\n  token_rotation_enabled: false", !http)
	return b.String()
}

// quoted is s as a YAML string.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text.OneLine(s)) + `"`
}
