package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"earshot/bot"
)

// Ping tells whether the database answers, and whether its tables are those of
// this program: another replica may have brought them further.
func (s *Store) Ping(ctx context.Context) (answers, tables error) {
	if _, _, err := one(ctx, s.reader(ctx), scanID, `SELECT 1`); err != nil {
		return wrap("ask the database", err), nil
	}
	return nil, wrap("look at the tables", s.checkTables(ctx, ""))
}

// Probe writes a row, and fails where the database takes none: a full disk, a
// file system that is read-only, a server that follows another.
func (s *Store) Probe(ctx context.Context) error {
	_, err := s.exec(ctx, `
INSERT INTO snapshots (name, body, saved_at) VALUES ('probe', ?2, ?1) ON CONFLICT (name) DO UPDATE SET saved_at = ?1`, ms(s.now()), []byte{})
	return wrap("write to the database", err)
}

// Queues tells how many jobs of each queue could run and do not yet, and since
// when. Queues in which none waits are left out.
func (s *Store) Queues(ctx context.Context) ([]bot.QueueState, error) {
	out, err := list(ctx, s.reader(ctx), func(row scanner) (q bot.QueueState, err error) {
		var first any
		err = row.Scan(&q.Name, &q.Waiting, &first)
		q.Oldest = riverAt(first)
		return q, err
	}, waitingJobs, s.d.jobs.time(time.Now()))
	return out, wrap("count jobs that wait", err)
}

// waitingJobs counts them.
const waitingJobs = `
SELECT queue, count(*), min(scheduled_at) FROM river_job
WHERE state = 'available' AND scheduled_at <= ?1 GROUP BY queue ORDER BY queue`

// riverAt reads a time of River's table: a time on PostgreSQL, text on SQLite,
// where what is computed has no type.
func riverAt(v any) time.Time {
	var text string
	switch v := v.(type) {
	case time.Time:
		return v.UTC()
	case string:
		text = v
	case []byte:
		text = string(v)
	}
	t, err := time.Parse("2006-01-02 15:04:05.999999999", text)
	if err != nil {
		return time.Time{}
	}
	return t
}

func scanRiverTime(row scanner) (time.Time, error) {
	var v any
	err := row.Scan(&v)
	return riverAt(v), err
}

// Size tells how much room the store takes, and how much is left on its disk.
func (s *Store) Size(ctx context.Context) (bot.StoreSize, error) {
	var size bot.StoreSize
	var err error
	if size.Database, _, err = one(ctx, s.reader(ctx), scanID, s.d.size); err != nil {
		return size, wrap("measure the database", err)
	}
	if s.path == "" {
		return size, nil
	}
	info, err := os.Stat(s.path + "-wal")
	switch {
	case err == nil:
		size.Log = info.Size()
	case !errors.Is(err, fs.ErrNotExist):
		return size, wrap("measure the database's log", err)
	}
	size.DiskFree, size.DiskTotal = diskOf(filepath.Dir(s.path))
	return size, nil
}
