package command

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/settings/stored"
)

func settingsRotateCommand() *cobra.Command {
	var flags settingsFlags
	var dropOld, discard bool
	command := &cobra.Command{
		Use:   "rotate-key",
		Short: "Seal all secrets of the settings with a new key",
		Long: "Add a new key to the settings keyset and seal all secrets with it. Old keys stay in the keyset, so\n" +
			"that backups of the database can be opened, until --drop-old removes them. Processes that run follow\n" +
			"by themselves where they share the keyset file; where they have copies, give each the new file.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if discard {
				return flags.discard(c.Context(), c.OutOrStdout())
			}
			opened, _, err := flags.open(c.Context())
			if err != nil {
				return err
			}
			defer opened.Close()
			if opened.stored == nil {
				return errNoDatabase
			}
			rotate, what := opened.stored.AddKey, "A new key was added"
			if dropOld {
				rotate, what = opened.stored.DropOldKeys, "Old keys were removed"
			}
			count, err := rotate(c.Context(), author())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s: %d secrets are sealed with the newest one. Back the keyset up.\n", what,
				count)
			return nil
		},
	}
	command.Flags().BoolVar(&dropOld, "drop-old", false, "remove the old keys instead of adding a new one")
	command.Flags().BoolVar(&discard, "discard-unreadable", false,
		"where the keyset is lost for good: go on with a new one, without the secrets it takes")
	command.MarkFlagsMutuallyExclusive("drop-old", "discard-unreadable")
	return flags.bind(command)
}

// discard removes secrets whose keyset is lost.
func (f *settingsFlags) discard(ctx context.Context, out io.Writer) error {
	log, err := f.Logger()
	if err != nil {
		return err
	}
	if err := f.BesideUp(); err != nil {
		return err
	}
	_, address, err := f.Settings.where()
	if err != nil {
		return err
	}
	if address == "" {
		return errNoDatabase
	}
	path, err := f.Settings.keyset(address)
	if err != nil {
		return err
	}
	db, err := f.Settings.openDatabase(ctx, address, log)
	if err != nil {
		return err
	}
	defer db.Close()
	seal, err := stored.ReplaceSeal(ctx, path, f.Settings.KMS)
	if err != nil {
		return err
	}
	records, err := stored.Discard(ctx, db, seal, author())
	if err != nil {
		return err
	}
	if len(records) == 0 {
		fmt.Fprintln(out, "All secrets can be read: nothing was removed.")
		return nil
	}
	fmt.Fprintf(out, "Fill in anew the secrets of: %s\n", strings.Join(records, ", "))
	return nil
}
