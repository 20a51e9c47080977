package command

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

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

// tell reports how far it is, and tells whether that is its end.
func (r *reporter) tell(ctx context.Context, s *starter.Starter, one starter.Initialization) (ended bool, err error) {
	switch one.Phase {
	case workflows.PhaseCompleted:
		ended = true
	case workflows.PhaseCancelled:
		ended, err = true, errors.New("the initialization was cancelled")
	case workflows.PhaseFailed:
		ended, err = true, errors.New(one.Failure)
	}
	if r.json {
		r.object(one)
	} else {
		r.line(one, ended)
	}
	switch {
	case one.Phase == workflows.PhaseConfirming:
		err = r.confirm(ctx, s, one.WorkflowID, one.Employees)
	case one.Phase == workflows.PhaseWaiting && one.Breaker != nil:
		err = r.approve(ctx, s, one)
	}
	return ended, err
}

// jsonProgress is a line of --json: what GET /api/v1/initializations/{id} calls by
// the same names.
type jsonProgress struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	workflows.Progress
	Failure string `json:"failure,omitempty"`
}

func (r *reporter) object(one starter.Initialization) {
	object := jsonProgress{ID: starter.ShortID(one.WorkflowID), Status: starter.Status(one.Phase),
		Progress: one.Progress, Failure: one.Failure}
	line, err := json.Marshal(object)
	if err == nil && string(line) != r.last {
		fmt.Fprintf(r.out, "%s\n", line)
		r.last = string(line)
	}
}

// started tells the id alone.
func (r *reporter) started(id string) {
	if !r.json {
		fmt.Fprintln(r.out, id)
		return
	}
	line, _ := json.Marshal(map[string]string{"id": starter.ShortID(id), "status": "running"})
	fmt.Fprintf(r.out, "%s\n", line)
}

func (r *reporter) line(one starter.Initialization, ended bool) {
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
	return fmt.Sprintf("[%-*s] %s", width, strings.Repeat("#", filled), text)
}

// summary tells of each legal entity, why absences are not in calendars, and what
// a dry run found for each employee.
func (r *reporter) summary(one starter.Initialization) {
	for _, entity := range one.LegalEntities {
		written := fmt.Sprintf("%d written", entity.Synced)
		if one.DryRun {
			written = fmt.Sprintf("%d to create, %d to change", entity.Created, entity.Updated)
		}
		fmt.Fprintf(r.out, "  legal entity %s: %d absences, %s, %d right already, %d skipped, %d blocked",
			entity.LegalEntity, entity.Total, written, entity.Unchanged, entity.Skipped, entity.Blocked)
		if entity.Unreadable > 0 {
			fmt.Fprintf(r.out, ", %d unreadable", entity.Unreadable)
		}
		if entity.Failure != "" {
			fmt.Fprintf(r.out, "; not finished: %s", entity.Failure)
		}
		fmt.Fprintln(r.out)
		for _, line := range reasons(entity.Troubled) {
			fmt.Fprintf(r.out, "    %s\n", line)
		}
		for _, employee := range entity.Preview {
			fmt.Fprintf(r.out, "    employee %s: %d to create, %d to change, %d right already, %d skipped, %d blocked%s\n", employee.Employee,
				employee.Created, employee.Updated, employee.Unchanged, employee.Skipped, employee.Blocked,
				because(employee.Reason))
		}
	}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

// reasons counts them, the most frequent first.
func reasons(troubled []workflows.Troubled) []string {
	counts := map[string]int{}
	for _, one := range troubled {
		counts[one.Reason]++
	}
	words := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, word := range words {
		words[i] = fmt.Sprintf("%d × %s", counts[word], word)
	}
	return words
}

// approve is confirm for the numbers of events that would be deleted and changed.
func (r *reporter) approve(ctx context.Context, s *starter.Starter, one starter.Initialization) error {
	return approval{
		out: r.out, terminal: r.terminal, flags: approvalFlags(one.Breaker),
		approve: func(typed workflows.Approval) error { return s.ApproveOperation(ctx, one.WorkflowID, typed) },
		cancel:  func() error { return s.CancelInitialization(ctx, one.WorkflowID) },
	}.ask(one.Breaker)
}

// confirm asks for the number of employees on a terminal; elsewhere it ends the
// initialization and tells how to start it with the number.
func (r *reporter) confirm(ctx context.Context, s *starter.Starter, id string, employees int) error {
	if !r.terminal || !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.Join(fmt.Errorf("this would write into the calendars of up to %d employees; nothing was written: start it again with --confirm %d",
			employees, employees), s.CancelInitialization(ctx, id))
	}
	fmt.Fprintf(r.out, "\nThis would write into the calendars of up to %d employees. Type that number to go on: ",
		employees)
	var typed int
	if _, err := fmt.Fscanln(os.Stdin, &typed); err != nil || typed != employees {
		return errors.Join(errors.New("not confirmed; nothing was written"), s.CancelInitialization(ctx, id))
	}
	return s.ConfirmInitialization(ctx, id, typed)
}
