package store

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// column is what the two dialects must agree on.
type column struct {
	Type    string // integer, text, real or blob
	NotNull bool
}

type tables map[string]map[string]column

// logicalTypes says which types of the dialects mean the same.
func logicalTypes() map[string]string {
	return map[string]string{
		"INTEGER": "integer", "BIGINT": "integer", "TEXT": "text", "REAL": "real", "DOUBLE PRECISION": "real", "BLOB": "blob", "BYTEA": "blob",
	}
}

// readTables reads CREATE TABLE statements, as our migrations write them: a
// column a line; and ALTER TABLE … ADD COLUMN, a statement a line.
func readTables(t *testing.T, dialect string) (tables, []string) {
	t.Helper()
	create := regexp.MustCompile(`(?ms)^CREATE TABLE (\w+) \((.*?)^\)`)
	line := regexp.MustCompile(`^\s+([a-z_]+)\s+(INTEGER|BIGINT|TEXT|REAL|DOUBLE PRECISION|BLOB|BYTEA)\b(.*)$`)
	out := tables{}
	var files []string
	for name, text := range migrationTexts(t, dialect) {
		files = append(files, name)
		for _, m := range create.FindAllStringSubmatch(text, -1) {
			columns := map[string]column{}
			for _, l := range strings.Split(strings.Trim(m[2], "\n"), "\n") {
				c := line.FindStringSubmatch(l)
				if c == nil {
					if !regexp.MustCompile(`^\s+(PRIMARY KEY|UNIQUE) `).MatchString(l) {
						t.Errorf("%s: cannot read %q", name, l)
					}
					continue
				}
				columns[c[1]] = column{logicalTypes()[c[2]], strings.Contains(c[3], "NOT NULL") || strings.Contains(c[3], "PRIMARY KEY")}
			}
			out[m[1]] = columns
		}
	}
	addColumns(t, dialect, out)
	slices.Sort(files)
	return out, files
}

// addColumns reads the columns that later migrations added.
func addColumns(t *testing.T, dialect string, out tables) {
	t.Helper()
	added := regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN ([a-z_]+) (INTEGER|BIGINT|TEXT|REAL|DOUBLE PRECISION|BLOB|BYTEA)\b(.*);$`)
	for name, text := range migrationTexts(t, dialect) {
		for _, m := range added.FindAllStringSubmatch(text, -1) {
			if out[m[1]] == nil {
				t.Fatalf("%s: adds a column to %s, which is no table", name, m[1])
			}
			out[m[1]][m[2]] = column{logicalTypes()[m[3]], strings.Contains(m[4], "NOT NULL")}
		}
	}
}

func migrationTexts(t *testing.T, dialect string) map[string]string {
	t.Helper()
	out := map[string]string{}
	names, err := fs.Glob(migrationFiles, "migrations/"+dialect+"/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		b, err := migrationFiles.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.Base(name)] = string(b)
	}
	return out
}

// The dialects have the same numbers, tables and columns. The search index is
// what differs: a table of its own on one, a column on the other.
func TestDialectsAgree(t *testing.T) {
	sqlite, files := readTables(t, "sqlite")
	postgres, otherFiles := readTables(t, "postgres")
	if d := cmp.Diff(files, otherFiles); d != "" {
		t.Errorf("files (-sqlite +postgres): %s", d)
	}
	if d := cmp.Diff(sqlite, postgres); d != "" {
		t.Errorf("tables (-sqlite +postgres): %s", d)
	}
	if len(sqlite) < 20 || sqlite["mentions"]["prob_negative"] != (column{"real", true}) {
		t.Fatalf("the reader is blind: %d tables", len(sqlite))
	}
	last := ""
	for _, name := range files {
		number, _, _ := strings.Cut(name, "_")
		if len(number) != 4 || number <= last {
			t.Errorf("%s has not a number of its own, after %s", name, last)
		}
		last = number
	}
}

// The tables that SQLite made are those that the reader above reads.
func TestTablesAsRead(t *testing.T) {
	s := open(t)
	want, _ := readTables(t, "sqlite")
	got := tables{}
	for name := range want {
		type info struct {
			name, kind string
			notNull    bool
			key        int
		}
		rows := must(list(t.Context(), s.r, func(row scanner) (c info, err error) {
			return c, row.Scan(&c.name, &c.kind, &c.notNull, &c.key)
		}, `SELECT name, type, "notnull", pk FROM pragma_table_info(?1)`, name))(t)
		got[name] = map[string]column{}
		for _, c := range rows {
			got[name][c.name] = column{logicalTypes()[c.kind], c.notNull || c.key > 0}
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

// A second start changes nothing, and does not read whole tables.
func TestOpenAgain(t *testing.T) {
	s := open(t)
	save(t, s, said("1", "ann", "hello"))
	before := count(t, s, `SELECT count(*) FROM goose_db_version`)
	again := open(t, func(o *Options) { o.Path = s.path })
	if after := count(t, again, `SELECT count(*) FROM goose_db_version`); after != before {
		t.Fatalf("%d rows, before %d", after, before)
	}
}

// PostgreSQL has the tables that its migrations say.
func TestTablesOfPostgres(t *testing.T) {
	s := openOnPostgres(t)
	want, _ := readTables(t, "postgres")
	type info struct{ table, name, kind, null string }
	rows := must(list(t.Context(), s.reader(t.Context()), func(row scanner) (c info, err error) {
		return c, row.Scan(&c.table, &c.name, &c.kind, &c.null)
	}, `SELECT table_name, column_name, upper(data_type), is_nullable FROM information_schema.columns
WHERE table_schema = current_schema() AND column_name <> 'search'`))(t)
	got := tables{}
	for _, c := range rows {
		if want[c.table] == nil { // River's and goose's
			continue
		}
		if got[c.table] == nil {
			got[c.table] = map[string]column{}
		}
		got[c.table][c.name] = column{logicalTypes()[c.kind], c.null == "NO"}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}
