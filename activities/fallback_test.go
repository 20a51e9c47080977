package activities_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/workflows"
)

// hybrid is an office whose mailboxes are behind c1, or else behind c2.
type hybrid struct {
	*office
	second *calendartest.Memory
}

func (h *hybrid) Connection(ctx context.Context, name string) (settings.Connection, error) {
	if name == "c2" {
		return settings.Connection{Name: "c2", Provider: calendars.Google, System: h.system}, nil
	}
	return h.office.Connection(ctx, name)
}

func (h *hybrid) Calendar(ctx context.Context, name string) (calendars.Calendar, error) {
	if name == "c2" {
		return h.second, nil
	}
	return h.office.Calendar(ctx, name)
}

// newHybrid has people with a mailbox behind c1, and others with one behind c2.
func newHybrid(t *testing.T, people int, moved ...string) *hybrid {
	t.Helper()
	h := &hybrid{office: newOffice(t, people), second: calendartest.NewMemory(moved...)}
	h.synchronization.Fallback = []string{"c2"}
	h.host = h
	return h
}

func TestAMailboxIsRememberedWhereItWasFound(t *testing.T) {
	t.Parallel()
	h := newHybrid(t, 1, "p501@example.com")
	h.known["501"] = person("501")
	a := h.withOffice()
	order := func() (connections []string) {
		t.Helper()
		route, err := a.Route(t.Context(), workflows.RouteRequest{Source: "demo", Employee: "501", Absence: oneDay()})
		if err != nil || route.Target == nil {
			t.Fatal(route, err)
		}
		for _, one := range append([]workflows.Target{*route.Target}, route.Target.Others...) {
			if len(one.Events) == 0 || one.Fingerprint == "" {
				t.Errorf("%+v shows nothing", one)
			}
			connections = append(connections, one.Place.Connection)
		}
		return connections
	}
	apply := func(connection string) *workflows.Trouble {
		t.Helper()
		result, err := a.ApplyAbsence(t.Context(), workflows.ApplyRequest{
			Source: "demo", Absence: "8750", Employee: "501", Token: "1", Events: h.target(t, notice("8750", "501")),
			Place: workflows.Place{Connection: connection, Provider: string(calendars.Google), Mailbox: "p501@example.com"},
		})
		if err != nil {
			t.Fatal(err)
		}
		return result.Trouble
	}
	first, second := []string{"c1", "c2"}, []string{"c2", "c1"}
	if diff := cmp.Diff(first, order()); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	if trouble := apply("c1"); trouble == nil || trouble.Reason != string(calendars.MailboxMissing) {
		t.Fatalf("%+v", trouble)
	}
	if trouble := apply("c2"); trouble != nil {
		t.Fatalf("%+v", trouble)
	}
	if diff := cmp.Diff(second, order()); diff != "" {
		t.Errorf("found (-want +got):\n%s", diff)
	}
	h.second = calendartest.NewMemory() // it has moved
	if trouble := apply("c2"); trouble == nil {
		t.Fatal("a mailbox that moved answers")
	}
	if diff := cmp.Diff(first, order()); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
}

// A comparison and a dry run look where the mailbox is.
func TestMailboxesAreComparedWhereTheyAre(t *testing.T) {
	t.Parallel()
	h := newHybrid(t, 2, "p502@example.com", "p503@example.com")
	for _, id := range []string{"502", "503"} {
		h.people, h.known[id] = append(h.people, id), person(id)
		h.page.Notices = append(h.page.Notices, notice("a"+id, id))
	}
	_, err := calendars.Apply(t.Context(), h.second, "p502@example.com", calendars.Key{Source: "demo", Absence: "a502"},
		h.target(t, h.page.Notices[2]), calendars.Options{Token: "1"})
	if err != nil {
		t.Fatal(err)
	}
	result, err := h.compare(t)
	want := workflows.ReconciliationCounts{Mailboxes: 4, Absences: 4, Events: 3, Right: 3, Missing: 1}
	if diff := cmp.Diff(want, result.Counts); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s%+v", err, diff, result.Differences)
	}
	page, err := h.withOffice().ListAbsences(t.Context(), workflows.ListRequest{Source: "demo", LegalEntity: "3"})
	if err != nil {
		t.Fatal(err)
	}
	preview, err := h.withOffice().PreviewAbsences(t.Context(), workflows.PreviewRequest{Source: "demo", Absences: page.Absences})
	if err != nil || preview.Counts.Created != 1 || preview.Counts.Unchanged != 3 || preview.Counts.Blocked != 0 {
		t.Errorf("%+v, %v", preview.Counts, err)
	}
}
