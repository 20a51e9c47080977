package command

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/figgosync/figgosync/internal/settings"
)

// maxImport bounds a file on standard input; Parse tells of one that is longer
// than it accepts.
const maxImport = 8 << 20

func settingsImportCommand() *cobra.Command {
	var flags settingsFlags
	var prune, yes bool
	command := &cobra.Command{
		Use:   "import FILE",
		Short: "Change the settings to those of a file, after showing the difference",
		Long: "Change the settings to those of a file (- is standard input), all or nothing, after showing\n" +
			"the difference. Secrets that the file leaves out stay as they are.",
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			options := settings.LoadOptions{ForImport: true, AllowInsecureEndpoints: flags.AllowInsecure}
			file, err := readImport(c.InOrStdin(), args[0], options)
			if err != nil {
				return err
			}
			opened, _, err := flags.open(c.Context())
			if err != nil {
				return err
			}
			defer opened.Close()
			if opened.Editor == nil {
				return errNoDatabase
			}
			plan, err := settings.PlanImport(c.Context(), opened.Editor, file, settings.ImportOptions{Prune: prune})
			if err != nil {
				return explained(err)
			}
			return apply(c, plan, yes)
		},
	}
	command.Flags().BoolVar(&prune, "prune", false, "remove what the file does not have")
	command.Flags().BoolVar(&yes, "yes", false, "do not ask; needed where there is no terminal")
	return flags.bind(command)
}

func readImport(in io.Reader, path string, options settings.LoadOptions) (*settings.File, error) {
	if path != "-" {
		return settings.Load(path, options)
	}
	text, err := io.ReadAll(io.LimitReader(in, maxImport))
	if err != nil {
		return nil, fmt.Errorf("read standard input: %w", err)
	}
	return settings.Parse(text, "standard input", options)
}

// apply shows the plan and applies it, when it may.
func apply(c *cobra.Command, plan settings.Plan, yes bool) error {
	out := c.OutOrStdout()
	if plan.Empty() {
		fmt.Fprintln(out, "Nothing to change.")
		return nil
	}
	fmt.Fprint(out, plan.Text())
	if !yes {
		agreed, err := ask(c.InOrStdin(), out)
		if err != nil {
			return err
		}
		if !agreed {
			fmt.Fprintln(out, "Nothing was changed.")
			return nil
		}
	}
	err := plan.Apply(c.Context(), author())
	if errors.Is(err, settings.ErrChanged) {
		return errors.New("somebody else changed the settings meanwhile, and nothing was imported: run the import again")
	}
	if err != nil {
		return explained(err)
	}
	fmt.Fprintf(out, "Done: %d.\n", len(plan.Changes))
	return nil
}

// ask asks on a terminal.
func ask(in io.Reader, out io.Writer) (bool, error) {
	terminal, ok := in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return false, errors.New("nothing was changed: there is no terminal to ask on, add --yes")
	}
	fmt.Fprint(out, "Make these changes? [y/N] ")
	answer, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
