package database

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Files are migrations/DIALECT/000N_SUBJECT.sql, in goose's format
// (https://pressly.github.io/goose/documentation/annotations/).
//
//go:embed migrations
var migrations embed.FS

// ErrNewer is returned, wrapped, where a newer figgosync made the tables: this
// one does not know them and must not touch them.
var ErrNewer = errors.New("the database belongs to a newer figgosync: run that version, or restore a backup from before the update")

// lockTries bounds the wait, in seconds, for another process that migrates.
const lockTries = 300

// Migrate brings the tables to this version, which several processes may do at
// once, and does nothing where they are. It returns ErrNewer, wrapped, for tables
// of a newer version.
func (d *DB) Migrate(ctx context.Context) error {
	// SQLite has no lock over a whole migration: who comes second fails to make
	// what is there already, and finds nothing left to do.
	for try := 0; ; try++ {
		err := d.up(ctx)
		if err == nil || errors.Is(err, ErrNewer) || d.Dialect == Postgres || try == 5 || ctx.Err() != nil {
			return err
		}
		if pending, perr := d.Pending(ctx); perr == nil && pending == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (d *DB) up(ctx context.Context) error {
	provider, err := d.provider()
	if err != nil {
		return err
	}
	if _, err := d.pending(ctx, provider); err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// Pending counts the migrations that Migrate would apply. It returns ErrNewer,
// wrapped, for tables of a newer version.
func (d *DB) Pending(ctx context.Context) (int, error) {
	provider, err := d.provider()
	if err != nil {
		return 0, err
	}
	return d.pending(ctx, provider)
}

func (d *DB) pending(ctx context.Context, provider *goose.Provider) (int, error) {
	current, target, err := provider.GetVersions(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the version of the database: %w", err)
	}
	if current > target {
		return 0, fmt.Errorf("version %d, known up to %d: %w", current, target, ErrNewer)
	}
	count := 0
	for _, source := range provider.ListSources() {
		if source.Version > current {
			count++
		}
	}
	return count, nil
}

func (d *DB) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations/"+string(d.Dialect))
	if err != nil {
		return nil, fmt.Errorf("read the migrations: %w", err)
	}
	options := []goose.ProviderOption{goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true),
		goose.WithTableName("figgosync_migrations")}
	dialect := goose.DialectSQLite3
	if d.Dialect == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, lockTries))
		if err != nil {
			return nil, fmt.Errorf("prepare the migrations: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	provider, err := goose.NewProvider(dialect, d.DB, files, options...)
	if err != nil {
		return nil, fmt.Errorf("prepare the migrations: %w", err)
	}
	return provider, nil
}
