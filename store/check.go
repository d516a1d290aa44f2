package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"earshot/bot"
)

// Check reads the whole store and tells whether it is sound: the file, the
// references between tables, and the search index. It takes a while on a large
// one.
func (s *Store) Check(ctx context.Context) ([]bot.Finding, error) {
	if s.server != nil {
		return s.checkServer(ctx)
	}
	return s.checkFile(ctx)
}

// checkServer asks PostgreSQL, which watches over references and the search
// index itself, for what it knows to be unfinished or damaged.
func (s *Store) checkServer(ctx context.Context) ([]bot.Finding, error) {
	version, _, err := one(ctx, s.reader(ctx), scanText, `SELECT current_setting('server_version')`)
	if err != nil {
		return nil, s.server.cannot(err)
	}
	out := []bot.Finding{{OK: true, What: "Store: the database " + s.server.where + " answers (PostgreSQL " + version + ")"}}
	broken, err := list(ctx, s.reader(ctx), scanText, `
SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = current_schema() AND NOT i.indisvalid ORDER BY c.relname`)
	if err != nil {
		return nil, wrap("check the indexes", err)
	}
	f := bot.Finding{OK: len(broken) == 0, What: "Store: every index is whole"}
	if !f.OK {
		f.What, f.Mend = "Store: indexes are not whole: "+strings.Join(broken, ", "), "Build them again: REINDEX INDEX "+broken[0]+"."
	}
	return append(out, f), nil
}

func (s *Store) checkFile(ctx context.Context) ([]bot.Finding, error) {
	var out []bot.Finding
	wrong, err := list(ctx, s.reader(ctx), scanText, `PRAGMA integrity_check(10)`)
	if err != nil {
		return nil, wrap("check the file", err)
	}
	f := bot.Finding{OK: len(wrong) == 1 && wrong[0] == "ok", What: "Store: the file is sound"}
	if !f.OK {
		f.What, f.Mend = fmt.Sprintf("Store: the file is damaged: %s", wrong[0]), "Stop Earshot and restore a backup with “earshot restore”."
	}
	out = append(out, f, readByOthers(s.path))
	lost, _, err := one(ctx, s.reader(ctx), scanID, `SELECT count(*) FROM pragma_foreign_key_check`)
	if err != nil {
		return nil, wrap("check the references", err)
	}
	f = bot.Finding{OK: lost == 0, What: "Store: every reference leads somewhere"}
	if !f.OK {
		f.What, f.Mend = fmt.Sprintf("Store: %d references lead nowhere", lost), "Restore a backup with “earshot restore”, and report it: this is our fault."
	}
	out = append(out, f)
	if s.w == nil {
		return out, nil
	}
	// Rank 1 compares the index with the text that it stands for
	// (sqlite.org/fts5.html#the_integrity_check_command).
	f = bot.Finding{OK: true, What: "Store: the search index is in step"}
	if _, err := s.exec(ctx, `INSERT INTO mentions_search (mentions_search, rank) VALUES ('integrity-check', 1)`); err != nil {
		if ctx.Err() != nil {
			return nil, wrap("check the search index", err)
		}
		f = bot.Finding{What: "Store: the search index is not in step with the mentions", Mend: "Restore a backup with “earshot restore”."}
	}
	return append(out, f), nil
}

const (
	keepInteractions = 48 * time.Hour // at least the 24 h in which platforms deliver again
	keepRejected     = 5000           // dead letters in all
)

// Sweep is the store's own upkeep: what was kept only for a while goes, and
// the engine looks after its statistics and its log. For JobSweep.
func (s *Store) Sweep(ctx context.Context) error {
	old := ms(s.now().Add(-keepInteractions))
	for _, q := range []struct {
		text string
		args []any
	}{
		{`DELETE FROM interactions WHERE finished = 1 AND stored_at < ?1`, []any{old}},
		{`DELETE FROM rejected WHERE id <= (SELECT max(id) FROM rejected) - ?1`, []any{keepRejected}},
		{`DELETE FROM mutes WHERE until_time < ?1`, []any{old}},
		{`DELETE FROM windows WHERE made_at < ?1`, []any{ms(s.now().Add(-keepWindows))}},
		{`DELETE FROM turns WHERE next_at < ?1`, []any{ms(s.now())}},
	} {
		if _, err := s.exec(ctx, q.text, q.args...); err != nil {
			return wrap("sweep", err)
		}
	}
	for _, q := range s.d.tidy {
		if _, err := s.w.ExecContext(ctx, q); err != nil {
			return wrap("sweep", err)
		}
	}
	return nil
}

// Stats counts the rows of each table, the jobs that wait or were given up
// ("jobs_waiting", "jobs_failed"), and the bytes of the file ("bytes"). It
// reads whole tables: not for a hot path.
func (s *Store) Stats(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	for name, query := range map[string]string{
		"mentions":     `SELECT count(*) FROM mentions`,
		"authors":      `SELECT count(*) FROM authors`,
		"customers":    `SELECT count(*) FROM customers`,
		"cases":        `SELECT count(*) FROM cases`,
		"cases_alive":  `SELECT count(*) FROM cases WHERE alive = 1`,
		"replies":      `SELECT count(*) FROM replies`,
		"deliveries":   `SELECT count(*) FROM deliveries`,
		"rejected":     `SELECT count(*) FROM rejected`,
		"spikes":       `SELECT count(*) FROM spikes`,
		"digests":      `SELECT count(*) FROM digests`,
		"rollups":      `SELECT count(*) FROM rollups`,
		"messages":     `SELECT count(*) FROM messages`,
		"jobs_waiting": `SELECT count(*) FROM river_job WHERE state IN ('available', 'retryable', 'scheduled')`,
		"jobs_failed":  `SELECT count(*) FROM river_job WHERE state = 'discarded'`,
		"bytes":        s.d.size,
	} {
		n, _, err := one(ctx, s.reader(ctx), scanID, query)
		if err != nil {
			return nil, wrap("count "+name, err)
		}
		out[name] = n
	}
	return out, nil
}
