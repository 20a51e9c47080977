package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
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
	flags.Settings.BindDataDir(f)
	f.StringVar(&flags.Synchronization, "synchronization", "",
		"`name` of the synchronization in the settings (required)")
	f.StringVar(&flags.Since, "since", "", "first `day` that counts, as 2026-10-01; default today")
	f.StringSliceVar(&flags.LegalEntities, "legal-entity", nil,
		"`id` of a legal entity, repeatable; default all of the synchronization")
	f.BoolVar(&flags.DryRun, "dry-run", false, "write nothing, tell what would be written")
	f.IntVar(&flags.Confirm, "confirm", 0, "the `number` of employees, where the settings ask for a confirmation")
	f.BoolVar(&flags.JSON, "json", false, "print the progress as JSON, one object a line")
	f.BoolVar(&flags.Wait, "wait", true, "follow it to its end; --wait=false returns once it is started")
	command.AddCommand(initialization, startRemovalCommand(), startReconciliationCommand())
	return command
}

func runStart(c *cobra.Command, flags startFlags) error {
	input, err := flags.input()
	if err != nil {
		return err
	}
	log, err := flags.Logger()
	if err != nil {
		return err
	}
	if err := flags.BesideUp(); err != nil {
		return err
	}
	plan, codec, err := planned(c.Context(), flags.Common, log, func(a *activities.Activities) (workflows.Plan, error) {
		return a.PlanInitialization(c.Context(), input)
	})
	if err != nil {
		return err
	}
	connected, err := flags.DialOnce(c.Context(), codec, log)
	if err != nil {
		return err
	}
	defer connected.Close()
	s := starter.New(connected, codec)
	id, err := s.StartInitialization(c.Context(), plan.Source, input, "")
	if err != nil {
		return err
	}
	report := newReporter(c.OutOrStdout(), flags.JSON)
	if !flags.Wait {
		report.started(id)
		return nil
	}
	return follow(c.Context(), s, id, report, log)
}

func (f *startFlags) input() (workflows.InitializationInput, error) {
	input := workflows.InitializationInput{
		Synchronization: f.Synchronization, LegalEntities: f.LegalEntities, DryRun: f.DryRun, Confirm: f.Confirm,
	}
	if f.Synchronization == "" {
		return input, errors.New("name the synchronization with --synchronization")
	}
	if f.Since == "" {
		return input, nil
	}
	since, err := absence.ParseDate(f.Since)
	if err != nil {
		return input, fmt.Errorf("--since: %w", err)
	}
	input.Since = since
	return input, nil
}

// planned asks a plan of the settings, which say what is wrong with an input, and of
// the keyset whether its progress can be read, before anything starts.
func planned[T any](
	ctx context.Context, flags Common, log *slog.Logger, plan func(*activities.Activities) (T, error),
) (made T, codec converter.PayloadCodec, err error) {
	opened, err := flags.OpenSettings(ctx, log)
	if err != nil {
		return made, nil, err
	}
	defer opened.Close()
	if codec, err = flags.Codec(ctx, opened, false, 0); err != nil {
		return made, nil, err
	}
	made, err = plan(&activities.Activities{Settings: opened.Store})
	if wrong, ok := errors.AsType[*temporal.ApplicationError](err); ok {
		return made, nil, errors.New(wrong.Message())
	}
	return made, codec, err
}

// silenceAtMost is how long following bears that nobody answers: workers may be
// restarted meanwhile.
const silenceAtMost = 2 * time.Minute

// follow reports until the initialization ends. Ctrl-C leaves it running.
func follow(ctx context.Context, s *starter.Starter, id string, report *reporter, log *slog.Logger) error {
	heard := time.Now()
	for {
		one, err := s.Initialization(ctx, id)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s goes on; cancel it with: temporal workflow cancel --workflow-id %s", id, id)
		case errors.Is(err, starter.ErrUnreadable):
			return fmt.Errorf("%s is started and goes on, but %w: name it with --payload-keyset", id,
				starter.ErrUnreadable)
		case errors.Is(err, starter.ErrNotFound):
			return err
		case err != nil && time.Since(heard) > silenceAtMost:
			return fmt.Errorf("%s goes on, but nobody tells how far it is: %w", id, err)
		case err != nil:
			log.Warn("nobody tells how far it is; asking again", "error", err)
		default:
			heard = time.Now()
			if ended, err := report.tell(ctx, s, one); ended || err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}
