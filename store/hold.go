package store

import (
	"context"
	"fmt"
	"time"
)

const (
	// holdEvery is how often a replica tries to take what another one has. A
	// killed process is let go of by the server at once, a machine that is gone
	// after 11 seconds (settings): within 15 seconds another one has taken over.
	holdEvery = time.Second
	// lockFirst and lockMost are the pauses between two tries for a lock.
	lockFirst = 10 * time.Millisecond
	lockMost  = 250 * time.Millisecond
)

// HoldListening is what the one process holds that listens to the sources: as
// long as any bot runs on a database, one of them has it.
const HoldListening = "listening"

// Replicated tells whether other processes may run on this store at the same
// time: on PostgreSQL. SQLite has one.
func (s *Store) Replicated() bool { return s.server != nil }

// Hold runs fn while no other process holds name, and waits for its turn
// before. The context that fn gets ends with ctx, and when the connection to
// the database that holds the name is lost: fn must return soon, for another
// process may hold it then; it is called again once the name could be taken
// anew. Hold returns what fn gives, or when ctx ends. On SQLite, where there is
// one process, it just runs fn.
func (s *Store) Hold(ctx context.Context, name string, fn func(ctx context.Context) error) error {
	if s.server == nil {
		return fn(ctx)
	}
	for {
		held, err := s.keeper.wait(ctx, name, holdEvery, holdEvery)
		if err != nil {
			return fmt.Errorf("hold %s: %w", name, err)
		}
		s.log.Info("this replica has it now", "what", name)
		err = held.run(ctx, fn)
		s.keeper.release(held, name)
		if held.ctx.Err() == nil || ctx.Err() != nil {
			return err
		}
		s.log.Warn("the connection to the database was lost, and with it what only one may have", "what", name, "error", err)
	}
}

// Lock waits until no other process has a key, and gives what gives it back.
// It does not part goroutines of this process, and is nothing on SQLite. When
// the connection to the database is lost, so is the lock: what is done under it
// must bear that, as it must bear the end of the process.
func (s *Store) Lock(ctx context.Context, key string) (unlock func(), err error) {
	if s.server == nil {
		return func() {}, nil
	}
	held, err := s.keeper.wait(ctx, "key "+key, lockFirst, lockMost)
	if err != nil {
		return nil, fmt.Errorf("wait for %s: %w", key, err)
	}
	return func() { s.keeper.release(held, "key "+key) }, nil
}
