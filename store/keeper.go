package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	beatEvery = 3 * time.Second // between two looks whether the connection lives
	beatWait  = 4 * time.Second // for an answer of the server
)

// keeper has one connection of its own, on which everything is locked that only
// one process may have. The locks are the session's (postgresql.org/docs/
// current/explicit-locking.html#ADVISORY-LOCKS): they go with the connection,
// however that ends. It is looked at every few seconds, so that this process
// knows before the server can give them to another.
type keeper struct {
	server *postgresServer
	log    *slog.Logger

	mu   sync.Mutex // of now and of what is said on its connection
	now  *session   // nil before the first use
	over bool
	done sync.WaitGroup // the heartbeat of each session
}

// session is one connection and what is locked on it.
type session struct {
	conn *pgx.Conn
	ctx  context.Context // ends when the connection is lost
	lost context.CancelFunc
	held map[string]bool // guarded by keeper.mu
}

// run runs fn until it returns; its context ends with the session too.
func (s *session) run(ctx context.Context, fn func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	return fn(ctx)
}

// wait takes a name as soon as nobody else has it, or gives up when ctx ends.
// A server that does not answer is asked again.
func (k *keeper) wait(ctx context.Context, name string, first, most time.Duration) (*session, error) {
	pause := first
	for {
		held, err := k.try(ctx, name)
		if held != nil {
			return held, nil
		}
		if errors.Is(err, closedError{}) {
			return nil, err
		}
		if err != nil && ctx.Err() == nil {
			k.log.Debug("asking for what only one may have", "what", name, "error", err)
			pause = max(pause, holdEvery)
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
			pause = min(2*pause, max(most, first))
		}
	}
}

// try takes a name, or gives nil where somebody has it: another process, or
// another part of this one.
func (k *keeper) try(ctx context.Context, name string) (*session, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	s, err := k.session(ctx)
	if err != nil || s.held[name] {
		return nil, err
	}
	taken := false
	if err := s.ask(`SELECT pg_try_advisory_lock(`+lockOf(`$1::text`)+`)`, name, &taken); err != nil || !taken {
		return nil, err
	}
	s.held[name] = true
	return s, nil
}

// release gives a name back, unless it went with its session.
func (k *keeper) release(s *session, name string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(s.held, name)
	if s.ctx.Err() != nil {
		return
	}
	given := false
	if err := s.ask(`SELECT pg_advisory_unlock(`+lockOf(`$1::text`)+`)`, name, &given); err != nil {
		k.log.Debug("giving back what only one may have", "what", name, "error", err)
	}
}

// ask asks one question. A connection on which it fails is given up, and with
// it all that is locked: nobody can know any more. The context is its own, for
// the end of one caller's would end the connection of all.
func (s *session) ask(query, name string, answer *bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), beatWait)
	defer cancel()
	if err := s.conn.QueryRow(ctx, query, name).Scan(answer); err != nil {
		s.lost()
		return fmt.Errorf("ask for a lock: %w", err)
	}
	return nil
}

// session gives the connection, a new one where there is none; mu is held.
func (k *keeper) session(ctx context.Context) (*session, error) {
	if k.over {
		return nil, closedError{}
	}
	if k.now != nil && k.now.ctx.Err() == nil {
		return k.now, nil
	}
	conn, err := pgx.ConnectConfig(ctx, k.server.config.ConnConfig.Copy())
	if err != nil {
		return nil, k.server.cannot(err)
	}
	s := &session{conn: conn, held: map[string]bool{}}
	s.ctx, s.lost = context.WithCancel(context.Background())
	k.now = s
	k.done.Go(func() { k.beat(s) })
	return s, nil
}

// beat looks whether a session's connection lives, until it does not, and
// closes it.
func (k *keeper) beat(s *session) {
	tick := time.NewTicker(beatEvery)
	defer tick.Stop()
	for s.ctx.Err() == nil {
		select {
		case <-s.ctx.Done():
		case <-tick.C:
			k.mu.Lock()
			alive := false
			err := s.ask(`SELECT $1 = 'alive'`, "alive", &alive)
			k.mu.Unlock()
			if err != nil {
				k.log.Debug("looking after the connection that holds what only one may have", "error", err)
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), beatWait)
	defer cancel()
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := s.conn.Close(ctx); err != nil {
		k.log.Debug("closing a connection that was lost", "error", err)
	}
}

// close gives everything back.
func (k *keeper) close() {
	k.mu.Lock()
	k.over = true
	if k.now != nil {
		k.now.lost()
	}
	k.mu.Unlock()
	k.done.Wait()
}

// closedError says that there is nothing left to hold on to.
type closedError struct{}

func (closedError) Error() string { return "the store is closed" }
