package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/bot/platform/console"
	"earshot/bot/relate"
	"earshot/bot/source/community"
	"earshot/digest"
	"earshot/store"
)

type demoCmd struct {
	Addr string `help:"Where the console is served." default:"127.0.0.1:8765"`
	Data string `help:"A folder to keep the story in; a temporary one when left out." placeholder:"DIR"`
	Exit bool   `help:"Replay at full speed without serving, then print what came of it as JSON."`
}

// Help is shown by --help.
func (demoCmd) Help() string {
	return `Two weeks in the life of a fictional maker of espresso machines, through the real pipeline, in
your browser. Claim a case, answer it, press Undo; change who you are at the bottom left.

Example:
  earshot demo --addr 127.0.0.1:9000`
}

// Run replays the story, then serves it and lets it go on.
func (c demoCmd) Run(e *env) error {
	dir, cleanup, err := c.folder()
	if err != nil {
		return err
	}
	defer cleanup()
	var listener net.Listener
	if !c.Exit {
		if !loopback(c.Addr) {
			return usageError{bot.Errorf(bot.ErrInvalid, "The demo has no login, so it stays on this machine: use 127.0.0.1 and a port.")}
		}
		if listener, err = (&net.ListenConfig{}).Listen(e.ctx, "tcp", c.Addr); err != nil {
			return &bot.Error{Kind: bot.ErrInvalid, Msg: fmt.Sprintf("%s is taken. Choose another: earshot demo --addr 127.0.0.1:0", c.Addr), Err: err}
		}
	}
	d, err := newDemo(e, dir, listener)
	if err != nil {
		return err
	}
	return errors.Join(c.play(e, d), d.app.close())
}

func (c demoCmd) play(e *env, d *demo) error {
	if err := d.replay(e.ctx); err != nil {
		return err
	}
	if c.Exit {
		out, err := d.summary(e.ctx)
		if err != nil {
			return err
		}
		return e.printJSON(out)
	}
	fmt.Fprintf(e.stderr, "\nEarshot is at http://%s\nTwo weeks of Larkspur are in it; more comes in as you watch. Ctrl-C stops it.\n\n", d.addr)
	return d.live(e.ctx)
}

// folder is where the story is kept, and what removes it.
func (c demoCmd) folder() (string, func(), error) {
	if c.Data != "" {
		if _, err := os.Stat(dataFile(c.Data)); err == nil {
			return "", nil, bot.Errorf(bot.ErrInvalid, "%s holds a store already. The demo never writes into one: choose an empty folder.", c.Data)
		}
		return c.Data, func() {}, os.MkdirAll(c.Data, 0o700)
	}
	dir, err := os.MkdirTemp("", "earshot-demo-")
	if err != nil {
		return "", nil, fmt.Errorf("make a folder for the demo: %w", err)
	}
	return dir, func() { os.RemoveAll(dir) }, nil
}

// demo is the story being told.
type demo struct {
	app   *app
	clock *storyClock
	queue *storyQueue
	said  *answered
	team  *team
	end   time.Time
	addr  string
	told  intake.Result // what came of the story so far
	bar   *progress
}

// newDemo builds the app on the story's configuration and clock.
func newDemo(e *env, dir string, listener net.Listener) (*demo, error) {
	d := &demo{end: time.Now().UTC().Truncate(time.Second), said: newAnswered(), bar: newProgress(e.stderr)}
	d.clock = newStoryClock(d.end.Add(-storyLength - time.Hour))
	d.queue = &storyQueue{}
	data, err := storyFiles.ReadFile("story/earshot.yaml")
	if err != nil {
		return nil, fmt.Errorf("read the demo's configuration: %w", err)
	}
	hub := community.NewHub(d.clock.now)
	kinds := append(drivers(hub), storyDriver(d.said))
	cfg, err := parseConfig("the demo's configuration", data, e.getenv, kinds)
	if err != nil {
		return nil, err
	}
	cfg.Database.Path = filepath.Join(dir, "earshot.db")
	d.app, err = newApp(e.ctx, cfg, parts{
		log: e.logger("error", false), now: d.clock.now, stdin: e.stdin, sync: store.SyncNormal, hub: hub, drivers: kinds,
		platforms: func(c *config, a *app) ([]bot.Platform, error) {
			p, err := console.New(console.Config{Listener: listener, Title: c.Company, Channels: demoChannels(), People: demoPeople()}, a.store, a.log, a.now)
			return []bot.Platform{p}, err
		},
		outbox: func(s *store.Store) outbox { return queueing{s, d.queue} },
	})
	if err != nil {
		return nil, err
	}
	if listener != nil {
		d.addr = listener.Addr().String()
	}
	d.team = newTeam(d)
	return d, nil
}

// demoPeople is the team; the first is who one is at first.
func demoPeople() []bot.Person {
	person := func(id, name string) bot.Person { return bot.Person{Platform: "console", ID: id, Name: name} }
	return []bot.Person{
		person("you", "You (admin)"), person("ana", "Ana (agent)"), person("ben", "Ben (agent)"),
		person("chloe", "Chloe (approver)"), person("dev", "Dev (responder)"),
	}
}

func demoChannels() []console.ChannelInfo {
	return []console.ChannelInfo{
		{Name: "triage", About: "What customers need an answer to"},
		{Name: "vip", About: "Gold customers; an answer within 15 minutes"},
		{Name: "wear", About: "Reviews of Larkspur Wear"},
		{Name: "leads", About: "Escalations", Empty: "Escalate a case and its card appears here."},
		{Name: "digests", About: "Social NPS, every morning"},
	}
}

// summary is what came of the story.
func (d *demo) summary(ctx context.Context) (map[string]any, error) {
	a := d.app
	stats, err := a.store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	spikes, err := a.store.Spikes(ctx, d.end.Add(-storyLength), d.end.Add(time.Hour), false)
	if err != nil {
		return nil, err
	}
	report, err := a.builder.Preview(ctx, digest.WatchAudience("Larkspur", a.cfg.zone()), d.end.Add(-storyLength/2), d.end)
	if err != nil {
		return nil, err
	}
	cards, err := d.cards(ctx)
	if err != nil {
		return nil, err
	}
	n := report.SocialNPS
	return map[string]any{
		"mentions": stats["mentions"], "flagged": d.told.Flagged, "cases": stats["cases"], "cards": cards,
		"spikes": len(spikes), "digests": stats["digests"],
		"social_nps": map[string]any{"score": n.Score, "low": n.Low, "high": n.High, "authors": n.Authors},
	}, nil
}

// cards counts the cards that stand in channels.
func (d *demo) cards(ctx context.Context) (int, error) {
	n := 0
	for after := int64(0); ; {
		cases, err := d.app.store.Cases(ctx, bot.CaseFilter{Limit: 500, After: after})
		if err != nil || len(cases) == 0 {
			return n, err
		}
		for _, c := range cases {
			posts, err := d.app.store.Posts(ctx, bot.DeliverCard, c.ID)
			if err != nil {
				return n, err
			}
			n += len(posts)
			after = c.ID
		}
	}
}

// facts brings in what the business counted: orders and returns of each day.
func (d *demo) facts(ctx context.Context) error {
	lines, err := readLines("story/facts.tsv", 3)
	if err != nil {
		return err
	}
	var all []bot.Fact
	for i, f := range lines {
		var days, orders, returns int
		if _, err := fmt.Sscan(f[0]+" "+f[1]+" "+f[2], &days, &orders, &returns); err != nil {
			return fmt.Errorf("story/facts.tsv, line %d: %w", i+1, err)
		}
		day := d.end.Truncate(24*time.Hour).AddDate(0, 0, -days)
		all = append(all, bot.Fact{Name: "orders", Role: bot.Base, Day: day, Count: float64(orders)}, bot.Fact{Name: "returns", Role: bot.Trouble, Day: day, Count: float64(returns)})
	}
	_, _, err = d.app.store.SaveFacts(ctx, all)
	return err
}

// customers brings the customers' records in.
func (d *demo) customers(ctx context.Context) error {
	f, err := storyFiles.Open("story/customers.csv")
	if err != nil {
		return fmt.Errorf("read the customers: %w", err)
	}
	defer f.Close()
	list, _, err := relate.ParseCustomers(f)
	if err != nil {
		return fmt.Errorf("read the customers: %w", err)
	}
	_, _, err = d.app.store.SaveCustomers(ctx, list)
	return err
}
