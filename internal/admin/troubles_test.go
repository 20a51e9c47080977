package admin_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
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
