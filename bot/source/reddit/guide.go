package reddit

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "subreddits", Ask: "Which subreddits, without r/ and separated by commas?", List: true},
		{Key: "user", Ask: "Which account of Reddit is ours, without u/? Leave it empty to read feeds without an app"},
		{Key: "client_id", Ask: "The id of our app"},
		{Key: "client_secret", Ask: "The secret of our app", Secret: "REDDIT_CLIENT_SECRET"},
		{Key: "refresh_token", Ask: "The refresh token of our account", Secret: "REDDIT_REFRESH_TOKEN"},
	}
}

// guide is what to create first, and what to know.
const guide = `Reddit wants to approve every use of its Data API first (its *Responsible Builder Policy*), and sells commercial use: a company that listens for its brand should ask before it connects, at https://support.reddithelp.com/hc/en-us/requests/new.

1. Once approved, as the account that will answer: https://www.reddit.com/prefs/apps, *create another app*, type **web app** (or **script** for your own account).
2. For the web app: sign in once with ` + "`duration=permanent`" + ` and the scopes ` + "`identity`" + `, ` + "`read`" + `, ` + "`submit`" + `, ` + "`history`" + ` and, for the inbox, ` + "`privatemessages`" + `; keep the refresh token, which does not change. For the script: set ` + "`password`" + ` in place of it; an account with two-factor sign-in needs the refresh token.
3. Put the secret and the token into the environment; set ` + "`client_id`" + ` and ` + "`user`" + `. With ` + "`client_id`" + ` and its secret alone, everything but the inbox is read and nobody is answered.

Without an app, Atom feeds of subreddits and searches are read: some four a minute, without edits, deletions and answers. Reddit may refuse them at any time.

100 requests a minute are free with an app. A listing goes 1,000 items back, so that more than that between two reads cannot be had; comments cannot be searched for, only read by subreddit. Text that is sent is Markdown there.
Deleted and removed posts are taken back here too, as Reddit's terms ask: the newest 1,000 are looked at again in turn.
A subreddit's own rules often forbid companies to answer unasked: ask its moderators.`
