package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"strings"
	"sync"

	"github.com/mattn/go-sqlite3"
)

// steady is a connection to SQLite whose statements stay prepared. SQLite
// prepares a statement anew when a value is bound that its plan may depend on
// (sqlite.org/c3ref/prepare.html), for which a comparison with 0 or 1 is
// enough, and the driver clears the values after each use, which counts as
// another one: what is asked for most was prepared each time. Our plans depend
// on no value, and an argument behind a plus is looked at by no planner.
type steady struct {
	*sqlite3.SQLiteConn
	texts *sync.Map // statements as they are prepared
}

// connector opens such connections.
type connector struct {
	dsn   string
	texts sync.Map
}

func openSteady(dsn string) *sql.DB { return sql.OpenDB(&connector{dsn: dsn}) }

// Connect implements driver.Connector.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	plain, ok := conn.(*sqlite3.SQLiteConn)
	if !ok {
		return nil, fmt.Errorf("the driver of SQLite gave a %T", conn)
	}
	return &steady{plain, &c.texts}, nil
}

// Driver implements driver.Connector.
func (*connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// PrepareContext, QueryContext and ExecContext pass a statement on.
func (s *steady) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return s.SQLiteConn.PrepareContext(ctx, s.text(query))
}

// QueryContext passes a statement on.
func (s *steady) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	return s.SQLiteConn.QueryContext(ctx, s.text(query), args)
}

// ExecContext passes a statement on.
func (s *steady) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	return s.SQLiteConn.ExecContext(ctx, s.text(query), args)
}

func (s *steady) text(query string) string {
	if len(query) > longestSteady || !strings.Contains(query, "?") {
		return query
	}
	if known, ok := s.texts.Load(query); ok {
		return known.(string)
	}
	out := withPlus(query)
	s.texts.Store(query, out)
	return out
}

// longestSteady is how long a statement may be that is kept: longer ones are
// made for their arguments.
const longestSteady = 4096

// withPlus puts a plus before each argument that something is compared with,
// except within quotes and comments. It changes no value and no comparison.
func withPlus(query string) string {
	var b strings.Builder
	quote, last := byte(0), byte(0) // what ends where we are; the last character that is no space
	for i := range len(query) {
		c := query[i]
		beside := i > 0 && query[i-1] == last // to c
		switch {
		case quote == 0 && c == '-' && last == '-' && beside:
			quote = '\n'
		case quote == 0 && c == '*' && last == '/' && beside:
			quote, last = '/', 0 // "/*/" does not end it
			b.WriteByte(c)
			continue
		case quote == '/':
			if c == '/' && last == '*' && beside {
				quote = 0
			}
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote:
			quote = 0
		case quote == 0 && c == '?' && last == '=':
			b.WriteByte('+')
		}
		b.WriteByte(c)
		if c != ' ' && c != '\n' && c != '\t' {
			last = c
		}
	}
	return b.String()
}

// plainConn is the driver's own connection.
func plainConn(conn any) *sqlite3.SQLiteConn {
	if s, ok := conn.(*steady); ok {
		return s.SQLiteConn
	}
	return conn.(*sqlite3.SQLiteConn)
}
