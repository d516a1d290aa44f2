package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	// The SQLite driver: registers "sqlite3" with database/sql.
	_ "github.com/mattn/go-sqlite3"

	"earshot/bot"
)

// readers is how many connections read at once: more than the cores of the
// machines Earshot is made for only cost memory.
const readers = 4

// closeWait is how long a store that is closed waits for a connection that
// somebody still has.
const closeWait = 2 * time.Second

// Sync says how hard a commit holds against a power cut.
type Sync string

// The ways to commit (sqlite.org/pragma.html#pragma_synchronous).
const (
	SyncFull   Sync = "FULL"   // on the disk before it returns: the default
	SyncNormal Sync = "NORMAL" // the last commits may be lost by a power cut, never by a crash
)

// Options say where the store is and what it is given.
type Options struct {
	Path     string           // of the database file; its folder is made when missing
	URL      bot.Secret       // of a PostgreSQL database, postgres://…; then Path and Sync are not looked at
	Log      *slog.Logger     // nil for silence
	Now      func() time.Time // nil for time.Now
	Clock    func() time.Time // by which jobs are due, on SQLite; nil for the machine's. PostgreSQL has its own
	Sync     Sync             // empty for SyncFull
	ReadOnly bool             // nothing is migrated, and every write fails

	moving bool // a store that is not whole, or was left, may be opened
}

// Store is an open store. Its methods are safe for concurrent use.
type Store struct {
	w       *sql.DB // one connection; nil when read-only
	r       *sql.DB
	d       *dialect
	path    string          // of the file; empty on PostgreSQL
	server  *postgresServer // nil on SQLite
	jobs    *pgxpool.Pool   // River's on PostgreSQL
	keeper  *keeper         // nil on SQLite
	reads   sync.Map        // by dirtyDay: the number of the last reading of it here
	claims  sync.Map        // by claimOf: the sessions that hold the interactions in hand
	log     *slog.Logger
	now     func() time.Time
	authors *authorCache
	erased  erasedSet
	queue   *queue // nil when read-only
	lanes   lanes
	closing sync.Once
}

// Open opens the store at o.Path or o.URL, makes it when it is missing, and
// brings its tables up to date. The error is a bot.Error where somebody can mend it: a
// binary without FTS5, a folder that cannot be written, a newer schema.
func Open(ctx context.Context, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Store{d: sqliteDialect(), log: o.Log, now: o.Now, authors: newAuthorCache(), lanes: lanes{idle: make(chan struct{}, 1)}}
	begin := s.openFile
	if o.URL != "" {
		begin = s.openPostgres
	}
	err := begin(ctx, o)
	if err == nil {
		err = s.checkMoves(ctx, o)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) openFile(ctx context.Context, o Options) error {
	s.path = o.Path
	if o.ReadOnly {
		if _, err := os.Stat(o.Path); err != nil {
			return notThere(o.Path, err)
		}
	} else {
		if err := s.openWriter(ctx, o); err != nil {
			return err
		}
	}
	r := openSteady(readerDSN(o.Path))
	r.SetMaxOpenConns(readers)
	r.SetMaxIdleConns(readers)
	s.r = r
	return s.checkTables(ctx, "at "+o.Path)
}

func (s *Store) openWriter(ctx context.Context, o Options) error {
	if err := os.MkdirAll(filepath.Dir(o.Path), 0o700); err != nil {
		return cannotOpen(o.Path, err)
	}
	if err := private(o.Path); err != nil {
		return cannotOpen(o.Path, err)
	}
	w := openSteady(writerDSN(o.Path, cmp.Or(o.Sync, SyncFull)))
	w.SetMaxOpenConns(1)
	s.w = w
	if err := checkEngine(ctx, w, o.Path); err != nil {
		return err
	}
	if err := migrate(ctx, w); err != nil {
		return err
	}
	var err error
	s.queue, err = newSQLiteQueue(w, s.log, clock{o.Clock})
	return err
}

// Close writes the log back into the file and closes it. Work must have
// returned before; a job that goes on even then is not waited for. A second
// call does nothing.
func (s *Store) Close() error {
	var errs []error
	s.closing.Do(func() {
		if s.keeper != nil {
			s.keeper.close()
		}
		if s.r != nil {
			errs = append(errs, s.r.Close())
		}
		if s.w != nil {
			if s.server == nil {
				s.foldLog()
			}
			errs = append(errs, s.w.Close())
		}
		if s.jobs != nil {
			s.closeJobs()
		}
	})
	return errors.Join(errs...)
}

// foldLog writes SQLite's log back into the file. Failing here loses nothing:
// the next start reads the log.
func (s *Store) foldLog() {
	ctx, cancel := context.WithTimeout(context.Background(), closeWait)
	defer cancel()
	c, err := s.w.Conn(ctx)
	if err != nil {
		s.log.Warn("closing the database while it is written to", "error", err)
		return
	}
	defer c.Close() //nolint:errcheck // it is given back
	for _, q := range []string{"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)"} {
		if _, err := c.ExecContext(context.Background(), q); err != nil {
			s.log.Debug("tidying the database at close", "pragma", q, "error", err)
		}
	}
}

// closeJobs closes River's pool, which waits for all that was taken from it.
func (s *Store) closeJobs() {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		s.jobs.Close()
	}()
	select {
	case <-closed:
	case <-time.After(closeWait):
		s.log.Warn("closing the database while the queue is at work")
	}
}
