package starter

import (
	"context"
	"fmt"
	"strings"
	"time"

	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/workflows"
)

// Watched is the last watch of one thing that has ended.
type Watched struct {
	// Kind is workflows.WatchedSynchronization, WatchedConnection or WatchedSource, and
	// Name its name in the settings.
	Kind, Name string
	workflows.Watched
}

const (
	// watchedWithin is how far back watches are looked for: two days, and the time that
	// a daily one may be late.
	watchedWithin = 54 * time.Hour
	// watchedPages bounds how many pages of a list are read, and watchedPage their size.
	watchedPages = 5
	watchedPage  = 1000
)

// Watched lists the last watch of everything that is watched by a Schedule, as of two
// days. Temporal's list may be a second behind.
func (s *Starter) Watched(ctx context.Context) ([]Watched, error) {
	var all []Watched
	for _, kind := range []string{workflows.WatchType, workflows.DailyCheckType} {
		newest, err := s.newestWatches(ctx, kind)
		if err != nil {
			return nil, err
		}
		all = append(all, newest...)
	}
	return all, nil
}

// newestWatches reads the list of a workflow type, the newest first.
func (s *Starter) newestWatches(ctx context.Context, workflowType string) ([]Watched, error) {
	query := "WorkflowType = '" + workflowType + "' AND ExecutionStatus = 'Completed' AND StartTime > '" +
		time.Now().Add(-watchedWithin).UTC().Format(time.RFC3339) + "'"
	newest := map[string]*workflow.WorkflowExecutionInfo{}
	request := &workflowservice.ListWorkflowExecutionsRequest{PageSize: watchedPage, Query: query}
	for range watchedPages {
		answer, err := s.client.ListWorkflow(ctx, request)
		if err != nil {
			return nil, fmt.Errorf("list the runs of %s: %w", workflowType, err)
		}
		for _, info := range answer.GetExecutions() {
			kind, name, ok := workflows.WatchedBy(info.GetExecution().GetWorkflowId())
			key := kind + "/" + name
			if known := newest[key]; ok &&
				(known == nil || known.GetCloseTime().AsTime().Before(info.GetCloseTime().AsTime())) {
				newest[key] = info
			}
		}
		if request.NextPageToken = answer.GetNextPageToken(); len(request.NextPageToken) == 0 {
			break
		}
	}
	return s.watchesOf(ctx, newest)
}

// watchesOf reads what each ended with.
func (s *Starter) watchesOf(
	ctx context.Context, newest map[string]*workflow.WorkflowExecutionInfo,
) ([]Watched, error) {
	all := make([]Watched, len(newest))
	var asked errgroup.Group
	asked.SetLimit(askedAtOnce)
	at := 0
	for key, info := range newest {
		one := &all[at]
		at++
		one.Kind, one.Name, _ = strings.Cut(key, "/")
		asked.Go(func() (err error) {
			one.Watched, err = s.watchOf(ctx, info)
			return err
		})
	}
	return all, asked.Wait()
}

// watchOf is what one ended with, which is remembered: it changes no more.
func (s *Starter) watchOf(
	ctx context.Context, info *workflow.WorkflowExecutionInfo,
) (watched workflows.Watched, err error) {
	run := info.GetExecution().GetRunId()
	if known, ok := s.watches.Get(run); ok {
		return known, nil
	}
	id := info.GetExecution().GetWorkflowId()
	if err := s.client.GetWorkflow(ctx, id, run).Get(ctx, &watched); err != nil {
		return watched, fmt.Errorf("read the end of %s: %w", id, err)
	}
	s.watches.Add(run, watched)
	return watched, nil
}
