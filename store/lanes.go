package store

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// lanes lets the writes that somebody waits for (a card, a click, a reply) go
// before those that can wait (the mentions of a source). There is one writer:
// while a source brings more than can be stored, a card that takes five short
// writes would else wait for five long ones.
type lanes struct {
	quick atomic.Int64  // transactions that somebody waits for, waiting or under way
	long  atomic.Int64  // nanoseconds that the last patient one took
	idle  chan struct{} // holds one when the last quick one has ended
}

// leastYield is how long a patient write lets others go first at least, where
// there are any; where they do not end it takes half of the time.
const leastYield = 20 * time.Millisecond

// patientKey marks the context of a transaction that can wait, and finds how.
type patientKey struct{}

// manner is how a transaction that can wait is made. At each savepoint SQLite
// writes the search index out, in small pieces that it must merge later; a batch
// of mentions has one for every case. So it is whole at first, and what is
// nested in it has none. Where something nested fails, nobody can tell what is
// to stay: all is undone, and done once more with savepoints.
type manner struct{ whole, broken bool }

func (m *manner) lost() bool { return m != nil && m.broken }

// errNested ends a transaction that is to be done once more.
var errNested = errors.New("something nested in the transaction failed")

// TransactPatiently is Transact for what can wait: it lets others write first,
// for as long as it took itself the last time. fn may be called twice.
func (s *Store) TransactPatiently(ctx context.Context, fn func(ctx context.Context) error) error {
	if s.txOf(ctx) != nil {
		return s.Transact(ctx, fn)
	}
	how := &manner{whole: true}
	err := s.patiently(ctx, how, fn)
	if how.broken && ctx.Err() == nil {
		err = s.patiently(ctx, &manner{}, fn)
	}
	return err
}

func (s *Store) patiently(ctx context.Context, how *manner, fn func(ctx context.Context) error) error {
	if err := s.lanes.yield(ctx); err != nil {
		return err
	}
	var began time.Time
	err := s.Transact(context.WithValue(ctx, patientKey{}, how), func(ctx context.Context) error {
		began = time.Now()
		return fn(ctx)
	})
	if !began.IsZero() {
		s.lanes.long.Store(int64(time.Since(began)))
	}
	return err
}

// yield waits until nobody is in a hurry, or it has waited long enough.
func (l *lanes) yield(ctx context.Context) error {
	if l.quick.Load() == 0 {
		return nil
	}
	late := time.NewTimer(max(leastYield, time.Duration(l.long.Load())))
	defer late.Stop()
	for l.quick.Load() > 0 {
		select {
		case <-l.idle:
		case <-late.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// enter counts a transaction that somebody waits for, until what it gives is
// called; that may be more than once.
func (l *lanes) enter(ctx context.Context) (leave func()) {
	if ctx.Value(patientKey{}) != nil {
		return func() {}
	}
	l.quick.Add(1)
	var left atomic.Bool
	return func() {
		if !left.Swap(true) && l.quick.Add(-1) == 0 {
			signal(l.idle)
		}
	}
}
