package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"

	"earshot/bot"
)

// The states of a move. Of two stores that know a move by the same id, never
// more than one is in a state in which a bot runs on it: the file is left
// before the database has arrived.
const (
	moveLeaving  = "leaving"  // a copy of this store has begun; who opens it to write ends that
	moveLeft     = "left"     // the store is elsewhere now
	moveArriving = "arriving" // this is not all of it yet
	moveArrived  = "arrived"
)

// move is a row of moves.
type move struct {
	id, state, place string
	began, ended     int64
}

func scanMove(row scanner) (m move, err error) {
	return m, row.Scan(&m.id, &m.state, &m.place, &m.began, &m.ended)
}

// lastMove is the latest move in one of two states.
func lastMove(ctx context.Context, c conn, state, other string) (move, bool, error) {
	return one(ctx, c, scanMove, `SELECT id, state, place, began_at, ended_at FROM moves WHERE state IN (?1, ?2) ORDER BY began_at DESC, id LIMIT 1`, state, other)
}

func (m move) save(ctx context.Context, c conn) error {
	_, err := c.ExecContext(ctx, `
INSERT INTO moves (id, state, place, began_at, ended_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at`, m.id, m.state, m.place, m.began, m.ended)
	return err
}

// checkMoves refuses a store that is not whole, or is elsewhere now. A copy that
// was begun and is not finished begins anew once this store may have changed.
func (s *Store) checkMoves(ctx context.Context, o Options) error {
	if o.moving {
		return nil
	}
	m, found, err := lastMove(ctx, s.reader(ctx), moveArriving, moveLeft)
	switch {
	case err != nil:
		return wrap("look whether the store was moved", err)
	case found && m.state == moveArriving:
		return bot.Errorf(bot.ErrStale, "The copy of %s into this database is not finished. Run “earshot migrate-store” once more: it goes on where it stopped.", m.place)
	case found && !o.ReadOnly:
		return bot.Errorf(bot.ErrStale, "The store at %s was moved to the database %s on %s, and what happened since is there: name that in database.url. To come back to this file all the same, make a backup of it and restore that.",
			s.path, m.place, at(m.ended).Format("2006-01-02 15:04 UTC"))
	case s.w == nil:
		return nil
	}
	_, err = s.w.ExecContext(ctx, `DELETE FROM moves WHERE state = '`+moveLeaving+`'`)
	return wrap("look whether the store is being copied", err)
}

// sourceFile is a SQLite store that is copied: nobody else can open it until it
// is closed.
type sourceFile struct {
	db   *sql.DB
	path string // absolute
	rows Contents
}

// openSource takes a store for itself. ErrStale while somebody has it open.
func openSource(ctx context.Context, path string) (*sourceFile, error) {
	there, err := inspect(ctx, path, false)
	if err != nil {
		return nil, err
	}
	newest, err := latestMigration()
	if err != nil {
		return nil, err
	}
	src, err := lockSource(ctx, path)
	if err != nil {
		return nil, err
	}
	if there.Tables < newest {
		if err := errors.Join(src.Close(), bringUpToDate(ctx, path)); err != nil {
			return nil, err
		}
		if src, err = lockSource(ctx, path); err != nil {
			return nil, err
		}
	}
	f := &sourceFile{db: src}
	f.path, err = filepath.Abs(path)
	if err == nil {
		f.rows, err = contents(ctx, src)
	}
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	f.rows.Path, f.rows.Bytes = path, there.Bytes
	return f, nil
}

// bringUpToDate gives a store of an older version its new tables.
func bringUpToDate(ctx context.Context, path string) error {
	s, err := Open(ctx, Options{Path: path, moving: true})
	if err != nil {
		return err
	}
	return s.Close()
}

// lockSource opens a store so that nobody else can, across transactions
// (sqlite.org/pragma.html#pragma_locking_mode). Leaving the log works only for
// who is alone.
func lockSource(ctx context.Context, path string) (*sql.DB, error) {
	db, err := sql.Open(driverName, fileURI(path, url.Values{"mode": {"rw"}, "_busy_timeout": {"500"}, "_cache_size": {"-16000"}}))
	if err != nil {
		return nil, cannotOpen(path, err)
	}
	db.SetMaxOpenConns(1)
	for _, q := range []string{`PRAGMA journal_mode = DELETE`, `PRAGMA locking_mode = EXCLUSIVE`, `BEGIN EXCLUSIVE`, `COMMIT`} {
		if _, err := db.ExecContext(ctx, q); err != nil {
			return nil, errors.Join(inUse(path, err), db.Close())
		}
	}
	return db, nil
}

// inUse tells that somebody has a file open, where that is what went wrong.
func inUse(path string, err error) error {
	var busy sqlite3.Error
	if errors.As(err, &busy) && (busy.Code == sqlite3.ErrBusy || busy.Code == sqlite3.ErrLocked) {
		return &bot.Error{Kind: bot.ErrStale, Msg: "The store at " + path + " is in use. Stop the bot, and every other command on it, then try again.", Err: err}
	}
	return cannotOpen(path, err)
}

// began is the move of this file that is under way or done, if there is one.
func (f *sourceFile) began(ctx context.Context) (move, bool, error) {
	return lastMove(ctx, f.db, moveLeaving, moveLeft)
}

// leave notes a move of this file, in place of one that was not finished.
func (f *sourceFile) leave(ctx context.Context, m move) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return wrap("note the move", err)
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM moves WHERE state = '`+moveLeaving+`' AND id <> ?1`, m.id)
	if err == nil {
		err = m.save(ctx, tx)
	}
	if err == nil {
		return wrap("note the move", tx.Commit())
	}
	return wrap("note the move", errors.Join(err, tx.Rollback()))
}

// count tells how many rows of a table are to be copied.
func (f *sourceFile) count(ctx context.Context, s shelf) (int64, error) {
	query := `SELECT count(*) FROM ` + s.name
	if s.jobs {
		query += ` WHERE ` + jobsMoved
	}
	n, _, err := one(ctx, f.db, scanID, query)
	return n, wrap("count "+s.name, err)
}

// lastIDs are the last ids that were given in each table, which are not given
// again.
func (f *sourceFile) lastIDs(ctx context.Context) (map[string]int64, error) {
	return lastIDs(ctx, f.db)
}

func lastIDs(ctx context.Context, c conn) (map[string]int64, error) {
	type seq struct {
		name string
		n    int64
	}
	out := map[string]int64{}
	err := each(ctx, c, func(row scanner) (q seq, err error) { return q, row.Scan(&q.name, &q.n) },
		func(q seq) error { out[q.name] = q.n; return nil }, `SELECT name, seq FROM sqlite_sequence`)
	return out, wrap("read the last ids", err)
}

func newMove(state, place string, now time.Time) move {
	return move{id: rand.Text(), state: state, place: place, began: ms(now)}
}
