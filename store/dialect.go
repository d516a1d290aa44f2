package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// dialect is what differs between the engines in the texts of SQL. One text,
// with arguments written ?1, ?2, serves both where nothing is said here.
type dialect struct {
	name   string // of its folder of migrations
	rebind bool   // arguments are written $1, $2
	ids    bool   // a new row's id is asked for with RETURNING
	turn   string // waits until nobody else writes, as the first statement of a transaction; empty where one connection writes
	call   string // tells every replica of a queue's new work with the commit; empty where the bell does
	words  func(typed string, begins bool) string
	search searchText
	index  string // puts the mentions from an id on into the search index; empty where their row is enough
	jobs   jobTexts
	size   string   // bytes of the store
	tidy   []string // upkeep
	texts  sync.Map // statements as they were rebound
}

// searchText is how the mentions that hold words are found: FROM, the
// condition on the words (as conditions.add takes it), and the order in which
// they were stored; hits are the ids alone.
type searchText struct{ from, holds, order, hits string }

// jobTexts are statements on River's table, whose columns are of other types
// on each engine.
type jobTexts struct {
	// waiting finds a job of the same kind (?1), id (?2) and time (?3) that has
	// not begun, and tells whether it waits for another try after a failure: a
	// short such wait, until after ?4, is spent in the state available. The
	// expressions are those of the index earshot_job_waits.
	waiting string
	// awaits is a condition that a job to deliver d.id has not begun, but for one
	// that failed before.
	awaits string
	// hasten lets the jobs that wait to deliver what %s selects begin at ?1.
	hasten string
	failed string // arguments, attempts, end and errors of the jobs that were given up
	texts  string // the columns args, metadata and errors as texts of JSON
	put    string // inserts a job as jobShelf has it
	time   func(time.Time) any
}

// matches is a query for the ids and dates of the mentions that hold words and
// meet w, the last stored ones first.
func (d *dialect) matches(w *conditions, words string, depth int) string {
	w.add(d.search.holds, words)
	return `SELECT m.id, m.created_at FROM ` + d.search.from + w.where() + ` ORDER BY ` + d.search.order + ` DESC LIMIT ` + w.arg(depth)
}

// latestMatches is matches for conditions that few mentions may meet: of those
// that hold the words, the last stored ones alone are looked at. Without an
// end, a search for what hardly anybody said would walk through all of them.
func (d *dialect) latestMatches(w *conditions, words string, depth int) string {
	hits := d.hits(w, words, depth)
	w.parts = append(w.parts, `m.id = hit.id`)
	return `SELECT m.id, m.created_at FROM (` + hits + `) hit CROSS JOIN mentions m` + w.where()
}

// hits is a query for the ids of the mentions that hold words, the last stored
// ones first.
func (d *dialect) hits(w *conditions, words string, depth int) string {
	return `SELECT ` + d.search.order + ` AS id FROM ` + d.search.hits + ` WHERE ` + fmt.Sprintf(d.search.holds, w.arg(words)) +
		` ORDER BY ` + d.search.order + ` DESC LIMIT ` + w.arg(depth)
}

// text is a statement as the engine wants it.
func (d *dialect) text(query string) string {
	if !d.rebind {
		return query
	}
	if known, ok := d.texts.Load(query); ok {
		return known.(string)
	}
	out := rebind(query)
	d.texts.Store(query, out)
	return out
}

// rebind writes the arguments of a statement as PostgreSQL does: ?1 becomes
// $1, except within quotes and comments.
func rebind(query string) string {
	b := []byte(query)
	quote := byte(0)
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case quote == 0 && c == '-' && i+1 < len(b) && b[i+1] == '-':
			quote = '\n'
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == '?' && i+1 < len(b) && b[i+1] >= '0' && b[i+1] <= '9':
			b[i] = '$'
		}
	}
	return string(b)
}

// bound is a connection on which statements are written in our way.
type bound struct {
	conn
	d *dialect
}

// ExecContext, QueryContext and QueryRowContext pass a statement on.
func (b bound) ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error) {
	return b.conn.ExecContext(ctx, b.d.text(query), clean(args)...)
}

func (b bound) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return b.conn.QueryContext(ctx, b.d.text(query), clean(args)...)
}

func (b bound) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	return b.conn.QueryRowContext(ctx, b.d.text(query), clean(args)...)
}

// clean is the one place where text comes into the store: what is no valid
// UTF-8 becomes the replacement character, and a zero byte, which PostgreSQL
// cannot keep and C reads as the end, goes.
func clean(args []any) []any {
	copied := false
	for i, a := range args {
		s, ok := a.(string)
		if !ok || storable(s) {
			continue
		}
		if !copied {
			args, copied = append([]any(nil), args...), true
		}
		args[i] = cleanText(s)
	}
	return args
}

func storable(s string) bool { return strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) }

// cleanText is a text as it is stored.
func cleanText(s string) string {
	if storable(s) {
		return s
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}
