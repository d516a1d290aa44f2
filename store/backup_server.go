package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// backupServer copies a store on a server into a new SQLite file, as it is when
// the copy begins: one transaction reads all of it, and holds up nobody
// (postgresql.org/docs/current/transaction-iso.html#XACT-REPEATABLE-READ). Every
// row is read again in the file and compared.
func (s *Store) backupServer(ctx context.Context, part string, tell Progress) (Contents, error) {
	file, err := Open(ctx, Options{Path: part, Now: s.now, Sync: SyncNormal, moving: true})
	if err != nil {
		return Contents{}, err
	}
	err = s.copyInto(ctx, file, tell)
	if err = errors.Join(err, file.Close()); err != nil {
		return Contents{}, err
	}
	return readCopy(ctx, part)
}

// copyInto copies every table into an empty file.
func (s *Store) copyInto(ctx context.Context, file *Store, tell Progress) error {
	tables, err := shelves(ctx, file.w)
	if err != nil {
		return err
	}
	from, err := s.r.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return s.server.cannot(err)
	}
	defer from.Rollback() //nolint:errcheck // it only read
	c := copying{from: bound{from, s.d}, d: s.d, to: file, tell: tell}
	if c.all, err = s.rowsAbout(ctx, tables); err != nil {
		return err
	}
	for _, t := range tables {
		if err := c.table(ctx, t); err != nil {
			return err
		}
	}
	if _, err := file.exec(ctx, `INSERT INTO mentions_search (mentions_search) VALUES ('rebuild')`); err != nil {
		return wrap("index for search", err)
	}
	return c.ids(ctx)
}

// rowsAbout is how many rows the server believes to have, for showing how far a
// copy is (postgresql.org/docs/current/catalog-pg-class.html, reltuples).
func (s *Store) rowsAbout(ctx context.Context, tables []shelf) (int64, error) {
	var names []string
	for _, t := range tables {
		names = append(names, t.name)
	}
	n, _, err := one(ctx, s.reader(ctx), scanID, `
SELECT coalesce(sum(greatest(c.reltuples, 0)), 0)::bigint FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND c.relname = ANY (?1::text[])`, names)
	return n, wrap("count the rows", err)
}

// copying is a copy from a server into a file.
type copying struct {
	from      conn
	d         *dialect
	to        *Store
	tell      Progress
	done, all int64
}

// table copies one table, and compares it.
func (c *copying) table(ctx context.Context, t shelf) error {
	if !t.jobs { // what the migrations put there
		if _, err := c.to.exec(ctx, `DELETE FROM `+t.name); err != nil {
			return wrap("write "+t.name, err)
		}
	}
	sums := newTally()
	var key []any
	for {
		rows, err := t.pageOf(ctx, c.from, c.d, key)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		key = t.keyOf(rows[len(rows)-1])
		for _, row := range rows {
			if _, err := t.settle(row); err != nil {
				return fmt.Errorf("read %s, %s: %w", t.name, t.nameOf(row), err)
			}
			sums.add(row)
		}
		if err := c.put(ctx, t, rows); err != nil {
			return wrap("write "+t.name, err)
		}
		c.done += int64(len(rows))
		c.tell.tell(c.done, max(c.done, c.all))
	}
	there, err := t.add(ctx, c.to.reader(ctx), c.to.d, func(string, string) {}, func(int64) {})
	if err != nil {
		return err
	}
	if there.rows != sums.rows || there.sum != sums.sum {
		return fmt.Errorf("the copy of %s is not like the store: %d rows, not %d", t.name, there.rows, sums.rows)
	}
	return nil
}

// put inserts rows into the file.
func (c *copying) put(ctx context.Context, t shelf, rows [][]any) error {
	places := make([]string, len(t.columns))
	for i := range places {
		places[i] = placeholder(i + 1)
	}
	insert := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(t.names(), ", "), strings.Join(places, ", "))
	return c.to.write(ctx, func(ctx context.Context, tx *tx) error {
		if t.jobs {
			return tx.putJobs(ctx, rows)
		}
		for _, row := range rows {
			if _, err := tx.exec(ctx, insert, row...); err != nil {
				return err
			}
		}
		return nil
	})
}

// ids has the file go on after the last ids that the server gave.
func (c *copying) ids(ctx context.Context) error {
	type given struct {
		table string
		last  int64
	}
	last, err := list(ctx, c.from, func(row scanner) (g given, err error) { return g, row.Scan(&g.table, &g.last) }, `
SELECT regexp_replace(sequencename, '_id_seq$', ''), last_value FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL`)
	if err != nil {
		return wrap("read the last ids", err)
	}
	return wrap("set the next ids", c.to.write(ctx, func(ctx context.Context, tx *tx) error {
		for _, g := range last {
			n, err := tx.exec(ctx, `UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1`, g.table, g.last)
			if err == nil && n == 0 {
				_, err = tx.exec(ctx, `
INSERT INTO sqlite_sequence (name, seq) SELECT name, ?2 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql LIKE '%AUTOINCREMENT%'`, g.table, g.last)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
}
