package vital

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"earshot/bot"
	"earshot/bot/card"
)

// Teller tells the team about Earshot itself.
type Teller interface {
	// Notify tells once while a notice of this key is open.
	Notify(ctx context.Context, n bot.Notice) error
	// Mended takes a notice back, with how long it lasted.
	Mended(ctx context.Context, key string) error
	// Shout tells it past the store, which cannot be written to.
	Shout(ctx context.Context, n bot.Notice) error
}

// Settings is what a Watcher works with.
type Settings struct {
	Look   func(ctx context.Context) Signs
	Teller Teller
	Limits Limits
	Log    *slog.Logger
	Now    func() time.Time
	// Steady is how long the program has run, by a clock that nobody sets.
	Steady func() time.Duration
}

// Watcher looks at the signs again and again, tells what stays broken, once,
// and when it is mended. It is safe for concurrent use.
type Watcher struct {
	set Settings

	mu     sync.Mutex
	since  map[string]time.Time  // symptoms that are bad, and from when on
	told   map[string]bool       // whether that was told; false: taken back
	shout  map[string]bot.Notice // told past the store
	others map[string]Symptom    // what others report
	wall   time.Time             // of the last look
	steady time.Duration         // of the last look
}

// New makes a Watcher.
func New(set Settings) *Watcher {
	set.Limits = set.Limits.Usual()
	return &Watcher{set: set, since: map[string]time.Time{}, told: map[string]bool{}, shout: map[string]bot.Notice{}, others: map[string]Symptom{}}
}

// Report says how something is that Tick cannot see, as a regular task: err is
// what is wrong with it, nil when it is well. It is told by the next Tick after
// it has lasted for.
func (w *Watcher) Report(task string, err error, lasted time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	key := "task:" + task
	if err == nil && w.others[key].Key == "" {
		return // it was never ill: there is nothing to take back but what an earlier run told
	}
	s := Symptom{Key: key, Bad: err != nil, For: lasted}
	if err != nil {
		s.Text = fmt.Sprintf("A regular task fails again and again: %s. %s", task, bot.Told(err))
		s.Mend = "It is tried again by itself. The log says more; report it if it lasts."
	}
	w.others[key] = s
}

// Tick looks once. It gives what could not be told; that is tried again by the
// next one.
func (w *Watcher) Tick(ctx context.Context) error {
	signs := w.set.Look(ctx)
	all := append(Symptoms(signs, w.set.Limits), w.clock())
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, s := range w.others {
		all = append(all, s)
	}
	now := w.set.Now().UTC()
	var errs []error
	for _, s := range all {
		if err := w.follow(ctx, s, now); err != nil && signs.Store == nil { // else there is nowhere to keep it
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// follow tells a symptom that has lasted, and takes it back when it is well.
func (w *Watcher) follow(ctx context.Context, s Symptom, now time.Time) error {
	began, ill := w.since[s.Key]
	switch {
	case s.Bad && !ill:
		began = now
		w.since[s.Key] = now
		w.set.Log.WarnContext(ctx, "something is broken", "key", s.Key, "text", s.Text)
	case !s.Bad && ill:
		delete(w.since, s.Key)
		w.set.Log.InfoContext(ctx, "it is well again", "key", s.Key, "lasted", now.Sub(began))
	}
	if s.Bad && now.Sub(began) >= s.For {
		return w.tell(ctx, s, began)
	}
	told, known := w.told[s.Key]
	if _, loudly := w.shout[s.Key]; s.Bad || known && !told && !loudly {
		return nil
	}
	return w.takeBack(ctx, s.Key)
}

func (w *Watcher) tell(ctx context.Context, s Symptom, began time.Time) error {
	if w.told[s.Key] {
		return nil
	}
	n := bot.Notice{Key: s.Key, Text: s.Text, Mend: s.Mend, At: began}
	err := w.set.Teller.Notify(ctx, n)
	if err == nil {
		w.told[s.Key] = true
		return nil
	}
	if _, loudly := w.shout[s.Key]; !loudly {
		w.shout[s.Key] = n
		if loud := w.set.Teller.Shout(ctx, n); loud != nil {
			w.set.Log.ErrorContext(ctx, "nobody could be told", "key", s.Key, "error", loud)
		}
	}
	return err
}

// takeBack says that a symptom is well again: also one that an earlier run of
// the program may have told. What could only be shouted is kept now, so that it
// can be read that it is over.
func (w *Watcher) takeBack(ctx context.Context, key string) error {
	if n, loudly := w.shout[key]; loudly && !w.told[key] {
		if err := w.set.Teller.Notify(ctx, n); err != nil {
			return err
		}
		w.told[key] = true
	}
	if err := w.set.Teller.Mended(ctx, key); err != nil {
		return err
	}
	w.told[key] = false
	delete(w.shout, key)
	return nil
}

// clock tells whether the wall clock was set since the last look, or the
// machine slept.
func (w *Watcher) clock() Symptom {
	w.mu.Lock()
	defer w.mu.Unlock()
	now, steady := w.set.Now().Round(0), w.set.Steady()
	jump := time.Duration(0)
	if !w.wall.IsZero() {
		jump = now.Sub(w.wall) - (steady - w.steady)
	}
	w.wall, w.steady = now, steady
	way := "forward"
	if jump < 0 {
		way = "back"
	}
	return Symptom{Key: "vital:clock", Bad: jump.Abs() >= w.set.Limits.ClockJump,
		Text: fmt.Sprintf("The clock of this machine was set %s by %s, or the machine slept.", way, card.Span(jump.Abs())),
		Mend: "Look whether it is kept by NTP. What was due meanwhile is done now; times on cards of before may be off."}
}
