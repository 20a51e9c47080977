package worker

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// calendarOfNights is a Temporal that keeps schedules.
type calendarOfNights struct {
	client.ScheduleClient
	there map[string]client.ScheduleOptions
	made  int
}

func (c *calendarOfNights) Create(_ context.Context, options client.ScheduleOptions) (client.ScheduleHandle, error) {
	c.there[options.ID] = options
	c.made++
	return nil, nil
}

func (c *calendarOfNights) List(context.Context, client.ScheduleListOptions) (client.ScheduleListIterator, error) {
	listed := &nightsListed{}
	for _, id := range slices.Sorted(maps.Keys(c.there)) {
		listed.left = append(listed.left, &client.ScheduleListEntry{ID: id, Note: c.there[id].Note})
	}
	return listed, nil
}

type nightsListed struct{ left []*client.ScheduleListEntry }

func (n *nightsListed) HasNext() bool { return len(n.left) > 0 }

func (n *nightsListed) Next() (*client.ScheduleListEntry, error) {
	next := n.left[0]
	n.left = n.left[1:]
	return next, nil
}

func (c *calendarOfNights) GetHandle(_ context.Context, id string) client.ScheduleHandle {
	return night{all: c, id: id}
}

type night struct {
	client.ScheduleHandle
	all *calendarOfNights
	id  string
}

func (n night) Delete(context.Context) error {
	if _, there := n.all.there[n.id]; !there {
		return serviceerror.NewNotFound("no such schedule")
	}
	delete(n.all.there, n.id)
	return nil
}

type synchronizationsOnly struct {
	settings.Store
	all []settings.Synchronization
}

func (s *synchronizationsOnly) Synchronizations(context.Context) ([]settings.Synchronization, error) {
	return s.all, nil
}

func TestSchedulesFollowTheSettings(t *testing.T) {
	t.Parallel()
	store := &synchronizationsOnly{all: []settings.Synchronization{
		{Name: "a", Source: "demo", Zone: "Europe/Paris"}, {Name: "b", Source: "demo", Zone: "Europe/Paris", Paused: true},
		{Name: "c", Source: "demo", Zone: "Indian/Reunion", Reconciliation: settings.Nightly{Window: "01:30-02:00", ReportOnly: true}},
		{Name: "d", Source: "demo", Zone: "Europe/Paris", Reconciliation: settings.Nightly{Off: true}},
	}}
	nights := &calendarOfNights{there: map[string]client.ScheduleOptions{"somebody-else's": {ID: "somebody-else's"}}}
	s := &schedules{settings: store, client: nights, log: slog.New(slog.DiscardHandler)}
	look := func(made int, want ...string) {
		t.Helper()
		nights.made = 0
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(nights.there))); diff != "" || nights.made != made {
			t.Errorf("%d made, want %d (-want +there):\n%s", nights.made, made, diff)
		}
	}
	look(2, "reconciliation-nightly-a", "reconciliation-nightly-c", "somebody-else's")
	look(0, "reconciliation-nightly-a", "reconciliation-nightly-c", "somebody-else's")
	c := nights.there["reconciliation-nightly-c"]
	action := c.Action.(*client.ScheduleWorkflowAction)
	want, got := workflows.ReconciliationInput{Synchronization: "c"}, workflows.ReconciliationInput{}
	plain, ok := action.Args[0].(*commonpb.Payload) // what is no payload the client encrypts for the action's id alone
	if err := converter.GetDefaultDataConverter().FromPayload(plain, &got); !ok || err != nil {
		t.Fatal(action.Args, err)
	}
	if diff := cmp.Diff(want, got); diff != "" || action.ID != "reconciliation/demo/nightly-c" || c.Spec.TimeZoneName != "Indian/Reunion" ||
		c.Spec.Jitter.String() != "30m0s" || c.Spec.Calendars[0].Hour[0].Start != 1 || c.Spec.Calendars[0].Minute[0].Start != 30 {
		t.Errorf("%+v %+v (-want +got):\n%s", c.Spec, action, diff)
	}
	store.all[0].Paused, store.all[1].Paused = true, false
	store.all[2].Reconciliation.ReportOnly = false
	look(2, "reconciliation-nightly-b", "reconciliation-nightly-c", "somebody-else's")
}
