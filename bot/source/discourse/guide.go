package discourse

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "server", Ask: "Which forum, as https://community.example.com?"},
		{Key: "user", Ask: "Which user of the forum answers? Leave it empty to read only"},
		{Key: "key", Ask: "The API key of that user", Secret: "DISCOURSE_KEY"},
	}
}

// guide is what to create first, and what to know.
const guide = `Public posts are read without any account.

To answer, and for a forum that asks for a log-in:

1. Admin, Advanced, API keys, Add: a **single user** key for the user who answers.
2. Choose **granular** scopes: posts *list* and *edit*, topics *read* and *write*. No more is needed.
3. Put the key into the environment, and the user's name into ` + "`user`" + `.

It costs nothing. A forum allows 60 requests a minute with an admin's key, and 200 a minute to an address; Earshot asks about one a minute.
Edits and deletions are followed. A post of the forum's own staff is not taken for a customer's.`
