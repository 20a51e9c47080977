package starter

import (
	"context"
	"fmt"
	"slices"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// AbsencesQuery chooses absences in Temporal's index. Empty fields choose all.
type AbsencesQuery struct {
	Source, Synchronization string
	LegalEntities           []string
	Employee, Absence       string // Figgo's ids
	// NotEmployees are left out.
	NotEmployees []string
	// Either is an employee's or an absence's id.
	Either string
	// Owners are employees by source: their absences are found too, beside those of
	// Either.
	Owners map[string][]string
	// IDs are absences' ids; Source must be set.
	IDs []string
	// Sources are where Absence and Either are looked for when Source is "": the
	// index has an absence's id only together with its source's name.
	Sources  []string
	Statuses []workflows.Status
	Reason   string
	// Reasons are several of which one is enough.
	Reasons []string
	// Running leaves out absences whose run is over: 48 hours after a deletion, 30
	// days after the last day.
	Running bool
	// Limit is the size of a page, 1 to 200; Page the token of the page wanted, ""
	// for the first.
	Limit int
	Page  string
}

// AbsenceLine is one absence as the index knows it.
type AbsenceLine struct {
	Source, Absence, Employee, LegalEntity string
	Synchronization                        string
	Status                                 workflows.Status
	Reason                                 string
	// StartedAt is when figgosync first heard of it in this run, in UTC; EndedAt
	// when its run was over, zero while it runs.
	StartedAt, EndedAt time.Time
	WorkflowID, RunID  string
}

const (
	maxLimit = 200
	// maxDistinct is how many ended runs Count looks at one by one.
	maxDistinct = 1000
	// idsAtOnce keeps queries short.
	idsAtOnce = 100
	// pagesAtMost bounds how far one call walks the index.
	pagesAtMost = 20
)

// Absences lists absences: those that live first, the newest of them first, then
// those whose run is over, the last one to end first. An absence that lived
// several times, because news came after its end, is listed once, as it is now. A
// page may be shorter than query.Limit; next is "" on the last one.
//
// The index may be a second behind, and forgets what ended longer ago than the
// namespace's retention. Errors are ErrPage for a token that is not of this query,
// and Temporal's.
func (s *Starter) Absences(ctx context.Context, query AbsencesQuery) (found []AbsenceLine, next string, err error) {
	text, some := query.visibility()
	token, err := readPage(query.Page, text)
	if err != nil || !some {
		return nil, "", err
	}
	for range pagesAtMost {
		var runs []*workflow.WorkflowExecutionInfo
		if runs, token, err = s.runs(ctx, text, min(max(query.Limit, 1), maxLimit), token); err != nil {
			return nil, "", err
		}
		if runs, err = s.newestOnly(ctx, runs); err != nil {
			return nil, "", err
		}
		for _, run := range runs {
			found = append(found, lineOf(run))
		}
		if len(found) > 0 || len(token) == 0 {
			break
		}
	}
	return found, writePage(token, text), nil
}

// Count counts the absences that the query chooses, each once. Of those that
// live there is exactly one run each. Of those whose run is over earlier runs are
// taken off one by one as long as there are no more than 1000; beyond that every
// run counts, so that the number is an upper bound.
func (s *Starter) Count(ctx context.Context, query AbsencesQuery) (int, error) {
	query.Limit, query.Page = 0, ""
	text, some := query.visibility()
	if !some {
		return 0, nil
	}
	count, err := s.count(ctx, text+" AND ExecutionStatus = 'Running'")
	if err != nil || query.Running {
		return count, err
	}
	ended := text + " AND ExecutionStatus != 'Running'"
	over, err := s.count(ctx, ended)
	if err != nil || over == 0 || over > maxDistinct {
		return count + over, err
	}
	runs, _, err := s.runs(ctx, ended, maxDistinct, nil)
	if err != nil {
		return 0, err
	}
	if runs, err = s.newestOnly(ctx, runs); err != nil {
		return 0, err
	}
	return count + len(runs), nil
}

// stuckRuns are absences whose workflow tasks keep failing, which Temporal tells of after
// five times in a row: a defect, or a worker of another version. Nobody is told by the
// workflow itself.
const stuckRuns = absenceRuns + " AND ExecutionStatus = 'Running' AND TemporalReportedProblems IN " +
	"('category=WorkflowTaskFailed', 'category=WorkflowTaskTimedOut')"

// Stuck counts absences whose workflow cannot go on. A Temporal that does not know such
// problems yet has none.
func (s *Starter) Stuck(ctx context.Context) (int, error) {
	count, err := s.count(ctx, stuckRuns)
	if invalid(err) {
		return 0, nil
	}
	return count, err
}

func (s *Starter) count(ctx context.Context, query string) (int, error) {
	answer, err := s.client.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{Query: query})
	if err != nil {
		return 0, fmt.Errorf("count absences: %w", err)
	}
	return int(answer.GetCount()), nil
}

func (s *Starter) runs(ctx context.Context, query string, limit int,
	token []byte) ([]*workflow.WorkflowExecutionInfo, []byte, error) {
	answer, err := s.client.ListWorkflow(ctx, &workflowservice.ListWorkflowExecutionsRequest{
		PageSize: int32(limit), Query: query, NextPageToken: token,
	})
	if len(token) > 0 && invalid(err) {
		return nil, nil, fmt.Errorf("%w: %w", ErrPage, err)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("list absences: %w", err)
	}
	return answer.GetExecutions(), answer.GetNextPageToken(), nil
}

// newestOnly drops the runs after which another one of the same absence was
// started, whatever the query: a run that ended says what was then.
func (s *Starter) newestOnly(ctx context.Context,
	runs []*workflow.WorkflowExecutionInfo) ([]*workflow.WorkflowExecutionInfo, error) {
	newest := map[string]*workflow.WorkflowExecutionInfo{}
	for _, run := range runs {
		if run.GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			newest[run.GetExecution().GetWorkflowId()] = nil
		}
	}
	ended := make([]string, 0, len(newest))
	for id := range newest {
		ended = append(ended, id)
	}
	for ids := range slices.Chunk(ended, idsAtOnce) {
		if err := s.newestOf(ctx, ids, newest); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(runs, func(run *workflow.WorkflowExecutionInfo) bool {
		last := newest[run.GetExecution().GetWorkflowId()]
		return last != nil && last.GetExecution().GetRunId() != run.GetExecution().GetRunId()
	}), nil
}

// newestOf finds the newest run of each of the absences.
func (s *Starter) newestOf(ctx context.Context, ids []string, newest map[string]*workflow.WorkflowExecutionInfo) error {
	var token []byte
	for range pagesAtMost {
		runs, next, err := s.runs(ctx, absenceRuns+" AND "+in("WorkflowId", ids), maxDistinct, token)
		if err != nil {
			return err
		}
		for _, run := range runs {
			id := run.GetExecution().GetWorkflowId()
			if last := newest[id]; last == nil || last.GetStartTime().AsTime().Before(run.GetStartTime().AsTime()) {
				newest[id] = run
			}
		}
		if token = next; len(token) == 0 {
			return nil
		}
	}
	return nil
}

// OwnerOf is the employee whose absence it was as its runs told, the newest of them
// first; "" where none did, or Temporal has forgotten them (the namespace's retention
// after their end).
func (s *Starter) OwnerOf(ctx context.Context, source, absence string) (employee string, err error) {
	text, some := AbsencesQuery{Source: source, IDs: []string{absence}}.visibility()
	if !some {
		return "", nil
	}
	runs, _, err := s.runs(ctx, text, maxLimit, nil)
	for _, run := range runs {
		if employee = lineOf(run).Employee; employee != "" {
			break
		}
	}
	return employee, err
}

// StateOf is what an absence's workflow knows; known is false where Temporal has none, or
// has forgotten it.
func (s *Starter) StateOf(
	ctx context.Context, source, absence string,
) (state workflows.State, known bool, err error) {
	state, err = s.stateOf(ctx, workflows.AbsenceID(source, absence), "")
	if notFound(err) {
		return state, false, nil
	}
	return state, err == nil, err
}

// stateOf asks one run of an absence's workflow, the newest where runID is "".
func (s *Starter) stateOf(ctx context.Context, id, runID string) (state workflows.State, err error) {
	answer, err := s.client.QueryWorkflow(ctx, id, runID, workflows.StateQuery)
	if err != nil {
		return state, fmt.Errorf("query %s: %w", id, err)
	}
	if err := answer.Get(&state); err != nil {
		return state, fmt.Errorf("read the state of %s: %w", id, err)
	}
	return state, nil
}

// KnownAbsences are the ids of at most limit absences of a source, in no order.
func (s *Starter) KnownAbsences(ctx context.Context, source string, limit int) (ids []string, err error) {
	text, some := AbsencesQuery{Source: source}.visibility()
	if !some {
		return nil, nil
	}
	runs, _, err := s.runs(ctx, text, limit, nil)
	for _, run := range runs {
		if id := lineOf(run).Absence; !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, err
}

func lineOf(run *workflow.WorkflowExecutionInfo) AbsenceLine {
	fields := run.GetSearchAttributes().GetIndexedFields()
	text := func(key temporal.SearchAttributeKeyKeyword) (value string) {
		_ = converter.GetDefaultDataConverter().FromPayload(fields[key.GetName()], &value) // missing: ""
		return value
	}
	line := AbsenceLine{
		Employee: text(workflows.AttributeEmployee), LegalEntity: text(workflows.AttributeLegalEntity),
		Synchronization: text(workflows.AttributeSynchronization), Reason: text(workflows.AttributeReason),
		Status:    workflows.Status(text(workflows.AttributeStatus)),
		StartedAt: run.GetStartTime().AsTime(), WorkflowID: run.GetExecution().GetWorkflowId(),
		RunID: run.GetExecution().GetRunId(),
	}
	line.Source, line.Absence, _ = workflows.ParseAbsenceID(line.WorkflowID) // ours by its type
	if run.GetCloseTime() != nil {
		line.EndedAt = run.GetCloseTime().AsTime()
	}
	return line
}
