package act

import (
	"context"
	"sync"
	"time"

	"earshot/bot"
)

const (
	// laneStep is what Slack and Discord take of new messages in one channel, for
	// long: one a second (docs.slack.dev/apis/web-api/rate-limits).
	laneStep = time.Second
	// laneStay is how long a delivery waits by itself for one that goes before it.
	laneStay = 1500 * time.Millisecond
	// laneLate: who comes back so much later than it was told has lost its place;
	// another process may have brought it out.
	laneLate = 3 * time.Second
	// laneLook and laneShare: what is far back comes to look all the same, for what
	// goes before it may be done before it is shown. Ten a second do.
	laneLook  = 30
	laneShare = 10
)

// lanes keeps the order of what goes into a channel: the deliveries that were
// made first go first, also where the platform has us wait. Without it, all that
// was told to wait would come back at once and be served by chance. It orders
// what this process brings out; the number of a delivery is the same in all.
type lanes struct {
	mu  sync.Mutex
	now func() time.Time
	all map[string]*lane
}

// lane is one channel's messages, its edits, or the notes in its threads.
type lane struct {
	open    time.Time               // the platform takes nothing before
	waiting map[int64]time.Time     // deliveries that were told to come back, and when
	coming  map[int64]chan struct{} // those under way; closed when they have ended
}

// call is what a delivery asks of its platform. Each kind has a lane of its own:
// what people do shows while cards wait.
type call string

const (
	callPost call = "post"
	callEdit call = "edit"
	callNote call = "note"
)

func laneKey(d bot.Delivery, c call) string {
	return string(c) + "/" + d.Platform + "/" + d.Channel
}

// lane gives the lane of a key; l.mu is held.
func (l *lanes) lane(key string) *lane {
	at := l.all[key]
	if at == nil {
		at = &lane{waiting: map[int64]time.Time{}, coming: map[int64]chan struct{}{}}
		l.all[key] = at
	}
	return at
}

// come tells that a delivery is under way, until leave is called, which may be
// called twice. Those behind it let it go first.
func (l *lanes) come(key string, id int64) (leave func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gone := make(chan struct{})
	l.lane(key).coming[id] = gone
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		at := l.lane(key)
		delete(at.coming, id)
		close(gone)
		if len(at.coming)+len(at.waiting) == 0 {
			delete(l.all, key)
		}
	})
}

// turn waits a moment for what goes before a delivery. It gives how long the
// delivery must still wait, or 0 when it is its turn.
func (l *lanes) turn(ctx context.Context, key string, id int64) time.Duration {
	enough := time.NewTimer(laneStay)
	defer enough.Stop()
	for {
		wait, before := l.ahead(key, id)
		if wait > 0 || before == nil {
			return wait
		}
		select {
		case <-before:
		case <-enough.C:
			return l.queue(key, id, laneStep)
		case <-ctx.Done():
			return laneStep
		}
	}
}

// ahead gives how long a delivery must wait for those that were told to come
// back before it, and one under way that goes before it; nil for none.
func (l *lanes) ahead(key string, id int64) (wait time.Duration, before chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.all[key]
	if at == nil {
		return 0, nil
	}
	now, first := l.now(), 0
	delete(at.waiting, id)
	for other, back := range at.waiting {
		switch {
		case now.Sub(back) > laneLate:
			delete(at.waiting, other)
		case other < id:
			first++
		}
	}
	wait = max(at.open.Sub(now), 0) + time.Duration(min(first, max(laneLook, first/laneShare)))*laneStep
	if wait > 0 {
		at.waiting[id] = now.Add(wait)
		return wait, nil
	}
	for other, gone := range at.coming {
		if other < id {
			return 0, gone
		}
	}
	if len(at.coming)+len(at.waiting) == 0 {
		delete(l.all, key)
	}
	return 0, nil
}

// queue has a delivery come back after a while.
func (l *lanes) queue(key string, id int64, wait time.Duration) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lane(key).waiting[id] = l.now().Add(wait)
	return wait
}

// full notes that the platform takes nothing more for a while, of which it told
// a delivery that comes back then.
func (l *lanes) full(key string, id int64, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, open := l.lane(key), l.now().Add(wait)
	if open.After(at.open) {
		at.open = open
	}
	at.waiting[id] = open
}
