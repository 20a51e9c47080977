package pages

import (
	"net/http"
	"slices"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// overviewPage is what the first page shows.
type overviewPage struct {
	admin.Overview
	// Steps lead a newcomer; there are none once everything is set up.
	Steps []step
	Cards []card
	// Down is true when Temporal does not answer.
	Down bool
}

// step is one of the four steps to the first absence.
type step struct {
	Number int
	// Code finds the texts "step.CODE.title", ".text" and ".button".
	Code, Path  string
	Done, Next  bool
	DonePath    string
	DoneCounted int
}

// card is one synchronization.
type card struct {
	admin.Health
	Counts []count
	Chart  *chart
	Total  int
	// Running are its initializations under way, previews left out.
	Running []runningRun
	// LastRun is the initialization that made the last change, "" where a live change
	// did.
	LastRun string
}

// runningRun is an initialization under way; Short is its id on pages, and Waits tells
// one that goes on only when somebody agrees.
type runningRun struct {
	Short    string
	StartsAt time.Time
	Waits    bool
}

type count struct {
	Status workflows.Status
	Count  int
}

// shownStatuses are the order of counts on a card; what was deleted has no event
// to look after.
var shownStatuses = []workflows.Status{
	workflows.StatusSynced, workflows.StatusPending, workflows.StatusRetrying, workflows.StatusBlocked,
	workflows.StatusSkipped, workflows.StatusHeld,
}

func (s *site) overview(w http.ResponseWriter, r *http.Request) error {
	shown, err := s.overviewData(r)
	if err != nil {
		return err
	}
	return s.show(w, r, page{Template: "overview.html", Title: s.loc(r).T("nav.overview"), Nav: "overview",
		Data: shown})
}

// overviewLive is the part of the page that refreshes itself.
func (s *site) overviewLive(w http.ResponseWriter, r *http.Request) error {
	shown, err := s.overviewData(r)
	if err != nil {
		return err
	}
	return s.fragment(w, r, "overview-live", shown)
}

func (s *site) overviewData(r *http.Request) (overviewPage, error) {
	found, err := s.config.Admin.Overview(r.Context())
	if err != nil {
		return overviewPage{}, err
	}
	shown := overviewPage{Overview: found, Down: found.EngineDown}
	for _, health := range found.Synchronizations {
		one := card{Health: health, Chart: newChart(health.Series, s.config.Now())}
		for _, status := range shownStatuses {
			one.Counts = append(one.Counts, count{status, health.Counts[status]})
			one.Total += health.Counts[status]
		}
		shown.Cards = append(shown.Cards, one)
	}
	if !s.begun(r, &shown) {
		shown.Steps = steps(found)
	}
	return shown, nil
}

// begun tells whether the first absences were asked for: something is counted,
// or an initialization was started. It shows those under way.
func (s *site) begun(r *http.Request, shown *overviewPage) bool {
	if len(shown.Cards) == 0 {
		return false
	}
	if shown.Down {
		return true
	}
	all, err := s.config.Admin.Initializations(r.Context(), "")
	if err != nil {
		s.config.Log.Warn("the overview cannot tell which initializations were started", "error", err)
		return true // an outage is no reason to send people through the steps again
	}
	begun := false
	for i := range shown.Cards {
		one := &shown.Cards[i]
		begun = begun || one.Total > 0
		s.lastOf(r, one, all)
		for _, run := range all {
			if run.Synchronization == one.Name && !run.DryRun && !starter.Ended(run.Phase) {
				waits := run.Phase == workflows.PhaseWaiting || run.Phase == workflows.PhaseConfirming
				one.Running = append(one.Running, runningRun{starter.ShortID(run.WorkflowID), run.StartsAt, waits})
			}
		}
	}
	return begun || slices.ContainsFunc(all, func(run starter.Initialization) bool { return !run.DryRun })
}

// lastOf looks for the last change of a synchronization among its initializations,
// the newest of which come first. One that goes on and has written changes something
// right now.
func (s *site) lastOf(r *http.Request, one *card, all []starter.Initialization) {
	for _, run := range all {
		if run.Synchronization != one.Name || run.DryRun {
			continue
		}
		at := run.EndedAt
		if at.IsZero() {
			at = s.config.Now()
		}
		if at.After(one.Last) && s.config.Admin.Wrote(r.Context(), run) > 0 {
			one.Last, one.LastRun = at, starter.ShortID(run.WorkflowID)
		}
		if !run.EndedAt.IsZero() {
			return
		}
	}
}

// steps are the way to the first absence; the first one not done is next.
func steps(found admin.Overview) []step {
	initialization := "/synchronizations"
	if len(found.Synchronizations) > 0 {
		initialization += "/" + found.Synchronizations[0].Name + "#initialization"
	}
	all := []step{
		{Code: "source", Path: "/sources/new", DonePath: "/sources", DoneCounted: found.Sources},
		{Code: "connection", Path: "/connections/new", DonePath: "/connections", DoneCounted: found.Connections},
		{Code: "synchronization", Path: "/synchronizations/new", DonePath: "/synchronizations",
			DoneCounted: len(found.Synchronizations)},
		{Code: "initialization", Path: initialization},
	}
	next := true
	for i := range all {
		all[i].Number, all[i].Done = i+1, all[i].DoneCounted > 0
		all[i].Next = next && !all[i].Done
		next = next && all[i].Done
	}
	return all
}
