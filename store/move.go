package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"path/filepath"
	"time"

	"earshot/bot"
)

// Moving is what copying a store into a database does, or would.
type Moving struct {
	From    Contents      `json:"from"`
	To      string        `json:"to"` // the database, for people
	Tables  []MovedTable  `json:"tables"`
	Rows    int64         `json:"rows"`              // of all tables
	Resumed bool          `json:"resumed,omitempty"` // a copy that was cut off was gone on with
	Anew    bool          `json:"anew,omitempty"`    // one was begun anew, because the file may have changed since
	Already bool          `json:"already,omitempty"` // it was moved before: nothing was done
	Changed int64         `json:"changed"`           // texts that could not stay as they were
	Texts   []ChangedText `json:"texts,omitempty"`   // the first of them
}

// MovedTable is one table of a move.
type MovedTable struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sum,omitempty"` // of all rows, the same on both sides: the sum of their SHA-256, in hex
}

// ChangedText is a text in which something stood that PostgreSQL cannot keep (a
// zero byte, or what is no UTF-8), and which was copied without it.
type ChangedText struct {
	Table  string `json:"table"`
	Row    string `json:"row"` // its key
	Column string `json:"column"`
}

// maxChanged is how many changed texts are named.
const maxChanged = 50

// MoveOptions say how a store is moved.
type MoveOptions struct {
	By    bot.Person       // who does it, for the audit log
	Log   *slog.Logger     // nil for silence
	Now   func() time.Time // nil for time.Now
	Again bool             // empty a database that holds a part of another store
	Tell  func(doing, table string, done, all int64)
}

// PreviewMove tells what a move would copy, and refuses a database with
// something else in it. It changes nothing on either side.
func PreviewMove(ctx context.Context, from string, to bot.Secret) (Moving, error) {
	p, err := parsePostgres(to)
	if err != nil {
		return Moving{}, err
	}
	there, err := inspect(ctx, from, false)
	if err != nil {
		return Moving{}, wrap("move the store", err)
	}
	out := Moving{From: there, To: p.where}
	db, err := sql.Open(driverName, fileURI(from, url.Values{"mode": {"ro"}, "_query_only": {"on"}}))
	if err != nil {
		return out, cannotOpen(from, err)
	}
	defer db.Close()
	src := &sourceFile{db: db, path: from}
	tables, err := shelves(ctx, db)
	if err != nil {
		return out, wrap("move the store", err)
	}
	for _, s := range tables {
		n, err := src.count(ctx, s)
		if err != nil {
			return out, wrap("move the store", err)
		}
		out.Tables, out.Rows = append(out.Tables, MovedTable{Name: s.name, Rows: n}), out.Rows+n
	}
	writer := p.pool(1, false)
	defer writer.Close()
	if err := p.check(ctx, writer); err != nil {
		return out, err
	}
	ours, err := p.strangers(ctx)
	if err != nil || !ours {
		return out, err
	}
	return out, p.previewInside(ctx, tables, &out)
}

// previewInside looks at a database that has our tables.
func (p *postgresServer) previewInside(ctx context.Context, tables []shelf, out *Moving) error {
	s, err := Open(ctx, Options{URL: bot.Secret(p.config.ConnString()), ReadOnly: true, moving: true})
	if err != nil {
		return err
	}
	m, found, err := (&targetDatabase{s}).inside(ctx, tables)
	if path, absErr := filepath.Abs(out.From.Path); err == nil && found {
		out.Already = m.state == moveArrived && m.place == path
		out.Resumed = m.state == moveArriving && m.place == path
		if err = absErr; !out.Already && err == nil {
			err = m.taken(path, out.To, false)
		}
	}
	return errors.Join(err, s.Close())
}

// Move copies a SQLite store into a PostgreSQL database, compares both and has
// the file left behind: from then on a bot runs on the database alone. The file
// stays as it was. Killed at any instant and called again, it goes on where it
// stopped; when somebody wrote to the file in between, it begins anew.
//
// ErrStale while somebody has the file or the database open; ErrInvalid where
// the database has something else in it, or a row cannot be copied.
func Move(ctx context.Context, from string, to bot.Secret, o MoveOptions) (Moving, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(string, string, int64, int64) {}
	}
	if _, err := parsePostgres(to); err != nil {
		return Moving{}, err
	}
	src, err := openSource(ctx, from)
	if err != nil {
		return Moving{}, wrap("move the store", err)
	}
	defer src.db.Close()
	tables, err := shelves(ctx, src.db)
	if err != nil {
		return Moving{}, wrap("move the store", err)
	}
	dst, err := openTarget(ctx, to, o.Log, o.Now)
	if err != nil {
		return Moving{}, wrap("move the store", err)
	}
	m := moving{src: src, dst: dst, tables: tables, o: o, out: Moving{From: src.rows, To: dst.s.server.where}}
	err = dst.hold(ctx, m.run)
	return m.out, wrap("move the store", errors.Join(err, dst.s.Close()))
}

// moving is a move under way.
type moving struct {
	src    *sourceFile
	dst    *targetDatabase
	tables []shelf
	o      MoveOptions
	out    Moving
	now    move // as the database knows it
}

func (m *moving) run(ctx context.Context) error {
	left, err := m.meet(ctx)
	if err != nil || m.out.Already {
		return err
	}
	if !left {
		if err := m.copyAll(ctx); err != nil {
			return err
		}
		if err := m.compare(ctx); err != nil {
			return err
		}
		leaves := m.now
		leaves.state, leaves.place, leaves.ended = moveLeft, m.out.To, ms(m.o.Now())
		if err := m.src.leave(ctx, leaves); err != nil {
			return err
		}
	}
	return m.dst.arrive(ctx, m.now, m.o.By, m.src.rows.Rows["mentions"])
}

// meet looks at both sides and begins, or goes on with, the copy; left where all
// that is missing is to say that the database has arrived.
func (m *moving) meet(ctx context.Context) (left bool, err error) {
	mine, began, err := m.src.began(ctx)
	if err != nil {
		return false, err
	}
	theirs, found, err := m.dst.inside(ctx, m.tables)
	if err != nil {
		return false, err
	}
	same := began && found && mine.id == theirs.id
	m.now = theirs
	switch {
	case same && theirs.state == moveArrived:
		m.out.Already = true
		return true, nil
	case same:
		m.out.Resumed = true
		return mine.state == moveLeft, nil
	case began && mine.state == moveLeft:
		return false, bot.Errorf(bot.ErrStale, "The store at %s was moved to the database %s before. What happened since is there.", m.src.path, mine.place)
	case found:
		if err := theirs.taken(m.src.path, m.out.To, m.o.Again); err != nil {
			return false, err
		}
	}
	m.out.Anew = found
	m.now = newMove(moveArriving, m.src.path, m.o.Now())
	if err := m.dst.begin(ctx, m.tables, m.now); err != nil {
		return false, err
	}
	leaving := m.now
	leaving.state, leaving.place = moveLeaving, m.out.To
	return false, m.src.leave(ctx, leaving)
}

// taken refuses a database that holds another store, or a part of another one.
func (m move) taken(path, to string, again bool) error {
	switch {
	case m.state == moveArrived:
		return bot.Errorf(bot.ErrInvalid, "The database %s has a store in it already, which came from %s. Name an empty one.", to, m.place)
	case m.place != path && !again:
		return bot.Errorf(bot.ErrInvalid, "The database %s holds a part of another store, %s. Name an empty one, or say --again to throw that part away.", to, m.place)
	}
	return nil
}

// copyAll copies what is missing of each table.
func (m *moving) copyAll(ctx context.Context) error {
	for _, s := range m.tables {
		all, err := m.src.count(ctx, s)
		if err != nil {
			return err
		}
		if err := m.copyTable(ctx, s, all); err != nil {
			return err
		}
		m.out.Rows += all
	}
	last, err := m.src.lastIDs(ctx)
	if err != nil {
		return err
	}
	return m.dst.setIDs(ctx, m.tables, last)
}

func (m *moving) copyTable(ctx context.Context, s shelf, all int64) error {
	r, err := m.dst.reached(ctx, s)
	m.o.Tell("copying", s.name, r.copied, all)
	for err == nil && !r.done {
		var rows [][]any
		if rows, err = s.pageOf(ctx, m.src.db, sqliteDialect(), r.key); err != nil {
			return err
		}
		if r.done = len(rows) == 0; !r.done {
			r.key = s.keyOf(rows[len(rows)-1])
		}
		for _, row := range rows {
			if _, err := s.settle(row); err != nil {
				return badRow(s, row, err.Error(), err)
			}
		}
		r.copied += int64(len(rows))
		err = m.dst.put(ctx, s, rows, r)
		m.o.Tell("copying", s.name, r.copied, all)
	}
	return err
}

// compare reads every row of both sides, and tells where they differ.
func (m *moving) compare(ctx context.Context) error {
	for _, s := range m.tables {
		all, err := m.src.count(ctx, s)
		if err != nil {
			return err
		}
		note := func(row, column string) {
			if m.out.Changed++; len(m.out.Texts) < maxChanged {
				m.out.Texts = append(m.out.Texts, ChangedText{s.name, row, column})
			}
		}
		tell := func(done int64) { m.o.Tell("comparing", s.name, done, 2*all) }
		here, err := s.add(ctx, m.src.db, sqliteDialect(), note, tell)
		if err != nil {
			return err
		}
		there, err := s.add(ctx, m.dst.s.reader(ctx), m.dst.s.d, func(string, string) {}, func(done int64) { tell(done + all) })
		if err != nil {
			return err
		}
		if here.rows != there.rows || here.sum != there.sum {
			return bot.Errorf(bot.ErrInvalid, "The copy of the table %s is not like the file: %d rows (sum %s) there, %d rows (sum %s) in the file. Something else wrote to the one or the other: name an empty database.",
				s.name, there.rows, there, here.rows, here)
		}
		m.out.Tables = append(m.out.Tables, MovedTable{s.name, here.rows, here.String()})
	}
	return nil
}

// add reads all rows of a shelf and adds them up; note is told which texts could
// not stay as they were.
func (s shelf) add(ctx context.Context, c conn, d *dialect, note func(row, column string), tell func(done int64)) (*tally, error) {
	t := newTally()
	var key []any
	for {
		rows, err := s.pageOf(ctx, c, d, key)
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			return t, nil
		}
		key = s.keyOf(rows[len(rows)-1])
		for _, row := range rows {
			changed, err := s.settle(row)
			if err != nil {
				return nil, fmt.Errorf("read %s, %s: %w", s.name, s.nameOf(row), err)
			}
			for _, column := range changed {
				note(s.nameOf(row), column)
			}
			t.add(row)
		}
		tell(t.rows)
	}
}
