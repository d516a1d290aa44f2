package store

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestLanes: what can wait lets what cannot go first, and is not kept waiting
// for ever.
func TestLanes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lanes{idle: make(chan struct{}, 1)}
		l.long.Store(int64(100 * time.Millisecond))
		waits := func() time.Duration {
			began := time.Now()
			if err := l.yield(t.Context()); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		if d := waits(); d != 0 {
			t.Errorf("nobody is in a hurry, and it waited %s", d)
		}
		leave := l.enter(t.Context())
		go func() { <-time.After(30 * time.Millisecond); leave(); leave() }()
		if d := waits(); d != 30*time.Millisecond {
			t.Errorf("it waited %s for a write that took 30 ms", d)
		}
		l.enter(t.Context())
		if d := waits(); d != 100*time.Millisecond {
			t.Errorf("it waited %s for writes that do not end", d)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		if l.yield(gone) == nil {
			t.Error("it waits although nobody wants it any more")
		}
	})
}

// A patient transaction is one like others, and is no hurry of its own.
func TestTransactPatiently(t *testing.T) { onBoth(t, testTransactPatiently) }

func testTransactPatiently(t *testing.T, open opener) {
	s := open(t)
	inside := int64(-1)
	err := s.TransactPatiently(t.Context(), func(ctx context.Context) error {
		inside = s.lanes.quick.Load()
		return s.TransactPatiently(ctx, func(ctx context.Context) error { return s.Mute(ctx, "topic:x", time.Now()) })
	})
	if err != nil || inside != 0 || s.lanes.quick.Load() != 0 || s.lanes.long.Load() == 0 {
		t.Error(err, inside, s.lanes.quick.Load(), s.lanes.long.Load())
	}
	if err := s.Mute(t.Context(), "topic:y", time.Now()); err != nil || s.lanes.quick.Load() != 0 {
		t.Error(err, s.lanes.quick.Load())
	}
}

// What is nested in a patient transaction and fails is undone alone, as in any
// other, where the rest goes on.
func TestPatientlyNested(t *testing.T) { onBoth(t, testPatientlyNested) }

func testPatientlyNested(t *testing.T, open opener) {
	s := open(t)
	fail := errors.New("fail")
	for _, goesOn := range []bool{false, true} {
		calls, undone := 0, 0
		err := s.TransactPatiently(t.Context(), func(ctx context.Context) error {
			calls++
			if err := s.Mute(ctx, "topic:outer", time.Now()); err != nil {
				return err
			}
			if err := s.Transact(ctx, func(ctx context.Context) error { return s.Mute(ctx, "topic:kept", time.Now()) }); err != nil {
				return err
			}
			err := s.Transact(ctx, func(ctx context.Context) error { return errors.Join(s.Mute(ctx, "topic:undone", time.Now()), fail) })
			if errors.Is(err, fail) && goesOn {
				undone++
				return nil
			}
			return err
		})
		if goesOn && err != nil || !goesOn && !errors.Is(err, fail) || calls != 2 {
			t.Errorf("goes on: %t: %v, called %d times", goesOn, err, calls)
		}
		mutes := must(s.Muted(t.Context()))(t)
		if _, nested := mutes["topic:undone"]; nested || goesOn != (len(mutes) == 2) {
			t.Errorf("goes on: %t: %v are stored", goesOn, mutes)
		}
	}
}
