package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Dialect is a kind of database.
type Dialect string

// The dialects.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// ErrURL is returned, wrapped, for an address that is none. Its text repeats
// nothing of the address, which may hold a password.
var ErrURL = errors.New("the database's address cannot be read")

// DB is an open database. It is safe for concurrent use.
type DB struct {
	*sql.DB
	Dialect Dialect
	// Place says where the database is without login or password: the path of an
	// SQLite file, or the host and name of a PostgreSQL database.
	Place string
}

// Open opens the database at an address and sees that it answers:
// "sqlite:PATH", a file that is made with mode 0600 when missing, or
// "postgres://USER:PASSWORD@HOST:PORT/DATABASE" with libpq's parameters
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING).
// It does not wait for a server that is not there yet and makes no tables:
// Migrate does. No error holds the password.
//
// Transactions that may write take SQLite's one write lock when they begin: a
// transaction that only reads is to be begun with sql.TxOptions.ReadOnly.
func Open(ctx context.Context, address string) (*DB, error) {
	scheme, rest, _ := strings.Cut(address, ":")
	var db *DB
	var err error
	switch scheme {
	case "sqlite":
		db, err = openSQLite(strings.TrimPrefix(rest, "//"))
	case "postgres", "postgresql":
		db, err = openPostgres(address)
	default:
		err = fmt.Errorf("%w: write sqlite:PATH or postgres://USER:PASSWORD@HOST:5432/DATABASE", ErrURL)
	}
	if err != nil {
		return nil, err
	}
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open the database %s: %w", db.Place, err)
	}
	return db, nil
}

// SQLitePath returns the absolute path of the file that an address names, false
// when the address is not of an SQLite file.
func SQLitePath(address string) (string, bool) {
	rest, ok := strings.CutPrefix(address, "sqlite:")
	if !ok {
		return "", false
	}
	path, err := filepath.Abs(strings.TrimPrefix(rest, "//"))
	return path, err == nil
}

// sqlitePool bounds SQLite's connections: one writes, the others read.
const sqlitePool = 8

func openSQLite(path string) (*DB, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, fmt.Errorf("%w: write sqlite: and the path of a file", ErrURL)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := touch(path); err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	query := url.Values{
		"_txlock": {"immediate"},
		// What is deleted is overwritten (https://www.sqlite.org/pragma.html#pragma_secure_delete):
		// an erased person must not stay in the file.
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(wal)", "foreign_keys(1)", "synchronous(full)", "secure_delete(1)",
		},
	}
	// The path goes into a URI, in which ? % and # have a meaning
	// (https://www.sqlite.org/uri.html).
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	db.SetMaxOpenConns(sqlitePool)
	db.SetMaxIdleConns(sqlitePool)
	return &DB{DB: db, Dialect: SQLite, Place: path}, nil
}

// touch makes the file, and one that exists too, readable by its owner only. SQLite gives the files beside
// it, -wal and -shm, the same mode.
func touch(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return MakePrivate(path)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

// The bounds of PostgreSQL's pool, for each process. Its default is 100
// connections for all clients together.
const (
	postgresPool     = 10
	postgresIdle     = 4
	postgresIdleTime = 5 * time.Minute
	// postgresLifetime lets connections move to another server behind a name.
	postgresLifetime = 30 * time.Minute
	postgresConnect  = 10 * time.Second
)

func openPostgres(address string) (*DB, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// The library redacts passwords as well as it can, and says itself that
		// it cannot always: nothing of its text is kept.
		return nil, fmt.Errorf("%w: write postgres://USER:PASSWORD@HOST:5432/DATABASE, with special characters of the password as %%XX", ErrURL)
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = postgresConnect
	}
	if _, set := config.RuntimeParams["application_name"]; !set {
		config.RuntimeParams["application_name"] = "figgosync"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresPool)
	db.SetMaxIdleConns(postgresIdle)
	db.SetConnMaxIdleTime(postgresIdleTime)
	db.SetConnMaxLifetime(postgresLifetime)
	return &DB{DB: db, Dialect: Postgres, Place: config.Database + " on " + config.Host}, nil
}

// Micros is a moment as both databases keep it: microseconds since 1970 UTC.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// Time reads what Micros wrote, in UTC.
func Time(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
