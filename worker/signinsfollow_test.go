package worker

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

// accepted is what another process learnt of a connection's credentials, and when.
type accepted struct {
	calendars.SignIns
	at atomic.Pointer[time.Time]
}

func (a *accepted) Of(settings.Connection) calendars.SignIns { return a }

func (a *accepted) State(context.Context) (calendars.SignInState, error) {
	return calendars.SignInState{Accepted: *a.at.Load()}, nil
}

// A process that waits for half an hour is told by the check that another one made.
func TestAnAcceptedSignInEndsTheWaitOfAllProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		others, before := &accepted{}, time.Now().Add(-time.Hour)
		others.at.Store(&before)
		o := newOffice(ctx, line("acme", "paris", "1", string(calendars.CredentialsRejected)))
		o.connections.outside.SignIns = others
		o.answers(&calendars.Blocked{Reason: calendars.CredentialsRejected, Scope: calendars.ScopeConnection})
		_ = o.write(ctx, "somebody")
		time.Sleep(5 * time.Minute)
		if o.called() != 1 {
			t.Fatalf("%d calls while the credentials rest", o.called())
		}
		o.answers(nil)
		now := time.Now()
		others.at.Store(&now)
		time.Sleep(4 * lookEvery)
		if o.called() < 2 || len(o.requests()) == 0 {
			t.Errorf("%d calls after another process signed in, and nobody was woken", o.called())
		}
	})
}
