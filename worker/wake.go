package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"golang.org/x/time/rate"

	"github.com/figgosync/figgosync/activities"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// wakesASecond leaves Temporal to live changes.
	wakesASecond = 50
	// wakePage is how many absences are listed at a time, ownersAtOnce of how many people.
	wakePage     = 100
	ownersAtOnce = 50
	// enoughFailures end one page, to be tried again: Temporal does not answer.
	enoughFailures = 20
	// wakeTime bounds one wish to wake absences, and one look for those that wait.
	wakeTime = 10 * time.Second
)

// absences lists and counts absences and asks them to try again. *starter.Starter
// does.
type absences interface {
	Absences(ctx context.Context, query starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error)
	Count(ctx context.Context, query starter.AbsencesQuery) (int, error)
	Retry(ctx context.Context, source, absence string, retry workflows.Retry) error
	Wake(ctx context.Context, request workflows.WakeRequest) error
	LookAtReplies(ctx context.Context, source, synchronization string) (int, error)
}

// waker does the activity of workflows.Wake: it asks absences that are blocked or
// skipped to try again. One that is asked twice finds nothing to do.
type waker struct {
	settings settings.Store
	absences absences
	limiter  *rate.Limiter
	log      *slog.Logger
}

func newWaker(store settings.Store, all absences, log *slog.Logger) *waker {
	return &waker{settings: store, absences: all, limiter: rate.NewLimiter(wakesASecond, 1), log: log}
}

// waiting are the statuses of absences that a person's act may mend.
var waiting = []workflows.Status{workflows.StatusBlocked, workflows.StatusSkipped}

// unfinished are the statuses of absences whose events are, or are to be, in a calendar.
var unfinished = []workflows.Status{
	workflows.StatusPending, workflows.StatusSynced, workflows.StatusBlocked, workflows.StatusSkipped,
	workflows.StatusRetrying,
}

// ofConnection are the reasons that stop a connection as a whole, or that a
// connection gives while nothing ever worked through it.
var ofConnection = []string{
	string(calendars.ConsentMissing), string(calendars.CredentialsRejected), string(calendars.NoExchangeOnline),
	string(calendars.ServerUnreachable), string(calendars.AccessDenied),
}

// ofSource are the reasons of absences that wait for a source.
var ofSource = []string{
	activities.ReasonUnknownSource, activities.ReasonSourceRejected, activities.ReasonSourceAddress,
	activities.ReasonUnknownEmployee, activities.ReasonUnknownLegalEntity, activities.ReasonUnknownType,
}

// queries choose the absences that wait for what the request names, as the settings
// are now. Those of a paused synchronization wait for its end.
func (w *waker) queries(ctx context.Context, request workflows.WakeRequest) ([]starter.AbsencesQuery, error) {
	if len(request.Employees) > 0 {
		return ofEmployees(request), nil
	}
	if request.Source != "" {
		reasons := orThese(request.Reasons, ofSource)
		query := starter.AbsencesQuery{Source: request.Source, Running: true, Statuses: waiting, Reasons: reasons}
		return []starter.AbsencesQuery{query}, nil
	}
	all, err := w.settings.Synchronizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the synchronizations: %w", err)
	}
	var queries []starter.AbsencesQuery
	for _, s := range all {
		switch {
		case s.Paused:
		case request.Synchronization == s.Name:
			queries = append(queries, inSynchronization(s, request.Reasons), outside(s))
		case request.Connection != "" && slices.Contains(s.Connections(), request.Connection):
			queries = append(queries, inSynchronization(s, request.Reasons))
		case request.Connection != "" && len(request.Reasons) == 0:
			// It may be one that events were written through before.
			queries = append(queries, inSynchronization(s, []string{activities.ReasonUnknownConnection}))
		}
	}
	return queries, nil
}

// ofEmployees choose all absences of the people, a number of them at a time.
func ofEmployees(request workflows.WakeRequest) (queries []starter.AbsencesQuery) {
	known := slices.DeleteFunc(slices.Clone(request.Employees), func(id string) bool { return !starter.Searchable(id) })
	for some := range slices.Chunk(known, ownersAtOnce) {
		queries = append(queries, starter.AbsencesQuery{
			Owners: map[string][]string{request.Source: some}, Running: true, Statuses: unfinished,
		})
	}
	return queries
}

func inSynchronization(s settings.Synchronization, reasons []string) starter.AbsencesQuery {
	return starter.AbsencesQuery{
		Source: s.Source, Synchronization: s.Name, Running: true, Statuses: waiting, Reasons: reasons,
	}
}

// outside are those that no synchronization wanted, of the legal entities that one
// has now.
func outside(s settings.Synchronization) starter.AbsencesQuery {
	return starter.AbsencesQuery{
		Source: s.Source, LegalEntities: s.LegalEntities, Running: true, Statuses: waiting,
		Reasons: []string{activities.ReasonNoSynchronization},
	}
}

func orThese(reasons, otherwise []string) []string {
	if len(reasons) > 0 {
		return reasons
	}
	return otherwise
}

// page implements workflows.WakeAbsencesActivity. A cursor is the number of the query
// and Temporal's page in it; one that is no longer good begins that query again.
//
// The first page has automatic replies look at the settings: the follower does not see what
// is changed twice between two of its looks.
func (w *waker) page(ctx context.Context, page workflows.WakePage) (workflows.WakeResult, error) {
	if err := w.lookAtReplies(ctx, page); err != nil {
		return workflows.WakeResult{}, err
	}
	queries, err := w.queries(ctx, page.Request)
	if err != nil {
		return workflows.WakeResult{}, err
	}
	number, token := readCursor(page.Cursor)
	if number >= len(queries) {
		return workflows.WakeResult{}, nil
	}
	query := queries[number]
	query.Limit, query.Page = wakePage, token
	found, next, err := w.absences.Absences(ctx, query)
	if errors.Is(err, starter.ErrPage) && token != "" {
		return workflows.WakeResult{Next: cursor(number, "")}, nil
	}
	if err == nil {
		err = w.retryEach(ctx, found, workflows.Retry{Bulk: true, OwnerChanged: len(page.Request.Employees) > 0})
	}
	if err != nil {
		return workflows.WakeResult{}, err
	}
	result := workflows.WakeResult{Woken: len(found)}
	switch {
	case next != "":
		result.Next = cursor(number, next)
	case number+1 < len(queries):
		result.Next = cursor(number+1, "")
	}
	return result, nil
}

func (w *waker) lookAtReplies(ctx context.Context, page workflows.WakePage) error {
	name := page.Request.Synchronization
	if name == "" || page.Cursor != "" {
		return nil
	}
	all, err := w.settings.Synchronizations(ctx)
	if err != nil {
		return fmt.Errorf("read the synchronizations: %w", err)
	}
	for _, one := range all {
		if one.Name != name {
			continue
		}
		if _, err := w.absences.LookAtReplies(ctx, one.Source, name); err != nil {
			return err
		}
	}
	return nil
}

func cursor(number int, page string) string { return strconv.Itoa(number) + ":" + page }

func readCursor(text string) (number int, page string) {
	first, page, _ := strings.Cut(text, ":")
	number, _ = strconv.Atoi(first)
	return number, page
}

// retryEach asks one absence after the other. One that ended meanwhile needs
// nothing.
func (w *waker) retryEach(ctx context.Context, all []starter.AbsenceLine, retry workflows.Retry) error {
	failed := 0
	var last error
	for _, one := range all {
		if err := w.limiter.Wait(ctx); err != nil {
			return err
		}
		if activity.IsActivity(ctx) {
			activity.RecordHeartbeat(ctx)
		}
		err := w.absences.Retry(ctx, one.Source, one.Absence, retry)
		if err == nil || errors.Is(err, starter.ErrNotFound) {
			continue
		}
		if last, failed = err, failed+1; failed >= enoughFailures {
			break
		}
	}
	if last != nil {
		return fmt.Errorf("%d absences could not be asked, the last one: %w", failed, last)
	}
	return nil
}

// worksAgain has the absences that the connection blocked for these reasons try
// again, those that were blocked a moment ago too.
func (w *waker) worksAgain(ctx context.Context, connection string, reasons ...string) {
	w.log.Info("a connection works again", "connection", connection, "reasons", reasons)
	w.wake(ctx, workflows.WakeRequest{Connection: connection, Reasons: reasons, After: workflows.IndexLag})
}

func (w *waker) wake(ctx context.Context, request workflows.WakeRequest) {
	ctx, cancel := context.WithTimeout(ctx, wakeTime)
	defer cancel()
	if err := w.absences.Wake(ctx, request); err != nil && !errors.Is(context.Cause(ctx), context.Canceled) {
		w.log.Warn("absences that waited are not asked to try again yet", "wake", request.WorkflowID(), "error", err)
	}
}
