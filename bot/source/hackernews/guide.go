package hackernews

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "terms", Ask: "What is searched for, separated by commas? Empty means the words of the watches", List: true},
	}
}

// guide is what to create first, and what to know.
const guide = `Read through the public search at hn.algolia.com. Nothing has to be created, and it costs nothing.

The site has no way for programs to answer, and does not want companies to answer by program: the card has the link, and the text to copy.
The search allows 10,000 requests an hour to an address; Earshot asks once a term every 5 minutes.`
