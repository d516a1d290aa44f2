package main

import (
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/analyze/spike"
	"earshot/bot/analyze/topic"
)

// The functions here turn the configuration's words into the domain's.

func (c *config) watches() []bot.Watch {
	all := make([]bot.Watch, len(c.Watches))
	for i, w := range c.Watches {
		kind := bot.WatchKind(w.Kind)
		if kind == "" {
			kind = bot.Brand
		}
		all[i] = bot.Watch{Name: w.Name, Kind: kind, Terms: w.Terms, Exclude: w.Exclude, Sources: w.Sources, Accounts: w.Accounts}
	}
	return all
}

func (c *config) topics() []topic.Topic {
	all := make([]topic.Topic, len(c.Topics))
	for i, t := range c.Topics {
		all[i] = topic.Topic{Name: t.Name, Words: t.Words, Patterns: t.Patterns, Exclude: t.Exclude, Parent: t.Parent}
	}
	return all
}

// series lists what spikes are looked for in: each watch, and each topic of it.
func (c *config) series() []bot.Series {
	var all []bot.Series
	for _, w := range c.Watches {
		all = append(all, spike.SeriesOf(w.Name, c.topicNames()...)...)
	}
	return all
}

// zone is the team's time zone; the configuration has been checked.
func (c *config) zone() *time.Location { return zoneOf(c.Zone) }

func zoneOf(name string) *time.Location {
	z, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return z
}

// everywhere is each platform's first channel: where cases go that no route
// wants, and notices when no place is named.
func (c *config) everywhere() []bot.Place {
	seen := map[string]bool{}
	var all []bot.Place
	add := func(places []bot.Place) {
		for _, p := range places {
			if !seen[p.Platform] {
				seen[p.Platform] = true
				all = append(all, p)
			}
		}
	}
	for _, r := range c.Routes {
		for _, to := range r.To {
			add(to.places())
		}
	}
	if len(all) == 0 && c.consoleOn() {
		all = []bot.Place{{Platform: "console", Channel: "triage"}}
	}
	return all
}

// routed are the watches that a route names: somebody answers for them, also
// where they listen for a competitor.
func (c *config) routed() []string {
	var names []string
	for _, r := range c.Routes {
		names = append(names, r.Watches...)
	}
	return names
}

func (c *config) routes() []bot.Route {
	all := make([]bot.Route, len(c.Routes))
	for i, r := range c.Routes {
		level, _ := urgencyLevel(r.MinUrgency)
		route := bot.Route{
			Name: r.Name, Watches: r.Watches, Topics: r.Topics, Sources: r.Sources, Languages: r.Languages, Tiers: r.Tiers,
			MinUrgency: level, Places: placesOf(r.To), FirstAnswer: r.FirstAnswer, NudgeAfter: r.NudgeAfter, ReleaseIn: r.ReleaseAfter,
			Zone: zoneOf(r.Zone), Escalation: r.Escalation.escalation(),
		}
		for _, g := range r.Guidelines {
			route.Guidelines = append(route.Guidelines, bot.Guideline{Topic: g.Topic, Lines: g.Lines, URL: g.URL})
		}
		all[i] = route
	}
	return all
}

func (e escalationConfig) escalation() bot.Escalation {
	out := bot.Escalation{Name: e.Name}
	if out.Name == "" {
		out.Name = "the team lead"
	}
	for platform, ids := range map[string][]string{"slack": e.Slack, "discord": e.Discord} {
		for _, id := range ids {
			out.Pings = append(out.Pings, bot.Person{Platform: platform, ID: id, Name: out.Name})
		}
	}
	if places := e.To.places(); len(places) > 0 {
		out.Place = places[0]
	}
	return out
}

func placesOf(list []placeConfig) []bot.Place {
	var all []bot.Place
	for _, p := range list {
		all = append(all, p.places()...)
	}
	return all
}

// roster says who may do what. The console on this machine is its operator's:
// who can open it may do everything, unless roles are given.
func (c *config) roster() act.Roster {
	r := act.Roster{People: map[string]bot.Role{}, Groups: map[string]bot.Role{}}
	r.Default, _ = bot.ParseRole(c.People.Default)
	for name, people := range c.People.Roles {
		role, _ := bot.ParseRole(name)
		for _, who := range people {
			prefix, id, _ := strings.Cut(who, ":")
			switch prefix {
			case "slack-group":
				r.Groups["slack:"+id] = max(role, r.Groups["slack:"+id])
			case "discord-role":
				r.Groups["discord:"+id] = max(role, r.Groups["discord:"+id])
			default:
				r.People[prefix+":"+id] = max(role, r.People[prefix+":"+id])
			}
		}
	}
	if _, given := r.People["console:you"]; !given {
		r.People["console:you"] = bot.Admin
	}
	return r
}

func (c *config) actSettings() act.Settings {
	set := act.Settings{
		Routes: c.routes(), Roles: c.roster(), UndoFor: c.Replies.UndoFor,
		Default: bot.Route{Name: "everything else", Places: c.everywhere(), Zone: c.zone(), Escalation: escalationConfig{}.escalation()},
		Budget:  act.Budget{Cards: c.Budget.Cards, Window: c.Budget.Per},
		Notices: placesOf(c.Notices), Zone: c.zone(),
	}
	if len(set.Notices) == 0 {
		set.Notices = c.everywhere()
	}
	for _, r := range c.Routes {
		if r.NeedsApproval {
			set.Approval.Routes = append(set.Approval.Routes, r.Name)
		}
	}
	return set
}
