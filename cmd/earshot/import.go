package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/bot/source/community"
	"earshot/bot/source/file"
)

type importCmd struct {
	File      string            `arg:"" help:"CSV, TSV or NDJSON; - for standard input." placeholder:"FILE"`
	Source    string            `help:"The name of the source that the mentions are of." placeholder:"NAME"`
	Data      string            `help:"The store's folder, without a configuration." placeholder:"DIR"`
	Config    string            `help:"The configuration file." short:"c" placeholder:"FILE"`
	Map       map[string]string `help:"Which column holds which field: id, text, title, author, created_at, url, rating, watch, language, parent, attr.NAME." placeholder:"field=column"`
	Watch     string            `help:"The watch of every row." placeholder:"NAME"`
	Encoding  string            `help:"utf-8, utf-16le, utf-16be or windows-1252; found out when left out."`
	Zone      string            `help:"The time zone of dates that name none." placeholder:"Europe/Berlin"`
	DateOrder string            `help:"day or month: which comes first in 03/04/2026."`
	Survey    bool              `help:"Ratings are survey answers from 0 to 10."`
	RatingOf  int               `help:"The highest rating."`
	Customers bool              `help:"The file holds customers, not mentions: id, name, email, handles, tier, since."`
	Facts     bool              `help:"The file holds daily counts of the business, not mentions: day,orders,returns, or name,day,count."`
	Silent    bool              `help:"Store and count only: open no cases."`
	JSON      bool              `help:"Print JSON."`
}

// Help is shown by --help.
func (importCmd) Help() string {
	return `A broken row is named with its line and the reason, and the rest goes in. Flagged mentions
open cases, which are found by /voc inbox; no card is posted for what is past.

Examples:
  earshot import reviews.csv --source reviews --data data --map text=body --map rating=stars
  earshot import tweets.csv --source airline --map watch=airline --data data
  earshot import customers.csv --customers --config earshot.yaml
  earshot import orders.csv --facts --data data`
}

// Run reads the file into the store.
func (c importCmd) Run(e *env) error {
	a, clock, err := c.open(e)
	if err != nil {
		return err
	}
	if c.Facts {
		return errors.Join(c.facts(e, a), a.close())
	}
	if c.Customers {
		return errors.Join(c.customers(e, a), a.close())
	}
	if c.Source == "" {
		return errors.Join(usageError{bot.Errorf(bot.ErrInvalid, "Name the source of these mentions: --source NAME.")}, a.close())
	}
	return errors.Join(c.mentions(e, a, clock), a.close())
}

// clock is a time that somebody sets: cases that come of history are opened
// when their mention was said.
type clock struct{ ns atomic.Int64 }

func (c *clock) set(t time.Time) { c.ns.Store(t.UnixNano()) }

// now is the time that was set last; the real one before that.
func (c *clock) now() time.Time {
	if ns := c.ns.Load(); ns != 0 {
		return time.Unix(0, ns).UTC()
	}
	return time.Now()
}

func (c importCmd) open(e *env) (*app, *clock, error) {
	cfg, err := storeConfig(e, c.Config, c.Data)
	if err != nil {
		return nil, nil, err
	}
	k := &clock{}
	fallback := c.Watch
	if fallback == "" && len(cfg.Watches) == 0 {
		fallback = c.Source
	}
	hub := community.NewHub(time.Now)
	a, err := newApp(e.ctx, cfg, parts{
		log: e.logger("warn", false), now: k.now, heardAt: time.Now, stdin: e.stdin, hub: hub, drivers: drivers(hub),
		platforms: noPlatforms, quiet: true, fallback: fallback,
	})
	return a, k, err
}

// noPlatforms is for commands that post nothing.
func noPlatforms(*config, *app) ([]bot.Platform, error) { return nil, nil }

// importSummary is what became of a file.
type importSummary struct {
	Read      int `json:"read"`
	New       int `json:"new"`
	Duplicate int `json:"duplicate"`
	Rejected  int `json:"rejected"`
	Edited    int `json:"edited"`
	Unmatched int `json:"unmatched"`
	Flagged   int `json:"flagged"`
	Cases     int `json:"cases"`
	Spikes    int `json:"spikes"`
}

// chunk is how many mentions are brought into order of time at once.
const (
	chunk     = 100_000
	batchSize = 500
)

func (c importCmd) mentions(e *env, a *app, k *clock) error {
	zone := time.UTC
	if c.Zone != "" {
		var err error
		if zone, err = time.LoadLocation(c.Zone); err != nil {
			return usageError{bot.Errorf(bot.ErrInvalid, "%q is not a time zone; use an IANA name such as Europe/Berlin.", c.Zone)}
		}
	}
	state, err := a.store.SourceState(e.ctx, c.Source)
	if err != nil {
		return err
	}
	in := &importing{e: e, a: a, clock: k, state: state, silent: c.Silent, bar: newProgress(e.stderr)}
	in.state.Name, in.state.Kind, in.state.Synced = c.Source, "file", true
	set := file.Settings{
		Path: c.File, Map: c.Map, Watch: c.Watch, Encoding: c.Encoding, DateOrder: c.DateOrder, Survey: c.Survey, RatingOf: c.RatingOf,
		Private: c.Survey,
	}
	env := bot.SourceEnv{HTTP: a.client, Log: a.log, Now: time.Now, Stdin: e.stdin, Zone: zone}
	err = file.Import(e.ctx, set, env, in.take)
	if err == nil {
		err = in.flush(e.ctx)
	}
	in.bar.done()
	if err != nil {
		return err
	}
	spikes, err := in.findSpikes(e.ctx)
	if err != nil {
		return err
	}
	r := in.result
	out := importSummary{r.Read, r.New, r.Duplicate, r.Rejected, r.Edited, r.Unmatched, r.Flagged, r.Opened, spikes}
	if c.JSON {
		return e.printJSON(out)
	}
	e.printf("read %d  new %d  duplicate %d  rejected %d\n", out.Read, out.New, out.Duplicate, out.Rejected)
	e.printf("edited %d  unmatched %d  flagged %d  cases %d  spikes %d\n", out.Edited, out.Unmatched, out.Flagged, out.Cases, out.Spikes)
	return nil
}

// importing is a file on its way in.
type importing struct {
	e           *env
	a           *app
	clock       *clock
	state       bot.SourceState
	silent      bool
	bar         *progress
	waiting     []bot.Mention
	result      intake.Result
	first, last time.Time
}

// take gathers a batch of the file and names its broken rows.
func (in *importing) take(ctx context.Context, b bot.Batch) error {
	for _, r := range b.Rejected {
		fmt.Fprintf(in.e.stderr, "%s: %s\n", visible(r.Where), visible(r.Reason))
	}
	if len(b.Rejected) > 0 {
		if err := in.ingest(ctx, bot.Batch{Rejected: b.Rejected}); err != nil {
			return err
		}
	}
	for _, m := range b.Mentions {
		m.History = in.silent
		in.waiting = append(in.waiting, m)
	}
	in.bar.show(b.Progress, "%d mentions", in.result.New+len(in.waiting))
	if len(in.waiting) < chunk {
		return nil
	}
	return in.flush(ctx)
}

// flush brings what was gathered in, the oldest first.
func (in *importing) flush(ctx context.Context) error {
	slices.SortStableFunc(in.waiting, func(a, b bot.Mention) int { return a.CreatedAt.Compare(b.CreatedAt) })
	ahead := in.readAhead(ctx)
	for p := range ahead {
		if p.last.Before(time.Now()) {
			in.clock.set(p.last)
		}
		if err := in.keep(ctx, p.Prepared); err != nil {
			for range ahead { // the reader ends when it is heard out
			}
			return err
		}
		in.bar.show(0, "%d mentions stored", in.result.New)
	}
	in.waiting = in.waiting[:0]
	return ctx.Err()
}

// ahead is a batch that was read while the one before it was being stored.
type ahead struct {
	intake.Prepared
	last time.Time // its newest mention
}

// readAhead reads what waits in batches, one ahead of the store.
func (in *importing) readAhead(ctx context.Context) <-chan ahead {
	in.note(in.waiting)
	waiting, state := in.waiting, in.state // keep changes its own
	out := make(chan ahead, 1)
	go func() {
		defer close(out)
		for batch := range slices.Chunk(waiting, batchSize) {
			if ctx.Err() != nil {
				return
			}
			out <- ahead{in.a.intake.Read(state, bot.Batch{Mentions: batch}), batch[len(batch)-1].CreatedAt}
		}
	}()
	return out
}

func (in *importing) note(batch []bot.Mention) {
	for _, m := range batch {
		if m.CreatedAt.IsZero() {
			continue
		}
		if in.first.IsZero() || m.CreatedAt.Before(in.first) {
			in.first = m.CreatedAt
		}
		if m.CreatedAt.After(in.last) {
			in.last = m.CreatedAt
		}
	}
}

func (in *importing) ingest(ctx context.Context, b bot.Batch) error {
	return in.keep(ctx, in.a.intake.Read(in.state, b))
}

func (in *importing) keep(ctx context.Context, p intake.Prepared) error {
	r, err := in.a.intake.Keep(ctx, p.With(in.state))
	if err != nil {
		return err
	}
	in.result.Add(r)
	in.state.LastOK = time.Now().UTC()
	in.state.Mentions += int64(r.New)
	in.state.Rejected += int64(r.Rejected)
	return nil
}

// findSpikes looks through the time that came in for episodes, with the weeks
// before it, which are its measure.
func (in *importing) findSpikes(ctx context.Context) (int, error) {
	if in.first.IsZero() {
		return 0, nil
	}
	end := in.last.Add(24 * time.Hour)
	in.clock.set(end)
	if err := in.a.spikes.Rebuild(ctx, in.first.Add(-35*24*time.Hour), end); err != nil {
		return 0, err
	}
	found, err := in.a.store.Spikes(ctx, in.first, end, false)
	return len(found), err
}
