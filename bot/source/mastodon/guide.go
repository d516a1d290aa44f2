package mastodon

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "server", Ask: "Which server, as https://mastodon.social?"},
		{Key: "hashtags", Ask: "Which hashtags are read, without # and separated by commas?", List: true},
		{Key: "token", Ask: "The access token of our account", Secret: "MASTODON_TOKEN"},
	}
}

// guide is what to create first, and what to know.
const guide = `Any server that speaks Mastodon's interface. Hashtags and public timelines of servers that show them to all need no account.

To read what mentions you, to search and to answer:

1. On your account: Preferences, Development, New application.
2. Scopes: ` + "`read:accounts`" + `, ` + "`read:notifications`" + `, ` + "`read:statuses`" + `, ` + "`read:search`" + ` and ` + "`write:statuses`" + `; clear all others.
3. Put its access token into the environment.

With a token what is new is heard at once, through the server's streams; where a server has none it is asked every minute.
It costs nothing. Servers allow 300 requests in 5 minutes. Search finds posts whose authors allow it, on servers with full-text search.
Mark an account that answers by machine-made text as automated; people who type answers need not. Edits and deletions are followed.`
