package store

import (
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
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

const postgresBin = "/usr/lib/postgresql/15/bin"

// postgres is a server of the test's own, as an unprivileged user.
type postgres struct {
	t    *testing.T
	dir  string
	port string
	user *user.User // nil when we are unprivileged ourselves
}

// startPostgres starts a server, which the end of the test stops. Its port is
// only a name: it listens on a socket in a folder of its own.
func startPostgres(t *testing.T) *postgres {
	t.Helper()
	if _, err := os.Stat(filepath.Join(postgresBin, "initdb")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL 15 is needed here: apt-get install postgresql-15")
		}
		t.Skip("PostgreSQL 15 is not installed; its migrations are run in CI")
	}
	dir, err := os.MkdirTemp("", "earshot-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	p := &postgres{t: t, dir: dir, port: "54321"}
	if os.Geteuid() == 0 { // which initdb refuses
		if p.user, err = user.Lookup("postgres"); err != nil {
			t.Fatal(err)
		}
		uid, _ := strconv.Atoi(p.user.Uid)
		gid, _ := strconv.Atoi(p.user.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	data := filepath.Join(dir, "data")
	p.run("", "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8")
	p.run("", "pg_ctl", "-w", "-D", data, "-l", filepath.Join(dir, "log"), "-o",
		"-c listen_addresses='' -c port="+p.port+" -c unix_socket_directories="+dir+" -c fsync=off", "start")
	t.Cleanup(func() { p.run("", "pg_ctl", "-w", "-m", "immediate", "-D", data, "stop") })
	return p
}

// run runs one of PostgreSQL's programs and gives what it says.
func (p *postgres) run(stdin, program string, args ...string) string {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(postgresBin, program), args...)
	cmd.Dir, cmd.Stdin = p.dir, strings.NewReader(stdin)
	if p.user != nil {
		uid, _ := strconv.ParseUint(p.user.Uid, 10, 32)
		gid, _ := strconv.ParseUint(p.user.Gid, 10, 32)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	out, err := cmd.Output()
	if err != nil {
		said := ""
		if e, ok := err.(*exec.ExitError); ok {
			said = string(e.Stderr)
		}
		p.t.Fatalf("%s: %v\n%s", program, err, said)
	}
	return string(out)
}

// sql runs statements and gives the rows, columns parted by "|".
func (p *postgres) sql(text string) []string {
	p.t.Helper()
	out := p.run(text, "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", p.dir, "-p", p.port, "-U", "postgres")
	return strings.Split(strings.TrimSpace(out), "\n")
}

// PostgreSQL takes our migrations, has the same tables afterwards, and finds
// words as SQLite does.
func TestPostgresMigrations(t *testing.T) {
	p := startPostgres(t)
	texts := migrationTexts(t, "postgres")
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		p.sql(texts[name])
	}
	want, _ := readTables(t, "postgres")
	got := tables{}
	for _, row := range p.sql(`SELECT table_name, column_name, upper(data_type), is_nullable FROM information_schema.columns
WHERE table_schema = 'public' AND column_name <> 'search'`) {
		f := strings.Split(row, "|")
		if got[f[0]] == nil {
			got[f[0]] = map[string]column{}
		}
		got[f[0]][f[1]] = column{logicalTypes()[f[2]], f[3] == "NO"}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if got := p.sql(`SELECT to_tsvector('simple', 'The Update broke it') @@ to_tsquery('simple', '''update'' & ''bro'':*')`); got[0] != "t" {
		t.Fatalf("search: %v", got)
	}
}
