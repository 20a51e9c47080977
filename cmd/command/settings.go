package command

import (
	"fmt"

	"github.com/spf13/cobra"
)

func settingsCommand() *cobra.Command {
	command := &cobra.Command{Use: "settings", Short: "Work with the settings file"}
	var flags Common
	check := &cobra.Command{
		Use:   "check",
		Short: "Read the settings file and tell everything that is wrong with it",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := flags.Logger()
			if err != nil {
				return err
			}
			store, err := flags.Settings(log)
			if err != nil {
				return err
			}
			all, err := store.Synchronizations(c.Context())
			if err != nil {
				return err
			}
			fmt.Fprintf(c.OutOrStdout(), "%s is good: %d synchronizations.\n", flags.Config, len(all))
			return nil
		},
	}
	flags.Bind(check.Flags())
	command.AddCommand(check)
	return command
}
