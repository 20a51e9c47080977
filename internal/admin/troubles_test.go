package admin_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Held deletions wait for a person, as a run behind the circuit breaker does.
func TestHeldDeletionsAreATrouble(t *testing.T) {
	d := newDesk(t).fill(t)
	d.engine.held = map[string]workflows.HeldDeletions{"acme": {Total: 400}}
	watch := admin.Watch{Service: d.Service}
	var counts []int
	for _, one := range watch.Troubles(t.Context()).Troubles {
		if one.Kind == settings.TroubleApproval {
			counts = append(counts, one.Count)
		}
	}
	if len(counts) != 1 || counts[0] != 400 {
		t.Errorf("troubles that need an approval: %v, want the 400 held deletions", counts)
	}
}

// Temporal's list of initializations tells no more than that they go on: each is asked
// what it waits for.
func TestAnInitializationThatWaitsIsATrouble(t *testing.T) {
	for name, test := range map[string]struct {
		progress workflows.Progress
		want     int
	}{
		"goes on":       {workflows.Progress{Phase: workflows.PhaseRunning}, 0},
		"confirmation":  {workflows.Progress{Phase: workflows.PhaseConfirming, Employees: 4321}, 4321},
		"approval":      {workflows.Progress{Phase: workflows.PhaseWaiting, Breaker: &workflows.Breaker{Deletions: 2, Changes: 410, Of: 500}}, 412},
		"has completed": {workflows.Progress{Phase: workflows.PhaseCompleted}, 0},
	} {
		d := newDesk(t).fill(t)
		synchronizations, err := d.store.Synchronizations(t.Context())
		if err != nil || len(synchronizations) == 0 {
			t.Fatal(synchronizations, err)
		}
		input := workflows.InitializationInput{Synchronization: synchronizations[0].Name}
		if _, err := d.engine.StartInitialization(t.Context(), "acme", input, "one"); err != nil {
			t.Fatal(err)
		}
		d.engine.progress = test.progress
		watch := admin.Watch{Service: d.Service}
		count, path := 0, ""
		for _, one := range watch.Troubles(t.Context()).Troubles {
			if one.Kind == settings.TroubleApproval {
				count, path = count+one.Count, one.Path
			}
		}
		if count != test.want || (count > 0) != (path == "/initializations/acme.one") {
			t.Errorf("%s: told %d at %q, want %d", name, count, path, test.want)
		}
	}
}

// One person who is refused for a reason that may be everybody's is no trouble of the
// connection's.
func TestARefusedPersonIsNoRefusedConnection(t *testing.T) {
	for name, test := range map[string]struct {
		scopes []string
		want   bool
	}{
		"one person":          {[]string{"mailbox"}, false},
		"two, each their own": {[]string{"mailbox", "mailbox"}, false},
		"the connection":      {[]string{"mailbox", "connection"}, true},
		"nobody answers":      {[]string{""}, true},
	} {
		d := newDesk(t).fill(t)
		synchronizations, err := d.store.Synchronizations(t.Context())
		if err != nil || len(synchronizations) == 0 {
			t.Fatal(synchronizations, err)
		}
		d.engine.troubles = map[string]*workflows.Trouble{}
		for i, scope := range test.scopes {
			id := strconv.Itoa(i)
			d.engine.lines = append(d.engine.lines, starter.AbsenceLine{
				Source: synchronizations[0].Source, Synchronization: synchronizations[0].Name, Absence: id, Employee: "4" + id,
				Status: workflows.StatusBlocked, Reason: "credentials-rejected",
			})
			if scope != "" {
				d.engine.troubles[id] = &workflows.Trouble{Reason: "credentials-rejected", Scope: scope}
			}
		}
		watch := admin.Watch{Service: d.Service}
		told := slices.ContainsFunc(watch.Troubles(t.Context()).Troubles, func(one alerts.Trouble) bool {
			return one.Kind == settings.TroubleConnectionRefused
		})
		if told != test.want {
			t.Errorf("%s: told %t", name, told)
		}
	}
}

// unreadable are settings that cannot be read.
type unreadable struct{ settings.Store }

func (unreadable) Connections(context.Context) ([]settings.Connection, error) {
	return nil, errors.New("the database does not answer")
}

// Settings that cannot be read say nothing: a trouble that was open is not over.
func TestUnreadSettingsSayNothing(t *testing.T) {
	d := newDesk(t, func(c *admin.Config) { c.Settings = unreadable{c.Settings} })
	watch := admin.Watch{Service: d.Service}
	unknown := watch.Troubles(t.Context()).Unknown
	for _, kind := range []settings.TroubleKind{
		settings.TroubleConnectionRefused, settings.TroubleExpiry, settings.TroubleWebhookSilent, settings.TroubleBlocked,
	} {
		if !slices.Contains(unknown, kind) {
			t.Errorf("%s is said to be looked at", kind)
		}
	}
}
