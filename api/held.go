package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

func (s *Server) heldRoutes() {
	const tag, all, one = "held", "/api/v1/held", "/api/v1/held/{source}"
	see, change := s.see(), s.change()
	register(see, operation{
		at: "GET " + all, id: "listHeld", tag: tag, summary: "List the live deletions that wait for a decision",
		answer: "The first of each source; total is how many there are.", refuses: []int{404},
	}, s.listHeld)
	register(change, operation{
		at: "POST " + one + "/approve", id: "approveHeld", tag: tag, status: 202, answer: "They are carried out.",
		summary: "Carry out all deletions of a source that are held", description: heldDescription, refuses: []int{409},
		optional: true,
	}, func(ctx context.Context, in *heldDecision) (*answer[decidedHeld], error) {
		return s.decideHeld(ctx, in, true)
	})
	register(change, operation{
		at: "POST " + one + "/drop", id: "dropHeld", tag: tag, status: 202, answer: "Their events stay.",
		summary: "Leave the events of all deletions of a source that are held", description: heldDescription,
		refuses:  []int{409},
		optional: true,
	}, func(ctx context.Context, in *heldDecision) (*answer[decidedHeld], error) {
		return s.decideHeld(ctx, in, false)
	})
}

const heldDescription = "The body may name the number that is expected: 409 other-numbers where it is another, " +
	"409 nothing-held where none is held. Refused, those of the same burst that were carried out before are " +
	"written anew."

// heldDecision is what decides.
type heldDecision struct {
	SourcePath
	Body body[heldInput]
}

// heldInput is workflows.Decision as a body has it; no body is about any number.
type heldInput struct {
	Deletions int `json:"deletions" rule:"max=100000000" doc:"How many are held as far as you know; 0 for any."`
}

// heldBody is a deletion in Figgo whose event is still there.
type heldBody struct {
	Source       string     `json:"source"`
	Absence      string     `json:"absence"`
	Employee     string     `json:"employee,omitempty"`
	EmployeeName string     `json:"employeeName,omitempty" doc:"The employee's given and family name, where Figgo tells it at once. It is kept in memory only: in no index, log or audit log."`
	LegalEntity  string     `json:"legalEntity,omitempty"`
	From         string     `json:"from,omitempty" format:"date" doc:"First day that its event shows, where it is known."`
	To           string     `json:"to,omitempty" format:"date" doc:"Last day, inclusive."`
	HeldAt       *time.Time `json:"heldAt,omitempty"`
}

// heldListBody are those that are listed, and how many there are.
type heldListBody struct {
	Items      []heldBody `json:"items"`
	Total      int        `json:"total"`
	CarriedOut int        `json:"carriedOut" doc:"How many of the same bursts were carried out before; a refusal writes them anew."`
}

// decidedHeld is how many deletions were decided.
type decidedHeld struct {
	Source string `json:"source"`
	Count  int    `json:"count"`
}

func (s *Server) listHeld(ctx context.Context, in *struct {
	Source string `query:"source" maxLength:"255" doc:"Those of one source."`
}) (*answer[heldListBody], error) {
	all, err := s.config.Admin.Held(ctx, in.Source)
	if err != nil {
		return nil, heldFailed(err)
	}
	body := heldListBody{Items: []heldBody{}}
	for _, of := range all {
		body.Total += of.Total
		body.CarriedOut += of.CarriedOut
		for _, one := range of.Deletions {
			body.Items = append(body.Items, heldBody{
				Source: of.Source, Absence: one.Absence, Employee: one.Employee, LegalEntity: one.LegalEntity,
				EmployeeName: of.People[one.Employee].Name, HeldAt: moment(one.At),
				From: one.From.String(), To: one.To.String(),
			})
		}
	}
	return answered(body, nil)
}

func (s *Server) decideHeld(ctx context.Context, in *heldDecision, approve bool) (*answer[decidedHeld], error) {
	var input heldInput
	if !in.Body.absent() {
		if _, err := in.Body.into(&input); err != nil {
			return nil, err
		}
	}
	decision := workflows.Decision{Approve: approve, Deletions: input.Deletions}
	count, err := s.config.Admin.DecideHeld(ctx, author(ctx), in.Source, decision)
	return answered(decidedHeld{in.Source, count}, heldFailed(err))
}

func heldFailed(err error) error {
	if other, ok := errors.AsType[*admin.NotApprovableError](err); ok && other.Breaker != nil {
		return notApprovable(other.Breaker)
	}
	switch {
	case errors.Is(err, settings.ErrNotFound):
		return refused(http.StatusNotFound, "unknown-source")
	case errors.Is(err, starter.ErrNotApprovable):
		return refused(http.StatusConflict, "nothing-held")
	}
	return err
}
