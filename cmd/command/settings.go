package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// settingsFlags are those of every settings command.
type settingsFlags struct{ Common }

func settingsCommand() *cobra.Command {
	command := &cobra.Command{Use: "settings",
		Short: "Work with the settings: check, export, import, migrate, rotate their key"}
	command.AddCommand(settingsCheckCommand(), settingsExportCommand(), settingsImportCommand(),
		settingsMigrateCommand(), settingsRotateCommand())
	return command
}

// bind adds the flags.
func (f *settingsFlags) bind(c *cobra.Command) *cobra.Command {
	f.BindLog(c.Flags())
	f.BindInsecure(c.Flags())
	f.Settings.Bind(c.Flags())
	f.Settings.BindDataDir(c.Flags())
	return c
}

// open opens the settings.
func (f *settingsFlags) open(ctx context.Context) (*Opened, *slog.Logger, error) {
	log, opened, err := f.Begin(ctx)
	return opened, log, err
}

func settingsCheckCommand() *cobra.Command {
	var flags settingsFlags
	command := &cobra.Command{
		Use:   "check",
		Short: "Read the settings and tell everything that is wrong with them",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			flags.Settings.NoMigrate = true
			opened, _, err := flags.open(c.Context())
			if err != nil {
				return err
			}
			defer opened.Close()
			all, err := checkAll(c.Context(), opened.Store, settings.Rules{AllowInsecureEndpoints: flags.AllowInsecure})
			if err != nil {
				return err
			}
			place, _, _ := flags.Settings.where()
			if opened.DB != nil {
				place = opened.DB.Place
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is good: %d synchronizations.\n", place, all)
			return nil
		},
	}
	return flags.bind(command)
}

// checkAll checks every record and counts synchronizations. A database may hold
// what is not good: secrets that were lost, or addresses of a rehearsal.
func checkAll(ctx context.Context, store settings.Store, rules settings.Rules) (int, error) {
	sources, err1 := store.Sources(ctx)
	connections, err2 := store.Connections(ctx)
	synchronizations, err3 := store.Synchronizations(ctx)
	if err := errors.Join(err1, err2, err3); err != nil {
		return 0, err
	}
	var wrong []error
	add := func(kind settings.Kind, name string, problems []settings.Problem) {
		if len(problems) > 0 {
			wrong = append(wrong, &settings.RecordError{Kind: kind, Name: name,
				Err: &settings.InvalidError{Problems: problems}})
		}
	}
	for _, s := range sources {
		add(settings.KindSource, s.Name, settings.ValidateSource(s, rules))
	}
	for _, c := range connections {
		add(settings.KindConnection, c.Name, settings.ValidateConnection(c, rules))
	}
	for _, s := range synchronizations {
		add(settings.KindSynchronization, s.Name, settings.ValidateSynchronization(s, rules))
	}
	return len(synchronizations), explained(errors.Join(wrong...))
}

func settingsExportCommand() *cobra.Command {
	var flags settingsFlags
	command := &cobra.Command{
		Use:   "export",
		Short: "Write the settings as a settings file, without secrets, on standard output",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			opened, _, err := flags.open(c.Context())
			if err != nil {
				return err
			}
			defer opened.Close()
			text, err := settings.Export(c.Context(), opened.Store)
			if err != nil {
				return err
			}
			if err := opened.note(c.Context(), settings.ActionExported, settings.KindSettings); err != nil {
				return err
			}
			_, err = c.OutOrStdout().Write(text)
			return err
		},
	}
	return flags.bind(command)
}

func settingsMigrateCommand() *cobra.Command {
	var flags settingsFlags
	command := &cobra.Command{
		Use:   "migrate",
		Short: "Bring the database's tables to this version",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := flags.Logger()
			if err != nil {
				return err
			}
			if err := flags.BesideUp(); err != nil {
				return err
			}
			_, address, err := flags.Settings.where()
			if err != nil {
				return err
			}
			if address == "" {
				return errNoDatabase
			}
			return migrate(c.Context(), c.OutOrStdout(), address, log)
		},
	}
	return flags.bind(command)
}

var errNoDatabase = errors.New("the settings are in a file: name a database with --database-url")

func migrate(ctx context.Context, out io.Writer, address string, log *slog.Logger) error {
	db, err := dialDatabase(ctx, address, log)
	if err != nil {
		return err
	}
	defer db.Close()
	pending, err := db.Pending(ctx)
	if err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d migrations applied.\n", db.Place, pending)
	return nil
}

// author is who works at the command line.
func author() settings.Author {
	by := settings.Author{ID: "command"}
	if current, err := user.Current(); err == nil {
		by.Name = current.Username
	}
	return by
}

// explained tells problems of fields in words, one a line.
func explained(err error) error {
	if err == nil {
		return nil
	}
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	var lines []string
	for _, one := range all {
		record, isRecord := errors.AsType[*settings.RecordError](one)
		invalid, isInvalid := errors.AsType[*settings.InvalidError](one)
		if !isRecord || !isInvalid {
			return err
		}
		for _, p := range invalid.Problems {
			lines = append(lines, fmt.Sprintf("%s %s: %s: %s", record.Kind, record.Name, p.Field,
				texts.Problem(texts.English, p.Code, p.Values)))
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}
