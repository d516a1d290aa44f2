package slack

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/slack-go/slack"

	"earshot/bot"
)

// Check implements bot.Checker: tokens, scopes and channels, each with what to
// do about it.
func (p *Platform) Check(ctx context.Context) []bot.Finding {
	call, traced := p.call(ctx, "auth.test")
	resp, err := p.api.AuthTestContext(traced)
	if err != nil {
		if err = call.read(err); bot.KindOf(err) == bot.ErrUnavailable {
			return []bot.Finding{{What: "Slack: the bot token could not be tried: " + bot.Told(err),
				Mend: "Look at slack.api_url where it is set, at this machine's connection to slack.com, and at any proxy between."}}
		}
		return []bot.Finding{bad("the bot token does not work", err)}
	}
	found := []bot.Finding{{OK: true, What: fmt.Sprintf("Slack: the bot token works, in the workspace %s as @%s", resp.Team, resp.User)}}
	found = append(found, p.checkScopes(resp.Header.Values("X-OAuth-Scopes"))...)
	found = append(found, p.checkMode(ctx))
	for _, name := range p.cfg.Channels {
		found = append(found, p.checkChannel(ctx, name))
	}
	for _, group := range p.cfg.Groups {
		found = append(found, p.checkGroup(ctx, group))
	}
	return found
}

// bad is a finding from an error: what it says is what to do.
func bad(what string, err error) bot.Finding {
	return bot.Finding{What: "Slack: " + what, Mend: bot.Told(err)}
}

// checkScopes compares what the token may do, as Slack tells in a header of
// every answer (docs.slack.dev/authentication/installing-with-oauth), with
// what is needed.
func (p *Platform) checkScopes(headers []string) []bot.Finding {
	have := strings.FieldsFunc(strings.Join(headers, ","), func(r rune) bool { return r == ',' || r == ' ' })
	if len(have) == 0 {
		return nil // a proxy took the header: the channels below tell
	}
	var missing []bot.Finding
	for _, s := range p.cfg.scopes() {
		if !slices.Contains(have, s.name) {
			missing = append(missing, bot.Finding{What: "Slack: the permission " + s.name + " is missing (" + s.why + ")",
				Mend: "Add " + s.name + " under “OAuth & Permissions”, “Bot Token Scopes”, and install the app again."})
		}
	}
	if len(missing) == 0 {
		return []bot.Finding{{OK: true, What: "Slack: all permissions are there"}}
	}
	return missing
}

func (p *Platform) checkMode(ctx context.Context) bot.Finding {
	if p.cfg.Mode == ModeHTTP {
		return bot.Finding{OK: true, What: "Slack: requests are checked with the signing secret"}
	}
	_, traced := p.call(ctx, "apps.connections.open")
	_, _, err := p.api.StartSocketModeContext(traced)
	switch {
	case err == nil:
		return bot.Finding{OK: true, What: "Slack: the app token opens a socket"}
	case refusedToken(err):
		return bot.Finding{What: "Slack: the app token is refused", Mend: "Make a new one under “Basic Information”, “App-Level Tokens”, with the scope connections:write, and switch Socket Mode on."}
	}
	call, _ := p.call(ctx, "apps.connections.open")
	return bad("no socket can be opened", call.read(err))
}

func (p *Platform) checkChannel(ctx context.Context, name string) bot.Finding {
	id, err := p.book.channel(ctx, name)
	if err != nil {
		return bad("the channel "+name+" cannot be used", err)
	}
	call, traced := p.call(ctx, "conversations.info")
	call.where = name
	if err := call.wait(tierSome); err != nil {
		return bad("the channel "+name+" cannot be used", err)
	}
	c, err := p.api.GetConversationInfoContext(traced, &slack.GetConversationInfoInput{ChannelID: id})
	switch {
	case err != nil:
		return bad("the channel "+name+" cannot be used", call.read(err))
	case c.IsArchived:
		return bot.Finding{What: "Slack: the channel " + name + " is archived", Mend: "Unarchive it in Slack, or write another channel in the configuration."}
	case !c.IsMember && !c.IsIM:
		return bot.Finding{What: "Slack: we are not in " + name, Mend: "Open " + name + " in Slack and type /invite @Earshot."}
	}
	return bot.Finding{OK: true, What: "Slack: can post to " + name}
}

func (p *Platform) checkGroup(ctx context.Context, group string) bot.Finding {
	call, traced := p.call(ctx, "usergroups.users.list")
	if err := call.wait(tierFew); err != nil {
		return bad("the user group "+group+" cannot be read", err)
	}
	users, err := p.api.GetUserGroupMembersContext(traced, group)
	switch {
	case refusal(err) == "no_such_subteam":
		return bot.Finding{What: "Slack: there is no user group " + group, Mend: "Open the group in Slack, copy its id (it begins with S) from the address, and write it under roles."}
	case err != nil:
		return bad("the user group "+group+" cannot be read", call.read(err))
	case len(users) == 0:
		return bot.Finding{What: "Slack: nobody is in the user group " + group, Mend: "Add people to it in Slack, or give the role to somebody else."}
	}
	return bot.Finding{OK: true, What: fmt.Sprintf("Slack: the user group %s is known, with %d in it", group, len(users))}
}
