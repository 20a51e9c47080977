package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// EraseEngine is what an Erasure asks of Temporal. *starter.Starter is one.
type EraseEngine interface {
	Absences(ctx context.Context, query starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error)
	Absence(ctx context.Context, source, absence string) (starter.Absence, error)
	Announce(ctx context.Context, source string, notice figgo.Notice) error
	// DeleteAbsence removes all runs of an absence's workflow with their histories.
	DeleteAbsence(ctx context.Context, source, absence string) error
	// EndReplies gives the employee's own automatic reply back; running is false once that
	// is done. DeleteReplies removes the workflow that did it.
	EndReplies(ctx context.Context, source, employee string) (running bool, err error)
	DeleteReplies(ctx context.Context, source, employee string) error
}

// EraseLog is the audit log as an Erasure needs it. *stored.Store is one.
type EraseLog interface {
	// EraseNames takes the content out of the lines of a kind about records with the
	// names, and adds the receipt.
	EraseNames(ctx context.Context, kind settings.Kind, names []string, receipt settings.Change) (int, error)
}

// EraseSettings are settings that name employees. A settings.Editor is one.
type EraseSettings interface {
	Synchronizations(ctx context.Context) ([]settings.Synchronization, error)
	SynchronizationRecord(ctx context.Context, name string) (settings.Record[settings.Synchronization], error)
	PutSynchronization(ctx context.Context, by settings.Author, value settings.Synchronization,
		version settings.Version) (settings.Version, error)
}

// ChangePublisher tells every process with a directory to forget an employee. *changes.Feed
// is one.
type ChangePublisher interface {
	Publish(ctx context.Context, source, employee string) error
}

// Erasure erases all that figgosync keeps of one person. Engine and Log are
// required; Audit, Settings and EmployeeChanges are nil where there is no database.
type Erasure struct {
	Engine          EraseEngine
	Audit           EraseLog
	Settings        EraseSettings
	EmployeeChanges ChangePublisher
	Log             *slog.Logger
	// Pause is how long it waits before it asks again whether events are gone; 0 is
	// half a second.
	Pause time.Duration
}

// Erased is what an Erasure did: Absences were found, and of those Events are gone
// from the calendar and the workflow from Temporal for all but Left, whose events
// cannot be removed now. Settings are the synchronizations whose addresses and wishes
// named the person.
type Erased struct {
	Absences int      `json:"absences"`
	Erased   int      `json:"erased"`
	Left     []string `json:"left"`
	Settings []string `json:"settings,omitempty"`
}

// ErrLeft is returned when events could not be removed: their workflows stay, because
// they alone remember where the events are. Running it again later does the rest.
var ErrLeft = errors.New("events of some absences cannot be removed now")

// Run erases one employee of a source: each absence is deleted as if Figgo had said
// so, which takes its events out of the calendar by their marker; then its workflow
// is removed from Temporal, the content of lines about it from the audit log, their address
// and wishes from the settings, and the person from the memory of every process. The audit
// log keeps a receipt that names nobody. ctx bounds how long it waits for calendars. Who is
// excluded stays excluded, by their id: otherwise what Figgo still has would be written.
//
// What Figgo still has, a webhook or an initialization brings back: erase there
// first. Histories of initializations that met the person go with the namespace's
// retention.
func (e Erasure) Run(ctx context.Context, by settings.Author, source, employee string) (Erased, error) {
	if named(source) != nil || !goodID(employee) {
		return Erased{}, fmt.Errorf("source or employee: %w", settings.ErrNotFound)
	}
	ids, err := e.absences(ctx, source, employee)
	if err != nil {
		return Erased{}, err
	}
	done := Erased{Absences: len(ids), Left: []string{}}
	for _, id := range ids {
		if err := e.delete(ctx, source, employee, id); err != nil {
			return done, err
		}
	}
	if err := e.endReplies(ctx, source, employee); err != nil {
		return done, err
	}
	var gone []string
	for _, id := range ids {
		switch left, err := e.waitUntilGone(ctx, source, id); {
		case err != nil:
			return done, err
		case left:
			done.Left = append(done.Left, id)
			continue
		}
		if err := e.Engine.DeleteAbsence(ctx, source, id); err != nil {
			return done, err
		}
		gone = append(gone, source+"/"+id)
		done.Erased++
	}
	if len(done.Left) == 0 { // their mailbox must be found again until nothing is left
		if done.Settings, err = e.forgetSettings(ctx, by, source, employee); err != nil {
			return done, err
		}
	}
	if err := e.forget(ctx, by, source, employee, gone, done); err != nil {
		return done, err
	}
	if len(done.Left) > 0 {
		return done, ErrLeft
	}
	return done, nil
}

// forgetSettings takes the person's address and wishes out of the settings, and tells of
// which synchronizations.
func (e Erasure) forgetSettings(ctx context.Context, by settings.Author, source, employee string) ([]string, error) {
	if e.Settings == nil {
		return nil, nil
	}
	all, err := e.Settings.Synchronizations(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	var changed []string
	for _, one := range all {
		if _, addressed := one.Addresses[employee]; one.Source != source ||
			!addressed && !slices.Contains(one.HideType, employee) {
			continue
		}
		if err := e.forgetIn(ctx, by, one.Name, employee); err != nil {
			return changed, fmt.Errorf("synchronization %s: %w", one.Name, err)
		}
		changed = append(changed, one.Name)
	}
	return changed, nil
}

// forgetIn tries again where somebody else changed the synchronization meanwhile.
func (e Erasure) forgetIn(ctx context.Context, by settings.Author, name, employee string) error {
	for try := range 5 {
		record, err := e.Settings.SynchronizationRecord(ctx, name)
		if err != nil {
			return err
		}
		value := record.Value
		value.Addresses = maps.Clone(value.Addresses)
		delete(value.Addresses, employee)
		value.HideType = slices.DeleteFunc(slices.Clone(value.HideType), func(id string) bool { return id == employee })
		_, err = e.Settings.PutSynchronization(ctx, by, value, record.Version)
		if !errors.Is(err, settings.ErrChanged) || try == 4 {
			return err
		}
	}
	return nil
}

// absences are the ids of all absences of an employee that the index knows, ended
// ones too.
func (e Erasure) absences(ctx context.Context, source, employee string) ([]string, error) {
	var ids []string
	query := starter.AbsencesQuery{Source: source, Employee: employee, Limit: mostLimit}
	for {
		found, next, err := e.Engine.Absences(ctx, query)
		if err != nil {
			return nil, engine(err)
		}
		for _, one := range found {
			ids = append(ids, one.Absence)
		}
		if next == "" {
			return ids, nil
		}
		query.Page = next
	}
}

// delete says that an absence was deleted, with what it was: its events are looked
// for where it would have been written.
func (e Erasure) delete(ctx context.Context, source, employee, id string) error {
	now := time.Now().UTC()
	notice := figgo.Notice{Kind: figgo.Deleted, AbsenceID: id, EmployeeID: employee, ChangedAt: now, OccurredAt: now}
	known, err := e.Engine.Absence(ctx, source, id)
	switch {
	case errors.Is(err, starter.ErrNotFound):
		return nil
	case err != nil:
		return engine(err)
	}
	notice.Email, notice.LegalEntity, notice.Absence = known.Email, known.LegalEntity, known.Content
	if known.ChangedAt.After(now) {
		notice.ChangedAt = known.ChangedAt
	}
	return engine(e.Engine.Announce(ctx, source, notice))
}

// waitUntilGone waits until no event of an absence is left; left is true where that
// needs somebody to mend something first, or takes longer than ctx allows.
func (e Erasure) waitUntilGone(ctx context.Context, source, id string) (left bool, err error) {
	for {
		known, err := e.Engine.Absence(ctx, source, id)
		switch {
		case errors.Is(err, starter.ErrNotFound):
			return false, nil
		case ctx.Err() != nil:
			return true, nil
		case err != nil:
			return false, engine(err)
		case known.Status == workflows.StatusBlocked:
			return true, nil
		case known.Kind == workflows.Deleted && !known.Dirty && len(known.Leftovers) == 0 &&
			(known.Status == workflows.StatusDeleted || known.Status == workflows.StatusSkipped &&
				known.Applied == nil):
			return false, nil
		}
		select {
		case <-ctx.Done():
			return true, nil
		case <-time.After(cmp.Or(e.Pause, usualPause)):
		}
	}
}

// endReplies waits until the person's own automatic reply is given back, and erases what
// was known of it. It is not waited for longer than ctx allows: then running it again does
// the rest.
func (e Erasure) endReplies(ctx context.Context, source, employee string) error {
	for {
		running, err := e.Engine.EndReplies(ctx, source, employee)
		switch {
		case ctx.Err() != nil:
			return ErrLeft
		case err != nil:
			return engine(err)
		case !running:
			return engine(e.Engine.DeleteReplies(ctx, source, employee))
		}
		select {
		case <-ctx.Done():
			return ErrLeft
		case <-time.After(cmp.Or(e.Pause, usualPause)):
		}
	}
}

// usualPause is Pause where it is 0.
const usualPause = 500 * time.Millisecond

// forget removes what else names the person, and writes the receipt.
func (e Erasure) forget(ctx context.Context, by settings.Author, source, employee string, gone []string,
	done Erased) error {
	ctx = context.WithoutCancel(ctx)
	if e.EmployeeChanges != nil {
		if err := e.EmployeeChanges.Publish(ctx, source, employee); err != nil {
			return fmt.Errorf("tell the directories: %w", err)
		}
	}
	e.Log.Info("erased an employee", "source", source, "absences", done.Absences, "erased", done.Erased,
		"left", len(done.Left))
	if e.Audit == nil {
		return nil
	}
	fields := []settings.FieldChange{
		{Field: "absences", To: strconv.Itoa(done.Absences)}, {Field: "erased", To: strconv.Itoa(done.Erased)},
		{Field: "left", To: strconv.Itoa(len(done.Left))},
	}
	receipt := settings.Change{
		By: by, Action: settings.ActionErased, Kind: settings.KindEmployee, Name: source, Fields: fields,
	}
	_, err := e.Audit.EraseNames(ctx, settings.KindAbsence, gone, receipt)
	return err
}
