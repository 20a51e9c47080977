package admin_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/settings"
)

// connectionsOnly is a store of which nothing else is asked.
type connectionsOnly struct {
	settings.Store
	connections []settings.Connection
	err         error
}

func (c connectionsOnly) Connections(context.Context) ([]settings.Connection, error) {
	return c.connections, c.err
}

func TestTheEndOfASecretIsAMetric(t *testing.T) {
	t.Parallel()
	store := connectionsOnly{connections: []settings.Connection{
		{Name: "cloud", System: &graph.Settings{ClientSecret: "s", SecretExpires: "2027-11-30"}},
		{Name: "unsaid", System: &graph.Settings{ClientSecret: "s"}},
		{Name: "server", System: &ews.Settings{}},
	}}
	want := `
# HELP figgosync_credential_end_seconds When the secret or certificate of a connection ends, in seconds since 1970; missing where nobody told.
# TYPE figgosync_credential_end_seconds gauge
figgosync_credential_end_seconds{connection="cloud"} 1.827619199e+09
`
	if err := testutil.CollectAndCompare(admin.NewCredentialGauges(store), strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	store.err = errors.New("down")
	if count := testutil.CollectAndCount(admin.NewCredentialGauges(store)); count != 0 {
		t.Errorf("%d metrics without settings", count)
	}
}
