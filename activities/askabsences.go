package activities

import (
	"context"
	"errors"
	"fmt"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/workflows"
)

// ReasonEnded says that an absence's workflow was ended from outside, with its
// change not carried out.
const ReasonEnded = "workflow-ended"

// AskAbsences looks up what became of absences that do not report to their
// initialization. Those under way are left out of the answer.
func (a *Activities) AskAbsences(ctx context.Context, request workflows.AskRequest) (workflows.AskResult, error) {
	var answer workflows.AskResult
	for _, absence := range request.Absences {
		settled, known, err := askAbsence(ctx, activity.GetClient(ctx), request.Source, absence)
		if err != nil {
			return answer, err
		}
		if known {
			answer.Settled = append(answer.Settled, settled)
		}
	}
	return answer, nil
}

func askAbsence(ctx context.Context, c client.Client, source, absence string) (workflows.Settled, bool, error) {
	settled := workflows.Settled{Absence: absence, Status: workflows.StatusBlocked, Reason: ReasonEnded}
	description, err := c.DescribeWorkflowExecution(ctx, workflows.AbsenceID(source, absence), "")
	if _, ok := errors.AsType[*serviceerror.NotFound](err); ok {
		return settled, true, nil
	}
	if err != nil {
		return settled, false, fmt.Errorf("describe the absence's workflow: %w", err)
	}
	info := description.GetWorkflowExecutionInfo()
	switch info.GetStatus() {
	case enums.WORKFLOW_EXECUTION_STATUS_RUNNING, enums.WORKFLOW_EXECUTION_STATUS_COMPLETED,
		enums.WORKFLOW_EXECUTION_STATUS_CONTINUED_AS_NEW:
	default:
		return settled, true, nil
	}
	text := func(key temporal.SearchAttributeKeyKeyword) (value string) {
		payload := info.GetSearchAttributes().GetIndexedFields()[key.GetName()] // missing: ""
		_ = converter.GetDefaultDataConverter().FromPayload(payload, &value)
		return value
	}
	settled.Status, settled.Reason = workflows.Status(text(workflows.AttributeStatus)), text(workflows.AttributeReason)
	return settled, settled.Status != "" && settled.Status != workflows.StatusPending, nil
}
