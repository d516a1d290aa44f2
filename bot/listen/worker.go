package listen

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"earshot/bot"
)

// worker runs one source.
type worker struct {
	form   form   // of what it sends; guarded by slot
	volume volume // of what it brings; guarded by slot
	r      *Runner
	entry  Entry
	cancel context.CancelFunc
	done   chan struct{} // closed when run has ended
	slot   chan struct{} // holds one token while a batch is being stored
	offers offers        // batches of a stream that wait for it
	ending bool          // Reload has cancelled it; guarded by Runner.life

	mine atomic.Bool // this process reads the source

	mu       sync.Mutex
	state    bot.SourceState
	rhythm   rhythm
	activity Activity
	nextAt   time.Time
	upSince  time.Time // when the stream connected; zero while it is not
	savedAt  time.Time // when state was stored last
	told     bool      // that it fails
	asked    bool      // whether an older run had told so has been settled

	rations map[string]bool // told that it is nearly spent, by what it is of; only the slot's holder touches it

	loaded bool // state has been read; only run touches it
	stalls int  // reads in a row with More that moved nothing; only run touches it
}

func newWorker(r *Runner, e Entry, cancel context.CancelFunc) *worker {
	if e.Every <= 0 {
		e.Every = DefaultEvery
	}
	return &worker{
		r: r, entry: e, cancel: cancel, done: make(chan struct{}), slot: make(chan struct{}, 1),
		rations: map[string]bool{}, activity: Reading, state: bot.SourceState{Name: e.Name, Kind: e.Kind},
	}
}

// wait waits until run has ended, at most until ctx ends.
func (w *worker) wait(ctx context.Context) error {
	select {
	case <-w.done:
		return nil
	default:
	}
	select {
	case <-w.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run reads the source until ctx ends, while that is this process's to do.
func (w *worker) run(ctx context.Context) {
	defer close(w.done)
	defer w.is(Stopped, time.Time{})
	if w.r.set.Alone == nil || told(w.entry.Source) {
		w.reads(ctx)
		return
	}
	w.is(Waiting, time.Time{})
	w.r.set.Alone(ctx, w.reads)
}

// told tells whether a source waits to be told, and asks nobody: whichever
// process is told must hear it.
func told(s bot.Source) bool {
	if _, ok := s.(bot.Endpoint); ok {
		return true
	}
	t, ok := s.(interface{ Told() bool })
	return ok && t.Told()
}

// reads reads the source until ctx ends.
func (w *worker) reads(ctx context.Context) {
	w.loaded = false // another process may have read it meanwhile
	w.mine.Store(true)
	defer w.mine.Store(false)
	defer w.is(Waiting, time.Time{})
	var nudge <-chan struct{} // nil waits for ever
	if n, ok := w.entry.Source.(bot.Nudged); ok {
		nudge = n.Nudge()
	}
	for ctx.Err() == nil {
		pause, early := w.jitter(w.entry.Every), nudge
		if err := w.guarded(func() error { return w.session(ctx) }); err != nil {
			if ctx.Err() != nil {
				return
			}
			pause, early = w.failed(ctx, err), nil // the wait that was asked for is kept
		} else {
			w.is(Waiting, w.r.set.Now().Add(pause))
		}
		select {
		case <-ctx.Done():
		case <-early:
		case <-time.After(pause):
		}
	}
}

// session reads all that is new, and then listens where the source can be
// listened to.
func (w *worker) session(ctx context.Context) error {
	w.is(Reading, time.Time{})
	if err := w.load(ctx); err != nil {
		return err
	}
	for more := true; more; {
		var err error
		if more, err = w.poll(ctx); err != nil {
			return err
		}
	}
	if s, ok := w.entry.Source.(bot.Streamer); ok {
		return w.stream(ctx, s)
	}
	return nil
}

// load reads the state once.
func (w *worker) load(ctx context.Context) error {
	if w.loaded {
		return nil
	}
	s, err := w.r.set.States.SourceState(ctx, w.entry.Name)
	if err != nil {
		return fmt.Errorf("load the state of source %s: %w", w.entry.Name, err)
	}
	s.Name, s.Kind = w.entry.Name, w.entry.Kind
	select {
	case w.slot <- struct{}{}: // somebody may be looking after it
		defer func() { <-w.slot }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w.mu.Lock()
	w.state = s
	w.rhythm, w.volume = parseLearnt(s.Rhythm)
	w.mu.Unlock()
	w.loaded = true
	return nil
}

// poll reads one batch, and tells whether there is more to read at once.
func (w *worker) poll(ctx context.Context) (more bool, err error) {
	before := w.snapshot().Cursor
	pctx, cancel := context.WithTimeout(ctx, w.r.set.PollTimeout)
	defer cancel()
	b, err := w.entry.Source.Poll(pctx, before)
	if err != nil {
		if errors.Is(pctx.Err(), context.DeadlineExceeded) && bot.KindOf(err) == bot.ErrInternal {
			return false, &bot.Error{Kind: bot.ErrUnavailable, Msg: "Reading took longer than " + w.r.set.PollTimeout.String() + ".", Err: err}
		}
		return false, err
	}
	if b.More && (b.Next == before || b.Next == "") {
		if w.stalls++; w.stalls >= stallAfter {
			w.r.set.Log.Warn("source says that there is more but does not move", "source", w.entry.Name)
			b.More = false
		}
	} else {
		w.stalls = 0
	}
	if err := w.take(ctx, b, true); err != nil {
		return false, err
	}
	return b.More && ctx.Err() == nil, nil
}

// stream listens until it fails or ctx ends.
func (w *worker) stream(ctx context.Context, s bot.Streamer) error {
	var live atomic.Bool
	live.Store(true)
	emit := func(ectx context.Context, b bot.Batch) error {
		if !live.Load() {
			return bot.Errorf(bot.ErrUnavailable, "The source %s is not being listened to at the moment.", w.entry.Name)
		}
		return w.give(ectx, b)
	}
	w.connected(true)
	defer w.connected(false)
	defer live.Store(false)
	began := w.r.set.Now()
	err := w.guarded(func() error { return s.Stream(ctx, w.snapshot().Cursor, emit) })
	if w.r.set.Now().Sub(began) >= steadyAfter {
		w.mu.Lock()
		w.state.Failures = 0 // it was well in between
		w.mu.Unlock()
	}
	if err == nil && ctx.Err() == nil {
		return bot.Errorf(bot.ErrUnavailable, "The connection ended.")
	}
	return err
}

// guarded runs f and turns a panic into an error, so that one source cannot
// take the others with it.
func (w *worker) guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &bot.Error{
				Kind: bot.ErrInternal, Msg: "It broke down inside, which is our fault. It is tried again.",
				Err: fmt.Errorf("panic: %v\n%s", p, debug.Stack()),
			}
		}
	}()
	return f()
}

// is says what the worker does now.
func (w *worker) is(a Activity, next time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.activity, w.nextAt = a, next
}

func (w *worker) connected(up bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.upSince = (time.Time{}); up {
		w.activity, w.nextAt, w.upSince = Streaming, time.Time{}, w.r.set.Now()
	}
}

func (w *worker) snapshot() bot.SourceState {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

func (w *worker) status() Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	return Status{SourceState: w.state, Activity: w.activity, NextAt: w.nextAt, Every: w.entry.Every}
}

// jitter spreads d by a tenth both ways, so that sources do not poll in step.
func (w *worker) jitter(d time.Duration) time.Duration {
	return d - d/10 + time.Duration(w.r.set.Rand()*float64(d/5))
}
