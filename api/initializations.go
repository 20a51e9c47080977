package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) initializationRoutes() {
	const tag, all, one = "initializations", "/api/v1/initializations", "/api/v1/initializations/{initialization}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listInitializations", tag: tag, summary: "List the newest initializations",
		answer: "Without counts; Temporal's list may be a second behind.",
	}, s.listInitializations)
	register(change, operation{
		at: "POST " + all, id: "startInitialization", tag: tag, summary: "Write what Figgo already has", status: 202,
		answer:  "Started.",
		refuses: []int{422},
		sends:   `{"synchronization": "headquarters", "since": "2026-10-01", "legalEntities": ["1"], "dryRun": true}`,
		example: startedInitialization{
			ID: exampleID, Status: "running",
			Workflow: workflowBody{ID: admin.InitializationWorkflow(exampleID), Running: true},
		},
	}, s.startInitialization)
	register(see, operation{
		at: "GET " + one, id: "getInitialization", tag: tag, summary: "Tell how far an initialization is",
		answer: "How far it is.",
	}, s.getInitialization)
	register(change, operation{
		at: "DELETE " + one, id: "cancelInitialization", tag: tag,
		summary: "Cancel: nothing more is started, what is written stays",
		status:  202, answer: "Asked for.",
	}, s.cancelInitialization)
	register(change, operation{
		at: "POST " + one + "/confirm", id: "confirmInitialization", tag: tag,
		summary:     "Confirm a large initialization",
		description: "409 not-confirmable where it does not wait for this number.", status: 202, answer: "Confirmed.",
		refuses: []int{409},
	}, s.confirmInitialization)
	register(change, operation{
		at: "POST " + one + "/approve", id: "approveInitialization", tag: tag, status: 202,
		summary: "Approve what a waiting initialization would do", description: approveDescription,
		answer: "It goes on.", refuses: []int{409},
		sends: approvalExample, example: approvedOperation{exampleID, approvalOfExample},
	}, s.approveInitialization)
	register(s.door(access.Consult, s.allow(access.Consult)), operation{
		at: "GET " + one + "/events", id: "streamInitialization", tag: tag,
		summary: "Follow an initialization as server-sent events",
		answer: "Events named progress with the JSON of GET, when something changed and once a second at most; a " +
			"comment every 15 seconds. The stream ends with the initialization, and after 15 minutes: then ask " +
			"again.",
		content: "text/event-stream",
		also: map[int]*huma.Response{
			204: {Description: "It is over, and the last event was received: Last-Event-ID is end."},
		},
	}, s.streamInitialization)
}

const exampleID = "acme.5f1d7f6e-6a0b-5c8e-9a53-2f6f3d1c8b4a"

// initializationInput is workflows.InitializationInput as a body has it.
type initializationInput struct {
	Synchronization string       `json:"synchronization" rule:"required" doc:"Name of a synchronization that is not paused."`
	Since           absence.Date `json:"since" doc:"Absences that end on this day or later are written. Default: today."`
	LegalEntities   []string     `json:"legalEntities" rule:"max=128 items=10000" doc:"Default: all of the synchronization."`
	DryRun          bool         `json:"dryRun" doc:"Write nothing; tell what would be written."`
	Confirm         int          `json:"confirm" rule:"max=10000000" doc:"The number of employees, where a confirmation will be asked for."`
}

// startedInitialization is an initialization that was started.
type startedInitialization struct {
	ID       string       `json:"id"`
	Status   string       `json:"status" enum:"running"`
	Workflow workflowBody `json:"workflow"`
}

// startInitialization answers 202 with an id once Temporal has the work. What is
// wrong with the request is told at once, and not by a failed workflow. The same
// Idempotency-Key again is the same initialization.
func (s *Server) startInitialization(ctx context.Context, in *struct {
	Key string `header:"Idempotency-Key" maxLength:"255" doc:"The same key for the same source again is the same initialization, whatever the body: a second send starts nothing."`
	Spoken
	Body body[initializationInput]
}) (*accepted[startedInitialization], error) {
	var input initializationInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	id, err := s.config.Admin.StartInitialization(ctx, author(ctx), workflows.InitializationInput{
		Synchronization: input.Synchronization, Since: input.Since, LegalEntities: input.LegalEntities,
		DryRun: input.DryRun, Confirm: input.Confirm,
	}, in.Key)
	if wrong, ok := errors.AsType[*settings.InvalidError](err); ok {
		code := "wrong-initialization"
		if wrong.Problems[0].Code == admin.CodeUnknownSynchronization {
			code = admin.CodeUnknownSynchronization
		}
		return nil, invalid(http.StatusUnprocessableEntity, code, wrong.Problems)
	}
	if err != nil {
		return nil, initializationFailed(err)
	}
	workflowID := admin.InitializationWorkflow(id)
	workflow := workflowBody{ID: workflowID, Running: true, URL: s.config.Admin.WorkflowURL(workflowID, "")}
	return &accepted[startedInitialization]{
		"/api/v1/initializations/" + id, startedInitialization{ID: id, Status: "running", Workflow: workflow},
	}, nil
}

func (s *Server) listInitializations(ctx context.Context, in *struct {
	Synchronization string `query:"synchronization" maxLength:"255" doc:"Those of one synchronization."`
	Spoken
}) (*answer[list[initializationBody]], error) {
	all, err := s.config.Admin.Initializations(ctx, in.Synchronization)
	return listed(all, initializationFailed(err), func(one starter.Initialization) initializationBody {
		return s.initialization(one, admin.RunPeople{}, in.lang())
	})
}

func (s *Server) getInitialization(ctx context.Context, in *struct {
	InitializationPath
	Spoken
}) (*answer[initializationBody], error) {
	one, err := s.config.Admin.Initialization(ctx, in.Initialization)
	if err != nil {
		return nil, initializationFailed(err)
	}
	return answered(s.initialization(one, s.config.Admin.RunPeople(ctx, one), in.lang()), nil)
}

// cancelledInitialization is an initialization that was asked to stop.
type cancelledInitialization struct {
	ID string `json:"id"`
}

func (s *Server) cancelInitialization(
	ctx context.Context, in *InitializationPath,
) (*answer[cancelledInitialization], error) {
	err := s.config.Admin.CancelInitialization(ctx, author(ctx), in.Initialization)
	return answered(cancelledInitialization{in.Initialization}, initializationFailed(err))
}

// confirmationInput is workflows.Confirmation as a body has it.
type confirmationInput struct {
	Employees int `json:"employees" rule:"required max=10000000" doc:"The number of employees that the initialization tells."`
}

// confirmedInitialization is an initialization that was confirmed.
type confirmedInitialization struct {
	ID        string `json:"id"`
	Employees int    `json:"employees"`
}

func (s *Server) confirmInitialization(ctx context.Context, in *struct {
	InitializationPath
	Body body[confirmationInput]
}) (*answer[confirmedInitialization], error) {
	var input confirmationInput
	if _, err := in.Body.into(&input); err != nil {
		return nil, err
	}
	if input.Employees <= 0 || input.Employees > 10_000_000 {
		return nil, refused(http.StatusBadRequest, "bad-body.confirmation")
	}
	err := s.config.Admin.ConfirmInitialization(ctx, author(ctx), in.Initialization, input.Employees)
	return answered(confirmedInitialization{in.Initialization, input.Employees}, initializationFailed(err))
}

func (s *Server) approveInitialization(ctx context.Context, in *struct {
	InitializationPath
	Body body[approvalInput]
}) (*answer[approvedOperation], error) {
	return approved(in.Initialization, in.Body, func(approval workflows.Approval) error {
		err := s.config.Admin.ApproveInitialization(ctx, author(ctx), in.Initialization, approval)
		return operationFailed(err, "", "unknown-initialization")
	})
}

func initializationFailed(err error) error {
	switch {
	case errors.Is(err, starter.ErrNotFound):
		return refused(http.StatusNotFound, "unknown-initialization")
	case errors.Is(err, starter.ErrNotConfirmable):
		return refused(http.StatusConflict, "not-confirmable")
	}
	return err
}
