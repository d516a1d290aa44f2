package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"math"
	"slices"
	"strconv"
	"strings"
)

// shelf is what is copied of one table, the same on both engines.
type shelf struct {
	name    string
	columns []shelfColumn
	key     []int // places of the primary key's columns
	jobs    bool  // the queue's table, which each engine keeps in its own way
}

// shelfColumn is a column and what it holds, whatever an engine calls it.
type shelfColumn struct {
	name  string
	holds holding
}

// holding is what a column holds.
type holding byte

const (
	holdsInteger holding = 'i'
	holdsReal    holding = 'r'
	holdsText    holding = 't'
	holdsBytes   holding = 'b'
)

// holdingOf reads a type of our SQLite tables (sqlite.org/datatype3.html, 3.1).
func holdingOf(declared string) holding {
	switch up := strings.ToUpper(declared); {
	case strings.Contains(up, "INT"):
		return holdsInteger
	case strings.Contains(up, "TEXT"):
		return holdsText
	case strings.Contains(up, "BLOB"):
		return holdsBytes
	}
	return holdsReal
}

// shelves are the tables of a SQLite store that are copied, each after those
// that it refers to, and the queue last. What belongs to an engine (its search
// index, the numbers of migrations) and what says how far a copy is stay out.
func shelves(ctx context.Context, c conn) ([]shelf, error) {
	names, err := list(ctx, c, scanText, `
SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' AND name NOT LIKE 'river\_%' ESCAPE '\'
  AND name NOT LIKE 'mentions\_search%' ESCAPE '\' AND name NOT IN ('goose_db_version', 'moves', 'moved_tables', 'purges') ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list the tables: %w", err)
	}
	needs := map[string][]string{}
	for _, name := range names {
		needs[name], err = list(ctx, c, scanText, `SELECT DISTINCT "table" FROM pragma_foreign_key_list(?1) WHERE "table" <> ?1`, name)
		if err != nil {
			return nil, fmt.Errorf("read what %s refers to: %w", name, err)
		}
	}
	var out []shelf
	for _, name := range inOrder(names, needs) {
		s, err := readShelf(ctx, c, name)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return append(out, jobShelf()), nil
}

// inOrder sorts names so that each stands after those that it needs.
func inOrder(names []string, needs map[string][]string) []string {
	var out []string
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, n := range needs[name] {
			visit(n)
		}
		out = append(out, name)
	}
	for _, name := range names {
		visit(name)
	}
	return out
}

func readShelf(ctx context.Context, c conn, name string) (shelf, error) {
	type column struct {
		name, kind string
		key        int
	}
	columns, err := list(ctx, c, func(row scanner) (c column, err error) { return c, row.Scan(&c.name, &c.kind, &c.key) },
		`SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid`, name)
	if err != nil {
		return shelf{}, fmt.Errorf("read the columns of %s: %w", name, err)
	}
	s := shelf{name: name}
	for i, col := range columns {
		s.columns = append(s.columns, shelfColumn{col.name, holdingOf(col.kind)})
		if col.key > 0 {
			s.key = append(s.key, i)
		}
	}
	slices.SortFunc(s.key, func(a, b int) int { return cmp.Compare(columns[a].key, columns[b].key) })
	if len(s.key) == 0 {
		return s, fmt.Errorf("the table %s has no primary key", name)
	}
	return s, nil
}

// names are the names of the columns.
func (s shelf) names() []string {
	out := make([]string, len(s.columns))
	for i, c := range s.columns {
		out[i] = c.name
	}
	return out
}

// keyNames are the names of the primary key's columns.
func (s shelf) keyNames() []string {
	out := make([]string, len(s.key))
	for i, k := range s.key {
		out[i] = s.columns[k].name
	}
	return out
}

// page reads the statement for the rows behind a key, or for the first ones; the
// arguments are the key's values.
func (s shelf) page(d *dialect, first bool) string {
	if s.jobs {
		return jobPage(d, first)
	}
	key := strings.Join(s.keyNames(), ", ")
	where := ""
	if !first {
		marks := make([]string, len(s.key))
		for i := range marks {
			marks[i] = "?" + strconv.Itoa(i+1)
		}
		where = fmt.Sprintf(" WHERE (%s) > (%s)", key, strings.Join(marks, ", "))
	}
	return fmt.Sprintf("SELECT %s FROM %s%s ORDER BY %s", strings.Join(s.names(), ", "), s.name, where, key)
}

const (
	pageRows  = 2000    // rows that are copied in one transaction at most
	pageBytes = 4 << 20 // and about as many bytes
)

// pageOf reads the next rows of a shelf, as they are stored.
func (s shelf) pageOf(ctx context.Context, c conn, d *dialect, after []any) ([][]any, error) {
	rows, err := c.QueryContext(ctx, s.page(d, after == nil)+` LIMIT `+strconv.Itoa(pageRows), after...)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", s.name, err)
	}
	defer rows.Close()
	var out [][]any
	for size := 0; size < pageBytes && rows.Next(); {
		row, err := s.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", s.name, err)
		}
		out = append(out, row)
		for _, v := range row {
			switch v := v.(type) {
			case string:
				size += len(v)
			case []byte:
				size += len(v)
			}
		}
	}
	return out, rows.Err()
}

func (s shelf) scan(rows *sql.Rows) ([]any, error) {
	row, dest := make([]any, len(s.columns)), make([]any, len(s.columns))
	for i := range row {
		dest[i] = &row[i]
	}
	return row, rows.Scan(dest...)
}

// keyOf is the key of a row.
func (s shelf) keyOf(row []any) []any {
	out := make([]any, len(s.key))
	for i, k := range s.key {
		out[i] = row[k]
	}
	return out
}

// nameOf is the key of a row for people.
func (s shelf) nameOf(row []any) string {
	var out []string
	for _, k := range s.key {
		out = append(out, fmt.Sprintf("%s %s", s.columns[k].name, said50(row[k])))
	}
	return strings.Join(out, ", ")
}

// said50 is a value of a key for people, cut where it is long.
func said50(v any) string {
	text, ok := v.(string)
	if !ok {
		return fmt.Sprint(v)
	}
	quoted := strconv.Quote(text)
	if len(quoted) > 50 {
		return strings.ToValidUTF8(quoted[:50], "") + "…"
	}
	return quoted
}

// settle makes the values of a row what both engines keep alike. changed names
// the columns whose text could not stay as it was.
func (s shelf) settle(row []any) (changed []string, err error) {
	if s.jobs {
		if err := settleJob(row); err != nil {
			return nil, err
		}
	}
	for i, c := range s.columns {
		v, ok := c.holds.value(row[i])
		if !ok {
			return nil, fmt.Errorf("%s holds %T", c.name, row[i])
		}
		if text, is := v.(string); is && !storable(text) {
			v, changed = cleanText(text), append(changed, c.name)
		}
		row[i] = v
	}
	return changed, nil
}

// value is a value as the kind of column keeps it; ok is false where the value
// is of another kind. SQLite keeps whatever was written (sqlite.org/flextypegood.html).
func (h holding) value(v any) (out any, ok bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case int64:
		if h == holdsReal {
			return float64(v), true
		}
		return v, h == holdsInteger
	case float64:
		if h == holdsInteger && v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), true
		}
		return v, h == holdsReal
	case string:
		if h == holdsBytes {
			return []byte(v), true
		}
		return v, h == holdsText
	case []byte:
		if h == holdsText {
			return string(v), true
		}
		return v, h == holdsBytes
	}
	return v, false
}

// tally counts rows and adds their hashes up: it is the same for the same rows
// in whatever order they are read.
type tally struct {
	rows int64
	sum  [4]uint64
	hash hash.Hash
}

func newTally() *tally { return &tally{hash: sha256.New()} }

// add counts a row that was settled: SHA-256 over each value with its kind and
// length, of which four numbers are added up.
func (t *tally) add(row []any) {
	t.hash.Reset()
	for _, v := range row {
		addValue(t.hash, v)
	}
	sum := t.hash.Sum(nil)
	for i := range t.sum {
		t.sum[i] += binary.BigEndian.Uint64(sum[8*i:])
	}
	t.rows++
}

func addValue(h hash.Hash, v any) {
	var head [9]byte
	var body []byte
	switch v := v.(type) {
	case nil:
		head[0] = 'n'
	case int64:
		head[0] = byte(holdsInteger)
		binary.BigEndian.PutUint64(head[1:], uint64(v))
	case float64:
		head[0] = byte(holdsReal)
		binary.BigEndian.PutUint64(head[1:], math.Float64bits(v))
	case string:
		head[0], body = byte(holdsText), []byte(v)
		binary.BigEndian.PutUint64(head[1:], uint64(len(body)))
	case []byte:
		head[0], body = byte(holdsBytes), v
		binary.BigEndian.PutUint64(head[1:], uint64(len(body)))
	}
	_, _ = h.Write(head[:]) // a hash takes everything
	_, _ = h.Write(body)
}

// String is the sum in hex.
func (t *tally) String() string {
	var b []byte
	for _, n := range t.sum {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return hex.EncodeToString(b)
}

// keyPart is a value of a key as it is kept between two runs: the bytes of a
// text, which need not be valid UTF-8.
type keyPart struct {
	Int  int64  `json:"int,omitempty"`
	Text string `json:"text,omitempty"` // base64
	Is   string `json:"is"`             // int or text
}

// encodeKey keeps the key of a row as it is stored.
func encodeKey(key []any) (string, error) {
	parts := make([]keyPart, len(key))
	for i, v := range key {
		switch v := v.(type) {
		case int64:
			parts[i] = keyPart{Is: "int", Int: v}
		case string:
			parts[i] = keyPart{Is: "text", Text: base64.StdEncoding.EncodeToString([]byte(v))}
		default:
			return "", fmt.Errorf("a key holds %T", v)
		}
	}
	b, err := json.Marshal(parts)
	return string(b), err
}

// decodeKey reads what encodeKey wrote; nil for nothing.
func decodeKey(s string) ([]any, error) {
	if s == "" {
		return nil, nil
	}
	var parts []keyPart
	if err := json.Unmarshal([]byte(s), &parts); err != nil {
		return nil, fmt.Errorf("read how far the copy is: %w", err)
	}
	out := make([]any, len(parts))
	for i, p := range parts {
		switch p.Is {
		case "int":
			out[i] = p.Int
		case "text":
			b, err := base64.StdEncoding.DecodeString(p.Text)
			if err != nil {
				return nil, fmt.Errorf("read how far the copy is: %w", err)
			}
			out[i] = string(b)
		default:
			return nil, errors.New("read how far the copy is: a key of no kind")
		}
	}
	return out, nil
}
