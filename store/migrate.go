package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"

	"earshot/bot"
)

// migrationFiles holds the tables of both dialects. The numbers are equal: a
// change comes with one file in each folder.
//
//go:embed migrations/*/*.sql
var migrationFiles embed.FS

// migrate brings our tables and the queue's up to date. A store of a newer
// Earshot is refused.
func migrate(ctx context.Context, w *sql.DB) error {
	if err := migrateTables(ctx, w, goose.DialectSQLite3, "sqlite"); err != nil {
		return err
	}
	return migrateQueue(ctx, w, riversqlite.New(w), queueIndexes)
}

// migratePostgres does so on PostgreSQL, one replica after the other.
func migratePostgres(ctx context.Context, p *postgresServer, w *sql.DB, jobs *pgxpool.Pool) error {
	lock := p.pool(1, false)
	defer lock.Close()
	if _, err := lock.ExecContext(ctx, `SELECT pg_advisory_lock(`+lockOf(`'tables'`)+`)`); err != nil {
		return fmt.Errorf("wait for another replica that brings the tables up to date: %w", err)
	}
	if err := migrateTables(ctx, w, goose.DialectPostgres, "postgres"); err != nil {
		return err
	}
	return migrateQueue(ctx, w, riverpgxv5.New(jobs), queueIndexesPostgres)
}

// migrateTables brings our tables up to date from a folder of migrations.
func migrateTables(ctx context.Context, w *sql.DB, dialect goose.Dialect, folder string) error {
	files, err := fs.Sub(migrationFiles, "migrations/"+folder)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, w, files, goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	if have > want {
		return bot.Errorf(bot.ErrUnsupported, "This store was written by a newer Earshot (tables %d, this one knows %d). Use that version, or restore a backup from before.", have, want)
	}
	if have < want {
		if _, err := p.Up(ctx); err != nil {
			return fmt.Errorf("bring the tables up to date: %w", err)
		}
	}
	return nil
}

// checkTables tells at once whether the tables are those this binary knows.
func (s *Store) checkTables(ctx context.Context, where string) error {
	var have int64
	if err := s.r.QueryRowContext(ctx, "SELECT coalesce(max(version_id), 0) FROM goose_db_version").Scan(&have); err != nil {
		if s.server != nil {
			return s.server.cannotRead(err)
		}
		return cannotOpen(s.path, err)
	}
	switch want, err := latestMigration(); {
	case err != nil:
		return err
	case have > want:
		return &bot.Error{Kind: bot.ErrUnsupported, Msg: "The store " + where + " was written by a newer Earshot. Use that version, or restore a backup from before."}
	case have < want:
		return &bot.Error{Kind: bot.ErrUnsupported, Msg: "The store " + where + " is from an older Earshot. Start “earshot run” once to bring it up to date."}
	}
	return nil
}

// queueIndexes are ours on River's table: which jobs wait, and which is due
// next, whose condition is that of River's own query. River may rebuild its
// table, so they are looked after at every start.
const queueIndexes = `
CREATE INDEX IF NOT EXISTS earshot_job_waits ON river_job (json_extract(args, '$.kind'), json_extract(args, '$.id'))
  WHERE state IN ('available', 'retryable', 'scheduled');
CREATE INDEX IF NOT EXISTS earshot_job_due ON river_job (state, scheduled_at)
  WHERE state IN ('retryable', 'scheduled');
DROP INDEX IF EXISTS earshot_job_later;`

func migrateQueue[T any](ctx context.Context, w *sql.DB, driver riverdriver.Driver[T], indexes string) error {
	m, err := rivermigrate.New(driver, nil)
	if err != nil {
		return fmt.Errorf("read the queue's migrations: %w", err)
	}
	if _, err := m.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("bring the queue's tables up to date: %w", err)
	}
	if _, err := w.ExecContext(ctx, indexes); err != nil {
		return fmt.Errorf("make the queue's indexes: %w", err)
	}
	return nil
}

// latestMigration is the number of the newest migration that is built in.
func latestMigration() (int64, error) {
	files, err := fs.ReadDir(migrationFiles, "migrations/sqlite")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	number, _, _ := strings.Cut(files[len(files)-1].Name(), "_")
	return strconv.ParseInt(number, 10, 64)
}
