// Package waits keeps how often a platform is asked, and remembers what it told
// us to wait for: the time of a 429, by whatever the platform counts by. It is kept in the store, so that a
// process that is started anew waits on, and other replicas wait with us. The
// store is asked a few times a second at most, however many calls are made.
package waits

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"earshot/bot"
)

const (
	// fresh is how old what was read of the store may be: so long another
	// replica may not know yet what one was told.
	fresh = 100 * time.Millisecond
	// askFor and keepFor are how long the store may take. What it does not say in
	// time is not known; what it does not keep is known here alone, so it is given
	// the longer time: whoever was told to wait has it.
	askFor, keepFor = time.Second, 10 * time.Second
	// most is the longest wait that is believed: no platform asks for more, and
	// a clock that was set back must not make an hour of a second.
	most = time.Hour
	// remembered bounds what is in memory: beyond it, what is over goes.
	remembered = 4096
)

// Book is what one platform told us. It is safe for concurrent use.
type Book struct {
	platform string
	keep     bot.Waits // nil: nothing outlives the process
	log      *slog.Logger
	now      func() time.Time

	turns  turns
	asking sync.Mutex // held while the store is asked
	mu     sync.Mutex
	until  map[string]time.Time
	asked  time.Time // when the store was asked last
}

// New makes the book of a platform. Without keep it is in memory alone.
func New(platform string, keep bot.Waits, log *slog.Logger, now func() time.Time) *Book {
	return &Book{platform: platform, keep: keep, log: log, now: now, until: map[string]time.Time{}}
}

// Left is how long nothing of any of these names may be asked; 0 for not at all.
func (b *Book) Left(ctx context.Context, names ...string) time.Duration {
	if b.stale() {
		b.ask(ctx)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now, left := b.now(), time.Duration(0)
	for _, name := range names {
		left = max(left, b.until[name].Sub(now))
	}
	return left
}

// Told notes that nothing of this name may be asked for a while. It returns
// once that is stored, or cannot be.
func (b *Book) Told(ctx context.Context, name string, wait time.Duration) {
	until := b.learn(map[string]time.Time{name: b.now().Add(min(wait, most))})[name]
	if b.keep == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keepFor)
	defer cancel()
	if err := b.keep.SaveWait(ctx, b.platform, name, until); err != nil {
		b.log.Warn("a wait that we were told could not be kept", "platform", b.platform, "error", err)
	}
}

func (b *Book) stale() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	age := b.now().Sub(b.asked)
	return b.keep != nil && (age >= fresh || age < 0)
}

// ask reads what others were told. Whoever comes meanwhile waits for it too.
func (b *Book) ask(ctx context.Context) {
	b.asking.Lock()
	defer b.asking.Unlock()
	if !b.stale() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	all, err := b.keep.Waits(ctx, b.platform)
	if err != nil {
		b.log.Debug("what others were told to wait for is not known", "platform", b.platform, "error", err)
	}
	b.learn(all)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked = b.now()
}

// learn takes times over that are later than what is known, and gives what
// then is.
func (b *Book) learn(all map[string]time.Time) (known map[string]time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if len(b.until) >= remembered {
		for name, t := range b.until {
			if !t.After(now) {
				delete(b.until, name)
			}
		}
	}
	known = make(map[string]time.Time, len(all))
	for name, t := range all {
		if t.After(b.until[name]) && t.Sub(now) <= most {
			b.until[name] = t
		}
		known[name] = b.until[name]
	}
	return known
}
