package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// operationReport prints how far a removal or a reconciliation is. Reasons are told in
// its language, with their codes.
type operationReport struct {
	out  io.Writer
	json bool
	lang texts.Lang
	last string
}

// started tells the workflow id, by which the run is approved or cancelled elsewhere.
func (r *operationReport) started(id string) {
	line := id
	if r.json {
		encoded, _ := json.Marshal(map[string]string{"id": id, "status": "running"})
		line = string(encoded)
	}
	fmt.Fprintln(r.out, line)
}

// follow reports until the run ends. Ctrl-C leaves it running.
func (r *operationReport) follow(ctx context.Context, s *starter.Starter, id string) error {
	heard := time.Now()
	for {
		one, err := s.Operation(ctx, id)
		switch {
		case ctx.Err() != nil:
			return fmt.Errorf("%s goes on; cancel it with: temporal workflow cancel --workflow-id %s", id, id)
		case errors.Is(err, starter.ErrNotFound):
			return err
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

func (r *operationReport) ended(
	ctx context.Context, s *starter.Starter, one starter.Operation,
) (ended bool, err error) {
	switch one.Phase {
	case workflows.PhaseCompleted:
		return true, nil
	case workflows.PhaseCancelled:
		return true, errors.New("it was cancelled")
	case workflows.PhaseFailed:
		return true, errors.New(r.failure(one))
	case workflows.PhaseWaiting:
		err := r.approve(ctx, s, one)
		return err != nil, err
	}
	return false, nil
}

// failure says what an operation failed for, and what to do.
func (r *operationReport) failure(one starter.Operation) string {
	if _, known := texts.Reasons()[one.Reason]; known {
		return r.reason(one.Reason)
	}
	return cmp.Or(one.Failure, "it failed")
}

// reason is a reason in words, with its code.
func (r *operationReport) reason(code string) string {
	reason := texts.ReasonFor(code)
	return reason.What.In(r.lang) + " " + reason.Do.In(r.lang) + " (" + code + ")"
}

// approve asks for the number of events on a terminal; elsewhere it ends the run and
// tells how to start it with the numbers.
func (r *operationReport) approve(ctx context.Context, s *starter.Starter, one starter.Operation) error {
	b := one.Breaker
	if b == nil {
		return nil // it goes on
	}
	flags := fmt.Sprintf("--approve %d", b.Deletions)
	if one.Reconciliation != nil {
		flags = approvalFlags(b)
	}
	file, ok := r.out.(*os.File)
	return approval{
		out: r.out, terminal: !r.json && ok && term.IsTerminal(int(file.Fd())), flags: flags,
		approve: func(typed workflows.Approval) error { return s.ApproveOperation(ctx, one.WorkflowID, typed) },
		cancel:  func() error { return s.CancelOperation(ctx, one.WorkflowID) },
	}.ask(b)
}

func approvalFlags(b *workflows.Breaker) string {
	return fmt.Sprintf("--approve-deletions %d --approve-changes %d", b.Deletions, b.Changes)
}

// approval asks for the numbers that a run waits for. flags are those to start it again
// with.
type approval struct {
	out      io.Writer
	terminal bool
	flags    string
	approve  func(workflows.Approval) error
	cancel   func() error
}

func (a approval) ask(b *workflows.Breaker) error {
	if !a.terminal || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.Join(fmt.Errorf("this would delete %d events and write %d; nothing was done: start it again with %s, "+
			"or with --wait=false and let somebody approve it", b.Deletions, b.Changes, a.flags), a.cancel())
	}
	fmt.Fprintf(a.out, "This would delete %d events and write %d. Type both numbers to go on: ", b.Deletions, b.Changes)
	var typed workflows.Approval
	if _, err := fmt.Fscanln(os.Stdin, &typed.Deletions, &typed.Changes); err != nil ||
		typed.Deletions != b.Deletions || typed.Changes != b.Changes {
		return errors.Join(errors.New("not approved; nothing was done"), a.cancel())
	}
	return a.approve(typed)
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
	if one.Phase == workflows.PhaseCompleted && !r.json {
		r.details(one)
	}
}

// details are the people and absences of a result.
func (r *operationReport) details(one starter.Operation) {
	if one.Removal != nil {
		for _, uncleared := range one.Removal.Uncleared {
			fmt.Fprintf(r.out, "  employee %s: %s\n", uncleared.Employee, r.reason(uncleared.Reason))
		}
		return
	}
	for _, found := range one.Reconciliation.Differences {
		fmt.Fprintf(r.out, "  %s: absence %s of employee %s is %s\n",
			found.Day, found.Absence, found.Employee, found.Kind)
	}
}

func operationLine(one starter.Operation) string {
	if one.Removal != nil {
		c := one.Removal.Counts
		return fmt.Sprintf("%-10s %d mailboxes, %d events, %d removed, %d mailboxes blocked",
			one.Phase, c.Mailboxes, c.Events, c.Removed, c.Blocked)
	}
	c := one.Reconciliation.Counts
	return fmt.Sprintf("%-10s %d mailboxes, %d absences, %d events: %d right, %d missing, %d surplus, %d duplicate, "+
		"%d edited, %d misplaced; %d repaired, %d blocked, %d left as they are", one.Phase, c.Mailboxes, c.Absences, c.Events, c.Right,
		c.Missing, c.Surplus, c.Duplicate, c.Edited, c.Misplaced, c.Repaired, c.Blocked,
		c.Left)
}

// operationJSON is what GET /api/v1/removals/{id} and /reconciliations/{id} call by the
// same names; id is the workflow's.
func operationJSON(one starter.Operation) string {
	type head struct {
		ID      string `json:"id"`
		Status  string `json:"status"`
		Failure string `json:"failure,omitempty"`
		Reason  string `json:"reason,omitempty"`
	}
	h := head{one.WorkflowID, starter.Status(one.Phase), one.Failure, one.Reason}
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
