package store

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
)

// newPostgresQueue is the queue on River's own pool. Jobs are enqueued on the
// connection of our transaction, so that they come with its commit, and are
// told of by LISTEN and NOTIFY to the workers of every replica.
func newPostgresQueue(pool *pgxpool.Pool, log *slog.Logger) (*queue, error) {
	q, err := newQueue(riverpgxv5.New(pool), log, clock{}, func(t *tx, fn func(pgx.Tx) error) error {
		return t.raw.Raw(func(driver any) error { return fn(joined{driver.(*stdlib.Conn).Conn()}) })
	})
	if err == nil {
		q.wake = func(ctx context.Context, queues []string) error { return notify(ctx, q.exec, queues) }
	}
	return q, err
}

// notify calls the workers of queues, in every replica.
func notify(ctx context.Context, exec riverdriver.Executor, queues []string) error {
	var calls []string
	for _, name := range queues {
		call, err := json.Marshal(map[string]string{"queue": name})
		if err != nil {
			return err
		}
		calls = append(calls, string(call))
	}
	return exec.NotifyMany(ctx, &riverdriver.NotifyManyParams{Topic: insertTopic, Payload: calls})
}

// joined is a connection on which a transaction of ours is open, as River
// wants to see one: it takes part, and neither begins nor ends anything.
type joined struct{ *connection }

// connection has a name of its own, beside the method Conn.
type connection = pgx.Conn

func notOurs() error { return errors.New("the transaction is the store's") }

// Begin, Commit and Rollback are not River's to call.
func (joined) Begin(context.Context) (pgx.Tx, error) { return nil, notOurs() }
func (joined) Commit(context.Context) error          { return notOurs() }
func (joined) Rollback(context.Context) error        { return notOurs() }

// Conn is the connection itself.
func (j joined) Conn() *pgx.Conn { return j.connection }

// LargeObjects are not used.
func (joined) LargeObjects() pgx.LargeObjects { return pgx.LargeObjects{} }
