package worker

import (
	"context"

	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/workflows"
)

// changedPeople has what a comparison finds out of people follow the way of what Figgo
// announces. It implements activities.Changes.
type changedPeople struct {
	// feed is nil where this is the only process, whose directories are not told.
	feed     *changes.Feed
	absences interface {
		Wake(ctx context.Context, request workflows.WakeRequest) error
	}
}

func (c changedPeople) Changed(ctx context.Context, source string, employees []string) error {
	if c.feed == nil {
		return nil
	}
	for _, employee := range employees {
		if err := c.feed.Publish(ctx, source, employee); err != nil {
			return err
		}
	}
	return c.absences.Wake(ctx, workflows.WakeRequest{Source: source, Employees: employees, After: changes.Delay})
}
