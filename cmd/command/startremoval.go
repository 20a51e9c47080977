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
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

type removalFlags struct {
	Common
	workflows.RemovalInput
	JSON bool
}

func startRemovalCommand() *cobra.Command {
	var flags removalFlags
	command := &cobra.Command{
		Use:   "removal",
		Short: "Take our events out of calendars again",
		Long: "removal takes every event of ours out of the calendars of a paused synchronization's people, found by\n" +
			"their marker alone. People's own events, and copies they made, stay. It counts first; more than a few\n" +
			"are removed only once their number is approved. Try --dry-run first.",
		Example: "  figgosync start removal --synchronization headquarters --dry-run",
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return runRemoval(c, flags) },
	}
	f := command.Flags()
	flags.Bind(f)
	flags.Settings.BindDataDir(f)
	f.StringVar(&flags.Synchronization, "synchronization", "", "`name` of the synchronization in the settings (required)")
	f.StringVar(&flags.LegalEntity, "legal-entity", "", "`id` of one of its legal entities; default all")
	f.BoolVar(&flags.DryRun, "dry-run", false, "remove nothing, tell how many events there are")
	f.IntVar(&flags.Approve, "approve", 0, "the `number` of events, where there are more than a few")
	f.BoolVar(&flags.JSON, "json", false, "print the progress as JSON, one object a line")
	return command
}

func runRemoval(c *cobra.Command, flags removalFlags) error {
	log, err := flags.Logger()
	if err != nil {
		return err
	}
	if err := flags.BesideUp(); err != nil {
		return err
	}
	ctx := c.Context()
	plan, codec, err := planned(ctx, flags.Common, log, func(a *activities.Activities) (workflows.RemovalPlan, error) {
		return a.PlanRemoval(ctx, flags.RemovalInput)
	})
	if err != nil {
		return err
	}
	connected, err := flags.DialOnce(ctx, codec, log)
	if err != nil {
		return err
	}
	defer connected.Close()
	s := starter.New(connected, codec)
	id, err := s.StartRemoval(ctx, plan.Source, flags.RemovalInput)
	if err != nil {
		return err
	}
	return (&removalReport{out: c.OutOrStdout(), json: flags.JSON}).follow(ctx, s, id)
}

// removalReport prints how far a removal is.
type removalReport struct {
	out  io.Writer
	json bool
	last string
}

// follow reports until the removal ends. Ctrl-C leaves it running.
func (r *removalReport) follow(ctx context.Context, s *starter.Starter, id string) error {
	heard := time.Now()
	for {
		one, err := s.Removal(ctx, id)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s goes on; cancel it with: temporal workflow cancel --workflow-id %s", id, id)
		case err != nil && time.Since(heard) > silenceAtMost:
			return fmt.Errorf("%s goes on, but nobody tells how far it is: %w", id, err)
		case err == nil:
			heard = time.Now()
			r.line(one)
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

func (r *removalReport) ended(ctx context.Context, s *starter.Starter, one starter.Removal) (ended bool, err error) {
	switch one.Phase {
	case workflows.PhaseCompleted:
		return true, nil
	case workflows.PhaseCancelled:
		return true, errors.New("the removal was cancelled")
	case workflows.PhaseFailed:
		return true, errors.New(one.Failure)
	case workflows.PhaseWaiting:
		err := r.approve(ctx, s, one)
		return err != nil, err
	}
	return false, nil
}

// approve asks for the number of events on a terminal; elsewhere it ends the removal
// and tells how to start it with the number.
func (r *removalReport) approve(ctx context.Context, s *starter.Starter, one starter.Removal) error {
	events := one.Counts.Events
	if file, ok := r.out.(*os.File); r.json || !ok || !term.IsTerminal(int(file.Fd())) || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.Join(fmt.Errorf("this would remove %d events; nothing was removed: start it again with --approve %d", events, events),
			s.CancelRemoval(ctx, one.WorkflowID))
	}
	fmt.Fprintf(r.out, "This would remove %d events. Type that number to go on: ", events)
	var typed int
	if _, err := fmt.Fscanln(os.Stdin, &typed); err != nil || typed != events {
		return errors.Join(errors.New("not approved; nothing was removed"), s.CancelRemoval(ctx, one.WorkflowID))
	}
	return s.ApproveRemoval(ctx, one.WorkflowID, workflows.Approval{Deletions: events})
}

func (r *removalReport) line(one starter.Removal) {
	c := one.Counts
	line := fmt.Sprintf("%-10s %d mailboxes, %d events, %d removed, %d mailboxes blocked", one.Phase, c.Mailboxes, c.Events, c.Removed, c.Blocked)
	if r.json {
		object, _ := json.Marshal(struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			workflows.RemovalProgress
			Failure string `json:"failure,omitempty"`
		}{one.WorkflowID, starter.Status(one.Phase), one.RemovalProgress, one.Failure})
		line = string(object)
	}
	if line == r.last {
		return
	}
	fmt.Fprintln(r.out, line)
	r.last = line
	if one.Phase == workflows.PhaseCompleted && !r.json {
		for _, uncleared := range one.Uncleared {
			fmt.Fprintf(r.out, "  employee %s: %s\n", uncleared.Employee, uncleared.Reason)
		}
	}
}
