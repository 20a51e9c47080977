// Package activities holds the side effects workflows ask for: thin glue between
// settings, the employee directory and the calendars, and the one place where
// errors become Temporal's.
package activities

import (
	"context"
	"log/slog"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// Directory knows the employees of one source. *directory.Directory is one.
type Directory interface {
	// KnownAs answers from memory only. An e-mail address, where the notice
	// carried one, counts for more than the id, which the legacy webhook may
	// have from another numbering.
	KnownAs(id, email string) (figgo.Employee, bool)
	// Lookup may ask Figgo. It returns figgo.ErrNoEmployee when there is none.
	Lookup(ctx context.Context, id, email string) (figgo.Employee, error)
	// Warm loads the employees of legal entities by pages and tells how many
	// there are.
	Warm(ctx context.Context, legalEntities []string) (int, error)
}

// Accounts knows the absence types of one source. *directory.Accounts is one.
type Accounts interface {
	// Known answers from memory only; sure is false where Figgo must be asked for more.
	Known(id string) (account absence.Type, sure bool)
	// Lookup may ask Figgo. What it does not tell of the account is missing.
	Lookup(ctx context.Context, id string) (absence.Type, error)
	// Learn takes what absences tell of their types.
	Learn(types ...absence.Type)
}

// Directories gives the directory, the absence types and the reader of a source,
// settings.ErrNotFound for unknown ones.
type Directories interface {
	Directory(ctx context.Context, source string) (Directory, error)
	Accounts(ctx context.Context, source string) (Accounts, error)
	Reader(ctx context.Context, source string) (figgo.Reader, error)
}

// Calendars opens the calendar behind a connection, settings.ErrNotFound for
// unknown ones. It keeps opened ones: a call costs nothing.
type Calendars interface {
	Calendar(ctx context.Context, connection string) (calendars.Calendar, error)
}

// Owners remembers whose absences were. *starter.Starter does.
type Owners interface {
	// OwnerOf is the employee whose absence it was, "" where nobody knows.
	OwnerOf(ctx context.Context, source, absence string) (employee string, err error)
}

// Initializations remembers what initializations were about, and what they created.
// *starter.Starter does.
type Initializations interface {
	// InitializationOf is how far one is, by its workflow id.
	InitializationOf(ctx context.Context, workflowID string) (progress workflows.Progress, known bool, err error)
	// CreatedBy is the workflow id of the initialization that created all events of an
	// absence, "" for none, or where nobody knows.
	CreatedBy(ctx context.Context, source, absence string) (workflowID string, err error)
}

// Absences remembers what absences' workflows know. *starter.Starter does.
type Absences interface {
	// StateOf is what an absence's workflow knows; known is false where Temporal has none,
	// or has forgotten it.
	StateOf(ctx context.Context, source, absence string) (state workflows.State, known bool, err error)
	// KnownAbsences are the ids of at most limit absences of a source, in no order.
	KnownAbsences(ctx context.Context, source string, limit int) (ids []string, err error)
}

// Delays learns how long live changes took to their calendars.
type Delays interface {
	// Observe takes one change of a synchronization; took is never negative.
	Observe(synchronization string, took time.Duration)
}

// Activities holds what the activities need. All exported fields but Changes, Delays
// and Now are required.
type Activities struct {
	Settings    settings.Store
	Directories Directories
	Calendars   Calendars
	Checkers    Checkers
	Owners      Owners
	// Initializations is for removals.
	Initializations Initializations
	// Absences is for what is counted or compared.
	Absences Absences
	// Changes hears of people who changed in Figgo without a notice, as comparisons find
	// out; nil where nobody follows.
	Changes Changes
	Metrics *Metrics
	Log     *slog.Logger
	Delays  Delays
	// Now is the clock that tells whether an absence or a reply is over; time.Now where
	// it is nil.
	Now func() time.Time

	reports    reports
	admissions admissions
	pace       pace
	places     places
}

// now is the clock of all that may be over.
func (a *Activities) now() time.Time {
	if a.Now != nil {
		return a.Now()
	}
	return time.Now()
}

// RegisterRouting registers the local activities, which run in the workflow
// worker.
func (a *Activities) RegisterRouting(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(a.Route, activity.RegisterOptions{Name: workflows.RouteActivity})
	r.RegisterActivityWithOptions(a.PlanInitialization,
		activity.RegisterOptions{Name: workflows.PlanInitializationActivity})
	r.RegisterActivityWithOptions(a.PlanRemoval, activity.RegisterOptions{Name: workflows.PlanRemovalActivity})
	r.RegisterActivityWithOptions(a.PlanReconciliation,
		activity.RegisterOptions{Name: workflows.PlanReconciliationActivity})
	r.RegisterActivityWithOptions(a.PlanWatch, activity.RegisterOptions{Name: workflows.PlanWatchActivity})
	r.RegisterActivityWithOptions(a.ReportSettled, activity.RegisterOptions{Name: workflows.ReportSettledActivity})
	r.RegisterActivityWithOptions(a.AdmitDeletion, activity.RegisterOptions{Name: workflows.AdmitDeletionActivity})
	r.RegisterActivityWithOptions(a.PlanReplies, activity.RegisterOptions{Name: workflows.PlanRepliesActivity})
	r.RegisterActivityWithOptions(a.AskAbsences, activity.RegisterOptions{Name: workflows.AskAbsencesActivity})
}

// RegisterFiggo registers what runs on the queue workflows.FiggoQueue.
func (a *Activities) RegisterFiggo(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(a.FindEmployee, activity.RegisterOptions{Name: workflows.FindEmployeeActivity})
	r.RegisterActivityWithOptions(a.LoadEmployees, activity.RegisterOptions{Name: workflows.LoadEmployeesActivity})
	r.RegisterActivityWithOptions(a.ListAbsences, activity.RegisterOptions{Name: workflows.ListAbsencesActivity})
	r.RegisterActivityWithOptions(a.CountChanges, activity.RegisterOptions{Name: workflows.CountChangesActivity})
	r.RegisterActivityWithOptions(a.TellReplies, activity.RegisterOptions{Name: workflows.TellRepliesActivity})
	r.RegisterActivityWithOptions(a.CheckSource, activity.RegisterOptions{Name: workflows.CheckSourceActivity})
	r.RegisterActivityWithOptions(a.TellHeld, activity.RegisterOptions{Name: workflows.TellHeldActivity})
	r.RegisterActivityWithOptions(a.Pause, activity.RegisterOptions{Name: workflows.PauseActivity})
	r.RegisterActivityWithOptions(a.ListOwners, activity.RegisterOptions{Name: workflows.ListOwnersActivity})
	r.RegisterActivityWithOptions(a.CompareMailboxes,
		activity.RegisterOptions{Name: workflows.CompareMailboxesActivity})
	r.RegisterActivityWithOptions(a.PreviewAbsences, activity.RegisterOptions{Name: workflows.PreviewAbsencesActivity})
}

// RegisterCalendar registers what runs on the queue of a calendar provider.
func (a *Activities) RegisterCalendar(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(a.ApplyAbsence, activity.RegisterOptions{Name: workflows.ApplyAbsenceActivity})
	r.RegisterActivityWithOptions(a.WatchCalendar, activity.RegisterOptions{Name: workflows.WatchCalendarActivity})
	r.RegisterActivityWithOptions(a.RemoveEvents, activity.RegisterOptions{Name: workflows.RemoveEventsActivity})
	r.RegisterActivityWithOptions(a.ReadReply, activity.RegisterOptions{Name: workflows.ReadReplyActivity})
	r.RegisterActivityWithOptions(a.WriteReply, activity.RegisterOptions{Name: workflows.WriteReplyActivity})
	r.RegisterActivityWithOptions(a.GiveBackReply, activity.RegisterOptions{Name: workflows.GiveBackReplyActivity})
	r.RegisterActivityWithOptions(a.CheckConnection, activity.RegisterOptions{Name: workflows.CheckConnectionActivity})
}
