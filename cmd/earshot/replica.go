package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/act"
	"earshot/bot/intake"
	"earshot/store"
)

// On several replicas (database.url) one of them listens: it reads the sources
// and looks for spikes. All of them take what people do, work the queue and
// hear what is sent to them. When the one that listens ends, another one takes
// over: at once when it was stopped or killed, within 15 seconds when its
// machine is gone.
const (
	listening = store.HoldListening // what is held to be the one that reads sources
	takeUp    = 5 * time.Second     // between two looks for clicks of replicas that are gone
	catchUp   = 10 * time.Second    // between two looks for cases that other replicas opened, besides those before a complaint is stored
	relearn   = time.Minute         // between two looks for lessons that others were taught
	gateway   = "gateway of %s"     // what is held to have a platform's one connection
)

// ear tells whether this process is the one that listens.
type ear struct {
	mu    sync.Mutex
	ctx   context.Context // ends when it no longer is; nil while it is not
	news  chan struct{}   // closed when ctx changes
	users sync.WaitGroup  // what runs while it is
}

func newEar() *ear { return &ear{news: make(chan struct{})} }

// set says that it listens now, until ctx ends; again with the ended ctx, it
// wakes who waits.
func (e *ear) set(ctx context.Context) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ctx = ctx
	close(e.news)
	e.news = make(chan struct{})
}

// is tells whether this process listens.
func (e *ear) is() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ctx != nil && e.ctx.Err() == nil
}

// enter gives the context in which this process listens; nil with what to wait
// for while it does not. Whoever got one calls leave.
func (e *ear) enter() (is context.Context, news <-chan struct{}) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.ctx == nil || e.ctx.Err() != nil {
		return nil, e.news
	}
	e.users.Add(1)
	return e.ctx, e.news
}

// alone runs a function whenever this process listens, until ctx ends.
func (e *ear) alone(ctx context.Context, run func(context.Context)) {
	for ctx.Err() == nil {
		is, news := e.enter()
		if is == nil {
			select {
			case <-ctx.Done():
			case <-news:
			}
			continue
		}
		both, cancel := context.WithCancel(ctx)
		stop := context.AfterFunc(is, cancel)
		run(both)
		stop()
		cancel()
		e.users.Done()
	}
}

// only makes a regular task that of the process that listens.
func (e *ear) only(do func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		is, _ := e.enter()
		if is == nil {
			return nil
		}
		defer e.users.Done()
		both, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(is, cancel)()
		err := do(both)
		if is.Err() != nil {
			return nil // another one does it now
		}
		return err
	}
}

// beTheEar listens whenever no other replica does, until ctx ends. began is
// called when it does.
func (a *app) beTheEar(ctx context.Context, began func()) error {
	err := a.store.Hold(ctx, listening, func(ctx context.Context) error {
		if err := a.loaded(ctx); err != nil {
			return err
		}
		var learning sync.WaitGroup
		learning.Go(func() { // five weeks of a busy brand take seconds: nobody waits for them
			if err := guarded(func() error { return a.spikes.Learn(ctx) }); err != nil && ctx.Err() == nil {
				a.log.Error("what was said lately could not all be learnt", "error", err)
			}
		})
		a.ear.set(ctx)
		began()
		<-ctx.Done()
		a.ear.set(ctx)
		a.ear.users.Wait()
		learning.Wait()
		return nil
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// wakeFor is how long a replica that is to listen tries to load what it needs
// for that, and wakePause how long it waits between two tries.
const wakeFor, wakePause = time.Minute, time.Second

// loaded is load, tried again where the database may be away for a moment.
func (a *app) loaded(ctx context.Context) error {
	if !a.store.Replicated() {
		return a.load(ctx)
	}
	return insist(ctx, a.log, func() error { return a.load(ctx) })
}

// insist does what may fail for a moment until it works, wakeFor has passed or
// ctx ends; then it gives the last error.
func insist(ctx context.Context, log *slog.Logger, do func() error) error {
	for began := time.Now(); ; {
		err := do()
		if err == nil || time.Since(began) >= wakeFor {
			return err
		}
		log.Warn("what was said lately could not be loaded; it is tried again", "error", err)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wakePause):
		}
	}
}

// startListening has this process listen whenever it may. Where there is one
// process it waits until it does: nothing may be heard before. stop ends it.
func (a *app) startListening(ctx context.Context, failed chan<- error) (stop func(), err error) {
	if a.store.Replicated() {
		if err := a.learnEchoes(ctx); err != nil {
			return nil, err
		}
	}
	listens, cancel := context.WithCancel(context.WithoutCancel(ctx))
	began, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(ended)
		ended <- a.beTheEar(listens, sync.OnceFunc(func() { close(began) }))
	}()
	stop = func() {
		cancel()
		if err := <-ended; err != nil {
			a.log.Error("listening did not end well", "error", err)
		}
	}
	if a.store.Replicated() {
		go func() {
			if err := <-ended; err != nil {
				failed <- err
			}
		}()
		return stop, nil
	}
	select {
	case <-began:
		return stop, nil
	case err := <-ended:
		cancel()
		return nil, err
	}
}

// cases tells intake what other replicas make cases of; nil where there is one
// process.
func (a *app) cases() intake.Beside {
	if a.store.Replicated() {
		return a.store
	}
	return nil
}

// locks part the deliveries of replicas; nil where there is one process.
func (a *app) locks() act.Locker {
	if a.store.Replicated() {
		return a.store
	}
	return nil
}

// aloneOf has the sources read by the process that listens; nil where there is
// one process.
func (a *app) aloneOf() func(context.Context, func(context.Context)) {
	if a.store.Replicated() {
		return a.ear.alone
	}
	return nil
}

// spikeListener is who is told of what was heard: on several replicas, only
// the one that listens counts. It learns from the store what others heard when
// it begins.
func (a *app) spikeListener() intake.Listener {
	if a.store.Replicated() {
		return earSpikes{a}
	}
	return a.spikes
}

type earSpikes struct{ a *app }

// Heard implements intake.Listener.
func (s earSpikes) Heard(ctx context.Context, heard []bot.Heard) error {
	if !s.a.ear.is() {
		return nil
	}
	return s.a.spikes.Heard(ctx, heard)
}

// runPlatform runs a platform: at once, or where it has one connection for all
// replicas, while no other one has it.
func (a *app) runPlatform(ctx context.Context, name string, p bot.Platform, desk bot.Desk) error {
	if !a.store.Replicated() || !a.cfg.oneConnection(name) {
		return p.Run(ctx, desk)
	}
	a.standby.Store(name, true)
	return a.store.Hold(ctx, fmt.Sprintf(gateway, name), func(ctx context.Context) error {
		a.standby.Delete(name)
		defer a.standby.Store(name, true)
		return p.Run(ctx, desk)
	})
}

// oneConnection tells whether a platform sends everything to each connection:
// then only one replica may have one. Slack shares what happens out among its
// sockets.
func (c *config) oneConnection(platform string) bool {
	return platform == "discord" && c.Discord != nil && c.Discord.Mode == "gateway"
}

// beside is what is done regularly because of other replicas.
func (a *app) beside(tick func(what string, every time.Duration, do func(context.Context) error)) {
	if !a.store.Replicated() {
		return
	}
	tick("take up", takeUp, a.desk.TakeUp)
	tick("cases of other replicas", catchUp, a.intake.CatchUp)
	tick("lessons of other replicas", relearn, a.act.Relearn)
}
