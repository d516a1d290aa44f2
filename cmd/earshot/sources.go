package main

import (
	"earshot/bot"
	"earshot/bot/source/appstore"
	"earshot/bot/source/bluesky"
	"earshot/bot/source/community"
	"earshot/bot/source/discourse"
	"earshot/bot/source/email"
	"earshot/bot/source/facebook"
	"earshot/bot/source/feed"
	"earshot/bot/source/file"
	"earshot/bot/source/github"
	"earshot/bot/source/hackernews"
	"earshot/bot/source/instagram"
	"earshot/bot/source/mastodon"
	"earshot/bot/source/playstore"
	"earshot/bot/source/reddit"
	"earshot/bot/source/stackexchange"
	"earshot/bot/source/webhook"
	"earshot/bot/source/x"
	"earshot/bot/source/youtube"
	"earshot/bot/source/zendesk"
)

// drivers is the plain list of the kinds of source. A new kind is one line.
func drivers(hub *community.Hub) []bot.Driver {
	return []bot.Driver{
		appstore.Driver(),
		bluesky.Driver(),
		community.Driver(hub),
		discourse.Driver(),
		email.Driver(),
		facebook.Driver(),
		feed.Driver(),
		file.Driver(),
		github.Driver(),
		hackernews.Driver(),
		instagram.Driver(),
		mastodon.Driver(),
		playstore.Driver(),
		reddit.Driver(),
		stackexchange.Driver(),
		webhook.Driver(),
		x.Driver(),
		youtube.Driver(),
		zendesk.Driver(),
	}
}

func driverOf(all []bot.Driver, kind string) (bot.Driver, bool) {
	for _, d := range all {
		if d.Kind == kind {
			return d, true
		}
	}
	return bot.Driver{}, false
}
