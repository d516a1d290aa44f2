// Package storetest gives tests a PostgreSQL server of their own: one for each
// test binary, started when the first test asks for it and gone when the
// process is, however it ends.
package storetest

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
)

// folder is where Debian's postgresql-15 puts its programs.
const folder = "/usr/lib/postgresql/15/bin"

// Server is a running server. Any user of this machine may come in from this
// machine, without a password.
type Server struct {
	port      int
	held      *os.File // open as long as this process
	databases atomic.Int64
	filling   sync.Once
	filled    error
}

// shared is the server of this process.
var shared = sync.OnceValues(start)

// Postgres gives the server of this test binary. Without PostgreSQL's programs
// the test is skipped, and fails where CI is "true".
func Postgres(t testing.TB) *Server {
	t.Helper()
	if _, err := os.Stat(filepath.Join(folder, "initdb")); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("PostgreSQL 15 is needed here: apt-get install postgresql-15")
		}
		t.Skip("PostgreSQL 15 is not installed (apt-get install postgresql-15); CI runs this")
	}
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Empty makes an empty database, which the end of the test drops, and gives its
// URL.
func (s *Server) Empty(t testing.TB) string {
	t.Helper()
	return s.create(t, "template0")
}

// Filled makes a database like the one that fill fills the first time.
func (s *Server) Filled(t testing.TB, fill func(url string) error) string {
	t.Helper()
	s.filling.Do(func() {
		if s.filled = s.Do(`CREATE DATABASE filled TEMPLATE template0 ENCODING 'UTF8'`); s.filled == nil {
			s.filled = fill(s.url("filled"))
		}
	})
	if s.filled != nil {
		t.Fatal(s.filled)
	}
	return s.create(t, "filled")
}

func (s *Server) create(t testing.TB, template string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if err := s.Do(`CREATE DATABASE ` + name + ` TEMPLATE ` + template + ` ENCODING 'UTF8'`); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Do(`DROP DATABASE ` + name + ` WITH (FORCE)`); err != nil {
			t.Error(err)
		}
	})
	return s.url(name)
}

// Do runs a statement as the server's owner, in its own database.
func (s *Server) Do(statement string) error {
	ctx := context.Background()
	c, err := pgx.Connect(ctx, s.url("postgres"))
	if err != nil {
		return err
	}
	defer c.Close(ctx) //nolint:errcheck // it only ends
	if _, err := c.Exec(ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", statement, err)
	}
	return nil
}

// Port is where it listens on 127.0.0.1.
func (s *Server) Port() int { return s.port }

func (s *Server) url(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), Path: database, RawQuery: "sslmode=disable"}
	return u.String()
}

// start makes a server in a folder of its own. A shell looks after it: when the
// pipe that only this process holds is closed, it stops the server and removes
// the folder.
func start() (*Server, error) {
	dir, err := os.MkdirTemp("", "earshot-pg")
	if err != nil {
		return nil, err
	}
	attr, err := owner(dir)
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	script := fmt.Sprintf(`set -e
PATH=%s:$PATH; cd %s
initdb -D data -A trust -U postgres --no-sync -E UTF8 --locale=C >initdb.log
pg_ctl -w -s -D data -l log -o "-c listen_addresses=127.0.0.1 -c port=%d -c unix_socket_directories=%s -c fsync=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c autovacuum=off -c jit=off -c max_wal_size=2GB" start
echo up
set +e; read x
pg_ctl -s -m immediate -D data stop
cd /; rm -rf %s`, folder, dir, port, dir, dir)
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	said, says, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", script)
	cmd.SysProcAttr, cmd.Stdin, cmd.Stdout, cmd.Stderr = attr, ours, says, os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	_, _ = ours.Close(), says.Close()
	hello := make([]byte, 2)
	if _, err := io.ReadFull(said, hello); err != nil {
		return nil, fmt.Errorf("PostgreSQL did not start: see %s: %w", dir, err)
	}
	return &Server{port: port, held: theirs}, nil
}

// owner gives a folder to the user postgres where this process is root's, as
// whom initdb refuses to run.
func owner(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the tests: the shell sees their end
	if os.Geteuid() != 0 {
		return attr, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return attr, os.Chown(dir, uid, gid)
}

func freePort() (int, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
