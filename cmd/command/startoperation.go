package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func startRemovalCommand() *cobra.Command {
	var (
		common Common
		input  workflows.RemovalInput
		asJSON bool
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
			return runOperation(c, common, asJSON, plan,
				func(ctx context.Context, s *starter.Starter, source string) (string, error) {
					return s.StartRemoval(ctx, source, input)
				})
		},
	}
	f := command.Flags()
	common.Bind(f)
	common.Settings.BindDataDir(f)
	f.StringVar(&input.Synchronization, "synchronization", "", "`name` of the synchronization in the settings")
	f.StringVar(&input.Source, "source", "", "`name` of the source of --legal-entity or --employee")
	f.StringVar(&input.LegalEntity, "legal-entity", "", "`id` of a legal entity")
	f.StringVar(&input.Employee, "employee", "", "`id` of an employee in Figgo")
	f.StringVar(&input.Initialization, "initialization", "", "`id` of an initialization: what it created is removed")
	f.BoolVar(&input.DryRun, "dry-run", false, "remove nothing, tell how many events there are")
	f.IntVar(&input.Approve, "approve", 0, "the `number` of events, where there are more than a few")
	f.BoolVar(&asJSON, "json", false, "print the progress as JSON, one object a line")
	return command
}

func startReconciliationCommand() *cobra.Command {
	var (
		common   Common
		input    workflows.ReconciliationInput
		from, to string
		asJSON   bool
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
			return runOperation(c, common, asJSON, plan,
				func(ctx context.Context, s *starter.Starter, source string) (string, error) {
					return s.StartReconciliation(ctx, source, input)
				})
		},
	}
	f := command.Flags()
	common.Bind(f)
	common.Settings.BindDataDir(f)
	f.StringVar(&input.Synchronization, "synchronization", "",
		"`name` of the synchronization in the settings (required)")
	f.StringVar(&from, "from", "", "first `day` that is compared; default 30 days ago")
	f.StringVar(&to, "to", "", "last `day` that is compared; default in 400 days")
	f.BoolVar(&input.Repair, "repair", false, "put right what differs; without it, only tell")
	f.IntVar(&input.Approve.Deletions, "approve-deletions", 0,
		"the `number` of events to delete, where there are more than a few")
	f.IntVar(&input.Approve.Changes, "approve-changes", 0,
		"the `number` of events to write, where there are more than a few")
	f.BoolVar(&asJSON, "json", false, "print the progress as JSON, one object a line")
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

// runOperation plans a run by the settings, starts it, and reports until it ends.
func runOperation(
	c *cobra.Command, common Common, asJSON bool,
	plan func(context.Context, *activities.Activities) (source string, err error),
	start func(ctx context.Context, s *starter.Starter, source string) (id string, err error),
) error {
	log, err := common.Logger()
	if err != nil {
		return err
	}
	if err := common.BesideUp(); err != nil {
		return err
	}
	ctx := c.Context()
	source, codec, err := planned(ctx, common, log,
		func(a *activities.Activities) (string, error) { return plan(ctx, a) })
	if err != nil {
		return err
	}
	connected, err := common.DialOnce(ctx, codec, log)
	if err != nil {
		return err
	}
	defer connected.Close()
	s := starter.New(connected, codec)
	id, err := start(ctx, s, source)
	if err != nil {
		return err
	}
	return (&operationReport{out: c.OutOrStdout(), json: asJSON}).follow(ctx, s, id)
}

// operationReport prints how far a removal or a reconciliation is.
type operationReport struct {
	out  io.Writer
	json bool
	last string
}

// follow reports until the run ends. Ctrl-C leaves it running.
func (r *operationReport) follow(ctx context.Context, s *starter.Starter, id string) error {
	heard := time.Now()
	for {
		one, err := s.Operation(ctx, id)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s goes on; cancel it with: temporal workflow cancel --workflow-id %s", id, id)
		case err != nil && time.Since(heard) > silenceAtMost:
			return fmt.Errorf("%s goes on, but nobody tells how far it is: %w", id, err)
		case err == nil:
			heard = time.Now()
			r.tell(one)
			if ended, err := r.ended(ctx, s, one); ended {
				return err
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func (r *operationReport) ended(ctx context.Context, s *starter.Starter,
	one starter.Operation) (ended bool, err error) {
	switch one.Phase {
	case workflows.PhaseCompleted:
		return true, nil
	case workflows.PhaseCancelled:
		return true, errors.New("it was cancelled")
	case workflows.PhaseFailed:
		return true, errors.New(one.Failure)
	case workflows.PhaseWaiting:
		err := r.approve(ctx, s, one)
		return err != nil, err
	}
	return false, nil
}

// approve asks for the number of events on a terminal; elsewhere it ends the run and
// tells how to start it with the numbers.
func (r *operationReport) approve(ctx context.Context, s *starter.Starter, one starter.Operation) error {
	b := one.Breaker
	if b == nil {
		return nil // it goes on
	}
	if file, ok := r.out.(*os.File); r.json || !ok || !term.IsTerminal(int(file.Fd())) ||
		!term.IsTerminal(int(os.Stdin.Fd())) {
		flags := fmt.Sprintf("--approve %d", b.Deletions)
		if one.Reconciliation != nil {
			flags = fmt.Sprintf("--approve-deletions %d --approve-changes %d", b.Deletions, b.Changes)
		}
		return errors.Join(fmt.Errorf("this would delete %d events and write %d; nothing was done: start it again with %s", b.Deletions, b.Changes, flags),
			s.CancelOperation(ctx, one.WorkflowID))
	}
	fmt.Fprintf(r.out, "This would delete %d events and write %d. Type both numbers to go on: ", b.Deletions, b.Changes)
	var typed workflows.Approval
	if _, err := fmt.Fscanln(os.Stdin, &typed.Deletions, &typed.Changes); err != nil ||
		typed.Deletions != b.Deletions || typed.Changes != b.Changes {
		return errors.Join(errors.New("not approved; nothing was done"), s.CancelOperation(ctx, one.WorkflowID))
	}
	return s.ApproveOperation(ctx, one.WorkflowID, typed)
}

// tell prints a line when it differs from the last.
func (r *operationReport) tell(one starter.Operation) {
	line := operationLine(one)
	if r.json {
		line = operationJSON(one)
	}
	if line == r.last {
		return
	}
	fmt.Fprintln(r.out, line)
	r.last = line
	if one.Phase != workflows.PhaseCompleted || r.json {
		return
	}
	if one.Removal != nil {
		for _, uncleared := range one.Removal.Uncleared {
			fmt.Fprintf(r.out, "  employee %s: %s\n", uncleared.Employee, uncleared.Reason)
		}
	}
	if one.Reconciliation != nil {
		for _, found := range one.Reconciliation.Differences {
			fmt.Fprintf(r.out, "  %s: absence %s of employee %s is %s\n", found.Day, found.Absence, found.Employee,
				found.Kind)
		}
	}
}

func operationLine(one starter.Operation) string {
	if one.Removal != nil {
		c := one.Removal.Counts
		return fmt.Sprintf("%-10s %d mailboxes, %d events, %d removed, %d mailboxes blocked", one.Phase, c.Mailboxes,
			c.Events, c.Removed, c.Blocked)
	}
	c := one.Reconciliation.Counts
	return fmt.Sprintf("%-10s %d mailboxes, %d absences, %d events: %d right, %d missing, %d surplus, %d duplicate, %d edited, %d misplaced; "+
		"%d repaired, %d blocked", one.Phase, c.Mailboxes, c.Absences, c.Events, c.Right, c.Missing, c.Surplus,
		c.Duplicate, c.Edited, c.Misplaced,
		c.Repaired, c.Blocked)
}

// operationJSON is what GET /api/v1/removals/{id} and /reconciliations/{id} call by the
// same names.
func operationJSON(one starter.Operation) string {
	type head struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Failure string `json:"failure,omitempty"`
	}
	h := head{one.WorkflowID, starter.Status(one.Phase), one.Failure}
	var line []byte
	if one.Removal != nil {
		line, _ = json.Marshal(struct {
			head
			*workflows.RemovalProgress
		}{h, one.Removal})
	} else {
		line, _ = json.Marshal(struct {
			head
			*workflows.ReconciliationProgress
		}{h, one.Reconciliation})
	}
	return string(line)
}
