package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
)

type eraseFlags struct {
	Common
	Source, Employee string
	Yes              bool
	Wait             time.Duration
}

// eraseCommand erases one person, for whoever can reach Temporal and the database.
func eraseCommand() *cobra.Command {
	var flags eraseFlags
	command := &cobra.Command{
		Use:   "erase",
		Short: "Erase one employee: their events, what Temporal keeps, and every memory of them",
		Long: "erase takes all of one employee's events out of their calendar, then removes their absences from\n" +
			"Temporal, lines about them from the audit log, their address and wishes from the settings, and them from\n" +
			"the memory of every process. The audit log keeps a receipt that names nobody. A worker must be running.\n" +
			"A settings file is not changed: take them out of addresses and hideType there.\n" +
			"Remove the absences in Figgo first, or exclude the person: what Figgo announces again comes back.",
		Example: "  figgosync erase --source acme --employee 416",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runErase(c, flags) },
	}
	f := command.Flags()
	flags.Bind(f)
	flags.Settings.BindDataDir(f)
	f.StringVar(&flags.Source, "source", "", "`name` of the source in the settings (required)")
	f.StringVar(&flags.Employee, "employee", "", "Figgo's `id` of the employee (required)")
	f.BoolVar(&flags.Yes, "yes", false, "do not ask; needed where there is no terminal")
	f.DurationVar(&flags.Wait, "wait", 10*time.Minute, "how long to wait for calendars that do not answer")
	return command
}

func runErase(c *cobra.Command, flags eraseFlags) error {
	if flags.Source == "" || flags.Employee == "" {
		return errors.New("name whom to erase with --source and --employee")
	}
	log, opened, err := flags.Begin(c.Context())
	if err != nil {
		return err
	}
	defer opened.Close()
	if _, err := opened.Store.Source(c.Context(), flags.Source); err != nil {
		return fmt.Errorf("--source %s: %w", flags.Source, err)
	}
	if !flags.Yes {
		fmt.Fprintf(c.OutOrStdout(), "All events and all that is known of employee %s of %s will be removed.\n",
			flags.Employee, flags.Source)
		agreed, err := ask(c.InOrStdin(), c.OutOrStdout())
		if err != nil || !agreed {
			return err
		}
	}
	temporal, codec, err := flags.Connect(c.Context(), opened, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	_, feed := opened.Journals(log)
	erasure := admin.Erasure{Engine: starter.Eraser{Starter: starter.New(temporal, codec),
		Namespace: flags.namespace()}, EmployeeChanges: feed, Log: log}
	if opened.stored != nil {
		erasure.Audit, erasure.Settings = opened.stored, opened.stored
	}
	ctx, cancel := context.WithTimeout(c.Context(), flags.Wait)
	defer cancel()
	done, err := erasure.Run(ctx, author(), flags.Source, flags.Employee)
	if text, failed := json.Marshal(done); failed == nil {
		fmt.Fprintln(c.OutOrStdout(), string(text))
	}
	return err
}
