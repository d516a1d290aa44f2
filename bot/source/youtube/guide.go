package youtube

import "earshot/bot"

// asks is what `earshot init` asks to set one up.
func asks() []bot.SetupQuestion {
	return []bot.SetupQuestion{
		{Key: "channels", Ask: "Which channels, as @name and separated by commas?", List: true},
		{Key: "key", Ask: "The API key of a Google Cloud project", Secret: "YOUTUBE_KEY"},
		{Key: "client_id", Ask: "The id of an OAuth client, to answer? Leave it empty to read only"},
		{Key: "client_secret", Ask: "The secret of the OAuth client", Secret: "YOUTUBE_CLIENT_SECRET"},
		{Key: "refresh_token", Ask: "The refresh token of our channel", Secret: "YOUTUBE_REFRESH_TOKEN"},
	}
}

// guide is what to create first, and what to know.
const guide = `To read:

1. https://console.cloud.google.com: a project, and *YouTube Data API v3* switched on in it.
2. Credentials, *Create credentials*, **API key**, restricted to the YouTube Data API v3. Put it into the environment.

To answer as your channel:

3. Credentials, **OAuth client ID**, type *Desktop app*, with a consent screen that is **in production**: refresh tokens of an app in testing end after 7 days.
4. Sign in once as the channel, with the one scope ` + "`https://www.googleapis.com/auth/youtube.force-ssl`" + `, and keep the refresh token. It does not change; it ends when it is not used for 6 months or the password changes. Google asks for a review of apps that ask other people for this scope, not of one that only you use.

It costs nothing. A project has 10,000 units a day: a read costs 1, an answer 50. One channel costs about 600 a day. ` + "`units_per_day`" + ` bounds what this source spends, of which 500 are left for answers; what was spent is remembered, and reading goes on at midnight Pacific Time.
The interface gives no list of what was changed: Earshot keeps the newest 300 threads and looks at 50 of them with each read, so that late answers, edits and deletions are seen within the half hour. Comments that wait for the channel's review are not read.
Answers are flat: YouTube puts an answer to an answer below the same comment.`
