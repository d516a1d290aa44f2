package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync/atomic"
	"time"

	"earshot/bot"
	"earshot/bot/intake"
	"earshot/bot/meter"
	"earshot/bot/vital"
)

// How often the bot looks after itself, and how long a look may take.
const (
	lookEvery = 30 * time.Second
	probeFor  = 20 * time.Second
	signsFor  = 5 * time.Second
)

// watch is how the running bot looks after itself and is looked at.
type watch struct {
	a       *app
	meter   *meter.Meter
	watcher *vital.Watcher
	serving atomic.Bool  // everything has been started, nothing is being stopped
	wrote   atomic.Value // writeResult: of the last probe
}

// writeResult is an error that may be nil, as atomic.Value wants it.
type writeResult struct{ err error }

func newWatch(a *app) *watch {
	w := &watch{a: a}
	version, commit := versionWords()
	w.meter = meter.New(meter.Settings{
		Build: meter.Build{Version: version, Commit: commit},
		Signs: w.signs, Now: a.now,
		Sources: func() []bot.SourceState {
			var all []bot.SourceState
			for _, s := range a.runner.Status() {
				all = append(all, s.SourceState)
			}
			return all
		},
		Notices: func(ctx context.Context) (int, error) {
			open, err := a.store.Notices(ctx)
			return len(open), err
		},
	})
	return w
}

// watches sets up what tells the team, once there is somebody who can.
func (w *watch) watches() {
	began := time.Now()
	w.watcher = vital.New(vital.Settings{
		Look: w.signs, Teller: w.a.act, Log: w.a.log, Now: w.a.now, Steady: func() time.Duration { return time.Since(began) },
	})
}

// look tries whether the store takes writes, and tells what is broken.
func (w *watch) look(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(ctx, probeFor)
	err := w.a.store.Probe(bounded)
	cancel()
	if ctx.Err() != nil {
		return nil //nolint:nilerr // we are stopping
	}
	w.wrote.Store(writeResult{err})
	return w.watcher.Tick(ctx)
}

// signs is how the bot is now.
func (w *watch) signs(ctx context.Context) vital.Signs {
	ctx, cancel := context.WithTimeout(ctx, signsFor)
	defer cancel()
	a := w.a
	s := vital.Signs{At: a.now().UTC(), Serving: w.serving.Load(), Connectors: w.connectors()}
	if s.Store, s.Schema = a.store.Ping(ctx); s.Store != nil {
		return s
	}
	if last, ok := w.wrote.Load().(writeResult); ok {
		s.Store = last.err
	}
	var errs [3]error
	s.Queues, errs[0] = a.store.Queues(ctx)
	s.Due, s.OldestDue, s.Parked, errs[1] = a.store.Backlog(ctx)
	s.Size, errs[2] = a.store.Size(ctx)
	s.Store = errors.Join(append(errs[:], s.Store)...)
	return s
}

func (w *watch) connectors() []vital.Connector {
	var all []vital.Connector
	for _, name := range slices.Sorted(maps.Keys(w.a.platforms)) {
		if h, ok := w.a.platforms[name].(bot.Healthy); ok {
			health := h.Health()
			_, health.Standby = w.a.standby.Load(name)
			all = append(all, vital.Connector{Name: name, Health: health})
		}
	}
	return all
}

// How long "ready" waits for the platforms' connections before it is said
// without them.
const (
	connectFor   = 10 * time.Second
	connectEvery = 25 * time.Millisecond
)

// announce says that the bot is ready once the platforms are connected, and
// takes back what an earlier run told of them.
func (w *watch) announce(ctx context.Context, sources int) {
	tick := time.NewTicker(connectEvery)
	defer tick.Stop()
	late := time.After(connectFor)
	missing := w.missing()
	for waits := true; waits && len(missing) > 0; missing = w.missing() {
		select {
		case <-ctx.Done():
			return
		case <-late:
			waits = false
		case <-tick.C:
		}
	}
	w.a.log.Info("ready", "sources", sources, "platforms", len(w.a.platforms), "not_connected", missing)
	for name := range w.a.platforms {
		if slices.Contains(missing, name) {
			continue
		}
		if err := w.a.act.Mended(ctx, platformKey(name)); err != nil && ctx.Err() == nil {
			w.a.log.Error("nobody could be told", "platform", name, "error", err)
		}
	}
}

func platformKey(name string) string { return "platform:" + name }

// missing lists the platforms that are not connected.
func (w *watch) missing() []string {
	var names []string
	for _, c := range w.connectors() {
		if !c.Connected && !c.Standby {
			names = append(names, c.Name)
		}
	}
	return names
}

// counted is a job's handler whose runs are counted.
func (w *watch) counted(kind bot.JobKind, do func(context.Context, int64) error) func(context.Context, int64) error {
	return func(ctx context.Context, id int64) error {
		began := time.Now()
		err := do(ctx, id)
		w.meter.Worked(kind, time.Since(began), err)
		return err
	}
}

// watchedDesk counts what people do, and how soon it is taken.
type watchedDesk struct {
	bot.Desk
	meter *meter.Meter
}

// Accept implements bot.Desk.
func (d watchedDesk) Accept(ctx context.Context, in bot.Interaction) (bool, error) {
	began := time.Now()
	fresh, err := d.Desk.Accept(ctx, in)
	if err == nil {
		d.meter.Accepted(in, time.Since(began), fresh)
	}
	return fresh, err
}

// Handle implements bot.Desk.
func (d watchedDesk) Handle(ctx context.Context, in bot.Interaction) bot.Answer {
	began := time.Now()
	defer func() { d.meter.Handled(in, time.Since(began)) }()
	return d.Desk.Handle(ctx, in)
}

// Told implements bot.Witness.
func (d watchedDesk) Told(ctx context.Context, in bot.Interaction) {
	if w, ok := d.Desk.(bot.Witness); ok {
		w.Told(ctx, in)
	}
}

// watchedSpikes counts the spikes that open and close.
type watchedSpikes struct {
	intake.SpikeCards
	meter *meter.Meter
}

// OpenSpike implements intake.SpikeCards.
func (s watchedSpikes) OpenSpike(ctx context.Context, sp bot.Spike) error {
	err := s.SpikeCards.OpenSpike(ctx, sp)
	if err == nil {
		s.meter.Spiked(sp)
	}
	return err
}

// UpdateSpike implements intake.SpikeCards.
func (s watchedSpikes) UpdateSpike(ctx context.Context, sp bot.Spike) error {
	err := s.SpikeCards.UpdateSpike(ctx, sp)
	if err == nil && sp.State == bot.SpikeOver {
		s.meter.Spiked(sp)
	}
	return err
}
