package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Names of the connection check's workflow type and activity.
const (
	ConnectionCheckType     = "ConnectionCheck"
	CheckConnectionActivity = "CheckConnection"
)

const (
	// CheckTime bounds one check, a probe and its removal included.
	CheckTime = 90 * time.Second
	// CheckPickUpTime is how long a check waits for a worker of the calendar
	// system: somebody is waiting for the answer.
	CheckPickUpTime = 15 * time.Second
	// CheckLife bounds the whole workflow, so that one nobody waits for any more
	// is not done later.
	CheckLife = 2 * time.Minute
)

const checkPrefix = "connection-check/"

// ConnectionCheckID is the workflow id of a check:
// "connection-check/{connection}/{check}". It does not name the mailbox: ids are
// stored in clear.
func ConnectionCheckID(connection, check string) string {
	return checkPrefix + connection + "/" + check
}

// CheckRequest asks to check a connection step by step.
type CheckRequest struct {
	Connection string `json:"connection"`
	// Provider decides whose worker does it.
	Provider string `json:"provider"`
	// Mailbox is whose calendar is opened; "" goes as far as one can without.
	Mailbox string `json:"mailbox,omitempty"`
	// Probe also writes a marked event and removes it.
	Probe bool `json:"probe,omitempty"`
	// AutoReplies also reads the mailbox's automatic reply.
	AutoReplies bool `json:"autoReplies,omitempty"`
}

// CheckResult is what the check found.
type CheckResult struct {
	Steps []CheckStep `json:"steps"`
}

// CheckStep is one step of a check; its words are those of the calendars
// package.
type CheckStep struct {
	Name    string        `json:"name"`
	Outcome string        `json:"outcome"`
	Finding string        `json:"finding,omitempty"`
	Detail  string        `json:"detail,omitempty"`
	Took    time.Duration `json:"took,omitempty"`
}

// ConnectionCheck checks a connection where its credentials and its network are:
// in a worker. Nothing is retried: the first answer is what a person wants to
// see, and each try may count towards the lock of an account.
func ConnectionCheck(ctx workflow.Context, request CheckRequest) (CheckResult, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		TaskQueue:              CalendarQueue(request.Provider),
		ScheduleToStartTimeout: CheckPickUpTime,
		StartToCloseTimeout:    CheckTime,
		Summary:                "check " + request.Connection,
		Priority:               temporal.Priority{PriorityKey: PriorityLive},
		RetryPolicy:            &temporal.RetryPolicy{MaximumAttempts: 1},
	})
	var result CheckResult
	describeCheck(ctx, request, result)
	err := workflow.ExecuteActivity(ctx, CheckConnectionActivity, request).Get(ctx, &result)
	describeCheck(ctx, request, result)
	return result, err
}
