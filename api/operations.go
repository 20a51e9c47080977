package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

// operationBody is how far a reconciliation or a removal is, as each tells it.
type operationBody interface {
	reconciliationBody | removalBody
}

// operationResource serves one kind of them.
type operationResource[B operationBody] struct {
	*Server
	kind settings.Kind
	// unknown is the message for an id that none has.
	unknown string
	body    func(
		s *Server, ctx context.Context, one starter.Operation, people map[string]admin.Person, lang texts.Lang,
	) B
}

func (s *Server) reconciliationRoutes() {
	const all, one = "/api/v1/reconciliations", "/api/v1/reconciliations/{reconciliation}"
	of := operationResource[reconciliationBody]{
		s, settings.KindReconciliation, "unknown-reconciliation", (*Server).reconciliation,
	}
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listReconciliations", tag: "reconciliations", summary: "List the newest reconciliations",
		answer: "The newest 90; Temporal's list may be a second behind.",
	}, of.list)
	register(change, operation{
		at: "POST " + all, id: "startReconciliation", tag: "reconciliations", status: 202, answer: "Started.",
		summary: "Compare calendars with Figgo, and put right what differs", refuses: []int{422},
		sends:   `{"synchronization": "headquarters", "repair": true}`,
		example: begun(settings.KindReconciliation, exampleID),
	}, s.startReconciliation)
	register(see, operation{
		at: "GET " + one, id: "getReconciliation", tag: "reconciliations", answer: "How far it is.",
		summary: "Tell how far a reconciliation is",
	}, func(ctx context.Context, in *struct {
		ReconciliationPath
		Spoken
	}) (*answer[reconciliationBody], error) {
		return of.get(ctx, in.Reconciliation, in.lang())
	})
	register(change, operation{
		at: "POST " + one + "/approve", id: "approveReconciliation", tag: "reconciliations", status: 202,
		summary: "Approve what a waiting reconciliation would do", description: approveDescription,
		answer: "It goes on.", refuses: []int{409},
		sends: approvalExample, example: approvedOperation{exampleID, approvalOfExample},
	}, func(ctx context.Context, in *struct {
		ReconciliationPath
		Body body[approvalInput]
	}) (*answer[approvedOperation], error) {
		return of.approve(ctx, in.Reconciliation, in.Body)
	})
	register(change, operation{
		at: "DELETE " + one, id: "cancelReconciliation", tag: "reconciliations", status: 202, answer: "Asked for.",
		summary: "Cancel: nothing more is put right, what was stays",
	}, func(ctx context.Context, in *ReconciliationPath) (*answer[cancelledOperation], error) {
		return of.cancel(ctx, in.Reconciliation)
	})
}

func (s *Server) removalRoutes() {
	const all, one = "/api/v1/removals", "/api/v1/removals/{removal}"
	of := operationResource[removalBody]{s, settings.KindRemoval, "unknown-removal", (*Server).removal}
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listRemovals", tag: "removals", summary: "List the newest removals",
		answer: "The newest 90; Temporal's list may be a second behind.",
	}, of.list)
	register(change, operation{
		at: "POST " + all, id: "startRemoval", tag: "removals", summary: "Take our events out of calendars again",
		description: "Of a synchronization, of a legal entity or an employee of a source, or what an initialization " +
			"created: exactly one of the four. It counts first; more than a few events wait for an approval. Then the " +
			"synchronization is paused, or excludes the employee, and the events are removed.",
		status: 202, answer: "Started.", refuses: []int{422},
		sends: `{"synchronization": "headquarters", "dryRun": true}`, example: begun(settings.KindRemoval, exampleID),
	}, s.startRemoval)
	register(see, operation{
		at: "GET " + one, id: "getRemoval", tag: "removals", answer: "How far it is.",
		summary: "Tell how far a removal is",
	}, func(ctx context.Context, in *struct {
		RemovalPath
		Spoken
	}) (*answer[removalBody], error) {
		return of.get(ctx, in.Removal, in.lang())
	})
	register(change, operation{
		at: "POST " + one + "/approve", id: "approveRemoval", tag: "removals", status: 202,
		summary: "Approve what a waiting removal would do", description: approveDescription,
		answer: "It goes on.", refuses: []int{409},
		sends: approvalExample, example: approvedOperation{exampleID, approvalOfExample},
	}, func(ctx context.Context, in *struct {
		RemovalPath
		Body body[approvalInput]
	}) (*answer[approvedOperation], error) {
		return of.approve(ctx, in.Removal, in.Body)
	})
	register(change, operation{
		at: "DELETE " + one, id: "cancelRemoval", tag: "removals", status: 202, answer: "Asked for.",
		summary: "Cancel: nothing more is removed, what is gone stays so",
	}, func(ctx context.Context, in *RemovalPath) (*answer[cancelledOperation], error) {
		return of.cancel(ctx, in.Removal)
	})
}

const (
	approveDescription = "By the very numbers of its breaker; 409 other-numbers tells them where they are others, " +
		"409 not-waiting where it waits for nothing."
	approvalExample = `{"deletions": 61, "changes": 4}`
)

var approvalOfExample = workflows.Approval{Deletions: 61, Changes: 4}

// reconciliationInput is workflows.ReconciliationInput as a body has it.
type reconciliationInput struct {
	Synchronization string       `json:"synchronization" rule:"required" doc:"Name of a synchronization that is not paused."`
	Repair          bool         `json:"repair" doc:"Also put right what differs; otherwise only tell."`
	From            absence.Date `json:"from" doc:"First day that is compared. Default: 30 days ago."`
	To              absence.Date `json:"to" doc:"Last day that is compared. Default: in 400 days."`
}

// removalInput is what to take out of calendars.
type removalInput struct {
	Synchronization string `json:"synchronization" doc:"Name of a synchronization: all its legal entities."`
	Source          string `json:"source" doc:"Name of the source of legalEntity or employee."`
	LegalEntity     string `json:"legalEntity" rule:"max=128" doc:"Id of one legal entity of source."`
	Employee        string `json:"employee" rule:"max=128" doc:"Id of one employee of source."`
	Initialization  string `json:"initialization" doc:"Id of an initialization: what it created."`
	DryRun          bool   `json:"dryRun" doc:"Remove nothing; tell how many events there are."`
}

// approvalInput is workflows.Approval as a body has it.
type approvalInput struct {
	Deletions int `json:"deletions" rule:"max=100000000" doc:"The deletions that the breaker tells."`
	Changes   int `json:"changes" rule:"max=100000000" doc:"The changes that the breaker tells."`
}

// startedOperation is one that was started.
type startedOperation struct {
	ID       string       `json:"id"`
	Status   string       `json:"status" enum:"running"`
	Workflow workflowBody `json:"workflow"`
}

// approvedOperation is one that was approved.
type approvedOperation struct {
	ID string `json:"id"`
	workflows.Approval
}

// cancelledOperation is one that was asked to stop.
type cancelledOperation struct {
	ID string `json:"id"`
}

func begun(kind settings.Kind, id string) startedOperation {
	workflow := workflowBody{ID: admin.OperationWorkflow(kind, id), Running: true}
	return startedOperation{ID: id, Status: "running", Workflow: workflow}
}

// begun is where one that was started is followed.
func (s *Server) begun(kind settings.Kind, id string) *accepted[startedOperation] {
	started := begun(kind, id)
	started.Workflow.URL = s.config.Admin.WorkflowURL(started.Workflow.ID, "")
	return &accepted[startedOperation]{"/api/v1/" + string(kind) + "s/" + id, started}
}

// IdempotencyKey is what makes a start that is sent twice one.
type IdempotencyKey struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"The same key for the same source again is the same run, whatever the body: a second send starts nothing."`
}

func (s *Server) startReconciliation(ctx context.Context, in *struct {
	IdempotencyKey
	Spoken
	Body body[reconciliationInput]
}) (*accepted[startedOperation], error) {
	var input reconciliationInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	id, err := s.config.Admin.StartReconciliation(ctx, author(ctx), workflows.ReconciliationInput{
		Synchronization: input.Synchronization, Repair: input.Repair, From: input.From, To: input.To,
	}, in.Key)
	if err != nil {
		return nil, operationFailed(err, "wrong-reconciliation", "")
	}
	return s.begun(settings.KindReconciliation, id), nil
}

func (s *Server) startRemoval(ctx context.Context, in *struct {
	IdempotencyKey
	Spoken
	Body body[removalInput]
}) (*accepted[startedOperation], error) {
	var input removalInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	id, err := s.config.Admin.StartRemoval(ctx, author(ctx), admin.RemovalScope{
		Synchronization: input.Synchronization, Source: input.Source, LegalEntity: input.LegalEntity,
		Employee: input.Employee, Initialization: input.Initialization, DryRun: input.DryRun,
	}, in.Key)
	if err != nil {
		return nil, operationFailed(err, "wrong-removal", "")
	}
	return s.begun(settings.KindRemoval, id), nil
}

func (o operationResource[B]) list(ctx context.Context, in *struct {
	Synchronization string `query:"synchronization" maxLength:"255" doc:"Those of one synchronization."`
	Spoken
}) (*answer[list[B]], error) {
	all, err := o.config.Admin.Operations(ctx, o.kind, in.Synchronization)
	return listed(all, err, func(one starter.Operation) B { return o.body(o.Server, ctx, one, nil, in.lang()) })
}

func (o operationResource[B]) get(ctx context.Context, id string, lang texts.Lang) (*answer[B], error) {
	one, err := o.config.Admin.Operation(ctx, o.kind, id)
	if err != nil {
		return nil, operationFailed(err, "", o.unknown)
	}
	return answered(o.body(o.Server, ctx, one, o.config.Admin.OperationPeople(ctx, one), lang), nil)
}

func (o operationResource[B]) approve(
	ctx context.Context, id string, sent body[approvalInput],
) (*answer[approvedOperation], error) {
	return approved(id, sent, func(approval workflows.Approval) error {
		err := o.config.Admin.ApproveOperation(ctx, author(ctx), o.kind, id, approval)
		return operationFailed(err, "", o.unknown)
	})
}

// approved approves by the numbers of a body.
func approved(
	id string, sent body[approvalInput], approve func(workflows.Approval) error,
) (*answer[approvedOperation], error) {
	var input approvalInput
	if _, err := sent.into(&input); err != nil {
		return nil, err
	}
	approval := workflows.Approval(input)
	return answered(approvedOperation{id, approval}, approve(approval))
}

func (o operationResource[B]) cancel(ctx context.Context, id string) (*answer[cancelledOperation], error) {
	err := o.config.Admin.CancelOperation(ctx, author(ctx), o.kind, id)
	return answered(cancelledOperation{id}, operationFailed(err, "", o.unknown))
}

// operationFailed says in which words an operation is refused: wrong is the code for
// input that is no good, unknown the message for an id that none has.
func operationFailed(err error, wrong, unknown string) error {
	if input, ok := errors.AsType[*settings.InvalidError](err); ok {
		if input.Problems[0].Code == admin.CodeUnknownSynchronization {
			wrong = admin.CodeUnknownSynchronization
		}
		return invalid(http.StatusUnprocessableEntity, wrong, input.Problems)
	}
	if other, ok := errors.AsType[*admin.NotApprovableError](err); ok {
		return notApprovable(other.Breaker)
	}
	if errors.Is(err, starter.ErrNotFound) {
		return refused(http.StatusNotFound, unknown)
	}
	return err
}

func notApprovable(breaker *workflows.Breaker) error {
	if breaker == nil {
		return refused(http.StatusConflict, "not-waiting")
	}
	refusal := refused(http.StatusConflict, "other-numbers",
		"deletions", strconv.Itoa(breaker.Deletions), "changes", strconv.Itoa(breaker.Changes))
	refusal.breaker = breaker
	return refusal
}
