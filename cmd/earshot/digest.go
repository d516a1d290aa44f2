package main

import (
	"context"
	"errors"
	"sort"
	"strings"
	"time"

	"earshot/bot"
	"earshot/bot/source/community"
	"earshot/digest"
)

type digestCmd struct {
	Audience string `help:"An audience of the configuration." placeholder:"NAME" xor:"about"`
	Watch    string `help:"A watch." placeholder:"NAME" xor:"about"`
	From     string `help:"Start: 2026-03-09, or RFC 3339." placeholder:"TIME"`
	To       string `help:"End, not included." placeholder:"TIME"`
	Period   string `help:"How far back, when there is no --from: 24h, 7d, 1mo." placeholder:"7d"`
	Preview  bool   `help:"Print it and send nothing. This is what happens without --send as well."`
	Send     bool   `help:"Queue it for the audience's channels; the running bot sends it."`
	Config   string `help:"The configuration file." short:"c" placeholder:"FILE"`
	Data     string `help:"The store's folder, without a configuration." placeholder:"DIR"`
	JSON     bool   `help:"Print JSON."`
}

// Help is shown by --help.
func (digestCmd) Help() string {
	return `Examples:
  earshot digest --audience leadership --preview
  earshot digest --watch United --data data --from 2015-02-17 --to 2015-02-25 --preview --json`
}

// Run prints, or queues, one digest.
func (c digestCmd) Run(e *env) error {
	if c.Preview && c.Send {
		return usageError{errors.New("give --preview or --send, not both")}
	}
	cfg, err := storeConfig(e, c.Config, c.Data)
	if err != nil {
		return err
	}
	hub := community.NewHub(time.Now)
	a, err := newApp(e.ctx, cfg, parts{log: e.logger("warn", false), now: time.Now, stdin: e.stdin, hub: hub, drivers: drivers(hub), platforms: noPlatforms})
	if err != nil {
		return err
	}
	return errors.Join(c.show(e, a), a.close())
}

func (c digestCmd) show(e *env, a *app) error {
	aud, err := c.audience(e, a)
	if err != nil {
		return err
	}
	from, to, err := c.period(aud)
	if err != nil {
		return err
	}
	if c.Send {
		return c.queue(e, a, aud, from, to)
	}
	bar := newProgress(e.stderr)
	bar.show(0, "counting")
	report, err := a.builder.Preview(e.ctx, aud, from, to)
	bar.done()
	if err != nil {
		return err
	}
	if c.JSON {
		return e.printJSON(report)
	}
	printView(e.stdout, report.View(a.now(), aud.Zone), aud.Zone)
	return nil
}

// audience is the one asked for; without a name, the configuration's first, or
// the store's only watch.
func (c digestCmd) audience(e *env, a *app) (digest.Audience, error) {
	switch {
	case c.Audience != "":
		aud, ok := a.builder.Audience(c.Audience)
		if !ok {
			return aud, bot.Errorf(bot.ErrNotFound, "There is no audience %q; the configuration has: %s.", c.Audience, listed(reports{a}.Audiences()))
		}
		return aud, nil
	case c.Watch != "":
		return digest.WatchAudience(c.Watch, a.cfg.zone()), nil
	case len(a.audiences) > 0:
		return a.audiences[0], nil
	}
	names, err := a.heardWatches(e)
	if err != nil {
		return digest.Audience{}, err
	}
	if len(names) != 1 {
		return digest.Audience{}, usageError{bot.Errorf(bot.ErrInvalid, "Say about which watch: --watch NAME. The store has: %s.", listed(names))}
	}
	return digest.WatchAudience(names[0], a.cfg.zone()), nil
}

// heardWatches lists the watches of what was heard lately, by name.
func (a *app) heardWatches(e *env) ([]string, error) {
	list, err := a.store.Mentions(e.ctx, bot.MentionFilter{Limit: 2000})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var names []string
	for _, r := range list {
		for _, w := range r.Mention.Watches {
			if !seen[w] {
				seen[w] = true
				names = append(names, w)
			}
		}
	}
	sort.Strings(names)
	return names, nil
}

func (c digestCmd) period(aud digest.Audience) (from, to time.Time, err error) {
	p := aud.Period
	if c.Period != "" {
		if p, err = digest.ParsePeriod(c.Period); err != nil {
			return from, to, usageError{err}
		}
	}
	if c.To != "" {
		if to, err = parseTime(c.To, aud.Zone); err != nil {
			return from, to, err
		}
	}
	if c.From == "" {
		if to.IsZero() {
			to = time.Now()
		}
		from, to = p.Before(to, aud.Zone)
		return from, to, nil
	}
	if from, err = parseTime(c.From, aud.Zone); err != nil {
		return from, to, err
	}
	if to.IsZero() {
		to = time.Now()
	}
	if !from.Before(to) {
		return from, to, usageError{bot.Errorf(bot.ErrInvalid, "--from must be before --to.")}
	}
	return from, to, nil
}

// parseTime reads a date, which is its midnight in zone, or a time.
func parseTime(s string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, strings.TrimSpace(s), zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, usageError{bot.Errorf(bot.ErrInvalid, "%q is not a time; write 2026-03-09 or 2026-03-09T08:00:00Z.", s)}
}

// queue makes a digest of this slot due for the running bot.
func (c digestCmd) queue(e *env, a *app, aud digest.Audience, from, to time.Time) error {
	if aud.Name == "" {
		return usageError{bot.Errorf(bot.ErrInvalid, "--send needs --audience: a watch alone has no channels.")}
	}
	err := a.store.Transact(e.ctx, func(ctx context.Context) error {
		d, _, err := a.store.CreateDigest(ctx, bot.Digest{Audience: aud.Name, Slot: a.now().UTC(), From: from, To: to, Zone: aud.Zone.String()})
		if err != nil {
			return err
		}
		return a.store.Enqueue(ctx, bot.Job{Kind: bot.JobDigest, ID: d.ID})
	})
	if err != nil {
		return err
	}
	e.printf("Queued for %s. The running bot sends it to %d channels.\n", aud.Name, len(aud.Places))
	return nil
}
