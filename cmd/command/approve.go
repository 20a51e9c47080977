package command

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func approveCommand() *cobra.Command {
	command := &cobra.Command{Use: "approve", Short: "Let a run go on that waits for its numbers"}
	command.AddCommand(
		approveOneCommand("removal", workflows.RemovalID),
		approveOneCommand("reconciliation", workflows.ReconciliationID), approveInitializationCommand(),
	)
	return command
}

func approveOneCommand(kind string, workflowID func(source, id string) string) *cobra.Command {
	var (
		flags    operationFlags
		approval workflows.Approval
	)
	command := &cobra.Command{
		Use:   kind + " ID",
		Short: "Let a " + kind + " go on that waits",
		Long: "approve lets a " + kind + " go on that waits because it would delete or write more than a few events. The\n" +
			approveNumbers,
		Example: "  figgosync approve " + kind + " demo.5f1d7f6e-6a0b-5c8e-9a53-2f6f3d1c8b4a --deletions 412",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id := args[0]
			if source, rest, short := strings.Cut(id, "."); short {
				id = workflowID(source, rest)
			}
			return flags.approve(c, id, approval)
		},
	}
	f := command.Flags()
	flags.bind(f)
	bindApproval(f, &approval)
	return command
}

const approveNumbers = "numbers are those that it tells; others are refused, and the right ones told."

func bindApproval(f *pflag.FlagSet, approval *workflows.Approval) {
	f.IntVar(&approval.Deletions, "deletions", 0, "the `number` of events that it would delete")
	f.IntVar(&approval.Changes, "changes", 0, "the `number` of events that it would write")
}

func approveInitializationCommand() *cobra.Command {
	var (
		flags    startFlags
		approval workflows.Approval
	)
	command := &cobra.Command{
		Use:   "initialization ID",
		Short: "Let an initialization go on that waits",
		Long: "approve lets an initialization go on that waits because it would delete or change more than a few of the\n" +
			"events there are. The " + approveNumbers,
		Example: "  figgosync approve initialization demo.5f1d7f6e-6a0b-5c8e-9a53-2f6f3d1c8b4a --deletions 0 --changes 412",
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			id, _, ok := workflows.ParseInitializationID(args[0])
			if !ok {
				return fmt.Errorf("%q is not the id of an initialization", args[0])
			}
			nothing := func(context.Context, *activities.Activities) (string, error) { return "", nil }
			return flags.run(c, nothing, func(ctx context.Context, s *starter.Starter, _ string) (string, error) {
				return id, approveOne(ctx, s, id, approval)
			})
		},
	}
	f := command.Flags()
	flags.bind(f)
	bindApproval(f, &approval)
	return command
}

func approveOne(ctx context.Context, s *starter.Starter, id string, approval workflows.Approval) error {
	err := s.ApproveOperation(ctx, id, approval)
	if errors.Is(err, starter.ErrNotFound) {
		err = fmt.Errorf("there is no %s", id)
	}
	return err
}

// approve lets a waiting run go on, and reports until it ends.
func (o *operationFlags) approve(c *cobra.Command, id string, approval workflows.Approval) error {
	nothing := func(context.Context, *activities.Activities) (string, error) { return "", nil }
	return o.with(c, nothing, func(ctx context.Context, s *starter.Starter, _ string,
		_ *operationReport) (string, error) {
		return id, approveOne(ctx, s, id, approval)
	})
}
