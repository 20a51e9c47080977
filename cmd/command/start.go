package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/figgosync/figgosync/absence"
	"github.com/figgosync/figgosync/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

type startFlags struct {
	Common
	Synchronization string
	Since           string
	LegalEntities   []string
	DryRun          bool
	Confirm         int
	JSON            bool
	Wait            bool
}

func startCommand() *cobra.Command {
	command := &cobra.Command{Use: "start", Short: "Start work by hand"}
	var flags startFlags
	initialization := &cobra.Command{
		Use:   "initialization",
		Short: "Write the absences Figgo already has",
		Long: "initialization writes every absence of a synchronization's legal entities that ends on or after a date.\n" +
			"It can be repeated at any time: what is right already is left alone. Try --dry-run first.",
		Example: "  figgosync start initialization --synchronization headquarters --since 2026-10-01 --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runStart(c, flags) },
	}
	f := initialization.Flags()
	flags.Bind(f)
	f.StringVar(&flags.Synchronization, "synchronization", "", "`name` of the synchronization in the settings (required)")
	f.StringVar(&flags.Since, "since", "", "first `day` that counts, as 2026-10-01; default today")
	f.StringSliceVar(&flags.LegalEntities, "legal-entity", nil, "`id` of a legal entity, repeatable; default all of the synchronization")
	f.BoolVar(&flags.DryRun, "dry-run", false, "write nothing, tell what would be written")
	f.IntVar(&flags.Confirm, "confirm", 0, "the `number` of employees, where the settings ask for a confirmation")
	f.BoolVar(&flags.JSON, "json", false, "print the progress as JSON, one object a line")
	f.BoolVar(&flags.Wait, "wait", true, "follow it to its end; --wait=false returns once it is started")
	command.AddCommand(initialization)
	return command
}

func runStart(c *cobra.Command, flags startFlags) error {
	input := workflows.InitializationInput{
		Synchronization: flags.Synchronization, LegalEntities: flags.LegalEntities, DryRun: flags.DryRun, Confirm: flags.Confirm,
	}
	if flags.Synchronization == "" {
		return errors.New("name the synchronization with --synchronization")
	}
	if flags.Since != "" {
		since, err := absence.ParseDate(flags.Since)
		if err != nil {
			return fmt.Errorf("--since: %w", err)
		}
		input.Since = since
	}
	log, err := flags.Logger()
	if err != nil {
		return err
	}
	source, err := flags.sourceOf(c.Context(), log)
	if err != nil {
		return err
	}
	codec, err := flags.Codec()
	if err != nil {
		return err
	}
	temporal, err := flags.Dial(c.Context(), codec, log)
	if err != nil {
		return err
	}
	defer temporal.Close()
	s := starter.New(temporal)
	id, err := s.StartInitialization(c.Context(), source, input)
	if err != nil {
		return err
	}
	if !flags.Wait {
		fmt.Fprintln(c.OutOrStdout(), id)
		return nil
	}
	return follow(c.Context(), s, id, newReporter(c.OutOrStdout(), flags.JSON))
}

// sourceOf finds the synchronization's source in the settings, and so tells a
// wrong name before anything starts.
func (f *startFlags) sourceOf(ctx context.Context, log *slog.Logger) (string, error) {
	store, err := f.Settings(log)
	if err != nil {
		return "", err
	}
	synchronization, err := store.Synchronization(ctx, f.Synchronization)
	if errors.Is(err, settings.ErrNotFound) {
		return "", fmt.Errorf("there is no synchronization %q in %s", f.Synchronization, f.Config)
	}
	return synchronization.Source, err
}

// follow reports until the initialization ends. Ctrl-C leaves it running.
func follow(ctx context.Context, s *starter.Starter, id string, report *reporter) error {
	for {
		one, err := s.Initialization(ctx, id)
		if ctx.Err() != nil {
			return fmt.Errorf("%s goes on; cancel it with: temporal workflow cancel --workflow-id %s", id, id)
		}
		if err != nil {
			return err
		}
		report.tell(one)
		switch one.Phase {
		case workflows.PhaseCompleted:
			return nil
		case workflows.PhaseCancelled:
			return errors.New("the initialization was cancelled")
		case workflows.PhaseFailed:
			return errors.New(one.Failure)
		case workflows.PhaseConfirming:
			if err := report.confirm(ctx, s, id, one.Employees); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// reporter prints progress: a bar on a terminal, lines elsewhere, JSON when asked.
type reporter struct {
	out      io.Writer
	json     bool
	terminal bool
	last     string
}

func newReporter(out io.Writer, asJSON bool) *reporter {
	file, ok := out.(*os.File)
	return &reporter{out: out, json: asJSON, terminal: ok && !asJSON && term.IsTerminal(int(file.Fd()))}
}

func (r *reporter) tell(one starter.Initialization) {
	ended := one.Phase == workflows.PhaseCompleted || one.Phase == workflows.PhaseCancelled || one.Phase == workflows.PhaseFailed
	if r.json {
		line, err := json.Marshal(one.Progress)
		if err == nil && string(line) != r.last {
			fmt.Fprintf(r.out, "%s\n", line)
			r.last = string(line)
		}
		return
	}
	line := progressLine(one, r.terminal)
	switch {
	case r.terminal:
		fmt.Fprintf(r.out, "\r\x1b[K%s", line)
		if ended {
			fmt.Fprintln(r.out)
		}
	case line != r.last:
		fmt.Fprintln(r.out, line)
	}
	r.last = line
	if ended {
		r.summary(one)
	}
}

func progressLine(one starter.Initialization, bar bool) string {
	c := one.Counts
	done := c.Synced + c.Unchanged + c.Skipped + c.Blocked + c.Retrying + c.Unreadable
	text := fmt.Sprintf("%-10s %d of %d absences: %d written, %d right already, %d skipped, %d blocked",
		one.Phase, done, c.Total, c.Synced, c.Unchanged, c.Skipped, c.Blocked)
	if one.DryRun {
		text = fmt.Sprintf("%-10s %d absences: %d to create, %d to change, %d right already, %d skipped, %d blocked",
			one.Phase, c.Total, c.Created, c.Updated, c.Unchanged, c.Skipped, c.Blocked)
	}
	if c.Retrying > 0 {
		text += fmt.Sprintf(", %d retrying", c.Retrying)
	}
	if !bar {
		return text
	}
	const width = 24
	filled := 0
	if c.Total > 0 {
		filled = width * done / c.Total
	}
	return fmt.Sprintf("[%-*s] %s", width, repeat('#', filled), text)
}

func repeat(r rune, count int) string {
	runes := make([]rune, count)
	for i := range runes {
		runes[i] = r
	}
	return string(runes)
}

// summary tells of each legal entity, and why absences are not in calendars.
func (r *reporter) summary(one starter.Initialization) {
	for _, entity := range one.LegalEntities {
		fmt.Fprintf(r.out, "  legal entity %s: %d absences, %d written, %d right already, %d skipped, %d blocked",
			entity.LegalEntity, entity.Total, entity.Synced, entity.Unchanged, entity.Skipped, entity.Blocked)
		if entity.Failure != "" {
			fmt.Fprintf(r.out, "; not finished: %s", entity.Failure)
		}
		fmt.Fprintln(r.out)
		for reason, count := range reasons(entity.Troubled) {
			fmt.Fprintf(r.out, "    %d × %s\n", count, reason)
		}
	}
}

func reasons(troubled []workflows.Troubled) map[string]int {
	counts := map[string]int{}
	for _, one := range troubled {
		counts[one.Reason]++
	}
	return counts
}

// confirm asks for the number of employees on a terminal, and tells how to give it
// elsewhere.
func (r *reporter) confirm(ctx context.Context, s *starter.Starter, id string, employees int) error {
	if !r.terminal || !term.IsTerminal(int(os.Stdin.Fd())) {
		return fmt.Errorf("this would write into the calendars of up to %d employees: confirm with --confirm %d", employees, employees)
	}
	fmt.Fprintf(r.out, "\nThis would write into the calendars of up to %d employees. Type that number to go on: ", employees)
	var typed int
	if _, err := fmt.Fscanln(os.Stdin, &typed); err != nil || typed != employees {
		return errors.Join(errors.New("not confirmed; nothing was written"), s.CancelInitialization(ctx, id))
	}
	return s.ConfirmInitialization(ctx, id, typed)
}
