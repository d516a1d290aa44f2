package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"

	"earshot/bot"
)

// backupPages is how many pages are copied between two looks at ctx: 4 MB.
const backupPages = 1024

// Backup copies the store to a new file at path while it is in use: as it is
// when the copy begins. The copy is verified before it gets its name.
func (s *Store) Backup(ctx context.Context, path string) error {
	if _, err := os.Lstat(path); err == nil {
		return bot.Errorf(bot.ErrInvalid, "There is a file at %s already. Name another one for the backup.", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %w", err)
	}
	part := path + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("back up: %w", err)
	}
	err := s.copyTo(ctx, part)
	if err == nil {
		err = verifyCopy(ctx, part)
	}
	if err == nil {
		err = publish(part, path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("back up: %w", err), discard(part))
	}
	return nil
}

// copyTo copies with SQLite's online backup (sqlite.org/backup.html). The
// reading transaction keeps the copy to one moment, and spares it a new start
// whenever the writer commits.
func (s *Store) copyTo(ctx context.Context, part string) error {
	src, err := s.r.Conn(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := src.ExecContext(ctx, "BEGIN"); err != nil {
		return err
	}
	defer src.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // it only read
	if _, _, err := one(ctx, src, scanID, `SELECT count(*) FROM sqlite_schema`); err != nil {
		return err
	}
	if err := private(part); err != nil {
		return err
	}
	db, err := sql.Open(driverName, fileURI(part, url.Values{"_journal_mode": {"OFF"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	dst, err := db.Conn(ctx)
	if err != nil {
		return err
	}
	defer dst.Close()
	return dst.Raw(func(to any) error {
		return src.Raw(func(from any) error {
			return copyPages(ctx, to.(*sqlite3.SQLiteConn), from.(*sqlite3.SQLiteConn))
		})
	})
}

func copyPages(ctx context.Context, to, from *sqlite3.SQLiteConn) error {
	b, err := to.Backup("main", from, "main")
	if err != nil {
		return err
	}
	for {
		done, err := b.Step(backupPages)
		if err == nil && !done {
			err = ctx.Err()
		}
		if err != nil {
			return errors.Join(err, b.Close())
		}
		if done {
			return b.Finish()
		}
	}
}

// verifyCopy reads the whole copy and folds its log into it.
func verifyCopy(ctx context.Context, path string) error {
	db, err := sql.Open(driverName, fileURI(path, url.Values{"_journal_mode": {"DELETE"}}))
	if err != nil {
		return err
	}
	defer db.Close()
	wrong, err := list(ctx, db, scanText, `PRAGMA integrity_check`)
	if err != nil {
		return err
	}
	if len(wrong) != 1 || wrong[0] != "ok" {
		return fmt.Errorf("the copy is damaged: %v", wrong)
	}
	return nil
}

// publish makes sure that the copy is on the disk, then gives it its name.
func publish(part, path string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Chmod(part, 0o600), os.Rename(part, path)); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func discard(part string) error {
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
