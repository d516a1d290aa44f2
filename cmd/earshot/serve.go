package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/robfig/cron/v3"

	"earshot/bot"
)

// How long each part may take to stop: inbound first, workers next, store last.
const (
	stopInbound = 10 * time.Second
	stopStore   = 10 * time.Second
	deliverers  = 8 // jobs of a queue that run at once
)

// serve runs the bot until ctx ends, then stops it in order: nothing more
// comes in, what is under way is finished, then the state is saved.
func (a *app) serve(ctx context.Context) error {
	list, err := a.entries()
	if err != nil {
		return err
	}
	if err := a.act.Recover(ctx); err != nil {
		return fmt.Errorf("take up what was left: %w", err)
	}
	if err := a.scheduler.Sync(ctx, a.store); err != nil {
		return fmt.Errorf("plan the digests: %w", err)
	}
	if err := a.planBackup(ctx); err != nil {
		return err
	}
	working, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	inbound, stopInboundNow := context.WithCancel(ctx)
	defer stopInboundNow()
	var workers, listeners sync.WaitGroup
	failed := make(chan error, len(a.platforms)+5) // one of each that may send
	stopListening, err := a.startListening(ctx, failed)
	if err != nil {
		return err
	}
	defer stopListening()
	workers.Go(func() { a.work(working, failed) })
	a.listen(inbound, &listeners, failed)
	if err := a.runner.Start(ctx, list); err != nil {
		failed <- fmt.Errorf("start the sources: %w", err)
	}
	ticks := a.ticks(working)
	if err := a.desk.Resume(ctx); err != nil {
		a.log.Error("what was left undone could not be taken up", "error", err)
	}
	if err := a.tellModel(ctx); err != nil {
		a.log.Error("nobody could be told of the model", "error", err)
	}
	a.watch.serving.Store(true)
	listeners.Go(func() { a.watch.announce(inbound, len(list)) })
	cause := first(ctx, failed)
	a.watch.serving.Store(false)
	a.log.Info("stopping")
	stopInboundNow()
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopInbound)
	defer cancel()
	if err := a.runner.Stop(bounded); err != nil {
		a.log.Warn("a source did not stop in time", "error", err)
	}
	listeners.Wait()
	a.endTicks(bounded, ticks, stopWork)
	stopWork()
	workers.Wait()
	return errors.Join(cause, a.rest(ctx))
}

// work works the queue until ctx ends.
func (a *app) work(ctx context.Context, failed chan<- error) {
	err := a.store.Work(ctx, a.jobs(), deliverers)
	switch {
	case err == nil:
	case ctx.Err() != nil: // nobody waits for what fails any more
		a.log.Error("the queue did not stop", "error", err)
	default:
		failed <- fmt.Errorf("work the queue: %w", err)
	}
}

// endTicks waits for the regular tasks that are under way; when late ends first,
// stop must end what they work with.
func (a *app) endTicks(late context.Context, ticks *cron.Cron, stop func()) {
	over := ticks.Stop().Done()
	select {
	case <-over:
		return
	case <-late.Done():
		a.log.Warn("a regular task did not end in time")
	}
	stop()
	<-over
}

// first waits until ctx ends, or something fails.
func first(ctx context.Context, failed <-chan error) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// rest saves what only memory holds.
func (a *app) rest(ctx context.Context) error {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopStore)
	defer cancel()
	if !a.ear.is() {
		return nil // another replica has what counts
	}
	return a.spikes.Close(bounded)
}

// jobs says who does what must happen.
func (a *app) jobs() map[bot.JobKind]func(ctx context.Context, id int64) error {
	all := map[bot.JobKind]func(ctx context.Context, id int64) error{
		bot.JobDeliver: a.act.Deliver,
		bot.JobCase:    a.act.Timer,
		bot.JobDigest:  a.builder.Make,
		bot.JobOpinion: a.askOpinion,
		bot.JobSummary: a.askSummary,
		bot.JobBackup:  a.backUp,
		bot.JobInbox:   a.desk.TellAgain,
		bot.JobFollow:  a.act.Follow,
	}
	for kind, do := range all {
		all[kind] = a.watch.counted(kind, do)
	}
	return all
}

// listen runs the platforms and the HTTP address. A platform that cannot go on
// is told about; the others do.
func (a *app) listen(ctx context.Context, wg *sync.WaitGroup, failed chan<- error) {
	for name, p := range a.platforms {
		wg.Go(func() {
			err := guarded(func() error { return a.runPlatform(ctx, name, p, watchedDesk{a.desk, a.watch.meter}) })
			if err == nil || ctx.Err() != nil {
				return
			}
			a.log.Error("a platform cannot go on", "platform", name, "error", err)
			if len(a.platforms) == 1 {
				failed <- err
				return
			}
			if err := a.act.Notify(ctx, bot.Notice{Key: platformKey(name), Text: bot.Told(err), Mend: "Run `earshot check`.", At: a.now()}); err != nil {
				a.log.Error("nobody could be told", "error", err)
			}
		})
	}
	open := func(what, addr string, h http.Handler) {
		if addr == "" {
			return
		}
		wg.Go(func() {
			if err := a.serveHTTP(ctx, what, addr, h); err != nil {
				failed <- err
			}
		})
	}
	open("http", a.cfg.HTTP.Addr, a.mux())
	open("admin", a.cfg.Admin.Addr, a.admin())
}

// mux is what comes in by HTTP: webhooks, health, and the platforms' requests.
func (a *app) mux() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", a.watch.livez)
	mux.HandleFunc("GET /readyz", a.watch.readyz)
	for name, p := range a.platforms {
		if h, ok := p.(interface{ Handler() http.Handler }); ok {
			mux.Handle("POST /"+name, h.Handler())
			mux.Handle("POST /"+name+"/", h.Handler())
		}
	}
	mux.Handle("/", a.runner.Handler())
	return mux
}

// serveHTTP serves h until ctx ends, then lets requests finish.
func (a *app) serveHTTP(ctx context.Context, what, addr string, h http.Handler) error {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return &bot.Error{Kind: bot.ErrInvalid, Msg: fmt.Sprintf("Cannot listen on %s. Choose another %s.addr.", addr, what), Err: err}
	}
	a.log.Info(what+" is open", "url", "http://"+l.Addr().String())
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10}
	done := make(chan error, 1)
	go func() {
		<-ctx.Done()
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopInbound)
		defer cancel()
		done <- srv.Shutdown(late)
	}()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", addr, err)
	}
	return <-done
}

// ticks starts what happens by the clock: digests that are due, and the bins
// of the spikes.
func (a *app) ticks(ctx context.Context) *cron.Cron {
	c := cron.New(cron.WithLocation(time.UTC), cron.WithChain(cron.SkipIfStillRunning(cron.DiscardLogger)))
	tick := func(what string, every time.Duration, do func(context.Context) error) {
		c.Schedule(cron.Every(every), a.task(ctx, what, every, do))
	}
	tick("digests", 15*time.Second, a.scheduler.Tick)
	tick("spikes", time.Minute, a.ear.only(a.spikes.Tick))
	tick("upkeep", time.Hour, a.ear.only(a.store.Sweep))
	tick("retention", time.Hour, a.retain)
	tick("backup", 15*time.Second, a.tickBackup)
	tick("audit", time.Hour, a.ear.only(a.auditor.Draw))
	tick("audit head", 24*time.Hour, a.logAuditHead)
	tick("roll-ups", 10*time.Minute, a.ear.only(a.rollUp))
	tick("self-report", lookEvery, a.watch.look)
	a.beside(tick)
	if err := a.scheduler.Tick(ctx); err != nil {
		a.log.Error("a regular task failed", "task", "digests", "error", err)
	}
	if err := a.logAuditHead(ctx); err != nil {
		a.log.Error("a regular task failed", "task", "audit head", "error", err)
	}
	c.Start()
	return c
}

// task is one regular task. What fails is logged, and told when it fails twice
// in a row; what breaks down fails.
func (a *app) task(ctx context.Context, what string, every time.Duration, do func(context.Context) error) cron.FuncJob {
	return func() {
		err := guarded(func() error { return do(ctx) })
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			a.log.Error("a regular task failed", "task", what, "error", err)
		}
		a.watch.watcher.Report(what, err, 2*every+lookEvery)
	}
}

// guarded runs do and makes an error of a panic, so that one part of the bot
// does not take the others with it.
func guarded(do func() error) (err error) {
	defer func() {
		if broke := recover(); broke != nil {
			err = fmt.Errorf("panic: %v\n%s", broke, debug.Stack())
		}
	}()
	return do()
}

// rollUp counts the days in which something was said, and folds the periods of
// the digests, so that no digest has to.
func (a *app) rollUp(ctx context.Context) error {
	var errs []error
	for _, w := range a.cfg.watchNames() {
		errs = append(errs, a.builder.Refresh(ctx, w))
	}
	errs = append(errs, a.builder.Ready(ctx))
	return errors.Join(errs...)
}
