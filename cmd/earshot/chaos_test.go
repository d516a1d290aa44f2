package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"earshot/bot"
	"earshot/bot/platform/discord/discordtest"
	"earshot/store"
	"earshot/store/storetest"
)

// plan is what one run of the harness does. `make chaos` sets all of it; a
// plain test run has a few kills, one in CI somewhat more.
type plan struct {
	kills    int
	replicas int
	engine   string
	seed     uint64
	clock    bool // its clock is wrong at first, and is set between restarts
}

func (p plan) String() string {
	return fmt.Sprintf("kills=%d engine=%s replicas=%d seed=%d", p.kills, p.engine, p.replicas, p.seed)
}

// planOf reads EARSHOT_CHAOS, as in "kills=200 engine=sqlite replicas=1 seed=7".
func planOf(t *testing.T) plan {
	t.Helper()
	p := plan{kills: 4, replicas: 1, engine: "sqlite", seed: rand.Uint64N(1 << 32)}
	switch {
	case testing.Short():
		p.kills = 2
	case os.Getenv("CI") == "true":
		p.kills = 10
	}
	for _, word := range strings.Fields(os.Getenv("EARSHOT_CHAOS")) {
		name, value, _ := strings.Cut(word, "=")
		var err error
		switch name {
		case "kills":
			_, err = fmt.Sscan(value, &p.kills)
		case "replicas":
			_, err = fmt.Sscan(value, &p.replicas)
		case "seed":
			_, err = fmt.Sscan(value, &p.seed)
		case "clock":
			_, err = fmt.Sscan(value, &p.clock)
		case "engine":
			p.engine = value
		default:
			t.Fatalf("EARSHOT_CHAOS has no %q", name)
		}
		if err != nil {
			t.Fatalf("EARSHOT_CHAOS: %s: %v", word, err)
		}
	}
	if p.engine != "sqlite" && p.engine != "postgres" {
		t.Fatalf("the engine %q is not known: sqlite or postgres", p.engine)
	}
	if p.engine == "sqlite" && p.replicas != 1 {
		t.Fatal("several replicas need engine=postgres")
	}
	return p
}

// chaos is one run: the bot as a child process, the world around it, and the
// books of what the world did.
type chaos struct {
	t     *testing.T
	plan  plan
	h     *house
	slack *workspace
	town  *discordtest.Server
	blog  *blog
	mail  *mailHouse
	net   *weather
	db    store.Options // where the books are read
	hooks []string      // where each replica takes webhooks

	sniper sniper
	pause  time.Duration // the longest that one of what was left may wait for its next try

	said  ledger
	deeds deeds

	mu       sync.Mutex
	children []*process
}

// dice gives the randomness of one part of the run; it is nobody else's.
func (c *chaos) dice(part uint64) *rand.Rand { return rand.New(rand.NewPCG(c.plan.seed, part)) }

// The parts of a run that throw dice.
const (
	diceKills = iota
	diceWeather
	diceFile
	diceHooks
	diceFeed
	diceSlackCrowd
	diceTown
	dicePeople
	diceBoss
	diceFront
	diceSniper
	diceMail
	diceLetters
	diceReads
	diceTargets
)

// TestChaos kills the bot at random instants, breaks the network, Slack,
// Discord and the disk under it, lets it settle, and checks the books: nothing
// lost, nothing doubled, nothing leaked.
func TestChaos(t *testing.T) {
	c := newChaos(t)
	t.Logf("EARSHOT_CHAOS=%q", c.plan)
	began := time.Now()
	c.spawnAll()
	c.synced()
	stage, curtain := context.WithCancel(t.Context())
	defer curtain()
	var crowd sync.WaitGroup
	c.crowd(stage, &crowd)
	c.people(stage, &crowd)
	var bosses, storms sync.WaitGroup
	office, home := context.WithCancel(t.Context())
	defer home()
	bosses.Go(func() { c.boss(office, c.dice(diceBoss)) })
	storms.Go(func() { c.net.measure(stage) })
	storms.Go(func() { c.sniper.lurks(stage, c.h.path("in/all.csv"), c.dice(diceReads)) })
	storms.Go(func() { c.net.blow(stage, c.dice(diceWeather)) })
	c.sniper.aims(c.dice(diceSniper))
	kills := c.killing()
	c.sniper.aims(nil)
	curtain()
	storms.Wait()
	c.net.calm()
	c.mail.calm()
	c.revive()
	crowd.Wait()
	t.Logf("%d kills in %s; settling", kills, time.Since(began).Round(time.Second))
	c.settle()
	home()
	bosses.Wait()
	for _, p := range c.children {
		p.stop()
	}
	b := c.audit()
	b.kills = kills
	t.Logf("in %s; %s; %s", time.Since(began).Round(time.Second), c.net, &c.deeds)
	publish(t, b.String())
	if b.lost+b.doubled+b.leaked > 0 {
		t.Errorf("with EARSHOT_CHAOS=%q: %s", c.plan, b)
	}
}

// publish puts the line where `make chaos` prints it at its end.
func publish(t *testing.T, line string) {
	t.Helper()
	t.Log(line)
	if file := os.Getenv("EARSHOT_CHAOS_REPORT"); file != "" {
		if err := os.WriteFile(file, []byte(line+"\n"), 0o600); err != nil {
			t.Error(err)
		}
	}
}

const chaosYAML = `
company: Larkspur
database: {DATABASE}
console: {enabled: true, addr: "127.0.0.1:0"}
http: {addr: "HOOKS"}
network: {allow: [127.0.0.1/32], timeout: 1500ms}
slack: {bot_token: xoxb-test, app_token: xapp-test, api_url: "SLACK/api/"}
discord: {token: "TOKEN", app_id: "APP", guild_id: "GUILD", api_url: "TOWN"}
log: {json: true}
watches:
  - {name: Larkspur, terms: [larkspur]}
sources:
  - {name: reviews, kind: file, path: DIR/in, every: 1s}
  - {name: hooks, kind: webhook, secret: "` + secret + `", watch: Larkspur}
  - {name: blog, kind: feed, url: "FEED", every: 1s, watch: Larkspur}
  - {name: customers, kind: community, platform: slack, channels: [` + customerChannel + `], watch: Larkspur}
  - {name: town, kind: community, platform: discord, channels: ["TOWNSQUARE"], watch: Larkspur}
LETTERSroutes:
  - {name: Slack customers, sources: [customers], to: [{slack: ` + supportChannel + `, console: support}]}
  - {name: Discord customers, sources: [town], to: [{discord: "CARDS", slack: ` + deskChannel + `}]}
  - {name: Blog, sources: [blog], to: [{discord: "CARDS", console: support}]}
  - {name: Letters, sources: [MAILBOXES], to: [{slack: ` + supportChannel + `, console: support}]}
  - {name: Support, watches: [Larkspur], to: [{console: support}]}
people:
  roles:
    admin: ["slack:U0ADMIN"]
    approver: ["slack:U0BOSS"]
    agent: [AGENTS, "discord-role:ROLE"]
    responder: [RESPONDERS]
digests:
  - {audience: leadership, schedule: "* * * * *", period: 24h, to: [{slack: ` + leadChannel + `, console: leadership}]}
notices: [{slack: ` + leadChannel + `}]
replies: {undo_for: 1s}
budget: {cards: 100000}
`

// Channels of the fake Slack that only this test has.
const deskChannel, leadChannel = "C0DESK", "C0LEAD"

func newChaos(t *testing.T) *chaos {
	c := &chaos{t: t, plan: planOf(t)}
	if _, err := exec.LookPath("earshot"); err != nil {
		t.Fatal(err)
	}
	c.slack = newWorkspace(t)
	c.sniper.c, c.slack.onAck = c, c.sniper.fires
	c.town = discordtest.New(t)
	feed, at := newBlog(t)
	c.blog = feed
	c.h = &house{t: t, dir: t.TempDir()}
	if c.plan.clock && c.plan.engine == "sqlite" {
		c.h.moved.Store(int64(slow))
	}
	c.mail = newMailHouse(t, c)
	c.mail.taken = c.sniper.hears
	c.net = newWeather(t, c, strings.TrimSuffix(at, "/feed.xml"))
	database := c.base()
	c.slack.base = c.net.slack.url
	agents, responders := roster(c.plan)
	for i := range discordPeople(c.plan) {
		c.town.AddMember(discordPerson(i), fmt.Sprintf("Dora%d", i))
	}
	yaml := strings.NewReplacer("LETTERS", c.mail.sources(c.net.imap.Listen, c.net.smtp.Listen), "MAILBOXES", strings.Join(c.mail.names(), ", "),
		"SLACK", c.net.slack.url, "FEED", c.net.feed.url+"/feed.xml", "TOWNSQUARE", discordtest.CommunityID, "TOWN", c.net.town.url+"/api",
		"TOKEN", discordtest.Token, "APP", discordtest.AppID, "GUILD", discordtest.GuildID, "CARDS", discordtest.SupportID, "ROLE", discordtest.AgentRole,
		"AGENTS", agents, "RESPONDERS", responders, "DATABASE", database).Replace(chaosYAML)
	c.h.write("in/all.csv", "id,text,author\n")
	for i := range c.plan.replicas {
		port := freePort(t)
		c.hooks = append(c.hooks, "http://127.0.0.1:"+port)
		c.h.write(configOf(i), strings.NewReplacer("DIR", c.h.dir, "HOOKS", "127.0.0.1:"+port).Replace(yaml))
	}
	return c
}

// base makes the database and says how the bot finds it: PostgreSQL by way of
// a proxy, so that it can go away.
func (c *chaos) base() (yaml string) {
	c.t.Helper()
	if c.plan.engine == "sqlite" {
		c.db = store.Options{Path: c.h.path("earshot.db"), ReadOnly: true}
		return "path: " + c.db.Path
	}
	at := storetest.Postgres(c.t).Empty(c.t)
	c.db = store.Options{URL: bot.Secret(at), ReadOnly: true}
	direct, err := url.Parse(at)
	if err != nil {
		c.t.Fatal(err)
	}
	c.net.database = newPipe(c.t, c.net.server, "postgres", direct.Host)
	direct.Host = c.net.database.Listen
	return fmt.Sprintf("url: %q", direct)
}

func configOf(replica int) string { return fmt.Sprintf("replica%d.yaml", replica) }
