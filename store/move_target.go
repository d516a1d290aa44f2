package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"earshot/bot"
)

// targetDatabase is the PostgreSQL database that a store is copied into.
type targetDatabase struct {
	s *Store
}

// openTarget opens a database for a copy, and makes our tables in it. It refuses
// one with tables of others in it.
func openTarget(ctx context.Context, to bot.Secret, log *slog.Logger, now func() time.Time) (*targetDatabase, error) {
	p, err := parsePostgres(to)
	if err != nil {
		return nil, err
	}
	if _, err := p.strangers(ctx); err != nil {
		return nil, err
	}
	s, err := Open(ctx, Options{URL: to, Log: log, Now: now, moving: true})
	if err != nil {
		return nil, err
	}
	return &targetDatabase{s}, nil
}

// strangers refuses a database in which tables of others stand, and tells
// whether ours do.
func (p *postgresServer) strangers(ctx context.Context) (ours bool, err error) {
	db := p.pool(1, true)
	defer db.Close()
	names, err := list(ctx, db, scanText, `
SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY table_name`)
	if err != nil {
		return false, p.cannot(err)
	}
	if len(names) == 0 || slices.Contains(names, "goose_db_version") && slices.Contains(names, "mentions") {
		return len(names) > 0, nil
	}
	return false, bot.Errorf(bot.ErrInvalid, "There are tables of something else in the database %s (%s). Make one for Earshot alone: CREATE DATABASE earshot ENCODING 'UTF8' TEMPLATE template0.",
		p.where, strings.Join(names[:min(3, len(names))], ", "))
}

// moveLock is held while a store is copied into a database.
const moveLock = "migrate-store"

// hold runs fn while nobody else copies into the database or listens on it.
func (t *targetDatabase) hold(ctx context.Context, fn func(ctx context.Context) error) error {
	for _, name := range []string{moveLock, HoldListening} {
		held, err := t.s.keeper.try(ctx, name)
		if err != nil {
			return err
		}
		if held == nil {
			return bot.Errorf(bot.ErrStale, "A bot runs on the database %s, or another copy into it is under way. Stop that, then try again.", t.s.server.where)
		}
		defer t.s.keeper.release(held, name)
		var stop context.CancelFunc
		ctx, stop = context.WithCancel(ctx)
		defer stop()
		defer context.AfterFunc(held.ctx, stop)()
	}
	return fn(ctx)
}

// inside is the move of which the database holds a part or all; none where it
// is empty. It refuses one with mentions of its own.
func (t *targetDatabase) inside(ctx context.Context, tables []shelf) (move, bool, error) {
	m, found, err := lastMove(ctx, t.s.reader(ctx), moveArriving, moveArrived)
	if err != nil || found {
		return m, found, wrap("look what is in the database", err)
	}
	for _, s := range tables {
		query := `SELECT count(*) FROM (SELECT 1 FROM ` + s.name + ` LIMIT 1) AS any_row`
		if s.name == "audit_head" { // has its row from the beginning
			query += ` WHERE EXISTS (SELECT 1 FROM audit_head WHERE place > 0)`
		}
		n, _, err := one(ctx, t.s.reader(ctx), scanID, query)
		if err != nil {
			return m, false, wrap("look what is in the database", err)
		}
		if n > 0 {
			return m, false, bot.Errorf(bot.ErrInvalid, "The database %s has a store of its own in it (there are %s). Name an empty one.", t.s.server.where, strings.ReplaceAll(s.name, "_", " "))
		}
	}
	return m, false, nil
}

// begin empties the database for a copy. Nobody can have used what is in it: it
// was empty, or a part of a store, on which nothing runs.
func (t *targetDatabase) begin(ctx context.Context, tables []shelf, m move) error {
	names := []string{"moves", "moved_tables"}
	for _, s := range tables {
		names = append(names, s.name)
	}
	return wrap("empty the database", t.s.write(ctx, func(ctx context.Context, tx *tx) error {
		if _, err := tx.exec(ctx, `TRUNCATE `+strings.Join(names, ", ")); err != nil {
			return err
		}
		return m.save(ctx, tx)
	}))
}

// reached is how far a table is.
type reached struct {
	copied int64
	key    []any
	done   bool
}

func (t *targetDatabase) reached(ctx context.Context, s shelf) (r reached, err error) {
	type stored struct {
		copied, done int64
		key          string
	}
	st, _, err := one(ctx, t.s.reader(ctx), func(row scanner) (st stored, err error) { return st, row.Scan(&st.copied, &st.key, &st.done) },
		`SELECT copied, last_key, done FROM moved_tables WHERE name = ?1`, s.name)
	if err != nil {
		return r, wrap("read how far the copy is", err)
	}
	r.key, err = decodeKey(st.key)
	r.copied, r.done = st.copied, st.done == 1
	return r, err
}

// put inserts rows that were settled, and notes with them how far the table is.
func (t *targetDatabase) put(ctx context.Context, s shelf, rows [][]any, r reached) error {
	key := ""
	var err error
	if r.key != nil {
		if key, err = encodeKey(r.key); err != nil {
			return err
		}
	}
	err = t.s.Transact(ctx, func(ctx context.Context) error {
		tx := t.s.txOf(ctx)
		if err := tx.putRows(ctx, s, rows); err != nil {
			return err
		}
		_, err := tx.exec(ctx, `
INSERT INTO moved_tables (name, copied, last_key, done) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (name) DO UPDATE SET copied = excluded.copied, last_key = excluded.last_key, done = excluded.done`,
			s.name, r.copied, key, flag(r.done))
		return err
	})
	if err == nil || !refusedRow(err) {
		return wrap("write "+s.name, err)
	}
	return t.blame(ctx, s, rows, err)
}

// putRows inserts rows by COPY (postgresql.org/docs/current/sql-copy.html), on
// the connection of the transaction.
func (t *tx) putRows(ctx context.Context, s shelf, rows [][]any) error {
	if s.jobs {
		return t.putJobs(ctx, rows)
	}
	if len(rows) == 0 {
		return nil
	}
	return t.raw.Raw(func(driver any) error {
		_, err := driver.(*stdlib.Conn).Conn().CopyFrom(ctx, pgx.Identifier{s.name}, s.names(), pgx.CopyFromRows(rows))
		return err
	})
}

// refusedRow tells an error that is about what is in a row: of class 22 (data)
// or 23 (constraints).
func refusedRow(err error) bool {
	var refused *pgconn.PgError
	return errors.As(err, &refused) && (strings.HasPrefix(refused.Code, "22") || strings.HasPrefix(refused.Code, "23"))
}

// errTried ends a transaction that is not to stay.
var errTried = errors.New("only tried")

// blame finds the first row that the server refuses, and names it.
func (t *targetDatabase) blame(ctx context.Context, s shelf, rows [][]any, why error) error {
	low, high := 0, len(rows) // rows[:low] are taken, rows[:high] are not
	for high-low > 1 {
		middle := (low + high) / 2
		err := t.s.Transact(ctx, func(ctx context.Context) error {
			if err := t.s.txOf(ctx).putRows(ctx, s, rows[:middle]); err != nil {
				return err
			}
			return errTried
		})
		switch {
		case errors.Is(err, errTried):
			low = middle
		case refusedRow(err):
			high, why = middle, err
		default:
			return wrap("find the row that cannot be copied", err)
		}
	}
	var refused *pgconn.PgError
	errors.As(why, &refused)
	said := refused.Message
	if refused.Detail != "" {
		said += ": " + strings.TrimSuffix(refused.Detail, ".")
	}
	return badRow(s, rows[high-1], said, why)
}

// badRow names a row that cannot be copied.
func badRow(s shelf, row []any, said string, err error) error {
	return &bot.Error{
		Kind: bot.ErrInvalid, Err: err,
		Msg: fmt.Sprintf("The row %s of the table %s cannot be copied (%s). Mend it in the file, or delete it there, then run this again: it goes on where it stopped.", s.nameOf(row), s.name, said),
	}
}

// setIDs has the database go on after the last ids of the file.
func (t *targetDatabase) setIDs(ctx context.Context, tables []shelf, last map[string]int64) error {
	return wrap("set the next ids", t.s.write(ctx, func(ctx context.Context, tx *tx) error {
		for _, s := range tables {
			if s.columns[0].name != "id" || s.columns[0].holds != holdsInteger {
				continue
			}
			if _, err := tx.exec(ctx, fmt.Sprintf(`
SELECT setval(of_ids, n) FROM (SELECT pg_get_serial_sequence('%s', 'id') AS of_ids, greatest(?1::bigint, (SELECT max(id) FROM %s)) AS n) AS ids
WHERE of_ids IS NOT NULL AND n > 0`, s.name, s.name), last[s.name]); err != nil {
				return err
			}
		}
		return nil
	}))
}

// arrive says that the whole store is here: from now on a bot may run on it. The
// server learns what is in its new tables first, so that it does not read them
// whole for want of knowing better (postgresql.org/docs/current/populate.html).
func (t *targetDatabase) arrive(ctx context.Context, m move, by bot.Person, rows int64) error {
	if _, err := t.s.w.ExecContext(ctx, `ANALYZE`); err != nil {
		return wrap("end the move", err)
	}
	m.state, m.ended = moveArrived, ms(t.s.now())
	return wrap("end the move", t.s.Transact(ctx, func(ctx context.Context) error {
		tx := t.s.txOf(ctx)
		if err := m.save(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, `DELETE FROM moved_tables`); err != nil {
			return err
		}
		if err := t.s.NoteCopy(ctx, Copy{What: CopyBackup, Format: "sqlite", Place: m.place, Rows: rows}); err != nil {
			return err
		}
		after, err := encode(map[string]string{"from": m.place})
		if err != nil {
			return err
		}
		return tx.addAudit(ctx, m.ended, bot.AuditEntry{By: by, Act: "migrate-store", Target: "store", After: after})
	}))
}
