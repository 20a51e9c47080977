package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/signins"
	"github.com/figgosync/figgosync/internal/settings/stored"
	"github.com/figgosync/figgosync/worker"
)

// DefaultConfig is the settings file that is read where nothing else is chosen.
const DefaultConfig = "figgosync.yaml"

// KeysetName is the settings keyset's file beside an SQLite database.
const KeysetName = "settings-keyset.json"

// DatabaseName is the settings database's file there.
const DatabaseName = "figgosync.db"

// PayloadKeysetName is the payload keyset's file in the data directory of
// figgosync-standalone.
const PayloadKeysetName = "payload-keyset.json"

// databaseWait is how long a database may start after us.
const databaseWait = time.Minute

// SettingsFlags say where the settings are: in a file that is only read, or in a
// database.
type SettingsFlags struct {
	Config      string
	DatabaseURL string
	Keyset      string
	KMS         string
	NoMigrate   bool
	// DefaultURL is the database where no flag says where the settings are and
	// there is no file figgosync.yaml; "" is an error then.
	DefaultURL string
	// DataDir is figgosync-standalone's data directory, for commands beside `up`.
	DataDir string
}

// standaloneData is the data directory of `up` where no flag says otherwise.
const standaloneData = "figgosync-data"

// BindDataDir adds the flag that names the data directory of `up` or `demo`.
func (f *SettingsFlags) BindDataDir(flags *pflag.FlagSet) {
	flags.StringVar(&f.DataDir, "data-dir", "",
		"data `directory` of figgosync-standalone, where its settings and keysets are (default figgosync-data, where there is one)")
}

// useDataDir makes the data directory the place of settings that no other flag
// names. A directory that was named must be one.
func (f *SettingsFlags) useDataDir() error {
	dir := cmp.Or(f.DataDir, standaloneData)
	path := filepath.Join(dir, DatabaseName)
	if _, err := os.Stat(path); err != nil {
		if f.DataDir != "" {
			return fmt.Errorf("--data-dir %s holds no settings of figgosync-standalone (there is no file %s in it)",
				dir, DatabaseName)
		}
		return nil
	}
	f.DataDir, f.DefaultURL = dir, "sqlite:"+path
	return nil
}

// Opened are settings that are open.
type Opened struct {
	Store settings.Store
	// Editor changes Store; nil when the settings come from a file.
	Editor settings.Editor
	// DB is nil when the settings come from a file.
	DB *database.DB

	stored *stored.Store
}

// Close closes the database.
func (o *Opened) Close() {
	if o.DB != nil {
		_ = o.DB.Close()
	}
}

// note adds a line of whoever works at the command line to the audit log, where there
// is one.
func (o *Opened) note(ctx context.Context, action settings.Action, kind settings.Kind,
	fields ...settings.FieldChange) error {
	if o.Editor == nil {
		return nil
	}
	return o.Editor.Note(ctx, settings.Change{By: author(), Action: action, Kind: kind, Fields: fields})
}

// KeepAuditLog removes lines of the audit log that are older than the days, at once
// and then once a day, until ctx ends; 0 days keep all.
func (o *Opened) KeepAuditLog(ctx context.Context, days int, log *slog.Logger) {
	if o.stored == nil || days <= 0 {
		return
	}
	tick := time.NewTicker(24 * time.Hour)
	defer tick.Stop()
	for {
		count, err := o.stored.Shorten(ctx, time.Now().AddDate(0, 0, -days))
		switch {
		case err != nil && ctx.Err() == nil:
			log.Warn("the audit log was not shortened", "error", err)
		case count > 0:
			log.Info("the audit log was shortened", "lines", count)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// BindAuditLog adds the flag that says how long the audit log remembers.
func BindAuditLog(flags *pflag.FlagSet, days *int) {
	flags.IntVar(days, "audit-log-days", 365, "`days` after which lines of the audit log are removed; 0 keeps all")
}

// Bind adds the flags.
func (f *SettingsFlags) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.Config, "config", f.Config,
		"read the settings from this `file`, which the pages cannot change; figgosync.example.yaml explains every key (default figgosync.yaml, where there is one)")
	flags.StringVar(&f.DatabaseURL, "database-url", f.DatabaseURL,
		"`address` of the database that holds the settings: sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")
	flags.StringVar(&f.Keyset, "settings-keyset", f.Keyset,
		"`file` with the keyset that seals secrets in the database, made when missing; the same for all processes (default settings-keyset.json beside an SQLite file)")
	flags.StringVar(&f.KMS, "settings-kms", f.KMS,
		"`address` of the KMS key that encrypts the keyset file: gcp-kms://projects/... or aws-kms://arn:...")
	flags.BoolVar(&f.NoMigrate, "no-migrate", f.NoMigrate,
		"do not bring the database's tables to this version, but refuse older ones")
}

// where tells which file or which database holds the settings.
func (f *SettingsFlags) where() (file, address string, err error) {
	switch {
	case f.Config != "" && f.DatabaseURL != "":
		return "", "", errors.New("both --config and --database-url are given (or FIGGOSYNC_CONFIG, FIGGOSYNC_DATABASE_URL), but settings are in one place: bring the file in with figgosync settings import, then leave --config out")
	case f.Config != "":
		return f.Config, "", nil
	case f.DatabaseURL != "":
		return "", f.DatabaseURL, nil
	}
	if _, err := os.Stat(DefaultConfig); err == nil {
		return DefaultConfig, "", nil
	}
	if f.DefaultURL != "" {
		return "", f.DefaultURL, nil
	}
	return "", "", errors.New("there are no settings: name a database with --database-url, such as sqlite:data/figgosync.db, or a settings file with --config, beginning from figgosync.example.yaml")
}

// Open opens the settings, waiting up to a minute for a database that starts after
// us, and migrates it.
func (f *SettingsFlags) Open(ctx context.Context, allowInsecure bool, log *slog.Logger) (*Opened, error) {
	file, address, err := f.where()
	if err != nil {
		return nil, err
	}
	if file != "" {
		return openFile(file, allowInsecure, log)
	}
	keyset, err := f.keyset(address)
	if err != nil {
		return nil, err
	}
	opened := &Opened{}
	if opened.DB, err = f.openDatabase(ctx, address, log); err != nil {
		return nil, err
	}
	if err := f.openStore(ctx, keyset, opened, allowInsecure, log); err != nil {
		opened.Close()
		return nil, err
	}
	return opened, nil
}

func openFile(path string, allowInsecure bool, log *slog.Logger) (*Opened, error) {
	file, err := settings.Load(path, settings.LoadOptions{AllowInsecureEndpoints: allowInsecure})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no settings file %s: name one with --config, beginning from figgosync.example.yaml", path)
	}
	if err != nil {
		return nil, err
	}
	for _, warning := range file.Warnings() {
		log.Warn(warning)
	}
	return &Opened{Store: file}, nil
}

// openDatabase opens and migrates the database.
func (f *SettingsFlags) openDatabase(ctx context.Context, address string, log *slog.Logger) (*database.DB, error) {
	db, err := dialDatabase(ctx, address, log)
	if err != nil {
		return nil, err
	}
	if !f.NoMigrate {
		err = db.Migrate(ctx)
	} else if pending, perr := db.Pending(ctx); perr != nil {
		err = perr
	} else if pending > 0 {
		err = fmt.Errorf("the database %s is %d migrations behind: run figgosync settings migrate", db.Place, pending)
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// dialDatabase waits for a server that is not there yet.
func dialDatabase(ctx context.Context, address string, log *slog.Logger) (*database.DB, error) {
	for deadline := time.Now().Add(databaseWait); ; {
		db, err := database.Open(ctx, address)
		_, isFile := database.SQLitePath(address)
		if err == nil || isFile || errors.Is(err, database.ErrURL) || time.Now().After(deadline) || ctx.Err() != nil {
			return db, err
		}
		log.Warn("waiting for the database", "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// keyset is the path of the keyset file.
func (f *SettingsFlags) keyset(address string) (string, error) {
	if f.Keyset != "" {
		return f.Keyset, nil
	}
	if path, ok := database.SQLitePath(address); ok {
		return filepath.Join(filepath.Dir(path), KeysetName), nil
	}
	return "", errors.New("--settings-keyset is missing: with PostgreSQL name the file of the keyset that seals secrets, the same for all processes")
}

// openStore opens the store of the settings in a database.
func (f *SettingsFlags) openStore(ctx context.Context, keyset string, opened *Opened, allowInsecure bool,
	log *slog.Logger) error {
	seal, err := stored.OpenSeal(ctx, opened.DB, keyset, f.KMS)
	if err != nil {
		return err
	}
	opened.stored, err = stored.Open(ctx, opened.DB, seal,
		stored.Options{AllowInsecureEndpoints: allowInsecure, Log: log})
	if err != nil {
		return err
	}
	opened.Store, opened.Editor = opened.stored, opened.stored
	return nil
}

// SignIns is what processes that use the same database learn of the credentials of
// connections, nil without one.
func (o *Opened) SignIns() worker.SignIns {
	if o.DB == nil {
		return nil
	}
	return signins.Open(o.DB, o.stored)
}

// Journals are what all processes tell each other besides settings: how fast
// changes are, and which employees changed. Without a database they stay
// in this process.
func (o *Opened) Journals(log *slog.Logger) (*delays.Book, *changes.Feed) {
	if o.DB == nil {
		return delays.New(log), changes.New(log)
	}
	return delays.Open(o.DB, log), changes.Open(o.DB, log)
}
