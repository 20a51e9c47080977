package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Checkers opens a connection anew, for one check; settings.ErrNotFound for
// unknown ones. A calendar that is in use is not checked: its tokens and
// connections tell how things were. Close what is returned.
type Checkers interface {
	Checker(ctx context.Context, connection string) (calendars.Checker, func(), error)
}

// cleanUp is the part of workflows.CheckTime left for removing a probe and
// bringing the answer home.
const cleanUp = 20 * time.Second

// CheckConnection checks a connection step by step. What it finds is its answer;
// it fails only when the settings cannot be read.
func (a *Activities) CheckConnection(ctx context.Context,
	request workflows.CheckRequest) (workflows.CheckResult, error) {
	checker, done, err := a.Checkers.Checker(ctx, request.Connection)
	if err != nil {
		steps, err := cannotCheck(err)
		return workflows.CheckResult{Steps: steps}, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, workflows.CheckTime-cleanUp)
	defer cancel()
	steps := checker.Check(ctx, request.Mailbox, request.Probe)
	if replier, ok := checker.(calendars.AutoReplier); ok && request.AutoReplies && request.Mailbox != "" &&
		calendars.Passed(steps) {
		steps = append(steps, calendars.CheckAutoReply(ctx, replier, request.Mailbox))
	}
	for _, step := range steps {
		if step.Outcome == calendars.StepFailed {
			a.Log.Info("connection check failed", "connection", request.Connection, "step", step.Name,
				"finding", step.Finding)
		}
	}
	return workflows.CheckResult{Steps: CheckSteps(steps)}, nil
}

// cannotCheck turns what is wrong with the settings into steps. Errors of the
// adapters name the key that is wrong and never its value.
func cannotCheck(err error) ([]workflows.CheckStep, error) {
	list := calendars.NewChecklist()
	blocked, unusable := errors.AsType[*calendars.Blocked](err)
	switch {
	case errors.Is(err, settings.ErrNotFound):
		list.Fail(calendars.StepAddress, calendars.ConnectionUnknown, "")
	case unusable && blocked.Err != nil:
		list.Fail(calendars.StepAddress, calendars.SettingsInvalid, blocked.Err.Error())
	case unusable:
		list.Fail(calendars.StepAddress, calendars.SettingsInvalid, blocked.Code)
	default:
		return nil, fmt.Errorf("open the connection: %w", err)
	}
	return CheckSteps(list.Steps()), nil
}

// CheckSteps puts the steps of a check into the workflow's words.
func CheckSteps(steps []calendars.Step) []workflows.CheckStep {
	all := make([]workflows.CheckStep, 0, len(steps))
	for _, step := range steps {
		all = append(all, workflows.CheckStep{
			Name: string(step.Name), Outcome: string(step.Outcome), Finding: string(step.Finding), Detail: step.Detail,
			Took: step.Took,
		})
	}
	return all
}
