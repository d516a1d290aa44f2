package stackexchange

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "site", Ask: "Which site, as stackoverflow or superuser?", Usual: "stackoverflow"},
		{Key: "tags", Ask: "Which tags are read, separated by commas? Empty means a search for the words of the watches", List: true},
	}
}

// guide is what to create first, and what to know.
const guide = `Questions are read without any account, 300 requests a day. A free app key from stackapps.com makes it 10,000: put it into the environment
and write ` + "`key: ${STACKEXCHANGE_KEY}`" + `. The service may tell to wait (` + "`backoff`" + `), and is obeyed.

Answers are written by people there, under their own names and with the sites' rules on stating whom they work for: the card has the link, and the text to copy.`
