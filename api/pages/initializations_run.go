package pages

import (
	"context"
	"net/http"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/web/texts"
	"github.com/figgosync/figgosync/workflows"
)

func contextWithin(r *http.Request, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(r.Context(), limit)
}

// runView is one initialization on its page.
type runView struct {
	ID, Synchronization, Source string
	// Since is the first day in words, FirstDay as forms write it.
	Since, FirstDay string
	DryRun, Live    bool
	// Down is true when its worker does not answer, Unreadable when this process
	// cannot decrypt the progress.
	Down, Unreadable bool
	Phase            workflows.Phase
	Employees        int
	Counts           workflows.Counts
	Entities         []runEntity
	// Failure is why the whole failed, in words.
	Failure          string
	StartsAt, EndsAt time.Time
	// Rate is in absences a minute, Remaining the time that is left; 0 when not
	// known.
	Rate      int
	Remaining time.Duration
	Troubles  []runTrouble
	People    []workflows.EmployeePreview
	// Some is true when the list of people may not be whole.
	Some        bool
	Confirm     *form
	Start       *startForm
	Cancel      confirmation
	WorkflowURL string
	// Names are those of the people in its lists.
	Names admin.RunPeople
}

// runEntity is how far one legal entity is.
type runEntity struct {
	ID, Name string
	workflows.Counts
	Done, Listed, Waiting bool
	// What and Do explain why its walk ended early.
	What, Do string
}

// runTrouble is what is not in calendars for one reason.
type runTrouble struct {
	Reason, What, Do string
	Status           workflows.Status
	Absences         []string
}

// startForm starts for real what was previewed.
type startForm struct {
	Form                   *form
	Write, People          int
	Nothing, Paused, Asked bool
	LegalEntities          []string
}

func newRunView(words texts.Words, id string, one starter.Initialization) *runView {
	run := &runView{
		FirstDay: one.Since.String(),
		ID:       id, Synchronization: one.Synchronization, Source: one.Source, DryRun: one.DryRun,
		Live: starter.Status(one.Phase) == "running", Phase: one.Phase, Employees: one.Employees, Counts: one.Counts,
		Failure: one.Failure, StartsAt: one.StartsAt, EndsAt: one.EndedAt, Confirm: newForm(0),
	}
	if !one.Since.IsZero() {
		run.Since = words.Date(time.Date(one.Since.Year, one.Since.Month, one.Since.Day, 0, 0, 0, 0, time.UTC))
	}
	behind := false
	byReason := map[string]int{}
	for _, entity := range one.LegalEntities {
		line := runEntity{ID: entity.LegalEntity, Name: entity.LegalEntity, Counts: entity.Counts, Done: entity.Done, Listed: entity.Listed}
		if entity.Failure != "" {
			reason := texts.ReasonFor(entity.Failure)
			line.What, line.Do = reason.What.In(words.Lang), reason.Do.In(words.Lang)
		}
		line.Waiting = behind && entity.Total == 0 && !entity.Done && entity.Failure == ""
		behind = behind || !entity.Done && entity.Failure == ""
		run.Entities = append(run.Entities, line)
		run.People = append(run.People, entity.Preview...)
		for _, trouble := range entity.Troubled {
			run.trouble(words, byReason, trouble)
		}
	}
	run.countPeople()
	run.Cancel = run.cancellation(words)
	return run
}

// trouble adds an absence to those of its reason.
func (v *runView) trouble(words texts.Words, byReason map[string]int, one workflows.Troubled) {
	at, known := byReason[one.Reason]
	if !known {
		reason := texts.ReasonFor(one.Reason)
		at = len(v.Troubles)
		byReason[one.Reason] = at
		v.Troubles = append(v.Troubles, runTrouble{Reason: one.Reason, Status: one.Status, What: reason.What.In(words.Lang), Do: reason.Do.In(words.Lang)})
	}
	v.Troubles[at].Absences = append(v.Troubles[at].Absences, one.Absence)
}

// countPeople finds out whether the list of people is whole: a workflow keeps the
// first ones.
func (v *runView) countPeople() {
	var listed workflows.EmployeePreview
	for _, one := range v.People {
		listed.Add(one)
	}
	v.Some = v.DryRun && listed.Created+listed.Updated+listed.Unchanged+listed.Skipped+listed.Blocked < v.Counts.Total-v.Counts.Unreadable-v.Counts.Retrying
}

// changed counts the people whose calendars would change; everybody where the
// list is not whole.
func (v *runView) changed() int {
	if v.Some {
		return v.Employees
	}
	people := 0
	for _, one := range v.People {
		if one.Created+one.Updated > 0 {
			people++
		}
	}
	return people
}

// offerStart puts the real run under a preview that ended well.
func (v *runView) offerStart(of settings.Synchronization) {
	if !v.DryRun || v.Phase != workflows.PhaseCompleted {
		return
	}
	f := newForm(0)
	start := &startForm{
		Form: f, Write: v.Counts.Created + v.Counts.Updated, People: v.changed(), Paused: of.Paused,
		Asked: of.ConfirmAbove > 0 && v.Employees > of.ConfirmAbove,
	}
	start.Nothing = start.Write == 0
	for _, entity := range v.Entities {
		start.LegalEntities = append(start.LegalEntities, entity.ID)
	}
	v.Start = start
}

func (v *runView) cancellation(words texts.Words) confirmation {
	title, text := words.T("init.cancel"), words.T("init.cancel.warning")
	if v.DryRun {
		title, text = words.T("init.cancel.preview"), words.T("init.preview.help")
	}
	address := "/initializations/" + v.ID
	return confirmation{
		ID: "cancel", Link: address + "/cancel", Action: address + "/cancel", Title: title, Text: text,
		Button: words.T("init.cancel.confirm"), Opener: title, Icon: "close", Danger: true, Back: address,
	}
}

// Title is the page's name.
func (v *runView) Title(words texts.Words) string {
	if v.DryRun {
		return words.T("init.page.preview", "date", words.Date(v.StartsAt))
	}
	return words.T("init.page", "date", words.Date(v.StartsAt))
}

// settled counts what is settled one way or another.
func settled(c workflows.Counts) int {
	return c.Synced + c.Unchanged + c.Skipped + c.Blocked + c.Retrying + c.Unreadable
}

// Settled counts what is settled.
func (e runEntity) Settled() int { return settled(e.Counts) }

// State is the code of how far the legal entity is.
func (e runEntity) State() string {
	switch {
	case e.What != "":
		return "failed"
	case e.Done:
		return "done"
	case e.Waiting:
		return "waiting"
	case e.Total == 0:
		return "listing"
	}
	return "running"
}

// Settled counts what is settled in all.
func (v *runView) Settled() int { return settled(v.Counts) }

// Listed tells whether the number of absences is final.
func (v *runView) Listed() bool {
	for _, entity := range v.Entities {
		if !entity.Listed && entity.What == "" {
			return false
		}
	}
	return len(v.Entities) > 0
}

// Percent is how far the whole is; 100 only at its end.
func (v *runView) Percent() int {
	switch {
	case v.Phase == workflows.PhaseCompleted:
		return 100
	case v.Counts.Total == 0:
		return 0
	}
	return min(99, 100*v.Settled()/v.Counts.Total)
}

// Good counts what is in its calendar.
func (v *runView) Good() int { return v.Counts.Synced + v.Counts.Unchanged }

// pace computes how fast it goes from what was settled within some time.
func (v *runView) pace(done int, within time.Duration) {
	if done <= 0 || within < time.Second || v.Phase != workflows.PhaseRunning {
		return
	}
	perSecond := float64(done) / within.Seconds()
	v.Rate = max(1, int(perSecond*60+.5))
	if left := v.Counts.Total - v.Settled(); v.Listed() && left > 0 {
		v.Remaining = time.Duration(float64(left)/perSecond*float64(time.Second) + .5).Round(roundingOf(left, perSecond))
	}
}

// roundingOf keeps a remaining time as vague as it is.
func roundingOf(left int, perSecond float64) time.Duration {
	switch seconds := float64(left) / perSecond; {
	case seconds < 60:
		return 5 * time.Second
	case seconds < 600:
		return 30 * time.Second
	}
	return time.Minute
}
