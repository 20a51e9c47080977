package admin_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// temporal keeps absences as Temporal does, two to a page. A deletion takes effect
// when it is asked the second time, unless the absence is stuck.
type temporal struct {
	absences map[string]*starter.Absence
	asked    map[string]int
	stuck    map[string]bool
	order    []string // what happened
}

func (f *temporal) Absences(_ context.Context, q starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error) {
	var ids []string
	for id, one := range f.absences {
		if one.Employee == q.Employee && one.Source == q.Source {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	ids = slices.DeleteFunc(ids, func(id string) bool { return id <= q.Page })
	for _, id := range ids[:min(len(ids), 2)] {
		found = append(found, starter.AbsenceLine{Absence: id})
		next = id
	}
	if len(ids) <= 2 {
		next = ""
	}
	return found, next, nil
}

func (f *temporal) Absence(_ context.Context, _, id string) (starter.Absence, error) {
	one, ok := f.absences[id]
	if !ok {
		return starter.Absence{}, starter.ErrNotFound
	}
	if one.Kind == workflows.Deleted {
		if f.asked[id]++; f.asked[id] > 1 {
			one.Dirty, one.Status = false, workflows.StatusDeleted
			if f.stuck[id] {
				one.Status = workflows.StatusBlocked
			}
		}
	}
	return *one, nil
}

func (f *temporal) Announce(_ context.Context, _ string, notice figgo.Notice) error {
	if notice.Kind != figgo.Deleted || notice.EmployeeID != "416" || notice.ChangedAt.Before(f.absences[notice.AbsenceID].ChangedAt) {
		return errors.New("another notice was expected")
	}
	one := f.absences[notice.AbsenceID]
	one.Kind, one.Dirty = workflows.Deleted, true
	return nil
}

func (f *temporal) DeleteAbsence(_ context.Context, _, id string) error {
	if f.absences[id].Status != workflows.StatusDeleted {
		return errors.New("its events are still there")
	}
	delete(f.absences, id)
	f.order = append(f.order, id)
	return nil
}

// EndReplies takes effect when it is asked the second time.
func (f *temporal) EndReplies(_ context.Context, source, employee string) (bool, error) {
	f.asked["replies of "+source+"/"+employee]++
	return f.asked["replies of "+source+"/"+employee] < 2, nil
}

func (f *temporal) DeleteReplies(_ context.Context, source, employee string) error {
	if f.asked["replies of "+source+"/"+employee] < 2 {
		return errors.New("their own reply is not back")
	}
	f.order = append(f.order, "replies")
	return nil
}

type passed []string

func (n *passed) Publish(_ context.Context, source, employee string) error {
	*n = append(*n, source+"/"+employee)
	return nil
}

func TestErasingOnePerson(t *testing.T) {
	store := storedtest.Open(t)
	state := func(employee string) *starter.Absence {
		return &starter.Absence{State: workflows.State{
			Source: "acme", Employee: employee, Email: "jane.doe@example.com", Status: workflows.StatusSynced, ChangedAt: time.Now().Add(time.Hour),
		}}
	}
	engine := &temporal{
		absences: map[string]*starter.Absence{"1": state("416"), "2": state("416"), "3": state("416"), "9": state("7")},
		asked:    map[string]int{}, stuck: map[string]bool{"3": true},
	}
	for _, name := range []string{"acme/1", "acme/9"} {
		if err := store.Note(t.Context(), settings.Change{By: settings.Author{ID: "person:1"}, Action: settings.ActionResynced, Kind: settings.KindAbsence, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	var changes passed
	erasure := admin.Erasure{Engine: engine, Audit: store, EmployeeChanges: &changes, Log: slog.New(slog.DiscardHandler), Pause: time.Nanosecond}
	by := settings.Author{ID: "command", Name: "ada"}
	done, err := erasure.Run(t.Context(), by, "acme", "416")
	if !errors.Is(err, admin.ErrLeft) {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff(admin.Erased{Absences: 3, Erased: 2, Left: []string{"3"}}, done); diff != "" {
		t.Error(diff)
	}
	// What cannot be removed stays, because only its workflow knows where it is; the
	// second time it goes.
	engine.stuck["3"] = false
	if done, err = erasure.Run(t.Context(), by, "acme", "416"); err != nil || done.Erased != 1 {
		t.Errorf("got %+v, %v", done, err)
	}
	if diff := cmp.Diff([]string{"replies", "1", "2", "replies", "3"}, engine.order); diff != "" || len(engine.absences) != 1 {
		t.Errorf("%s, left %v", diff, engine.absences)
	}
	if diff := cmp.Diff(passed{"acme/416", "acme/416"}, changes); diff != "" {
		t.Error(diff)
	}
	lines, err := store.Changes(t.Context(), settings.ChangesQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, line := range lines {
		left = append(left, string(line.Action)+" "+string(line.Kind)+" "+line.Name)
		for _, f := range line.Fields {
			if strings.Contains(f.From+f.To, "416") || strings.Contains(f.From+f.To, "@") {
				t.Errorf("the receipt names the person: %+v", line)
			}
		}
	}
	if diff := cmp.Diff([]string{"erased employee acme", "erased employee acme", "resynchronized absence acme/9"}, left); diff != "" {
		t.Error(diff)
	}
	for _, wrong := range [][2]string{{"Acme", "416"}, {"acme", ""}, {"acme", "4\x0016"}} {
		if _, err := erasure.Run(t.Context(), by, wrong[0], wrong[1]); !errors.Is(err, settings.ErrNotFound) {
			t.Errorf("%q: got %v", wrong, err)
		}
	}
}

// What the settings say of an erased person goes with them, once nothing is left that
// their address is needed for; neither the settings nor the audit log name them afterwards.
func TestErasingTakesThePersonOutOfTheSettings(t *testing.T) {
	t.Parallel()
	d := newDesk(t).fill(t)
	record, err := d.store.SynchronizationRecord(t.Context(), "headquarters")
	if err != nil {
		t.Fatal(err)
	}
	value := record.Value
	value.Addresses = map[string]string{"416": "jane.doe@example.com", "7": "joe@example.com"}
	value.HideType = []string{"7", "416"}
	if _, err := d.store.PutSynchronization(t.Context(), alice, value, record.Version); err != nil {
		t.Fatal(err)
	}
	engine := &temporal{asked: map[string]int{}, stuck: map[string]bool{"3": true}, absences: map[string]*starter.Absence{
		"3": {State: workflows.State{Source: "acme", Employee: "416", Status: workflows.StatusSynced}},
	}}
	erasure := admin.Erasure{Engine: engine, Audit: d.store, Settings: d.store, Log: slog.New(slog.DiscardHandler), Pause: time.Nanosecond}
	by := settings.Author{ID: "command"}
	if _, err := erasure.Run(t.Context(), by, "acme", "416"); !errors.Is(err, admin.ErrLeft) {
		t.Errorf("got %v", err)
	}
	if kept, err := d.store.Synchronization(t.Context(), "headquarters"); err != nil || kept.Addresses["416"] == "" {
		t.Errorf("the address went before the events: %v, %v", kept.Addresses, err)
	}
	engine.stuck["3"] = false
	done, err := erasure.Run(t.Context(), by, "acme", "416")
	if diff := cmp.Diff([]string{"headquarters"}, done.Settings); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	left, err := d.store.Synchronization(t.Context(), "headquarters")
	if err != nil {
		t.Fatal(err)
	}
	value.Addresses, value.HideType = map[string]string{"7": "joe@example.com"}, []string{"7"}
	if diff := cmp.Diff(value, left); diff != "" {
		t.Error(diff)
	}
	lines, err := d.store.Changes(t.Context(), settings.ChangesQuery{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		for _, field := range line.Fields {
			if strings.Contains(field.From+field.To, "416") || strings.Contains(field.From+field.To, "jane") {
				t.Errorf("the audit log names the person: %+v", line)
			}
		}
	}
	if done, err = erasure.Run(t.Context(), by, "acme", "416"); err != nil || len(done.Settings) > 0 {
		t.Errorf("the second time: %+v, %v", done, err)
	}
}
