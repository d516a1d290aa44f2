package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"time"

	"earshot/bot"
)

// Contents is what is in a store or a backup.
type Contents struct {
	Path   string           `json:"path"`
	Bytes  int64            `json:"bytes"`
	Tables int64            `json:"tables"` // number of the newest migration
	Last   time.Time        `json:"last"`   // when something happened in it last; zero when nothing did
	Rows   map[string]int64 `json:"rows"`   // by table
}

// same tells what differs from another store.
func (c Contents) same(o Contents) error {
	if c.Tables != o.Tables {
		return fmt.Errorf("the copy has tables %d, the store %d", c.Tables, o.Tables)
	}
	for table, n := range o.Rows {
		if c.Rows[table] != n {
			return fmt.Errorf("the copy has %d %s, the store %d", c.Rows[table], table, n)
		}
	}
	return nil
}

// countedTables are those whose rows tell whether a copy is whole.
func countedTables() []string {
	return []string{"mentions", "authors", "customers", "author_links", "cases", "case_events", "replies", "deliveries", "posts", "audit", "rollups", "digests", "spikes", "messages", "schedules", "erased"}
}

// lastEvents ask when something happened last, by the table they read: rows are
// in order of their ids.
func lastEvents() map[string]string {
	return map[string]string{
		"mentions":    `SELECT seen_at FROM mentions ORDER BY id DESC LIMIT 1`,
		"case_events": `SELECT at FROM case_events ORDER BY id DESC LIMIT 1`,
		"deliveries":  `SELECT max(created_at, sent_at) FROM deliveries ORDER BY id DESC LIMIT 1`,
		"audit":       `SELECT at FROM audit ORDER BY id DESC LIMIT 1`,
		"digests":     `SELECT made_at FROM digests ORDER BY id DESC LIMIT 1`,
	}
}

// contents reads what is in a SQLite store, of whatever version.
func contents(ctx context.Context, c conn) (Contents, error) {
	out := Contents{Rows: map[string]int64{}}
	names, err := list(ctx, c, scanText, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return out, err
	}
	have := map[string]bool{}
	for _, n := range names {
		have[n] = true
	}
	if !have["goose_db_version"] || !have["mentions"] {
		return out, bot.Errorf(bot.ErrInvalid, "This is not a store of Earshot.")
	}
	if out.Tables, _, err = one(ctx, c, scanID, `SELECT coalesce(max(version_id), 0) FROM goose_db_version`); err != nil {
		return out, err
	}
	for _, table := range countedTables() {
		if !have[table] {
			continue
		}
		if out.Rows[table], _, err = one(ctx, c, scanID, `SELECT count(*) FROM `+table); err != nil {
			return out, err
		}
	}
	for table, query := range lastEvents() {
		if !have[table] {
			continue
		}
		last, _, err := one(ctx, c, scanID, query)
		if err != nil {
			return out, err
		}
		if t := at(last); t.After(out.Last) {
			out.Last = t
		}
	}
	return out, nil
}

// Inspect reads a store or a backup at path whole, without changing it, and
// tells what is in it. The error is a bot.Error where the file is none of ours,
// is damaged, or was written by a newer Earshot.
func Inspect(ctx context.Context, path string) (Contents, error) {
	return inspect(ctx, path, true)
}

// inspect is Inspect that may leave out the reading of every page.
func inspect(ctx context.Context, path string, whole bool) (Contents, error) {
	info, err := os.Stat(path)
	if err != nil {
		return Contents{Path: path}, notThere(path, err)
	}
	db, err := sql.Open(driverName, fileURI(path, url.Values{"mode": {"ro"}, "_query_only": {"on"}}))
	if err != nil {
		return Contents{Path: path}, cannotOpen(path, err)
	}
	defer db.Close()
	c, err := contents(ctx, db)
	if err == nil && whole {
		err = sound(ctx, db)
	}
	c.Path, c.Bytes = path, info.Size()
	if err != nil {
		if ctx.Err() != nil {
			return c, context.Cause(ctx)
		}
		if bot.KindOf(err) == bot.ErrInvalid {
			return c, fmt.Errorf("read %s: %w", path, err)
		}
		return c, cannotOpen(path, err)
	}
	want, err := latestMigration()
	if err != nil {
		return c, err
	}
	if c.Tables > want {
		return c, bot.Errorf(bot.ErrUnsupported, "%s was written by a newer Earshot (tables %d, this one knows %d). Use that version.", path, c.Tables, want)
	}
	return c, nil
}
