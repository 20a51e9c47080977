package activities_test

import (
	"context"
	"strconv"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/workflows"
)

// remembered are absences' states by their ids.
type remembered map[string]workflows.State

func (r remembered) StateOf(_ context.Context, _, absence string) (workflows.State, bool, error) {
	state, known := r[absence]
	return state, known, nil
}

func (r remembered) KnownAbsences(_ context.Context, _ string, limit int) (ids []string, err error) {
	for id := range r {
		if len(ids) < limit {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// shown remembers absences of one day each, as they would be written now.
func shown(t *testing.T, f *fixture) remembered {
	t.Helper()
	page, err := f.activities().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil {
		t.Fatal(err)
	}
	all := remembered{}
	for _, listed := range page.Absences {
		target := listed.Change.Route.Target
		all[listed.Absence] = workflows.State{ChangedAt: listed.Change.ChangedAt, Applied: &workflows.Applied{
			Place: target.Place, Fingerprint: target.Fingerprint, Events: []workflows.PlacedEvent{{ID: "e" + listed.Absence}},
		}}
	}
	return all
}

func TestChangesAreCountedInWhatAbsencesRemember(t *testing.T) {
	t.Parallel()
	f := newFixture()
	for i := range 80 {
		f.page.Notices = append(f.page.Notices, notice(strconv.Itoa(i), "416"))
	}
	a := f.activities()
	known := shown(t, f)
	delete(known, "0") // new
	a.Absences = known
	moved := notice("1", "416")
	moved.Absence.HalfDays = []absence.HalfDay{{Date: absence.Date{Year: 2026, Month: time.December, Day: 8}, Part: absence.Morning}}
	f.page.Notices[1] = moved
	request := workflows.CountRequest{Source: "demo", LegalEntities: []string{"3"}}
	got, err := a.CountChanges(t.Context(), request)
	if want := (workflows.Counted{Changes: 1, Of: 79}); err != nil || got != want {
		t.Errorf("counted %+v, %v; want %+v", got, err, want)
	}
	f.synchronization.Policy.Label = "Away"
	got, err = a.CountChanges(t.Context(), request)
	if want := (workflows.Counted{Changes: 79, Of: 79}); err != nil || got != want {
		t.Errorf("with another label %+v, %v; want %+v", got, err, want)
	}
}

func TestFiggoIsNotReadWhereAllMayChange(t *testing.T) {
	t.Parallel()
	f := newFixture()
	for i := range 50 {
		f.page.Notices = append(f.page.Notices, notice(strconv.Itoa(i), "416"))
	}
	known := shown(t, f)
	f.readError = &figgo.APIError{Status: 503}
	a := f.activities()
	request := workflows.CountRequest{Source: "demo", LegalEntities: []string{"3"}}
	a.Absences = remembered{}
	if got, err := a.CountChanges(t.Context(), request); err != nil || got != (workflows.Counted{}) {
		t.Errorf("nothing known: %+v, %v", got, err)
	}
	a.Absences = known
	if got, err := a.CountChanges(t.Context(), request); err != nil || got != (workflows.Counted{Of: 50}) {
		t.Errorf("50 events: %+v, %v", got, err)
	}
	state := known["0"]
	state.Applied.Events = append(state.Applied.Events, workflows.PlacedEvent{ID: "one more"})
	if _, err := a.CountChanges(t.Context(), request); err == nil {
		t.Error("51 events were not compared with Figgo's list")
	}
}

func TestAPageThatCannotBeReadIsNoCount(t *testing.T) {
	t.Parallel()
	f := newFixture()
	f.page.Notices = append(f.page.Notices, notice("1", "416"))
	a := f.activities()
	a.Absences = shown(t, f)
	f.readError = &figgo.APIError{Status: 403}
	got, err := a.CountChanges(t.Context(), workflows.CountRequest{
		Source: "demo", LegalEntities: []string{"3"}, Limits: workflows.Limits{Deletions: 1, Changes: 1},
	})
	if err != nil || got.Trouble != nil { // one event may change
		t.Errorf("%+v, %v", got, err)
	}
	state := a.Absences.(remembered)["1"]
	state.Applied.Events = append(state.Applied.Events, workflows.PlacedEvent{})
	got, err = a.CountChanges(t.Context(), workflows.CountRequest{
		Source: "demo", LegalEntities: []string{"3"}, Limits: workflows.Limits{Deletions: 1, Changes: 1},
	})
	if err != nil || got.Trouble == nil {
		t.Errorf("refused by Figgo: %+v, %v", got, err)
	}
}
