package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
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
	Approve         workflows.Approval
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
	flags.bind(f)
	f.StringVar(&flags.Synchronization, "synchronization", "",
		"`name` of the synchronization in the settings (required)")
	f.StringVar(&flags.Since, "since", "", "first `day` that counts, as 2026-10-01; default today")
	f.StringSliceVar(&flags.LegalEntities, "legal-entity", nil,
		"`id` of a legal entity, repeatable; default all of the synchronization")
	f.BoolVar(&flags.DryRun, "dry-run", false, "write nothing, tell what would be written")
	f.IntVar(&flags.Confirm, "confirm", 0, "the `number` of employees, where the settings ask for a confirmation")
	f.IntVar(&flags.Approve.Deletions, "approve-deletions", 0,
		"the `number` of events to delete, where there are more than a few")
	f.IntVar(&flags.Approve.Changes, "approve-changes", 0,
		"the `number` of events to write, where there are more than a few")
	command.AddCommand(initialization, startRemovalCommand(), startReconciliationCommand())
	return command
}

// bind binds what the commands about initializations share.
func (f *startFlags) bind(set *pflag.FlagSet) {
	f.Common.Bind(set)
	f.Settings.BindDataDir(set)
	set.BoolVar(&f.JSON, "json", false, "print the progress as JSON, one object a line")
	set.BoolVar(&f.Wait, "wait", true, "follow it to its end; --wait=false returns once it is started")
}

func runStart(c *cobra.Command, flags startFlags) error {
	input, err := flags.input()
	if err != nil {
		return err
	}
	plan := func(ctx context.Context, a *activities.Activities) (string, error) {
		plan, err := a.PlanInitialization(ctx, input)
		return plan.Source, err
	}
	return flags.run(c, plan, func(ctx context.Context, s *starter.Starter, source string) (string, error) {
		return s.StartInitialization(ctx, source, input, "")
	})
}

// run connects to Temporal, does something with an initialization, and reports until it
// ends.
func (f *startFlags) run(
	c *cobra.Command, plan planRun,
	do func(ctx context.Context, s *starter.Starter, source string) (id string, err error),
) error {
	log, err := f.Logger()
	if err != nil {
		return err
	}
	if err := f.BesideUp(); err != nil {
		return err
	}
	ctx := c.Context()
	source, codec, err := planned(ctx, f.Common, log,
		func(a *activities.Activities) (string, error) { return plan(ctx, a) })
	if err != nil {
		return err
	}
	connected, err := f.DialOnce(ctx, codec, log)
	if err != nil {
		return err
	}
	defer connected.Close()
	s := starter.New(connected, codec)
	id, err := do(ctx, s, source)
	if err != nil {
		return err
	}
	report := newReporter(c.OutOrStdout(), f.JSON)
	if !f.Wait {
		report.started(id)
		return nil
	}
	return follow(ctx, s, id, report, log)
}

func (f *startFlags) input() (workflows.InitializationInput, error) {
	input := workflows.InitializationInput{
		Synchronization: f.Synchronization, LegalEntities: f.LegalEntities, DryRun: f.DryRun, Confirm: f.Confirm,
		Approve: f.Approve,
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
