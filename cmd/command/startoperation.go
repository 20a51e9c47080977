package command

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// operationFlags are what the commands about removals and reconciliations share.
type operationFlags struct {
	Common
	JSON bool
	Lang string
	// Wait follows the run to its end.
	Wait bool
}

func (o *operationFlags) bind(f *pflag.FlagSet) {
	o.Common.Bind(f)
	o.Settings.BindDataDir(f)
	f.BoolVar(&o.JSON, "json", false, "print the progress as JSON, one object a line")
	f.StringVar(&o.Lang, "lang", "", "`language` of the explanations, fr or en; default by LANG")
	f.BoolVar(&o.Wait, "wait", true, "follow it to its end; --wait=false returns once it is started")
}

func startRemovalCommand() *cobra.Command {
	var (
		flags operationFlags
		input workflows.RemovalInput
	)
	command := &cobra.Command{
		Use:   "removal",
		Short: "Take our events out of calendars again",
		Long: "removal takes every event of ours out of the calendars of a synchronization's people, of a legal entity's,\n" +
			"or of one employee's, found by their marker alone; or what one initialization created. People's own\n" +
			"events, and copies they made, stay. It counts first; more than a few are removed only once their number\n" +
			"is approved. Before it removes it pauses the synchronization, or excludes the employee from it, so that\n" +
			"nothing is written again until you take that back. Try --dry-run first.",
		Example: "  figgosync start removal --synchronization headquarters --dry-run",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			plan := func(ctx context.Context, a *activities.Activities) (string, error) {
				if input.Initialization != "" { // only Temporal knows it
					_, source, _ := workflows.ParseInitializationID(input.Initialization)
					return source, nil
				}
				plan, err := a.PlanRemoval(ctx, input)
				return plan.Source, err
			}
			return flags.start(c, plan, func(ctx context.Context, s *starter.Starter, source string) (string, error) {
				return s.StartRemoval(ctx, source, input, "")
			})
		},
	}
	f := command.Flags()
	flags.bind(f)
	f.StringVar(&input.Synchronization, "synchronization", "", "`name` of the synchronization in the settings")
	f.StringVar(&input.Source, "source", "", "`name` of the source of --legal-entity or --employee")
	f.StringVar(&input.LegalEntity, "legal-entity", "", "`id` of a legal entity")
	f.StringVar(&input.Employee, "employee", "", "`id` of an employee in Figgo")
	f.StringVar(&input.Initialization, "initialization", "", "`id` of an initialization: what it created is removed")
	f.BoolVar(&input.DryRun, "dry-run", false, "remove nothing, tell how many events there are")
	f.IntVar(&input.Approve, "approve", 0, "the `number` of events, where there are more than a few")
	return command
}

func startReconciliationCommand() *cobra.Command {
	var (
		flags    operationFlags
		input    workflows.ReconciliationInput
		from, to string
	)
	command := &cobra.Command{
		Use:   "reconciliation",
		Short: "Compare calendars with Figgo, and put right what differs",
		Long: "reconciliation reads what Figgo says of a synchronization's people, reads their calendars, and tells what\n" +
			"differs. With --repair it has that put right, and looks again. More than a few repairs wait until their\n" +
			"numbers are approved.",
		Example: "  figgosync start reconciliation --synchronization headquarters --repair",
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := days(&input, from, to); err != nil {
				return err
			}
			plan := func(ctx context.Context, a *activities.Activities) (string, error) {
				plan, err := a.PlanReconciliation(ctx, input)
				return plan.Source, err
			}
			return flags.start(c, plan, func(ctx context.Context, s *starter.Starter, source string) (string, error) {
				return s.StartReconciliation(ctx, source, input, "")
			})
		},
	}
	f := command.Flags()
	flags.bind(f)
	f.StringVar(&input.Synchronization, "synchronization", "",
		"`name` of the synchronization in the settings (required)")
	f.StringVar(&from, "from", "", "first `day` that is compared; default 30 days ago")
	f.StringVar(&to, "to", "", "last `day` that is compared; default in 400 days")
	f.BoolVar(&input.Repair, "repair", false, "put right what differs; without it, only tell")
	f.IntVar(&input.Approve.Deletions, "approve-deletions", 0,
		"the `number` of events to delete, where there are more than a few")
	f.IntVar(&input.Approve.Changes, "approve-changes", 0,
		"the `number` of events to write, where there are more than a few")
	return command
}

func days(input *workflows.ReconciliationInput, from, to string) (err error) {
	if from != "" {
		if input.From, err = absence.ParseDate(from); err != nil {
			return fmt.Errorf("--from: %w", err)
		}
	}
	if to != "" {
		if input.To, err = absence.ParseDate(to); err != nil {
			return fmt.Errorf("--to: %w", err)
		}
	}
	return nil
}

// planRun reads the settings before anything is asked of Temporal, and tells whose
// workflow it is.
type planRun func(context.Context, *activities.Activities) (source string, err error)

// start plans a run by the settings, starts it, and reports until it ends.
func (o *operationFlags) start(
	c *cobra.Command, plan planRun,
	start func(ctx context.Context, s *starter.Starter, source string) (id string, err error),
) error {
	return o.with(c, plan, func(ctx context.Context, s *starter.Starter, source string,
		report *operationReport) (string, error) {
		id, err := start(ctx, s, source)
		if err == nil {
			report.started(id)
		}
		return id, err
	})
}

// with connects to Temporal, does something with a run, and reports until it ends.
func (o *operationFlags) with(
	c *cobra.Command, plan planRun,
	do func(ctx context.Context, s *starter.Starter, source string, report *operationReport) (id string, err error),
) error {
	report, log, err := o.report(c)
	if err != nil {
		return err
	}
	ctx := c.Context()
	source, codec, err := planned(ctx, o.Common, log,
		func(a *activities.Activities) (string, error) { return plan(ctx, a) })
	if err != nil {
		return err
	}
	connected, err := o.DialOnce(ctx, codec, log)
	if err != nil {
		return err
	}
	defer connected.Close()
	s := starter.New(connected, codec)
	id, err := do(ctx, s, source, report)
	if err != nil || !o.Wait {
		return err
	}
	return report.follow(ctx, s, id)
}

// report is how the command tells what happens.
func (o *operationFlags) report(c *cobra.Command) (*operationReport, *slog.Logger, error) {
	lang, err := language(o.Lang)
	if err != nil {
		return nil, nil, err
	}
	log, err := o.Logger()
	if err != nil {
		return nil, nil, err
	}
	return &operationReport{out: c.OutOrStdout(), json: o.JSON, lang: lang}, log, o.BesideUp()
}
