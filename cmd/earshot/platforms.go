package main

import (
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"earshot/bot"
	"earshot/bot/platform/console"
	"earshot/bot/platform/discord"
	"earshot/bot/platform/slack"
	"earshot/bot/source/community"
)

// platforms is the plain list of the chats that a configuration names. A new
// platform is one block here.
func platforms(c *config, a *app) ([]bot.Platform, error) {
	var all []bot.Platform
	client := &http.Client{Timeout: c.Network.Timeout} // the platforms' addresses are the operator's own
	if s := c.Slack; s != nil {
		p, err := slack.New(slack.Config{
			BotToken: s.BotToken, AppToken: s.AppToken, SigningSecret: s.SigningSecret, Mode: s.Mode, APIURL: s.APIURL,
			Channels: c.channelsOn("slack"), Groups: c.groupsOn("slack-group"), Community: len(c.communityOn("slack")) > 0, Waits: a.store,
		}, a.log, client, a.now)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if d := c.Discord; d != nil {
		p, err := discord.New(discord.Config{
			Token: d.Token, AppID: d.AppID, GuildID: d.GuildID, PublicKey: d.PublicKey, Mode: d.Mode, APIURL: d.APIURL,
			Channels: c.channelsOn("discord"), Community: c.communityOn("discord"), Waits: a.store,
		}, a.log, client, a.now)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	if c.consoleOn() {
		p, err := console.New(console.Config{
			Addr: c.Console.Addr, Token: c.Console.Token, Logins: c.Console.Logins, PublicURL: c.Console.PublicURL,
			Title: c.Company, Channels: c.consoleChannels(), People: c.consolePeople(),
		}, a.store, a.log, a.now)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	for _, p := range all {
		a.hub.Connect(p.Name(), p)
	}
	return all, nil
}

// channelsOn lists the channels of a platform that the configuration names.
func (c *config) channelsOn(platform string) []string {
	var names []string
	add := func(places []bot.Place) {
		for _, p := range places {
			if p.Platform == platform && !slices.Contains(names, p.Channel) {
				names = append(names, p.Channel)
			}
		}
	}
	for _, r := range c.Routes {
		add(placesOf(r.To))
		add(r.Escalation.To.places())
	}
	for _, d := range c.Digests {
		add(placesOf(d.To))
	}
	add(placesOf(c.Notices))
	add(c.everywhere())
	return names
}

// groupsOn lists the ids, behind a prefix, that roles are given to.
func (c *config) groupsOn(prefix string) []string {
	var ids []string
	for _, people := range c.People.Roles {
		for _, who := range people {
			if p, id, _ := strings.Cut(who, ":"); p == prefix {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// consolePeople is who can act in the console: its operator, who has a login,
// and whom roles are given to. Their id is also their name.
func (c *config) consolePeople() []bot.Person {
	people := []bot.Person{{Platform: console.Name, ID: "you", Name: "Operator"}}
	for _, id := range slices.Concat(slices.Sorted(maps.Keys(c.Console.Logins)), c.groupsOn(console.Name)) {
		if !slices.ContainsFunc(people, func(p bot.Person) bool { return p.ID == id }) {
			people = append(people, bot.Person{Platform: console.Name, ID: id, Name: id})
		}
	}
	return people
}

func (c *config) consoleChannels() []console.ChannelInfo {
	names := c.channelsOn("console")
	for _, n := range c.Console.Channels {
		if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	all := make([]console.ChannelInfo, len(names))
	for i, n := range names {
		all[i] = console.ChannelInfo{Name: n}
	}
	return all
}

// loopback tells whether an address can be reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// communityOn lists the channels of a platform in which customers talk.
func (c *config) communityOn(platform string) []string {
	var names []string
	for _, s := range c.Sources {
		if s.Kind != "community" {
			continue
		}
		var set community.Settings
		if err := s.Rest.decode(&set); err == nil && set.Platform == platform {
			names = append(names, set.Channels...)
		}
	}
	return names
}
