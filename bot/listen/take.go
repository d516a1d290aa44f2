package listen

import (
	"context"
	"fmt"
	"time"

	"earshot/bot"
)

// take stores one batch with the state that follows from it, one at a time. It
// finishes what it began when ctx ends: only Stop's deadline cancels it.
func (w *worker) take(ctx context.Context, b bot.Batch, polled bool) error {
	select {
	case w.slot <- struct{}{}:
		defer func() { <-w.slot }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return w.put(ctx, b, polled)
}

// put stores one batch; the caller holds the slot.
func (w *worker) put(ctx context.Context, b bot.Batch, polled bool) error {
	ctx, cancel := w.detach(ctx)
	defer cancel()
	now := w.r.set.Now().UTC()
	old := w.snapshot()
	_, streams := w.entry.Source.(bot.Streamer)
	next := after(old, b, now, polled)
	if polled && streams { // whether a stream holds is not said by the read before it
		next.Failures, next.Error = old.Failures, old.Error
	}
	w.stamp(b, now, !old.Synced && polled)
	calm := w.volume.advance(now)
	next.Rhythm = w.hear(now, len(b.Mentions) > 0 && old.Synced)
	if err := w.store(ctx, old, next, b, now); err != nil {
		return fmt.Errorf("store what source %s said: %w", w.entry.Name, err)
	}
	w.mu.Lock()
	w.state = next
	w.mu.Unlock()
	w.well(ctx, old)
	w.tellForm(ctx, b)
	w.tellFlood(ctx, w.volume.heard(fresh(b, now)) && w.experienced(), calm)
	return nil
}

// store hands over a batch that has something in it; an empty one is saved as
// a state, where the state has changed or was not saved for a while.
func (w *worker) store(ctx context.Context, old, next bot.SourceState, b bot.Batch, now time.Time) error {
	w.mu.Lock()
	due := now.Sub(w.savedAt) >= saveEvery
	w.mu.Unlock()
	switch {
	case len(b.Mentions) > 0 || len(b.Rejected) > 0:
		if err := w.r.set.Sink.Ingest(ctx, next, b); err != nil {
			return err
		}
	case due || next.Cursor != old.Cursor || next.Synced != old.Synced || old.Failures > 0:
		if err := w.r.set.States.SaveSourceState(ctx, next); err != nil {
			return err
		}
	default:
		return nil
	}
	w.mu.Lock()
	w.savedAt = now
	w.mu.Unlock()
	return nil
}

// after is the state once b is stored. A batch without a cursor leaves the
// cursor as it is.
func after(s bot.SourceState, b bot.Batch, now time.Time, polled bool) bot.SourceState {
	if b.Next != "" {
		s.Cursor = b.Next
	}
	s.LastOK, s.Failures, s.Error = now, 0, ""
	if len(b.Mentions) > 0 {
		s.LastNew, s.QuietFrom = now, time.Time{}
	}
	s.Mentions += int64(len(b.Mentions))
	s.Rejected += int64(len(b.Rejected))
	if polled {
		s.Synced, s.Progress = s.Synced || !b.More, b.Progress
	}
	if polled && !b.More {
		s.Progress = 1
	}
	return s
}

// stamp fills in what the runner knows of each mention.
func (w *worker) stamp(b bot.Batch, now time.Time, history bool) {
	for i := range b.Mentions {
		m := &b.Mentions[i]
		m.Source, m.Kind, m.SeenAt = w.entry.Name, w.entry.Kind, now
		m.History = m.History || history
		if m.CreatedAt.IsZero() {
			m.CreatedAt = now
		}
	}
	for i := range b.Rejected {
		b.Rejected[i].Source = w.entry.Name
		if b.Rejected[i].At.IsZero() {
			b.Rejected[i].At = now
		}
	}
}

// hear moves the rhythm on and gives it in the form that is stored.
func (w *worker) hear(now time.Time, news bool) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rhythm.advance(now)
	if news {
		w.rhythm.heard()
	}
	return w.learnt()
}

// detach gives a context with ctx's values that ends only with the runner's
// work, so that a batch is stored although the read that brought it is over.
func (w *worker) detach(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(w.r.work, cancel)
	return ctx, func() { stop(); cancel() }
}
