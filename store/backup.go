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

// backupPages is how many pages are copied between two looks at ctx: 4 MB. A
// reader holds up no writer, so nobody waits for the copy.
const backupPages = 1024

// Progress is told how far long work is: done of all; all is 0 where nobody
// knows. It may be nil.
type Progress func(done, all int64)

func (p Progress) tell(done, all int64) {
	if p != nil {
		p(done, all)
	}
}

// Where is the store, for people: its file, or its database without the password.
func (s *Store) Where() string {
	if s.server != nil {
		return "the database " + s.server.where
	}
	return s.path
}

// Backup copies the store to a new file at path while it is in use: as it is
// when the copy begins. The copy is on the disk and was read again whole
// before it gets its name: its pages, its tables' version, and as many rows as
// were there. It gives what is in it. A store on a server becomes a SQLite file
// too, which can be restored as one, and moved to a server again.
func (s *Store) Backup(ctx context.Context, path string, tell Progress) (Contents, error) {
	if _, err := os.Lstat(path); err == nil {
		return Contents{}, bot.Errorf(bot.ErrInvalid, "There is a file at %s already. Name another one for the backup.", path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return Contents{}, fmt.Errorf("back up: %w", err)
	}
	part := path + ".part"
	if err := discardStore(part); err != nil {
		return Contents{}, fmt.Errorf("back up: %w", err)
	}
	there, err := s.copyTo(ctx, part, tell)
	if err == nil {
		err = publish(part, path)
	}
	if err != nil {
		return Contents{}, errors.Join(fmt.Errorf("back up: %w", err), discardStore(part))
	}
	there.Path = path
	if info, err := os.Stat(path); err == nil {
		there.Bytes = info.Size()
	}
	return there, nil
}

// copyTo makes the copy, and compares it.
func (s *Store) copyTo(ctx context.Context, part string, tell Progress) (Contents, error) {
	if s.server != nil {
		return s.backupServer(ctx, part, tell)
	}
	there, err := copyStore(ctx, s.r, part, tell)
	if err == nil {
		err = verifyCopy(ctx, part, there)
	}
	return there, err
}

// copyStore copies with SQLite's online backup (sqlite.org/backup.html) and
// tells what was in the store at that moment. The reading transaction keeps the
// copy to it, and spares it a new start whenever the writer commits.
func copyStore(ctx context.Context, from *sql.DB, part string, tell Progress) (Contents, error) {
	src, err := from.Conn(ctx)
	if err != nil {
		return Contents{}, err
	}
	defer src.Close()
	if _, err := src.ExecContext(ctx, "BEGIN"); err != nil {
		return Contents{}, err
	}
	defer src.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") //nolint:errcheck // it only read
	there, err := contents(ctx, src)
	if err != nil {
		return Contents{}, err
	}
	if err := makePrivate(part); err != nil {
		return Contents{}, err
	}
	db, err := sql.Open(driverName, fileURI(part, url.Values{"_journal_mode": {"OFF"}}))
	if err != nil {
		return Contents{}, err
	}
	defer db.Close()
	dst, err := db.Conn(ctx)
	if err != nil {
		return Contents{}, err
	}
	defer dst.Close()
	return there, dst.Raw(func(to any) error {
		return src.Raw(func(from any) error {
			return copyPages(ctx, plainConn(to), plainConn(from), tell)
		})
	})
}

// makePrivate makes an empty file that only its owner may read.
func makePrivate(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

func copyPages(ctx context.Context, to, from *sqlite3.SQLiteConn, tell Progress) error {
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
		all := int64(b.PageCount())
		tell.tell(all-int64(b.Remaining()), all)
		if done {
			return b.Finish()
		}
	}
}

// verifyCopy reads the whole copy, folds its log into it, and compares it with
// what was to be copied.
func verifyCopy(ctx context.Context, path string, there Contents) error {
	have, err := readCopy(ctx, path)
	if err != nil {
		return err
	}
	return have.same(there)
}

// readCopy reads a whole copy that is ours alone, folds its log into it, and
// tells what is in it.
func readCopy(ctx context.Context, path string) (Contents, error) {
	db, err := sql.Open(driverName, fileURI(path, url.Values{"_journal_mode": {"DELETE"}}))
	if err != nil {
		return Contents{}, err
	}
	defer db.Close()
	if err := sound(ctx, db); err != nil {
		return Contents{}, fmt.Errorf("the copy: %w", err)
	}
	return contents(ctx, db)
}

// sound reads every page of a store.
func sound(ctx context.Context, c conn) error {
	wrong, err := list(ctx, c, scanText, `PRAGMA integrity_check(10)`)
	if err != nil {
		return err
	}
	if len(wrong) != 1 || wrong[0] != "ok" {
		return &bot.Error{Kind: bot.ErrInvalid, Msg: "The file is damaged.", Err: fmt.Errorf("integrity check: %v", wrong)}
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
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes sure that the names in a folder are on the disk.
func syncFolder(path string) error {
	dir, err := os.Open(path)
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

// discardStore removes a store's file with those that SQLite keeps beside it.
func discardStore(path string) error {
	var errs []error
	for _, end := range []string{"", "-wal", "-shm", "-journal"} {
		errs = append(errs, discard(path+end))
	}
	return errors.Join(errs...)
}
