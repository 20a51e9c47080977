package activities

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// TellReplies tells the workflow of an employee's automatic replies of an absence. One
// that does not run is started, unless there is nothing to answer for.
func (a *Activities) TellReplies(ctx context.Context, request workflows.TellRepliesRequest) error {
	engine, id := activity.GetClient(ctx), workflows.AutoRepliesID(request.Source, request.Employee)
	if request.Told.Content == nil {
		err := engine.SignalWorkflow(ctx, id, "", workflows.SignalReplies.Name, request.Told)
		if _, ended := errors.AsType[*serviceerror.NotFound](err); err != nil && !ended {
			return fmt.Errorf("tell the automatic replies: %w", err)
		}
		return nil
	}
	attributes := []temporal.SearchAttributeUpdate{
		workflows.AttributeSource.ValueSet(request.Source), workflows.AttributeEmployee.ValueSet(request.Employee),
	}
	if request.LegalEntity != "" {
		attributes = append(attributes, workflows.AttributeLegalEntity.ValueSet(request.LegalEntity))
	}
	_, err := engine.SignalWithStartWorkflow(ctx, id, workflows.SignalReplies.Name, request.Told,
		client.StartWorkflowOptions{
			TaskQueue: workflows.TaskQueue, Priority: workflows.LivePriority(request.Source),
			TypedSearchAttributes: temporal.NewSearchAttributes(attributes...),
			StaticSummary:         workflows.RepliesSummary,
		}, workflows.AutoRepliesType, workflows.RepliesState{
			Source: request.Source, Employee: request.Employee,
		})
	if err != nil {
		return fmt.Errorf("tell the automatic replies: %w", err)
	}
	return nil
}

// PlanReplies tells what a mailbox shall answer during absences, and where it is, from
// memory and local settings only. It fails only when the settings cannot be read.
func (a *Activities) PlanReplies(
	ctx context.Context, request workflows.RepliesPlanRequest,
) (workflows.RepliesPlan, error) {
	employee, known, err := a.employee(ctx, workflows.RouteRequest{
		Source: request.Source, Employee: request.Employee, Known: request.Known,
	})
	switch {
	case errors.Is(err, settings.ErrNotFound):
		return workflows.RepliesPlan{Outcome: workflows.RepliesEnded}, nil
	case err != nil:
		return workflows.RepliesPlan{}, err
	case !known:
		return workflows.RepliesPlan{Outcome: workflows.RepliesLookup}, nil
	case employee.LegalEntity == "":
		return workflows.RepliesPlan{
			Outcome: workflows.RepliesUnclear, Trouble: trouble(ReasonUnknownLegalEntity, calendars.ScopeMailbox),
		}, nil
	}
	synchronization, err := a.Settings.SynchronizationFor(ctx, request.Source, employee.LegalEntity)
	if errors.Is(err, settings.ErrNotFound) {
		return workflows.RepliesPlan{Outcome: workflows.RepliesEnded}, nil
	}
	if err != nil {
		return workflows.RepliesPlan{}, fmt.Errorf("find the synchronization: %w", err)
	}
	return a.planReplies(ctx, request, employee, synchronization)
}

func (a *Activities) planReplies(
	ctx context.Context, request workflows.RepliesPlanRequest, employee figgo.Employee, s settings.Synchronization,
) (workflows.RepliesPlan, error) {
	plan := workflows.RepliesPlan{LegalEntity: employee.LegalEntity, Synchronization: s.Name}
	mailbox := strings.ToLower(s.Address(employee.ID, employee.Email))
	policy := inLanguageOf(employee, s.ReplyPolicyFor(employee.ID))
	switch {
	case s.Excludes(employee.ID) || !policy.AutomaticReplies.Enabled:
		plan.Outcome = workflows.RepliesEnded
		return plan, nil
	case s.Paused:
		plan.Outcome = workflows.RepliesPaused
		return plan, nil
	case mailbox == "":
		plan.Outcome, plan.Trouble = workflows.RepliesPaused, trouble(ReasonNoEmail, calendars.ScopeMailbox)
		return plan, nil
	}
	connections, err := a.connectionsOf(ctx, a.places.order(request.Source, employee.ID, s.Connections()))
	if err != nil {
		return workflows.RepliesPlan{}, err
	}
	for _, connection := range connections {
		plan.Places = append(plan.Places, placeOf(connection, mailbox))
	}
	var absences []absence.Absence
	for _, one := range request.Absences {
		content, unknown, err := a.typed(ctx, workflows.RouteRequest{
			Source: request.Source, Absence: *one.Content, Types: request.Types,
		}, policy)
		if err != nil {
			return workflows.RepliesPlan{}, err
		}
		plan.Accounts = append(plan.Accounts, unknown...)
		absences = append(absences, content)
	}
	if len(plan.Accounts) > 0 {
		slices.Sort(plan.Accounts)
		plan.Outcome, plan.Accounts = workflows.RepliesLookup, slices.Compact(plan.Accounts)
		return plan, nil
	}
	location, err := time.LoadLocation(zoneOf(employee, s))
	if err != nil {
		plan.Outcome, plan.Trouble = workflows.RepliesUnclear, trouble(ReasonBadSettings, calendars.ScopeConnection)
		return plan, nil
	}
	plan.Outcome = workflows.RepliesOn
	plan.Reply = nextReply(absence.Replies(absences, policy), location, request.Now)
	return plan, nil
}

// leastReply is the least time that a reply is written for: servers take none of the past.
const leastReply = time.Minute

// nextReply is the first that is not over.
func nextReply(all []absence.Reply, location *time.Location, now time.Time) *calendars.AutoReply {
	for _, one := range all {
		reply := calendars.AutoReply{
			State: calendars.AutoReplyScheduled, Audience: one.Audience, Inside: one.Inside, Outside: one.Outside,
			From: calendars.At(one.Start, location).UTC(), Until: calendars.At(one.End, location).UTC(),
		}
		if reply.Until.After(now.Add(leastReply)) {
			return &reply
		}
	}
	return nil
}

// ReadReply tells what a mailbox answers now.
func (a *Activities) ReadReply(
	ctx context.Context, request workflows.ReadReplyRequest,
) (result workflows.ReadReplyResult, err error) {
	if !a.now().Before(request.Until) {
		return workflows.ReadReplyResult{Trouble: isOver()}, nil
	}
	result.Trouble, err = a.withReplier(ctx, request.Source, request.Place, func(replier calendars.AutoReplier) error {
		reply, err := replier.AutoReply(ctx, request.Place.Mailbox)
		result.Reply = reply
		return err
	})
	return result, err
}

// isOver is the answer to what came too late: Temporal tries for as long as it takes.
func isOver() *workflows.Trouble {
	return &workflows.Trouble{Reason: ReasonTemporary, Scope: string(calendars.ScopeMailbox), Code: "over"}
}

// WriteReply writes a reply of ours where the mailbox has what is expected.
func (a *Activities) WriteReply(
	ctx context.Context, request workflows.WriteReplyRequest,
) (result workflows.WriteReplyResult, err error) {
	if !a.now().Before(request.Reply.Until) {
		return workflows.WriteReplyResult{Trouble: isOver()}, nil
	}
	result.Trouble, err = a.withReplier(ctx, request.Source, request.Place, func(replier calendars.AutoReplier) error {
		stands, err := replier.AutoReply(ctx, request.Place.Mailbox)
		switch {
		case err != nil:
			return err
		case !isExpected(request, stands):
			result.Edited = true
			return nil
		}
		written, err := replier.SetAutoReply(ctx, request.Place.Mailbox, request.Reply)
		result.Fingerprint = written.Fingerprint()
		return err
	})
	return result, err
}

// isExpected tells that what stands is not the person's doing.
func isExpected(request workflows.WriteReplyRequest, stands calendars.AutoReply) bool {
	return slices.Contains(request.Expect, stands.Fingerprint()) || slices.ContainsFunc(request.Tried, stands.Says)
}

// GiveBackReply puts the person's own reply back, where ours still stands.
func (a *Activities) GiveBackReply(
	ctx context.Context, request workflows.WriteReplyRequest,
) (result workflows.WriteReplyResult, err error) {
	result.Trouble, err = a.withReplier(ctx, request.Source, request.Place, func(replier calendars.AutoReplier) error {
		stands, err := replier.AutoReply(ctx, request.Place.Mailbox)
		if err != nil {
			return err
		}
		result.Fingerprint = stands.Fingerprint()
		switch {
		case isGivenBack(stands, request.Reply, a.now()):
			return nil
		case !isExpected(request, stands):
			result.Edited = true
			return nil
		}
		given, err := replier.SetAutoReply(ctx, request.Place.Mailbox, request.Reply)
		result.Fingerprint = given.Fingerprint()
		return err
	})
	return result, err
}

// isGivenBack tells that the mailbox has the person's own, as an earlier attempt left it:
// one that is over is given back turned off.
func isGivenBack(stands, own calendars.AutoReply, now time.Time) bool {
	if own.IsOver(now) {
		own.State = calendars.AutoReplyOff
	}
	return stands.Fingerprint() == own.Fingerprint()
}

// withReplier does something with the automatic replies behind a place. What a person
// must mend is its answer, what time will mend its error.
func (a *Activities) withReplier(
	ctx context.Context, source string, place workflows.Place, do func(calendars.AutoReplier) error,
) (*workflows.Trouble, error) {
	defer beat(ctx)()
	calendar, err := a.calendarAt(ctx, place)
	if errors.Is(err, settings.ErrNotFound) {
		return trouble(ReasonUnknownConnection, calendars.ScopeConnection), nil
	}
	if err == nil {
		if replier, ok := calendar.(calendars.AutoReplier); ok {
			err = do(replier)
		} else {
			err = &calendars.Blocked{Reason: calendars.AutoReplyNotGranted, Scope: calendars.ScopeConnection}
		}
	}
	blocking, retry := translate(err)
	if err != nil {
		a.Log.Warn("automatic reply not read or written", "source", source, "connection", place.Connection,
			"code", codeOf(err))
		a.reportTrouble(ctx, err, retry)
	}
	return blocking, retry
}
