package waits

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"earshot/bot"
)

// turns keeps the pace of each name in this process.
type turns struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// Turn books the next turn of a name, which goes at a pace, and gives how long it
// is until then. One that is further away than most is not booked, and taken is
// false. Where several replicas call the same platform, they keep the pace
// together; while the store does not answer, each keeps it alone.
func (b *Book) Turn(ctx context.Context, name string, p bot.Pace, most time.Duration) (wait time.Duration, taken bool) {
	wait, giveBack := b.turns.take(name, p, b.now())
	if wait > most {
		giveBack()
		return wait, false
	}
	if b.keep == nil || !b.keep.Shared() {
		return wait, true
	}
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	among, taken, err := b.keep.TakeTurn(ctx, b.platform, name, p, most)
	switch {
	case err != nil:
		b.log.Debug("what other replicas ask for is not known", "platform", b.platform, "error", err)
		return wait, true
	case !taken:
		giveBack()
	}
	return max(wait, among), taken
}

// take books a turn in this process.
func (t *turns) take(name string, p bot.Pace, now time.Time) (wait time.Duration, giveBack func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.all[name]
	if l == nil {
		if t.all == nil || len(t.all) >= remembered {
			t.all = map[string]*rate.Limiter{}
		}
		l = rate.NewLimiter(rate.Every(p.Every), p.Burst)
		t.all[name] = l
	}
	turn := l.ReserveN(now, 1)
	return turn.DelayFrom(now), func() { turn.CancelAt(now) }
}
