package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"earshot/bot"
)

// txKey finds the transaction of one store in a context.
type txKey struct{ s *Store }

// tx is a transaction under way, with what must happen once it has committed.
type tx struct {
	conn                 // takes our SQL
	sql        *sql.Tx   // for River, which brings its own
	raw        *sql.Conn // that the transaction is on; nil on SQLite
	dialect    *dialect
	authors    map[authorKey]knownAuthor // learnt inside, true only if it commits
	known      *known                    // asked for ahead, for a batch on a server; nil otherwise
	forget     bool                      // authors known from before may be wrong now
	bells      map[string]struct{}       // queues that have new work
	later      time.Time                 // the first of the times to which jobs were put off; zero for none
	after      []func(ctx context.Context)
	savepoints int
	manner     *manner // nil where somebody waits for it
	audited    bool    // lines of the audit log wait for their place in the chain
}

// conn is what statements run on: a transaction, or a pool.
type conn interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Transact runs fn in a transaction that lives in the context handed to it:
// use that one inside, never the outer. It commits when fn gives nil, and
// rolls back when fn fails or panics or ctx ends. Inside another transaction
// it joins: a failure undoes what this fn did, and the outer one decides on
// the rest.
func (s *Store) Transact(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	if t := s.txOf(ctx); t != nil {
		return t.nested(ctx, fn)
	}
	leave := s.lanes.enter(ctx)
	defer leave()
	t, err := s.begin(ctx)
	if err != nil {
		return err
	}
	committed := false
	defer func() {
		if !committed { // fn failed or panics
			if rerr := t.sql.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) && ctx.Err() == nil {
				err = errors.Join(err, fmt.Errorf("roll back: %w", rerr))
			}
		}
		t.release()
	}()
	if err := fn(context.WithValue(ctx, txKey{s}, t)); err != nil {
		return err
	}
	if t.manner.lost() {
		return errNested
	}
	if t.audited {
		if err := t.sealAudit(context.WithoutCancel(ctx)); err != nil {
			return err
		}
	}
	if err := t.call(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if err := t.sql.Commit(); err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return fmt.Errorf("commit: %w", err)
	}
	committed = true
	t.release() // what follows may write again
	leave()
	s.committed(t)
	for _, fn := range t.after {
		fn(ctx)
	}
	return nil
}

// begin opens a transaction, and waits until nobody else writes: on either
// engine, what a transaction has read is still so when it writes.
func (s *Store) begin(ctx context.Context) (*tx, error) {
	if s.w == nil {
		return nil, bot.Errorf(bot.ErrUnsupported, "The store is open for reading only.")
	}
	t := &tx{dialect: s.d}
	t.manner, _ = ctx.Value(patientKey{}).(*manner)
	var err error
	if s.d.turn == "" {
		t.sql, err = s.w.BeginTx(ctx, nil)
	} else if t.raw, err = s.w.Conn(ctx); err == nil {
		t.sql, err = t.raw.BeginTx(ctx, nil)
	}
	if err != nil {
		t.release()
		return nil, fmt.Errorf("begin transaction: %w", err)
	}
	t.conn = bound{t.sql, s.d}
	if s.d.turn == "" {
		return t, nil
	}
	if _, err := t.sql.ExecContext(ctx, s.d.turn); err != nil {
		err = errors.Join(err, t.sql.Rollback())
		t.release()
		return nil, fmt.Errorf("wait for the turn to write: %w", err)
	}
	return t, nil
}

// release gives the connection of a transaction that has ended back.
func (t *tx) release() {
	if t.raw != nil {
		_ = t.raw.Close() // only ever says that it is given back already
		t.raw = nil
	}
}

// AfterCommit calls fn once the transaction of ctx has committed, at once when
// there is none; with the context from outside of it. Whatever fn does to the
// store is a transaction of its own. It is called as well when a nested
// transaction was undone: fn looks at what is stored.
func (s *Store) AfterCommit(ctx context.Context, fn func(ctx context.Context)) {
	if t := s.txOf(ctx); t != nil {
		t.after = append(t.after, fn)
		return
	}
	fn(ctx)
}

// nested runs fn inside t, behind a savepoint. It is named by its depth, so
// that the few statements that name it stay prepared.
func (t *tx) nested(ctx context.Context, fn func(ctx context.Context) error) error {
	if t.manner != nil && t.manner.whole {
		err := fn(ctx)
		t.manner.broken = t.manner.broken || err != nil
		return err
	}
	t.savepoints++
	defer func() { t.savepoints-- }()
	name := fmt.Sprintf("nested_%d", t.savepoints)
	quiet := context.WithoutCancel(ctx)
	if _, err := t.ExecContext(quiet, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("begin nested transaction: %w", err)
	}
	if err := fn(ctx); err != nil {
		t.authors, t.forget = nil, true // what fn learnt is undone too
		if _, rerr := t.ExecContext(quiet, "ROLLBACK TO "+name); rerr != nil && ctx.Err() == nil {
			return errors.Join(err, fmt.Errorf("roll back nested transaction: %w", rerr))
		}
		return err
	}
	if _, err := t.ExecContext(quiet, "RELEASE "+name); err != nil {
		return fmt.Errorf("end nested transaction: %w", err)
	}
	return nil
}

// call has the commit wake the workers of other replicas too.
func (t *tx) call(ctx context.Context) error {
	if t.dialect.call == "" {
		return nil
	}
	for name := range t.bells {
		if _, err := t.ExecContext(ctx, t.dialect.call, `{"queue":"`+name+`"}`); err != nil {
			return fmt.Errorf("call the workers: %w", err)
		}
	}
	return nil
}

// committed does what had to wait for the commit.
func (s *Store) committed(t *tx) {
	if t.forget {
		s.authors.clear()
	}
	if !s.Replicated() {
		s.authors.learn(t.authors)
	}
	if s.queue != nil {
		s.queue.bell.ring(t.bells)
		s.queue.bell.putOff(t.later)
	}
}

func (s *Store) txOf(ctx context.Context) *tx {
	t, _ := ctx.Value(txKey{s}).(*tx)
	return t
}

// write runs fn in the transaction of ctx, or in one of its own. The context
// that fn gets does not end: the transaction does, and a statement without a
// deadline is much cheaper (the driver starts no goroutine to watch it).
func (s *Store) write(ctx context.Context, fn func(ctx context.Context, t *tx) error) error {
	if t := s.txOf(ctx); t != nil {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		return fn(context.WithoutCancel(ctx), t)
	}
	return s.Transact(ctx, func(ctx context.Context) error {
		return fn(context.WithoutCancel(ctx), s.txOf(ctx))
	})
}

// reader is where ctx reads: in its transaction, else from the pool.
func (s *Store) reader(ctx context.Context) conn {
	if t := s.txOf(ctx); t != nil {
		return t
	}
	return bound{s.r, s.d}
}

// exec writes one statement.
func (s *Store) exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	err = s.write(ctx, func(ctx context.Context, t *tx) error {
		changed, err = t.exec(ctx, query, args...)
		return err
	})
	return changed, err
}

// exec runs a statement and tells how many rows it changed.
func (t *tx) exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// insert runs an INSERT and gives the new row's id, or 0 when ON CONFLICT made
// it do nothing.
func (t *tx) insert(ctx context.Context, query string, args ...any) (int64, error) {
	if t.dialect.ids {
		id, _, err := one(ctx, t, scanID, query+` RETURNING id`, args...)
		return id, err
	}
	res, err := t.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return 0, err
	}
	return res.LastInsertId()
}

// scanner is a row that can be read: *sql.Row or *sql.Rows.
type scanner interface{ Scan(dest ...any) error }

// list reads all rows of a query.
func list[T any](ctx context.Context, c conn, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, c, scan, func(v T) error {
		out = append(out, v)
		return nil
	}, query, args...)
	return out, err
}

// each hands the rows of a query to fn one by one.
func each[T any](ctx context.Context, c conn, scan func(scanner) (T, error), fn func(T) error, query string, args ...any) error {
	rows, err := c.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return err
		}
		if err := fn(v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// one reads one row; found is false where there is none.
func one[T any](ctx context.Context, c conn, scan func(scanner) (T, error), query string, args ...any) (v T, found bool, err error) {
	v, err = scan(c.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return v, false, nil
	}
	return v, err == nil, err
}

// got turns what one gave into the answer of an exported method.
func got[T any](v T, found bool, err error, act string, missing *bot.Error) (T, error) {
	var zero T
	switch {
	case err != nil:
		return zero, fmt.Errorf("%s: %w", act, err)
	case !found:
		return zero, missing
	}
	return v, nil
}

// wrap names the act of an error; nil stays nil.
func wrap(act string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", act, err)
}
