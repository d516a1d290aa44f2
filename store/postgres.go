package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"earshot/bot"
)

const (
	// oldestServer is the oldest PostgreSQL that is tested with what is used
	// here (server_version_num).
	oldestServer = 140000
	// connectWait is how long a connection may take to come about.
	connectWait = 10 * time.Second
	// queueConns is how many connections River has: its listener, its leader,
	// its fetchers and its completer.
	queueConns = 6
)

// settings are what every connection of ours asks of the server. One that is
// dead, or stopped in the middle of a transaction, must not keep the others
// from writing for long.
func settings() map[string]string {
	return map[string]string{
		"application_name":                    "earshot",
		"idle_in_transaction_session_timeout": "30s",
		"tcp_keepalives_idle":                 "5",
		"tcp_keepalives_interval":             "2",
		"tcp_keepalives_count":                "3",
		"client_min_messages":                 "warning",
		"timezone":                            "UTC",
	}
}

// postgresServer is a database on a PostgreSQL server, as a URL names it.
type postgresServer struct {
	config *pgxpool.Config
	where  string // for people, without the password
}

// parsePostgres reads a URL. What is wrong with it is told without the URL,
// which may hold a password.
func parsePostgres(url bot.Secret) (*postgresServer, error) {
	config, err := pgxpool.ParseConfig(url.Reveal())
	if err != nil {
		return nil, bot.Errorf(bot.ErrInvalid, "database.url cannot be read. It looks like this: postgres://user:password@host:5432/database?sslmode=require (signs like @ or / in a password are written %%40, %%2F).")
	}
	for name, value := range settings() {
		if _, set := config.ConnConfig.RuntimeParams[name]; !set {
			config.ConnConfig.RuntimeParams[name] = value
		}
	}
	if config.ConnConfig.ConnectTimeout == 0 || config.ConnConfig.ConnectTimeout > connectWait {
		config.ConnConfig.ConnectTimeout = connectWait
	}
	config.ConnConfig.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	config.MaxConns, config.MinConns = queueConns, 0
	c := config.ConnConfig
	return &postgresServer{config, "“" + c.Database + "” on " + net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port)))}, nil
}

// pool is a pool of connections for our SQL; a reader's refuse to write.
func (p *postgresServer) pool(most int, reads bool) *sql.DB {
	c := p.config.ConnConfig.Copy()
	if reads {
		c.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db
}

// check connects, and tells a server that cannot be used in words that say
// what to do.
func (p *postgresServer) check(ctx context.Context, db *sql.DB) error {
	type server struct {
		version  int
		encoding string
		mayMake  bool
		replica  bool
	}
	s, _, err := one(ctx, db, func(row scanner) (s server, err error) {
		return s, row.Scan(&s.version, &s.encoding, &s.mayMake, &s.replica)
	}, `
SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
  coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), pg_is_in_recovery()`)
	switch {
	case err != nil:
		return p.cannot(err)
	case s.version < oldestServer:
		return bot.Errorf(bot.ErrUnsupported, "The PostgreSQL server of %s is too old (%d). Earshot needs PostgreSQL %d or newer.", p.where, s.version/10000, oldestServer/10000)
	case s.encoding != "UTF8":
		return bot.Errorf(bot.ErrInvalid, "The database %s is encoded in %s. Make one in UTF-8: CREATE DATABASE earshot ENCODING 'UTF8' TEMPLATE template0.", p.where, s.encoding)
	case s.replica:
		return bot.Errorf(bot.ErrInvalid, "The database %s is a read-only standby. Name the primary server in database.url.", p.where)
	case !s.mayMake:
		return bot.Errorf(bot.ErrInvalid, "This user may not make tables in the database %s. As its owner: GRANT CREATE, USAGE ON SCHEMA public TO %s.", p.where, pgx.Identifier{p.config.ConnConfig.User}.Sanitize())
	}
	return nil
}

// The codes of PostgreSQL's errors that people can mend
// (postgresql.org/docs/current/errcodes-appendix.html).
const (
	codeWrongPassword = "28P01"
	codeNotAllowed    = "28000"
	codeNoDatabase    = "3D000"
	codeNoPrivilege   = "42501"
	codeTooMany       = "53300"
	codeNoTable       = "42P01"
)

// cannot tells why a database cannot be opened. The text of a connection error
// has no password in it (pgconn.ConnectError).
func (p *postgresServer) cannot(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	user := p.config.ConnConfig.User
	msg := "The database " + p.where + " cannot be opened."
	var refused *pgconn.PgError
	var unreachable *pgconn.ConnectError
	switch {
	case errors.As(err, &refused):
		switch refused.Code {
		case codeWrongPassword:
			msg = "The database " + p.where + " refuses the password of “" + user + "”. Put the right one into database.url, or into the variable that it names."
		case codeNotAllowed:
			msg = "The database " + p.where + " does not let “" + user + "” in. Make the user (CREATE ROLE … LOGIN PASSWORD …), and let it in in pg_hba.conf."
		case codeNoDatabase:
			msg = "There is no database " + p.where + ". Make it: CREATE DATABASE " + pgx.Identifier{p.config.ConnConfig.Database}.Sanitize() + " OWNER " + pgx.Identifier{user}.Sanitize() + " ENCODING 'UTF8' TEMPLATE template0."
		case codeNoPrivilege:
			msg = "“" + user + "” may not do what is needed in the database " + p.where + ". Make it the owner: ALTER DATABASE " + pgx.Identifier{p.config.ConnConfig.Database}.Sanitize() + " OWNER TO " + pgx.Identifier{user}.Sanitize() + "."
		case codeTooMany:
			msg = "The server of " + p.where + " has no connection left. Each replica of Earshot takes up to 13: raise max_connections, or stop what else uses it."
		}
	case errors.As(err, &unreachable):
		msg = "The server of " + p.where + " cannot be reached. Is it running, is the address right, and may this machine connect to it?"
	}
	return &bot.Error{Kind: bot.ErrInvalid, Msg: msg, Err: fmt.Errorf("open the database: %w", err)}
}

// cannotRead tells why the tables cannot be read; that there are none yet is
// no fault.
func (p *postgresServer) cannotRead(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == codeNoTable {
		return &bot.Error{Kind: bot.ErrNotFound, Msg: "There is no store in the database " + p.where + " yet. “earshot run” or “earshot import” makes one.", Err: err}
	}
	return p.cannot(err)
}

// openPostgres opens the store on a server.
func (s *Store) openPostgres(ctx context.Context, o Options) error {
	p, err := parsePostgres(o.URL)
	if err != nil {
		return err
	}
	s.server, s.d = p, postgresDialect()
	s.keeper = &keeper{server: p, log: s.log}
	s.r = p.pool(readers, true)
	if !o.ReadOnly {
		if err := s.openPostgresWriter(ctx, p); err != nil {
			return err
		}
	}
	return s.checkTables(ctx, p.where)
}

func (s *Store) openPostgresWriter(ctx context.Context, p *postgresServer) error {
	s.w = p.pool(1, false)
	if err := p.check(ctx, s.w); err != nil {
		return err
	}
	pool, err := pgxpool.NewWithConfig(ctx, p.config.Copy())
	if err != nil {
		return p.cannot(err)
	}
	s.jobs = pool
	if err := migratePostgres(ctx, p, s.w, pool); err != nil {
		return p.cannotMigrate(err)
	}
	s.queue, err = newPostgresQueue(pool, s.log)
	return err
}

// cannotMigrate keeps what is said for people already.
func (p *postgresServer) cannotMigrate(err error) error {
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == codeNoPrivilege {
		return p.cannot(err)
	}
	return err
}
