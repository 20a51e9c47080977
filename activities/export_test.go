package activities

import (
	"context"

	"github.com/figgosync/figgosync/workflows"
)

// RightAfter are the employees whose mailboxes a comparison tells the next attempt.
func RightAfter(ctx context.Context, a *Activities, request workflows.CompareRequest) []string {
	c := &comparison{Activities: a, request: request, wanted: map[string][]string{}, unknown: map[string]bool{}, absences: map[string]expected{}}
	for _, step := range []func(context.Context) error{c.open, c.readAbsences, c.readOwners, c.compare} {
		if err := step(ctx); err != nil {
			return []string{err.Error()}
		}
	}
	return c.heartbeat().(rightMailboxes).Employees
}
