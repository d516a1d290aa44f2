package feed

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "url", Ask: "The address of the feed"},
	}
}

// guide is what to create first, and what to know.
const guide = `Any RSS, Atom, RDF or JSON feed: a blog, a review site, a search that can be subscribed to. Nothing has to be created.

A feed shows its last items only, often 10 to 50: what came and went between two looks is not seen. It says nothing of
deletions. Feeds that ask for a log-in take ` + "`user`" + ` and ` + "`password`" + `, or ` + "`token`" + `.`
