package bluesky

import "earshot/bot"

func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "handle", Ask: "Our account, as larkspur.bsky.social? Leave it empty to hear the stream alone."},
		{Key: "password", Ask: "An app password of it (Settings, Privacy and security, App passwords)", Secret: "BLUESKY_APP_PASSWORD"},
		{Key: "stream", Ask: "Hear every post of Bluesky as it is written, true or false?", Usual: "false"},
	}
}

const guide = `Reads what mentions, answers or quotes our account, and searches for the terms of the watches. With ` + "`stream: true`" + ` it hears
every post as it is written and keeps what holds a term: nothing is missed between two searches, and no account is needed for that.

1. Log in to bsky.app with the account that answers.
2. Settings, Privacy and security, App passwords, Add: give it a name, and leave *Allow access to your direct messages* off.
3. Put it into the environment as ` + "`BLUESKY_APP_PASSWORD`" + `. Never use the account's own password.

It costs nothing. Bluesky allows 3,000 requests in 5 minutes to an address, 300 log-ins a day and 1,666 posts an hour to an account;
Earshot logs in once, and asks once a minute for each term. An account of its own for a bot has to be marked as one (Settings, Account,
Automation); answers are written by people here. Answers are public: there is no private way. Who restricts who may reply
gets an answer that others do not see. The stream is some gigabytes of traffic a day. Of the last 600 posts edits and deletions are followed.
`
