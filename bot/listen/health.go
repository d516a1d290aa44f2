package listen

import (
	"context"
	"errors"
	"time"

	"earshot/bot"
	"earshot/bot/text"
)

// failed counts a failure, tells people when it is time, and gives how long to
// wait: full jitter on a doubling bound, and never less than the service asks
// (aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter).
func (w *worker) failed(ctx context.Context, err error) time.Duration {
	select {
	case w.slot <- struct{}{}: // a batch may still be on its way into the store
		defer func() { <-w.slot }()
	case <-ctx.Done():
		return 0
	}
	now := w.r.set.Now().UTC()
	w.mu.Lock()
	w.state.Failures++
	w.state.Error = text.Cut(text.OneLine(bot.Told(err)), maxErrorRunes)
	s := w.state
	w.mu.Unlock()

	pause := w.backoff(s.Failures, err)
	w.is(Failing, now.Add(pause))
	w.r.set.Log.Warn("source failed", "source", w.entry.Name, "kind", w.entry.Kind,
		"failures", s.Failures, "error_kind", string(bot.KindOf(err)), "retry_in", pause, "error", err)
	ctx, cancel := w.brief(ctx)
	defer cancel()
	if w.loaded {
		if err := w.r.set.States.SaveSourceState(ctx, s); err != nil {
			w.r.set.Log.Error("source state not saved", "source", w.entry.Name, "error", err)
		}
	}
	if hopeless(err) || s.Failures >= w.r.set.FailuresToTell {
		w.tellFailing(ctx, s, err)
	}
	return pause
}

// hopeless tells whether only a person can mend err.
func hopeless(err error) bool {
	kind := bot.KindOf(err)
	return kind == bot.ErrUnauthorized || kind == bot.ErrInvalid || kind == bot.ErrGone
}

func (w *worker) backoff(failures int, err error) time.Duration {
	bound := backoffCap
	if n := failures - 1; n < 16 && !hopeless(err) {
		bound = min(backoffCap, backoffBase<<n)
	}
	pause := time.Duration(w.r.set.Rand() * float64(bound))
	var e *bot.Error
	if errors.As(err, &e) && e.RetryAfter > 0 {
		pause = max(pause, e.RetryAfter+time.Duration(w.r.set.Rand()*float64(backoffBase)))
	}
	return max(pause, backoffBase/10)
}

func (w *worker) failingKey() string { return "source:" + w.entry.Name + ":failing" }
func (w *worker) quietKey() string   { return "source:" + w.entry.Name + ":quiet" }

// tellFailing tells once that the source fails; an attempt that does not
// succeed is made again with the next failure.
func (w *worker) tellFailing(ctx context.Context, s bot.SourceState, err error) {
	w.mu.Lock()
	told := w.told
	w.mu.Unlock()
	if told {
		return
	}
	mend := "It is tried again by itself. Look whether the service works, and at its address in the configuration."
	switch bot.KindOf(err) {
	case bot.ErrUnauthorized:
		mend = "Renew its credentials in the configuration, then reload; earshot check says which permission is missing."
	case bot.ErrInvalid, bot.ErrGone:
		mend = "Correct its settings in the configuration, then reload; earshot check says what is wrong."
	case bot.ErrInternal:
		mend = "Nothing is lost. Look into the log of Earshot, and report it if it lasts."
	}
	n := bot.Notice{Key: w.failingKey(), Text: "The source " + w.entry.Name + " cannot be read: " + s.Error, Mend: mend, At: w.r.set.Now().UTC()}
	if w.notify(ctx, n) {
		w.mu.Lock()
		w.told = true
		w.mu.Unlock()
	}
}

// well says that what was told is mended: that the source failed, by this run
// or, as nobody knows any more, by one before it; and that it was silent.
func (w *worker) well(ctx context.Context, before bot.SourceState) {
	w.mu.Lock()
	failed := (w.told || !w.asked) && w.state.Failures == 0
	quiet := !before.QuietFrom.IsZero() && w.state.QuietFrom.IsZero()
	w.mu.Unlock()
	ctx, cancel := w.brief(ctx)
	defer cancel()
	if failed && w.mended(ctx, w.failingKey()) {
		w.mu.Lock()
		w.told, w.asked = false, true
		w.mu.Unlock()
	}
	if quiet {
		w.mended(ctx, w.quietKey())
	}
}

// pulse looks after a source between its batches: a stream that holds is well,
// and one that is silent against its rhythm is told of.
//
// It takes the slot, as whatever changes the state does; while a batch is being
// stored there is nothing to look after.
func (w *worker) pulse(ctx context.Context) {
	if !w.mine.Load() {
		return
	}
	select {
	case w.slot <- struct{}{}:
		defer func() { <-w.slot }()
	default:
		return
	}
	w.tellRations(ctx)
	now := w.r.set.Now().UTC()
	w.tellFlood(ctx, false, w.volume.advance(now))
	w.mu.Lock()
	before, up := w.state, w.upSince
	steady := !up.IsZero() && now.Sub(up) >= steadyAfter
	if steady {
		w.state.Failures, w.state.Error, w.state.LastOK = 0, "", now
	}
	healthy := w.state.Failures == 0 && w.activity != Stopped && !w.state.LastOK.IsZero()
	if healthy {
		w.rhythm.advance(now)
		w.state.Rhythm = w.learnt()
	}
	since := w.state.LastNew
	if up.After(since) && !since.IsZero() {
		since = up // a stream hears nothing of what was said while it was down
	}
	quiet := healthy && !w.entry.NoQuiet && w.state.QuietFrom.IsZero() && w.rhythm.silent(since, now)
	w.mu.Unlock()

	if steady && before.Failures > 0 {
		w.well(ctx, before)
	}
	if quiet {
		w.tellQuiet(ctx, since)
	}
	if steady || quiet {
		w.saveState(ctx)
	}
}

// tellQuiet tells once that the source is silent.
func (w *worker) tellQuiet(ctx context.Context, since time.Time) {
	ctx, cancel := w.brief(ctx)
	defer cancel()
	at := since.UTC().Format("Mon 2 Jan 15:04 MST")
	n := bot.Notice{
		Key: w.quietKey(), Text: "The source " + w.entry.Name + " has been silent since " + at + ", which is unusual for it.",
		Mend: "Reading it works, so look at its other end: was it moved, muted or switched off?", At: w.r.set.Now().UTC(),
	}
	if !w.notify(ctx, n) {
		return
	}
	w.mu.Lock()
	w.state.QuietFrom = since
	w.mu.Unlock()
}

// saveState stores the state between batches; the caller holds the slot.
func (w *worker) saveState(ctx context.Context) {
	ctx, cancel := w.brief(ctx)
	defer cancel()
	if err := w.r.set.States.SaveSourceState(ctx, w.snapshot()); err != nil {
		w.r.set.Log.Error("source state not saved", "source", w.entry.Name, "error", err)
	}
}

func (w *worker) notify(ctx context.Context, n bot.Notice) bool {
	if w.r.set.Notifier == nil {
		return true
	}
	if err := w.r.set.Notifier.Notify(ctx, n); err != nil {
		w.r.set.Log.Error("notice not told", "key", n.Key, "error", err)
		return false
	}
	return true
}

func (w *worker) mended(ctx context.Context, key string) bool {
	if w.r.set.Notifier == nil {
		return true
	}
	if err := w.r.set.Notifier.Mended(ctx, key); err != nil {
		w.r.set.Log.Error("mended notice not told", "key", key, "error", err)
		return false
	}
	return true
}

// brief bounds what is done beside the reading.
func (w *worker) brief(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := w.detach(ctx)
	timed, stop := context.WithTimeout(ctx, tellTimeout)
	return timed, func() { stop(); cancel() }
}
