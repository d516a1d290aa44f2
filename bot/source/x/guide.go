package x

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "account", Ask: "Which account is ours, without @?"},
		{Key: "reads_per_month", Ask: "How many posts may be read in a month? Each costs", Usual: "10000"},
		{Key: "bearer_token", Ask: "The bearer token of our app", Secret: "X_BEARER_TOKEN"},
		{Key: "api_key", Ask: "The API key, to answer", Secret: "X_API_KEY"},
		{Key: "api_secret", Ask: "The secret of the API key", Secret: "X_API_SECRET"},
		{Key: "access_token", Ask: "The access token of our account", Secret: "X_ACCESS_TOKEN"},
		{Key: "access_secret", Ask: "The secret of the access token", Secret: "X_ACCESS_SECRET"},
	}
}

// guide is what to create first, and what to know.
const guide = `To read:

1. https://console.x.com: an app, and credits for it. Put its **bearer token** into the environment.

To answer as your account:

2. In the app's *User authentication settings*: permissions **Read and write**.
3. *Keys and tokens*: the API key and secret, and an **access token and secret** of your account, made after step 2. They do not end. Tokens of OAuth 2.0 are not used: those that may write end after two hours and are replaced with each renewal, so that a copy of them would have to be kept on disk.

**It costs money.** X charges by use (https://docs.x.com/x-api/getting-started/pricing, as of 2026): about half a US cent for a post that is read and one cent for each author, once a day each; one and a half cents for a post that is sent, 20 cents when it holds a link. A search that finds nothing costs nothing. ` + "`reads_per_month`" + ` bounds the posts that are read: reading stops before it is spent, says so, and goes on with the next month. Each post is looked at again after an hour and after a day, for edits and deletions, as X's rules ask; ` + "`recheck: false`" + ` saves these two reads, and then you must follow deletions yourself. Set a spending limit in the console as well.

A search goes seven days back. Queries are joined from the terms of the watches, within ` + "`query_limit`" + ` characters, without reposts. Each word that is common costs: prefer names, #tags and @names.
X lets a program reply only to posts whose author mentions or quotes the account, and labels automated accounts; it refuses the others, and the card then has the link to answer by hand. Deletions later than a day are not seen.`
