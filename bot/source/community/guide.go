package community

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "platform", Ask: "slack or discord?"},
		{Key: "channels", Ask: "The channels in which customers talk, by id or name, separated by commas", List: true},
	}
}

// guide is what to create first, and what to know.
const guide = `Channels of the Slack or Discord that Earshot is connected to, in which customers talk.

1. ` + "`earshot manifest slack --community`" + ` or ` + "`earshot manifest discord --community`" + ` has the permissions that this needs beside the usual ones.
2. Invite the bot into each channel.

Discord gives the text of messages to bots that have the **Message Content** intent; with more than 100 servers it has to be applied for.
Messages of members of your own team are not taken for customers': name them in ` + "`staff`" + `.`
