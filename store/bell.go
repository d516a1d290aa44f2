package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
)

// insertTopic is where River's producers listen for new jobs.
const insertTopic = "river_insert"

// queueDriver is River's driver for SQLite with one thing changed: instead of
// looking into a table of notifications twenty times a second, it is told of
// new jobs by our own commits. River calls its Listener unstable, so an update
// of River starts by compiling this file.
type queueDriver struct {
	*riversqlite.Driver
	bell *bell
}

func newQueueDriver(w *sql.DB, b *bell) *queueDriver {
	return &queueDriver{Driver: riversqlite.New(w), bell: b}
}

// newSQLiteQueue is the queue on the writer connection.
func newSQLiteQueue(w *sql.DB, log *slog.Logger, due clock) (*queue, error) {
	b := newBell()
	q, err := newQueue(newQueueDriver(w, b), log, due, func(t *tx, fn func(*sql.Tx) error) error { return fn(t.sql) })
	if err == nil {
		q.bell = b
	}
	return q, err
}

// GetListener gives the listener that hears our bell.
func (d *queueDriver) GetListener(p *riverdriver.GetListenenerParams) riverdriver.Listener {
	return &listener{bell: d.bell, schema: p.Schema}
}

// SupportsListenNotify is false: no notification rows are written.
func (*queueDriver) SupportsListenNotify() bool { return false }

// bell tells the queue that a commit brought work. Ringing never waits, and
// several rings for one queue are one.
type bell struct {
	mu    sync.Mutex
	rung  map[string]struct{} // queues with news that nobody has heard yet
	news  chan struct{}       // holds one while rung is not empty
	off   time.Time           // the first of the times to which jobs were put off; zero for none
	later chan struct{}       // holds one while there is such a time: for the alarm
}

func newBell() *bell {
	return &bell{rung: map[string]struct{}{}, news: make(chan struct{}, 1), later: make(chan struct{}, 1)}
}

func (b *bell) ring(queues map[string]struct{}) {
	if len(queues) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for q := range queues {
		b.rung[q] = struct{}{}
	}
	signal(b.news)
}

// putOff tells the alarm of a job that is due later; zero is none.
func (b *bell) putOff(due time.Time) {
	if due.IsZero() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.off = earlier(b.off, due)
	signal(b.later)
}

// first takes the first of the times to which jobs were put off.
func (b *bell) first() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := b.off
	b.off = time.Time{}
	return first
}

// earlier is the earlier of two times, where zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// heard takes one queue that has news.
func (b *bell) heard() (name string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for name = range b.rung {
		delete(b.rung, name)
		if len(b.rung) > 0 {
			signal(b.news)
		}
		return name, true
	}
	return "", false
}

// signal puts one into a channel that holds at most one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// listener implements riverdriver.Listener on a bell.
type listener struct {
	bell   *bell
	schema string
}

// WaitForNotification waits for the bell, and says for which queue it rang.
func (l *listener) WaitForNotification(ctx context.Context) (*riverdriver.Notification, error) {
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.bell.news:
		}
		name, ok := l.bell.heard()
		if !ok {
			continue
		}
		payload, err := json.Marshal(map[string]string{"queue": name})
		if err != nil {
			return nil, fmt.Errorf("name the queue: %w", err)
		}
		return &riverdriver.Notification{Topic: insertTopic, Payload: string(payload)}, nil
	}
}

// Close, Connect, Listen, Ping, Unlisten: there is no connection to look after.
func (*listener) Close(context.Context) error            { return nil }
func (*listener) Connect(context.Context) error          { return nil }
func (*listener) Listen(context.Context, string) error   { return nil }
func (*listener) Ping(context.Context) error             { return nil }
func (*listener) Unlisten(context.Context, string) error { return nil }
func (*listener) SetAfterConnectExec(string)             {}
func (l *listener) Schema() string                       { return l.schema }
