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
	all         []settings.Synchronization
	connections []settings.Connection
	sources     []settings.Source
}

func (s *synchronizationsOnly) Connections(context.Context) ([]settings.Connection, error) {
	return s.connections, nil
}

func (s *synchronizationsOnly) Sources(context.Context) ([]settings.Source, error) {
	return s.sources, nil
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

// Watches: a synthetic absence where its mailbox is named, a check for every connection and
// source. Their inputs are not encrypted and name nobody's mailbox.
func TestWatchesAreScheduled(t *testing.T) {
	t.Parallel()
	off := settings.Nightly{Off: true}
	store := &synchronizationsOnly{
		all: []settings.Synchronization{
			{Name: "a", Source: "demo", Zone: "Europe/Paris", Reconciliation: off},
			{Name: "b", Source: "demo", Zone: "Europe/Paris", Reconciliation: off, Watch: settings.Watch{Mailbox: "w@example.com"}},
			{Name: "c", Source: "demo", Zone: "Europe/Paris", Reconciliation: off, Watch: settings.Watch{Mailbox: "w@example.com", Every: settings.WatchDaily}},
			{Name: "d", Source: "demo", Zone: "Europe/Paris", Reconciliation: off, Paused: true, Watch: settings.Watch{Mailbox: "w@example.com"}},
		},
		connections: []settings.Connection{{Name: "office", Provider: "office365"}}, sources: []settings.Source{{Name: "demo"}},
	}
	there := &calendarOfNights{there: map[string]client.ScheduleOptions{}}
	s := &schedules{settings: store, client: there, log: slog.New(slog.DiscardHandler)}
	look := func(made int, want ...string) {
		t.Helper()
		there.made = 0
		if err := s.look(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(there.there))); diff != "" || there.made != made {
			t.Errorf("%d made, want %d (-want +there):\n%s", there.made, made, diff)
		}
	}
	checks := []string{"daily-check-connection-office", "daily-check-source-demo"}
	look(4, append(checks, "watch-b", "watch-c")...)
	look(0, append(checks, "watch-b", "watch-c")...)
	for id, want := range map[string]struct{ every, workflow, input string }{
		"watch-b":                       {"1h0m0s", "watch/synchronization/b/scheduled", `{"synchronization":"b"}`},
		"watch-c":                       {"24h0m0s", "watch/synchronization/c/scheduled", `{"synchronization":"c"}`},
		"daily-check-connection-office": {"", "watch/connection/office/scheduled", `{"connection":"office","provider":"office365"}`},
		"daily-check-source-demo":       {"", "watch/source/demo/scheduled", `{"source":"demo"}`},
	} {
		options := there.there[id]
		action := options.Action.(*client.ScheduleWorkflowAction)
		payload, ok := action.Args[0].(*commonpb.Payload)
		if !ok || string(payload.GetData()) != want.input || action.ID != want.workflow {
			t.Errorf("%s: %s with %s", id, action.ID, payload.GetData())
		}
		if want.every == "" {
			if options.Spec.TimeZoneName != "Europe/Paris" || options.Spec.Calendars[0].Hour[0].Start != 5 {
				t.Errorf("%s: %+v", id, options.Spec)
			}
		} else if options.Spec.Intervals[0].Every.String() != want.every || !options.TriggerImmediately {
			t.Errorf("%s: %+v", id, options.Spec)
		}
	}
	store.all[1].Watch, store.all[2].Watch.Every, store.connections = settings.Watch{}, "", nil
	look(1, "daily-check-source-demo", "watch-c")
}
