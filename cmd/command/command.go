// Package command is the command line: what each command is called, which flags
// and environment variables it takes, and which servers it runs.
package command

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"
	_ "time/tzdata" // a bare container has no time zones

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// envPrefix begins the environment variable of every flag: --log-level is
// FIGGOSYNC_LOG_LEVEL.
const envPrefix = "FIGGOSYNC_"

// Root is the command with everything below it; more are added to the common
// ones.
func Root(name string, more ...*cobra.Command) *cobra.Command {
	root := &cobra.Command{
		Use:   name,
		Short: "Puts the absences of Figgo (Lucca) into their owners' calendars",
		Long: "figgosync puts each absence entered in Figgo into its owner's calendar, in real time:\n" +
			"Outlook on Office 365, Outlook on an Exchange server, or Google Calendar.\n\n" +
			"Every flag can be given as an environment variable too: --log-level is FIGGOSYNC_LOG_LEVEL.",
		Version:           version(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return fromEnvironment(c.Flags()) },
	}
	root.AddCommand(apiCommand(), workerCommand(), startCommand(), checkCommand(), sandboxCommand(), settingsCommand(), signInLinkCommand(), eraseCommand())
	root.AddCommand(more...)
	return root
}

// Execute runs the command until it ends or the process is told to stop, and
// returns the exit code. An error is one line on stderr.
func Execute(root *cobra.Command) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	if err := root.ExecuteContext(ctx); err != nil {
		if status, ok := errors.AsType[exitStatus](err); ok {
			return int(status)
		}
		fmt.Fprintf(os.Stderr, "%s: %s\n", root.Name(), oneLine(err))
		return 1
	}
	return 0
}

// oneLine keeps joined errors readable: one a line, indented under the first.
func oneLine(err error) string {
	return strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "\n  ")
}

// fromEnvironment gives each flag that was not set its variable's value.
func fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(flag *pflag.Flag) {
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value, ok := os.LookupEnv(name)
		if flag.Changed || !ok || failed != nil {
			return
		}
		if err := flags.Set(flag.Name, value); err != nil {
			failed = fmt.Errorf("the environment variable %s: %w", name, err)
		}
	})
	return failed
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "development"
	}
	return info.Main.Version
}
