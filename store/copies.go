package store

import (
	"context"
	"strconv"
	"time"
)

// CopyWhat says what a file holds that was made of the store.
type CopyWhat string

// The kinds of copy.
const (
	CopyMentions CopyWhat = "mentions"
	CopyCases    CopyWhat = "cases"
	CopyReplies  CopyWhat = "replies"
	CopyEvents   CopyWhat = "events"
	CopyBackup   CopyWhat = "backup"
)

// Copy is a file that was made of the store: an export or a backup. It holds
// people until somebody deletes it, so it is noted.
type Copy struct {
	ID     int64        `json:"id"`
	At     time.Time    `json:"at"`
	What   CopyWhat     `json:"what"`
	Format string       `json:"format"`
	Place  string       `json:"place"` // the file, or "-" for standard output
	Filter ExportFilter `json:"filter,omitzero"`
	Rows   int64        `json:"rows"`
}

// ExportFilter chooses what is exported; zero fields do not limit. From and To
// are times at which a mention was created, a case opened, a reply written or
// an event happened, [From, To).
type ExportFilter struct {
	From   time.Time `json:"from,omitzero"`
	To     time.Time `json:"to,omitzero"`
	Watch  string    `json:"watch,omitempty"`
	Source string    `json:"source,omitempty"`
}

// NoteCopy notes a file that was made of the store. One that was made there
// before is replaced.
func (s *Store) NoteCopy(ctx context.Context, c Copy) error {
	filter := ""
	if c.Filter != (ExportFilter{}) {
		var err error
		if filter, err = encode(c.Filter); err != nil {
			return wrap("note a copy", err)
		}
	}
	return wrap("note a copy", s.write(ctx, func(ctx context.Context, t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM copies WHERE place = ?1 AND place <> '-'`, c.Place); err != nil {
			return err
		}
		_, err := t.exec(ctx, `INSERT INTO copies (at, what, format, place, filter, rows) VALUES (?1, ?2, ?3, ?4, ?5, ?6)`,
			s.orNow(c.At), string(c.What), c.Format, c.Place, filter, c.Rows)
		return err
	}))
}

// DropCopy forgets a file that is deleted.
func (s *Store) DropCopy(ctx context.Context, place string) error {
	_, err := s.exec(ctx, `DELETE FROM copies WHERE place = ?1`, place)
	return wrap("forget a copy", err)
}

// Copies lists the files that were made of the store, the oldest first.
func (s *Store) Copies(ctx context.Context) ([]Copy, error) {
	return listCopies(ctx, s.reader(ctx))
}

func listCopies(ctx context.Context, c conn) ([]Copy, error) {
	out, err := list(ctx, c, func(row scanner) (c Copy, err error) {
		var when int64
		var filter string
		if err := row.Scan(&c.ID, &when, &c.What, &c.Format, &c.Place, &filter, &c.Rows); err != nil {
			return c, err
		}
		c.At = at(when)
		return c, decode(filter, &c.Filter)
	}, `SELECT id, at, what, format, place, filter, rows FROM copies ORDER BY id`)
	return out, wrap("list copies", err)
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
