package digest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"earshot/bot"
)

const (
	// windowVersion is told apart in marks: how a window is folded or kept.
	windowVersion = "2/"
	// keepFrom is how many bytes of roll-ups, about 8 a mention, make a window
	// worth keeping: less is folded in a few milliseconds.
	keepFrom = 64 << 10
)

// Window folds what people said of a watch in [from, to). Days whose mentions
// changed since they were rolled up are rolled up first. A period that was
// folded before, and whose days are still the same, is not folded again.
func (b *Builder) Window(ctx context.Context, watch string, from, to time.Time, steps []time.Time) (Window, error) {
	if err := b.refresh(ctx, watch, from, to); err != nil {
		return Window{}, err
	}
	mark, err := b.store.RollupMark(ctx, watch, dayOf(from), to)
	if err != nil {
		return Window{}, fmt.Errorf("mark roll-ups: %w", err)
	}
	mark = windowVersion + mark
	body, err := b.store.SavedWindow(ctx, watch, from, to, mark)
	if err != nil && bot.KindOf(err) != bot.ErrNotFound {
		return Window{}, fmt.Errorf("read a folded period: %w", err)
	}
	if w, ok := openWindow(body, from, to, steps); ok {
		return w, nil
	}
	return b.fold(ctx, watch, from, to, steps, mark)
}

// openWindow reads a window that was kept; false when it is none, or has other
// steps than those asked for.
func openWindow(body []byte, from, to time.Time, steps []time.Time) (Window, bool) {
	var w Window
	if len(body) == 0 || json.Unmarshal(body, &w) != nil {
		return w, false
	}
	w.From, w.To = from, to
	if len(steps) == 0 {
		w.Volume = nil
		return w, true
	}
	same := slices.EqualFunc(w.Volume, steps, func(v Volume, at time.Time) bool { return v.From.Equal(at) })
	for i := range w.Volume {
		w.Volume[i].From = steps[min(i, len(steps)-1)]
	}
	return w, same
}

// fold reads the days of a period, folds them, and keeps what it comes to.
func (b *Builder) fold(ctx context.Context, watch string, from, to time.Time, steps []time.Time, mark string) (Window, error) {
	var bodies [][]byte
	size := 0
	err := b.store.Rollups(ctx, watch, dayOf(from), to, func(_ time.Time, body []byte) error {
		bodies = append(bodies, bytes.Clone(body))
		size += len(body)
		return nil
	})
	if err != nil {
		return Window{}, fmt.Errorf("read roll-ups: %w", err)
	}
	w, err := Fold(bodies, from, to, steps)
	if err != nil || size < keepFrom {
		return w, err
	}
	body, err := json.Marshal(w)
	if err == nil {
		err = b.store.SaveWindow(ctx, watch, from, to, mark, body)
	}
	if err != nil { // it was only to be quicker next time
		b.set.Log.WarnContext(ctx, "a folded period could not be kept", "watch", watch, "error", err)
	}
	return w, nil
}

// Ready rolls up every day of the audiences' watches that changed, and folds
// the periods that a digest of now would be made of, so that it finds them.
func (b *Builder) Ready(ctx context.Context) error {
	for _, a := range b.set.Audiences {
		from, to := a.Period.Before(b.set.Now(), a.Zone)
		for i, watch := range a.Watches {
			var steps []time.Time
			if i == 0 {
				steps = stepsOf(from, to, a.Zone)
			}
			if _, err := b.Window(ctx, watch, from, to, steps); err != nil {
				return fmt.Errorf("fold the period of %s: %w", a.Name, err)
			}
		}
		f, t := previous(from, to, a.Zone)
		if _, err := b.Window(ctx, a.Watches[0], f, t, nil); err != nil {
			return fmt.Errorf("fold the period before of %s: %w", a.Name, err)
		}
		if _, err := b.earlier(ctx, a.Watches[0], f, t, a.Zone); err != nil {
			return fmt.Errorf("fold earlier periods of %s: %w", a.Name, err)
		}
	}
	return nil
}
