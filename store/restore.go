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
	"time"

	"earshot/bot"
)

// Restoring is what a restore does, or would.
type Restoring struct {
	Backup   Contents  `json:"backup"`
	Replaced *Contents `json:"replaced,omitempty"` // the store that is there now; nil for none
	Damaged  string    `json:"damaged,omitempty"`  // why that one cannot be read
	Newer    bool      `json:"newer"`              // that one knows of later events, or of newer tables
	Answered []int64   `json:"answered,omitempty"` // cases whose customers were answered since the backup was made
	Kept     string    `json:"kept,omitempty"`     // where the replaced store is kept
	Settled  Settled   `json:"settled"`
}

// Settled is what was done so that the restored store looks before it sends.
type Settled struct {
	Deliveries   int      `json:"deliveries"`   // that were on their way: each is looked for before it is sent
	Replies      int      `json:"replies"`      // of them, answers to customers
	Interactions int      `json:"interactions"` // that were not done: people pressed them long ago
	Slots        []string `json:"slots"`        // schedules whose slot since then is not made up for
	Erased       int      `json:"erased"`       // people who were erased since, and are again
}

// RestoreOptions say how a restore goes about it.
type RestoreOptions struct {
	Yes  bool             // replace a store that is newer than the backup
	By   bot.Person       // who does it, for the audit log
	Now  func() time.Time // nil for time.Now
	Seen func(Restoring)  // is told what will be replaced, before it is; nil for nobody
	Tell Progress
}

// maxAnswered is how many cases a preview names.
const maxAnswered = 50

// PreviewRestore reads a backup and the store that it would replace, and
// changes neither.
func PreviewRestore(ctx context.Context, from, to string) (Restoring, error) {
	out := Restoring{}
	var err error
	if out.Backup, err = Inspect(ctx, from); err != nil {
		return out, wrap("restore", err)
	}
	if sameFile(from, to) {
		return out, bot.Errorf(bot.ErrInvalid, "%s is the store itself. Name a backup of it.", from)
	}
	if _, err := os.Stat(to); errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	there, err := inspect(ctx, to, false)
	if err != nil {
		if ctx.Err() != nil {
			return out, wrap("restore", err)
		}
		out.Damaged = bot.Told(err)
		return out, nil
	}
	out.Replaced = &there
	out.Newer = there.Last.After(out.Backup.Last) || there.Tables > out.Backup.Tables && there.Last.Equal(out.Backup.Last)
	out.Answered, err = answeredSince(ctx, to, out.Backup.Last)
	return out, wrap("restore", err)
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// answeredSince lists the cases that were answered after a time: whoever
// restores should not have them answered again.
func answeredSince(ctx context.Context, path string, since time.Time) ([]int64, error) {
	db, err := sql.Open(driverName, fileURI(path, url.Values{"mode": {"ro"}}))
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return list(ctx, db, scanID, `SELECT DISTINCT case_id FROM replies WHERE state = 'sent' AND sent_at > ?1 ORDER BY case_id LIMIT ?2`, ms(since), maxAnswered)
}

// Restore puts a backup in the place of the store at to, which is kept beside
// it under a name with the date. Nobody may have the store open. What the
// backup believes to be on its way is looked for before it is sent, what people
// pressed then is not done now, and who was erased since is erased again.
// ErrStale when a bot runs, ErrInvalid when the store is newer and o.Yes does
// not say to replace it all the same.
func Restore(ctx context.Context, from, to string, o RestoreOptions) (Restoring, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	out, err := PreviewRestore(ctx, from, to)
	if err != nil {
		return out, err
	}
	if o.Seen != nil {
		o.Seen(out)
	}
	if out.Newer && !o.Yes {
		return out, bot.Errorf(bot.ErrInvalid, "The store at %s is newer (%s) than the backup (%s): what happened since would be gone. Say --yes to replace it; it is kept beside.",
			to, out.Replaced.Last.Format(time.RFC3339), out.Backup.Last.Format(time.RFC3339))
	}
	old, err := lockStore(ctx, to, out.Replaced)
	if err != nil {
		return out, err
	}
	defer old.unlock()
	r := restore{from: from, to: to, part: to + ".restoring", old: old, out: &out, o: o}
	if err = r.prepare(ctx); err == nil {
		err = swap(r.part, to, &out, o.Now())
	}
	if err != nil {
		return out, errors.Join(wrap("restore", err), discardStore(r.part))
	}
	old.unlock()
	return out, wrap("restore", r.verify(ctx))
}

// restore is one under way.
type restore struct {
	from, to, part string
	old            *locked // the store that is replaced
	out            *Restoring
	o              RestoreOptions
}

// verify opens the restored store once more where it stands now, as the bot
// will, and writes down beside it who is erased.
func (r *restore) verify(ctx context.Context) error {
	s, err := Open(ctx, Options{Path: r.to, Now: r.o.Now})
	if err != nil {
		return err
	}
	err = s.WriteErased(ctx)
	if err == nil && r.out.Kept != "" {
		place, absErr := filepath.Abs(r.out.Kept)
		err = errors.Join(absErr, s.NoteCopy(ctx, Copy{What: CopyBackup, Format: "sqlite", Place: place}))
	}
	return errors.Join(err, s.Close())
}

// locked is a store that nobody else can open; its transaction reads it. Both
// are nil where there was none that can be read.
type locked struct {
	db *sql.DB
	tx *sql.Tx
}

// unlock may be called twice.
func (l *locked) unlock() {
	if l.tx == nil {
		return
	}
	_ = l.tx.Rollback() // it only read
	_ = l.db.Close()
	l.tx = nil
}

// lockStore makes sure that nobody has the store open, and that nobody opens it
// until unlock: SQLite leaves its log only when it is alone
// (sqlite.org/pragma.html#pragma_journal_mode). It must be as it was seen.
func lockStore(ctx context.Context, path string, seen *Contents) (*locked, error) {
	l := &locked{}
	if seen == nil {
		return l, nil
	}
	db, err := sql.Open(driverName, fileURI(path, url.Values{"_busy_timeout": {"500"}, "_txlock": {"exclusive"}}))
	if err != nil {
		return nil, wrap("restore", err)
	}
	db.SetMaxOpenConns(1)
	_, err = db.ExecContext(ctx, `PRAGMA journal_mode = DELETE`)
	if err == nil {
		l.db = db
		l.tx, err = db.BeginTx(ctx, nil)
	}
	if err != nil {
		err = errors.Join(err, db.Close())
		return nil, wrap("restore", inUse(path, err))
	}
	now, err := contents(ctx, l.tx)
	if err == nil && !now.Last.Equal(seen.Last) {
		err = bot.Errorf(bot.ErrStale, "The store at %s changed just now. Look at it again.", path)
	}
	if err != nil {
		l.unlock()
		return nil, wrap("restore", err)
	}
	return l, nil
}

// prepare makes the file that takes the store's place: a copy of the backup,
// with tables of this version, settled and read again.
func (r *restore) prepare(ctx context.Context) error {
	if err := discardStore(r.part); err != nil {
		return err
	}
	db, err := sql.Open(driverName, fileURI(r.from, url.Values{"mode": {"ro"}, "_query_only": {"on"}}))
	if err != nil {
		return err
	}
	there, err := copyStore(ctx, db, r.part, r.o.Tell)
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	s, err := Open(ctx, Options{Path: r.part, Now: r.o.Now, moving: true})
	if err != nil {
		return err
	}
	err = r.settle(ctx, s)
	if err = errors.Join(err, s.Close()); err != nil {
		return err
	}
	settled, err := readCopy(ctx, r.part)
	if err != nil {
		return err
	}
	if r.out.Settled.Erased == 0 && settled.Rows["mentions"] != there.Rows["mentions"] {
		return fmt.Errorf("the restored store has %d mentions, the backup %d", settled.Rows["mentions"], there.Rows["mentions"])
	}
	return nil
}

// swap puts part in the place of the store, which keeps standing beside it. A
// crash in between leaves the one or the other in its place.
func swap(part, to string, out *Restoring, now time.Time) error {
	info, err := os.Stat(to)
	if err == nil {
		out.Kept = keptName(to, now)
		if err := os.Chmod(part, info.Mode().Perm()); err != nil {
			return err
		}
		for _, end := range []string{"-wal", "-shm", "-journal"} { // of a damaged one: they are not the new one's
			if err := os.Rename(to+end, out.Kept+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.Link(to, out.Kept); err != nil {
			if err := os.Rename(to, out.Kept); err != nil {
				return err
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return publishAs(part, to)
}

// publishAs is publish that leaves the mode as it is.
func publishAs(part, to string) error {
	f, err := os.OpenFile(part, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(part, to)); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(to))
}

// keptName is where a replaced store is kept: earshot.replaced-20260310T120000Z.db.
func keptName(to string, now time.Time) string {
	ext := filepath.Ext(to)
	base := to[:len(to)-len(ext)]
	name := base + ".replaced-" + now.UTC().Format("20060102T150405Z") + ext
	for i := 2; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = fmt.Sprintf("%s.replaced-%s-%d%s", base, now.UTC().Format("20060102T150405Z"), i, ext)
	}
}
