package main

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/analyze/topic"
	"earshot/bot/text"
)

// check finds what is wrong between the lines: names that nobody defined,
// zones that do not exist, places without a platform. Each problem says how to
// mend it.
func (c *config) check(d *decoder, kinds []bot.Driver) {
	k := checker{c: c, d: d, kinds: kinds}
	k.zone("zone", c.Zone)
	k.database()
	k.watches()
	k.topics()
	k.urgency()
	k.sources()
	k.routes()
	k.people()
	k.digests()
	k.platforms()
	k.languageModel()
	k.backup()
	k.retention()
	for i, place := range c.Notices {
		k.place(fmt.Sprintf("notices[%d]", i), place)
	}
	if c.Sentiment.FlagAt < 0 || c.Sentiment.FlagAt >= 1 {
		k.wrong("sentiment.flag_at", "is a probability: between 0 and 1")
	}
	if c.Sentiment.UnsureBelow < 0 || c.Sentiment.UnsureBelow >= 1 {
		k.wrong("sentiment.unsure_below", "is a probability: between 0 and 1")
	}
	if c.Sentiment.ModelBudget < 0 {
		k.wrong("sentiment.model_budget", "cannot be negative")
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.Log.Level) {
		k.wrong("log.level", "must be debug, info, warn or error")
	}
}

type checker struct {
	c     *config
	d     *decoder
	kinds []bot.Driver
}

func (k checker) wrong(path, format string, args ...any) {
	p := problem{line: k.d.lineOf(path), path: path, msg: fmt.Sprintf(format, args...)}
	k.d.problems.list = append(k.d.problems.list, p)
}

func (k checker) zone(path, name string) {
	if path != "zone" && name == k.c.Zone {
		return // what they take over is told once, where it stands
	}
	if _, err := time.LoadLocation(name); err != nil || name == "Local" {
		k.wrong(path, "%q is not a time zone; use an IANA name such as Europe/Berlin or UTC", name)
	}
}

// unique says so when a name is missing or used twice.
func (k checker) unique(kind string, names []string) {
	seen := map[string]bool{}
	for i, n := range names {
		path := fmt.Sprintf("%s[%d].name", kind, i)
		switch {
		case strings.TrimSpace(n) == "":
			k.wrong(path, "needs a name")
		case seen[n]:
			k.wrong(path, "%q is used twice; give each its own name", n)
		case text.OneLine(n) != n || strings.ContainsAny(n, "|/"):
			k.wrong(path, "%q has a character that a name cannot have (line ends, | and /)", n)
		}
		seen[n] = true
	}
}

// known says so when a name is not among those defined.
func (k checker) known(path, what, name string, among []string) {
	if slices.Contains(among, name) {
		return
	}
	if near := text.Nearest(name, among); near != "" {
		k.wrong(path, "there is no %s %q; did you mean %q?", what, name, near)
		return
	}
	k.wrong(path, "there is no %s %q; defined here: %s", what, name, listed(among))
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// database wants one place: a file or a server.
func (k checker) database() {
	url := k.c.Database.URL.Reveal()
	switch {
	case url == "":
	case k.c.Database.Path != "":
		k.wrong("database", "has a path and a url; leave one out: path keeps everything in a file, url in PostgreSQL")
	case !strings.HasPrefix(url, "postgres://") && !strings.HasPrefix(url, "postgresql://"):
		k.wrong("database.url", "begins with postgres://; for a SQLite file write database.path")
	}
}

func (k checker) watches() {
	names := k.c.watchNames()
	k.unique("watches", names)
	for i, w := range k.c.Watches {
		path := fmt.Sprintf("watches[%d]", i)
		if w.Kind != "" {
			k.known(path+".kind", "kind of watch", w.Kind, []string{string(bot.Brand), string(bot.Product), string(bot.Competitor)})
		}
		if len(w.Terms) == 0 {
			k.wrong(path+".terms", "needs at least one word or phrase to listen for")
		}
		for _, s := range w.Sources {
			k.known(path+".sources", "source", s, k.c.sourceNames())
		}
	}
}

func (k checker) topics() {
	names := k.c.topicNames()
	k.unique("topics", names)
	for i, t := range k.c.Topics {
		path := fmt.Sprintf("topics[%d]", i)
		if len(t.Words)+len(t.Patterns) == 0 && !slices.ContainsFunc(k.c.Topics, func(o topicConfig) bool { return o.Parent == t.Name }) {
			k.wrong(path, "needs words or patterns, or topics below it")
		}
		if t.Parent != "" {
			k.known(path+".parent", "topic", t.Parent, names)
		}
		k.terms(t.Name, path+".words", t.Words, topic.CheckWord)
		k.terms(t.Name, path+".exclude", t.Exclude, topic.CheckWord)
		k.terms(t.Name, path+".patterns", t.Patterns, topic.CheckPattern)
	}
	k.ancestors()
}

// terms says which words or patterns of a topic are wrong, each with its line.
func (k checker) terms(name, path string, list []string, check func(string) error) {
	for i, term := range list {
		if err := check(term); err != nil {
			k.wrong(fmt.Sprintf("%s[%d]", path, i), "the topic %q: %s", name, bot.Told(err))
		}
	}
}

// ancestors says which topics are part of themselves, by way of others.
func (k checker) ancestors() {
	parents := map[string]string{}
	for _, t := range k.c.Topics {
		parents[t.Name] = t.Parent
	}
	for i, t := range k.c.Topics {
		steps := 0
		for p := t.Parent; p != "" && steps <= len(parents); p = parents[p] {
			steps++
		}
		if steps > len(parents) {
			k.wrong(fmt.Sprintf("topics[%d].parent", i), "the topic %q is part of itself, by way of others", t.Name)
		}
	}
}

func (k checker) sources() {
	names := k.c.sourceNames()
	k.unique("sources", names)
	for i, s := range k.c.Sources {
		driver, ok := driverOf(k.kinds, s.Kind)
		if !ok {
			k.known(fmt.Sprintf("sources[%d].kind", i), "kind of source", s.Kind, namesOf(k.kinds, func(d bot.Driver) string { return d.Kind }))
		} else if driver.Settings != nil {
			_ = s.Rest.decode(driver.Settings()) // what is wrong goes into the list
		}
		if s.Every > 0 && s.Every < time.Second {
			k.wrong(fmt.Sprintf("sources[%d].every", i), "is too often; a second is the least")
		}
	}
}

func (k checker) routes() {
	names := make([]string, len(k.c.Routes))
	for i, r := range k.c.Routes {
		names[i] = r.Name
		path := fmt.Sprintf("routes[%d]", i)
		for _, w := range r.Watches {
			k.known(path+".watches", "watch", w, k.c.watchNames())
		}
		for _, t := range r.Topics {
			k.known(path+".topics", "topic", t, k.c.topicNames())
		}
		for _, s := range r.Sources {
			k.known(path+".sources", "source", s, k.c.sourceNames())
		}
		if _, ok := urgencyLevel(r.MinUrgency); !ok {
			k.wrong(path+".min_urgency", "must be low, normal, high or urgent")
		}
		k.zone(path+".zone", r.Zone)
		if len(r.To) == 0 {
			k.wrong(path+".to", "needs at least one channel")
		}
		for j, place := range r.To {
			k.place(fmt.Sprintf("%s.to[%d]", path, j), place)
		}
		if r.Escalation.To != (placeConfig{}) {
			k.place(path+".escalation.to", r.Escalation.To)
		}
	}
	k.unique("routes", names)
}

func urgencyLevel(s string) (bot.UrgencyLevel, bool) {
	if s == "" {
		return bot.UrgencyLow, true
	}
	for u := bot.UrgencyLow; u <= bot.UrgencyCritical; u++ {
		if u.String() == s {
			return u, true
		}
	}
	return 0, false
}

func (k checker) place(path string, p placeConfig) {
	places := p.places()
	if len(places) == 0 {
		k.wrong(path, "needs a channel: slack: \"#support\", discord: \"1234\" or console: support")
	}
	for _, at := range places {
		on := map[string]bool{"slack": k.c.Slack != nil, "discord": k.c.Discord != nil, "console": k.c.consoleOn()}[at.Platform]
		if !on {
			k.wrong(path, "names a channel on %s, which is not configured", at.Platform)
		}
	}
}

// places is a place on each platform that is named.
func (p placeConfig) places() []bot.Place {
	var all []bot.Place
	for _, at := range []bot.Place{{Platform: "slack", Channel: p.Slack}, {Platform: "discord", Channel: p.Discord}, {Platform: "console", Channel: p.Console}} {
		if at.Channel != "" {
			all = append(all, at)
		}
	}
	return all
}

func (k checker) people() {
	if k.c.People.Default != "nobody" {
		if _, ok := bot.ParseRole(k.c.People.Default); !ok {
			k.wrong("people.default", "must be nobody, %s", strings.Join(bot.RoleNames(), ", "))
		}
	}
	for role, people := range k.c.People.Roles {
		if _, ok := bot.ParseRole(role); !ok {
			k.known("people.roles."+role, "role", role, bot.RoleNames())
		}
		for _, who := range people {
			prefix, id, ok := strings.Cut(who, ":")
			if !ok || id == "" || !slices.Contains([]string{"slack", "slack-group", "discord", "discord-role", "console"}, prefix) {
				k.wrong("people.roles."+role, "%q is not a person; write slack:U123, slack-group:S123, discord:123, discord-role:123 or console:name", who)
			}
		}
	}
}

func (k checker) digests() {
	for i, d := range k.c.Digests {
		path := fmt.Sprintf("digests[%d]", i)
		for _, w := range d.Watches {
			k.known(path+".watches", "watch", w, k.c.watchNames())
		}
		for j, place := range d.To {
			k.place(fmt.Sprintf("%s.to[%d]", path, j), place)
		}
		if _, err := k.c.audience(d); err != nil {
			k.wrong(path, "%s", bot.Told(err))
		}
	}
	k.unique("digests", namesOf(k.c.Digests, func(d digestConfig) string { return d.Audience }))
}

func (k checker) platforms() {
	c := k.c
	if s := c.Slack; s != nil {
		if s.Mode != "socket" && s.Mode != "http" {
			k.wrong("slack.mode", "must be socket or http")
		}
		k.needed("slack.bot_token", string(s.BotToken), true)
		k.needed("slack.app_token", string(s.AppToken), s.Mode == "socket")
		k.needed("slack.signing_secret", string(s.SigningSecret), s.Mode == "http")
		k.needed("http.addr", c.HTTP.Addr, s.Mode == "http")
	}
	if d := c.Discord; d != nil {
		if d.Mode != "gateway" && d.Mode != "http" {
			k.wrong("discord.mode", "must be gateway or http")
		}
		k.needed("discord.token", string(d.Token), true)
		k.needed("discord.app_id", d.AppID, true)
		k.needed("discord.public_key", d.PublicKey, d.Mode == "http")
		k.needed("http.addr", c.HTTP.Addr, d.Mode == "http")
	}
	if c.Admin.Addr != "" && !loopback(c.Admin.Addr) && len(c.Admin.Token.Reveal()) < minAdminToken {
		k.wrong("admin.token", "of %d characters or more is needed, because %s can be reached from other machines; set it from ${EARSHOT_ADMIN_TOKEN}", minAdminToken, c.Admin.Addr)
	}
	if c.consoleOn() && !loopback(c.Console.Addr) && c.Console.Token == "" && len(c.Console.Logins) == 0 {
		k.wrong("console.token", "is needed, because %s can be reached from other machines; set it from ${EARSHOT_CONSOLE_TOKEN}", c.Console.Addr)
	}
}

// minAdminToken is the least length of the token of the admin address: profiles
// hold what the process has in memory.
const minAdminToken = 16

func (k checker) needed(path, value string, when bool) {
	told := slices.ContainsFunc(k.d.problems.list, func(p problem) bool { return p.path == path })
	if when && !told && strings.TrimSpace(value) == "" {
		k.wrong(path, "is needed")
	}
}

func (c *config) watchNames() []string {
	return namesOf(c.Watches, func(w watchConfig) string { return w.Name })
}
func (c *config) topicNames() []string {
	return namesOf(c.Topics, func(t topicConfig) string { return t.Name })
}
func (c *config) sourceNames() []string {
	return namesOf(c.Sources, func(s sourceConfig) string { return s.Name })
}

func namesOf[T any](list []T, name func(T) string) []string {
	names := make([]string, len(list))
	for i, item := range list {
		names[i] = name(item)
	}
	return names
}

// unwrapPath is a file error without the path that the caller names already.
func unwrapPath(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
