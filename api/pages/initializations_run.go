package pages

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"strings"
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
	// Breaker is what waits for an approval, nil for nothing. Form approves it.
	Breaker  *workflows.Breaker
	Form     *form
	Entities []runEntity
	// Failure is why the whole failed, in words; Stopped what a cancelled one left.
	Failure          runFailure
	Stopped          string
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
	// Searched is what the list of people was searched for, Listed how many there are.
	Searched string
	Listed   int
}

// runFailure says why a run failed. Detail is for those who look after figgosync.
type runFailure struct{ What, Do, Detail string }

// runEntity is how far one legal entity is.
type runEntity struct {
	ID, Name string
	workflows.Counts
	// Expected is how many absences a preview found, 0 without one.
	Expected              int
	Done, Listed, Waiting bool
	// Held is true while the whole waits for somebody.
	Held bool
	// Stopped is true when its walk was cancelled, or ended with the whole.
	Stopped bool
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

func newRunView(loc texts.Localizer, id string, one starter.Initialization) *runView {
	run := &runView{
		FirstDay: one.Since.String(),
		ID:       id, Synchronization: one.Synchronization, Source: one.Source, DryRun: one.DryRun,
		Live: !starter.Ended(one.Phase), Phase: one.Phase, Employees: one.Employees, Counts: one.Counts,
		StartsAt: one.StartsAt, EndsAt: one.EndedAt, Confirm: newForm(0),
		Breaker: one.Breaker, Form: newForm(0),
	}
	if !one.Since.IsZero() {
		run.Since = loc.Date(time.Date(one.Since.Year, one.Since.Month, one.Since.Day, 0, 0, 0, 0, time.UTC))
	}
	behind := false
	byReason := map[string]int{}
	for _, entity := range one.LegalEntities {
		line := runEntity{ID: entity.LegalEntity, Name: entity.LegalEntity, Counts: entity.Counts, Done: entity.Done,
			Listed: entity.Listed}
		if line.Stopped = entity.Failure == stoppedFailure; entity.Failure != "" && !line.Stopped {
			reason := texts.ReasonFor(reasonIn(entity.Failure))
			line.What, line.Do = reason.What.In(loc.Lang), reason.Do.In(loc.Lang)
		}
		line.Stopped = line.Stopped || !run.Live && !line.Done && line.What == ""
		line.Held = run.Phase == workflows.PhaseWaiting || run.Phase == workflows.PhaseConfirming
		line.Waiting = behind && entity.Total == 0 && !entity.Done && entity.Failure == ""
		behind = behind || !entity.Done && entity.Failure == ""
		run.Entities = append(run.Entities, line)
		run.People = append(run.People, entity.Preview...)
		for _, trouble := range entity.Troubled {
			run.trouble(loc, byReason, trouble)
		}
	}
	run.countPeople()
	run.Cancel = run.cancellation(loc)
	switch run.Phase {
	case workflows.PhaseCancelled:
		run.Stopped = loc.T("init.result.stopped", "count", run.Counts.Synced)
		if run.DryRun {
			run.Stopped = loc.T("init.result.stopped-preview")
		}
	case workflows.PhaseFailed:
		run.Failure = failureIn(loc, one.Failure)
	}
	return run
}

// stoppedFailure is what a legal entity's walk ends with that was cancelled.
const stoppedFailure = "cancelled"

// troubleTold is how workflows tell that Figgo could not be read: its reason is a
// word of web/texts.
var troubleText = regexp.MustCompile(`^Figgo cannot be read: ([a-z-]+) \(`)

// reasonIn is the reason's code in what a walk ended with.
func reasonIn(failure string) string {
	if match := troubleText.FindStringSubmatch(failure); match != nil {
		return match[1]
	}
	return failure
}

// failureIn puts the message of a failed run into words. What its legal entities
// ended with is told at each of them.
func failureIn(loc texts.Localizer, message string) runFailure {
	if strings.HasPrefix(message, "not finished for the legal entities") {
		return runFailure{What: loc.T("init.failed.some")}
	}
	if reason, known := texts.Reasons()[reasonIn(message)]; known {
		return runFailure{What: reason.What.In(loc.Lang), Do: reason.Do.In(loc.Lang)}
	}
	return runFailure{What: loc.T("init.failed.other"), Do: loc.T("init.failed.other.do"), Detail: message}
}

// expect takes over how many absences a preview found by legal entity.
func (v *runView) expect(totals map[string]int) {
	for i := range v.Entities {
		v.Entities[i].Expected = totals[v.Entities[i].ID]
	}
}

// Asked is what the run waits for somebody to confirm or to approve, "" when it waits
// for nobody, as the page's stream is told.
func (v *runView) Asked() string {
	if v.Phase == workflows.PhaseConfirming {
		return strconv.Itoa(v.Employees)
	}
	return askedBy(v.Breaker)
}

// Path is the page's address.
func (v *runView) Path() string { return "/initializations/" + v.ID }

// Total is how many absences there are, as far as is known.
func (v *runView) Total() int {
	total := 0
	for _, entity := range v.Entities {
		total += max(entity.Max(), entity.Total)
	}
	return max(total, v.Counts.Total)
}

// trouble adds an absence to those of its reason.
func (v *runView) trouble(loc texts.Localizer, byReason map[string]int, one workflows.Troubled) {
	at, known := byReason[one.Reason]
	if !known {
		reason := texts.ReasonFor(one.Reason)
		at = len(v.Troubles)
		byReason[one.Reason] = at
		v.Troubles = append(v.Troubles, runTrouble{Reason: one.Reason, Status: one.Status,
			What: reason.What.In(loc.Lang), Do: reason.Do.In(loc.Lang)})
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
	v.Listed = len(v.People)
	v.Some = v.DryRun && listed.Created+listed.Updated+listed.Unchanged+listed.Skipped+
		listed.Blocked < v.Counts.Total-v.Counts.Unreadable-v.Counts.Retrying
}

// changed counts the people whose calendars would change; 0 where the list is not
// whole.
func (v *runView) changed() int {
	if v.Some {
		return 0
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

func (v *runView) cancellation(loc texts.Localizer) confirmation {
	title, text := loc.T("init.cancel"), loc.T("init.cancel.warning")
	if v.DryRun {
		title, text = loc.T("init.cancel.preview"), loc.T("init.cancel.preview.warning")
	}
	address := v.Path()
	return confirmation{
		ID: "cancel", Link: address + "/cancel", Action: address + "/cancel", Title: title, Text: text,
		Button: title, Keep: loc.T("init.cancel.keep"), Opener: title, Icon: "close", Danger: true, Back: address,
	}
}

// Title is the page's name.
func (v *runView) Title(loc texts.Localizer) string {
	if v.DryRun {
		return loc.T("init.page.preview", "date", loc.Date(v.StartsAt))
	}
	return loc.T("init.page", "date", loc.Date(v.StartsAt))
}

// MayBeTakenBack tells whether it may have written something that can be removed.
func (v *runView) MayBeTakenBack() bool { return !v.DryRun && !v.Live && v.Counts.Synced > 0 }

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
	case e.Stopped:
		return "stopped"
	case e.Done:
		return "done"
	case e.Held && e.Total == 0:
		return "held"
	case e.Waiting:
		return "waiting"
	case e.Total == 0:
		return "listing"
	}
	return "running"
}

// Max is the number of absences that progress is counted to, 0 while nobody knows
// it: the number grows as Figgo is read, and a bar must never go back.
func (e runEntity) Max() int {
	switch {
	case e.Listed || e.Done:
		return e.Total
	case e.Total <= e.Expected:
		return e.Expected
	}
	return 0
}

// Settled counts what is settled in all.
func (v *runView) Settled() int { return settled(v.Counts) }

// Counted tells whether the number of absences is known.
func (v *runView) Counted() bool {
	for _, entity := range v.Entities {
		if entity.Max() == 0 && !entity.Listed && !entity.Done && entity.What == "" {
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
	case !v.Counted() || v.Total() == 0:
		return 0
	}
	return min(99, 100*v.Settled()/v.Total())
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
	if left := v.Total() - v.Settled(); v.Counted() && left > 0 {
		v.Remaining = time.Duration(float64(left)/perSecond*float64(time.Second) +
			.5).Round(roundingOf(left, perSecond))
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
