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
			"Every flag can be given as an environment variable too: --log-level is FIGGOSYNC_LOG_LEVEL,\n" +
			"or FIGGOSYNC_LOG_LEVEL_FILE, which names a file that holds the value.",
		Version:           version(),
		SilenceUsage:      true,
		SilenceErrors:     true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error { return fromEnvironment(c.Flags()) },
	}
	root.AddCommand(apiCommand(), workerCommand(), startCommand(), approveCommand(), checkCommand(), sandboxCommand(),
		settingsCommand(),
		signInLinkCommand(), eraseCommand(), auditCommand(), makeKeysetsCommand(), versionCommand())
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

// fileSuffix ends the variable that names a file with the value of a flag, as
// container systems hand out secrets: FIGGOSYNC_API_TOKEN_FILE.
const fileSuffix = "_FILE"

// fromEnvironment gives each flag that was not set its variable's value.
func fromEnvironment(flags *pflag.FlagSet) error {
	var failed error
	flags.VisitAll(func(flag *pflag.Flag) {
		if flag.Changed || failed != nil {
			return
		}
		name := envPrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		value, ok, err := variable(name)
		if err == nil && ok {
			err = flags.Set(flag.Name, value)
		}
		if err != nil {
			failed = fmt.Errorf("the environment variable %s: %w", name, err)
		}
	})
	return failed
}

// variable reads an environment variable, or the file that its variable with _FILE
// names, without line breaks at its end.
func variable(name string) (value string, ok bool, err error) {
	value, ok = os.LookupEnv(name)
	path := os.Getenv(name + fileSuffix)
	switch {
	case path == "":
		return value, ok, nil
	case ok && value != "":
		return "", false, fmt.Errorf("it is set, and so is %s%s: set one of them", name, fileSuffix)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return "", false, fmt.Errorf("%s%s: %w", name, fileSuffix, err)
	}
	return strings.TrimRight(string(content), "\r\n"), true, nil
}

// versionCommand prints what --version prints.
func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(c.OutOrStdout(), "%s version %s\n", c.Root().Name(), c.Root().Version)
			return err
		},
	}
}

// released is the version of a release with its commit and day, set when it is linked;
// "" in every other build.
var released string

// version is the release's or the module's version and the commit it was built from,
// with its day.
func version() string {
	if released != "" {
		return released
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	vcs := map[string]string{}
	for _, setting := range info.Settings {
		vcs[setting.Key] = setting.Value
	}
	return versionOf(info.Main.Version, vcs)
}

// buildID is a version as a worker deployment's build: without spaces and brackets, which
// nobody likes to quote at a command line.
func buildID(version string) string {
	return strings.Join(strings.FieldsFunc(version, func(r rune) bool { return strings.ContainsRune(" (),", r) }), "-")
}

// versionOf puts the parts of a version together. settings are those of a
// debug.BuildInfo.
func versionOf(module string, settings map[string]string) string {
	if module == "" || module == "(devel)" {
		module = "development"
	}
	revision := settings["vcs.revision"]
	if revision == "" {
		return module
	}
	revision = revision[:min(len(revision), 12)]
	if settings["vcs.modified"] == "true" {
		revision += " with changes"
	}
	day, _, _ := strings.Cut(settings["vcs.time"], "T")
	return strings.TrimSpace(module+" ("+strings.TrimSuffix(revision+", "+day, ", ")) + ")"
}
