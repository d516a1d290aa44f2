package listen

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"earshot/bot"
)

// Runner runs sources. It is safe for concurrent use.
type Runner struct {
	set Settings

	life  sync.Mutex      // one Start, Reload or Stop at a time; never held by a worker
	work  context.Context // of what must be finished: a batch being stored
	quit  context.CancelFunc
	read  context.Context // of reads and waits; nil before Start
	stop  context.CancelFunc
	pulse chan struct{} // closed when the pulse goroutine has ended

	mu      sync.Mutex // of running, and held for a moment only
	running map[string]*worker
}

// New makes a runner; Start sets it going.
func New(set Settings) *Runner {
	set.defaults()
	return &Runner{set: set, running: map[string]*worker{}}
}

// Start runs the sources until Stop. ctx gives values only, as for logging:
// its end does not stop the runner. Two sources of one name, or two that want
// the same HTTP path, are an Error of kind ErrInvalid, and nothing starts.
func (r *Runner) Start(ctx context.Context, entries []Entry) error {
	if err := check(entries); err != nil {
		return err
	}
	r.life.Lock()
	defer r.life.Unlock()
	if r.read != nil {
		return errors.New("start listening: already started")
	}
	r.work, r.quit = context.WithCancel(context.WithoutCancel(ctx))
	r.read, r.stop = context.WithCancel(r.work)
	r.pulse = make(chan struct{})
	go r.watch(r.read, r.pulse)
	for _, e := range entries {
		r.launch(e)
	}
	return nil
}

// launch starts the goroutine of one source; life is held.
func (r *Runner) launch(e Entry) {
	ctx, cancel := context.WithCancel(r.read)
	w := newWorker(r, e, cancel)
	r.mu.Lock()
	r.running[e.Name] = w
	r.mu.Unlock()
	go w.run(ctx)
}

// Reload brings the running sources to what entries say: what is gone is
// stopped, what is new is started, what has changed is started anew from its
// cursor, and what is the same is left alone. Invalid entries change nothing.
// It waits for what it stops, at most until ctx ends.
func (r *Runner) Reload(ctx context.Context, entries []Entry) error {
	if err := check(entries); err != nil {
		return err
	}
	r.life.Lock()
	defer r.life.Unlock()
	if r.read == nil || r.read.Err() != nil {
		return errors.New("reload sources: not running")
	}
	wanted := map[string]Entry{}
	for _, e := range entries {
		wanted[e.Name] = e
	}
	var ending []*worker
	kept := map[string]bool{}
	for _, w := range r.workers() {
		if e, ok := wanted[w.entry.Name]; ok && same(e, w.entry) && !w.ending {
			kept[e.Name] = true
			continue
		}
		w.ending = true
		w.cancel()
		ending = append(ending, w)
	}
	for _, w := range ending {
		if err := w.wait(ctx); err != nil {
			return fmt.Errorf("reload sources: wait for %s: %w", w.entry.Name, err)
		}
		r.mu.Lock()
		delete(r.running, w.entry.Name)
		r.mu.Unlock()
	}
	for _, e := range entries {
		if !kept[e.Name] {
			r.launch(e)
		}
	}
	return nil
}

// Stop ends every read at once, lets batches that are being stored finish, and
// waits for all goroutines. When ctx ends first, what is being stored is
// cancelled too (its transaction rolls back), and ctx's error is returned.
func (r *Runner) Stop(ctx context.Context) error {
	r.life.Lock()
	defer r.life.Unlock()
	if r.read == nil {
		return nil
	}
	r.stop()
	defer r.quit()
	var late error
	for _, w := range r.workers() {
		if err := w.wait(ctx); err != nil {
			late = fmt.Errorf("stop listening: wait for %s: %w", w.entry.Name, err)
			r.quit()
			<-w.done
		}
	}
	<-r.pulse
	return late
}

// Status tells how every source is, by name.
func (r *Runner) Status() []Status {
	all := r.workers()
	out := make([]Status, 0, len(all))
	for _, w := range all {
		out = append(out, w.status())
	}
	slices.SortFunc(out, func(a, b Status) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// Source gives a running source by name.
func (r *Runner) Source(name string) (bot.Source, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.running[name]
	if w == nil {
		return nil, false
	}
	return w.entry.Source, true
}

// Answerer gives the source of this name when customers can be answered there,
// or the one that it names for that.
func (r *Runner) Answerer(source string) (bot.Answerer, bool) {
	s, ok := r.Source(source)
	if !ok {
		return nil, false
	}
	if by, refers := s.(bot.Referrer); refers && by.AnswersBy() != "" {
		if s, ok = r.Source(by.AnswersBy()); !ok {
			return nil, false
		}
	}
	a, ok := s.(bot.Answerer)
	return a, ok
}

// reached is a source that is spoken to by HTTP: a bot.Endpoint or bot.Nudged.
type reached interface {
	Path() string
	http.Handler
}

// TicketWays lists how tickets can be opened at the sources that take them, by
// the names of these.
func (r *Runner) TicketWays() []bot.Way {
	var ways []bot.Way
	for _, w := range r.workers() {
		if t, ok := w.entry.Source.(bot.Ticketer); ok {
			if way, on := t.TicketWay(); on {
				ways = append(ways, way)
			}
		}
	}
	slices.SortFunc(ways, func(a, b bot.Way) int { return strings.Compare(a.Source, b.Source) })
	return ways
}

// Handler serves the paths of the sources that are spoken to by HTTP, as they
// are at the moment: it follows a reload. A path of nobody is 404; a handler
// that panics is 500.
func (r *Runner) Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		for _, worker := range r.workers() {
			end, ok := worker.entry.Source.(reached)
			if !ok || end.Path() != req.URL.Path {
				continue
			}
			defer func() {
				if p := recover(); p != nil {
					r.set.Log.Error("endpoint panicked", "source", worker.entry.Name, "panic", p)
					http.Error(w, "internal error", http.StatusInternalServerError)
				}
			}()
			end.ServeHTTP(w, req)
			return
		}
		http.NotFound(w, req)
	})
}

func (r *Runner) workers() []*worker {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]*worker, 0, len(r.running))
	for _, w := range r.running {
		all = append(all, w)
	}
	return all
}

// watch looks for silence until ctx ends.
func (r *Runner) watch(ctx context.Context, done chan struct{}) {
	defer close(done)
	tick := time.NewTicker(pulseEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, w := range r.workers() {
				if err := w.guarded(func() error { w.pulse(ctx); return nil }); err != nil {
					r.set.Log.Error("source not looked after", "source", w.entry.Name, "error", err)
				}
			}
		}
	}
}

func same(a, b Entry) bool {
	return a.Kind == b.Kind && a.Every == b.Every && a.Print == b.Print && a.NoQuiet == b.NoQuiet
}

// check finds what no set of sources can have.
func check(entries []Entry) error {
	names, paths := map[string]bool{}, map[string]string{}
	for _, e := range entries {
		if e.Name == "" || e.Source == nil {
			return bot.Errorf(bot.ErrInvalid, "A source has no name.")
		}
		if names[e.Name] {
			return bot.Errorf(bot.ErrInvalid, "Two sources are called %q; give one another name.", e.Name)
		}
		names[e.Name] = true
		end, ok := e.Source.(reached)
		if !ok {
			continue
		}
		path := end.Path()
		if other := paths[path]; other != "" {
			return bot.Errorf(bot.ErrInvalid, "The sources %q and %q both want the path %s; give one another.", other, e.Name, path)
		}
		if !strings.HasPrefix(path, "/") {
			return bot.Errorf(bot.ErrInvalid, "The path %q of the source %q does not begin with a slash.", path, e.Name)
		}
		paths[path] = e.Name
	}
	return nil
}
