package admin_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// watchedOf is what is told of one synchronization that has a synthetic absence, and the
// troubles of watches.
func watchedOf(t *testing.T, d desk) (health admin.Health, troubles []string) {
	t.Helper()
	overview, err := d.Overview(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range overview.Synchronizations {
		if one.Synchronization.Watch.Mailbox != "" {
			health = one
		}
	}
	watch := admin.Watch{Service: d.Service}
	for _, one := range watch.Troubles(t.Context()).Troubles {
		if one.Kind == settings.TroubleWatch || one.Kind == settings.TroubleConnectionRefused {
			troubles = append(troubles, fmt.Sprintf("%s %s %s", one.Kind, one.About, one.Name))
		}
	}
	slices.Sort(troubles)
	return health, troubles
}

// A synthetic absence is told on the overview, in the metrics and as a trouble that ends.
func TestSyntheticAbsencesAreTold(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		watched  *workflows.Watched
		good     bool
		troubles []string
		metrics  string
	}{
		"none yet": {nil, false, nil, ""},
		"good": {&workflows.Watched{At: now.Add(-time.Hour), Delay: 1500 * time.Millisecond}, true, nil,
			"figgosync_watch_delay_seconds{synchronization=\"NAME\"} 1.5\nfiggosync_watch_ok{synchronization=\"NAME\"} 1\n"},
		"failed": {&workflows.Watched{At: now.Add(-time.Hour), Trouble: &workflows.Trouble{Reason: "mailbox-full"}}, false,
			[]string{"watch-failed synchronization NAME"}, "figgosync_watch_ok{synchronization=\"NAME\"} 0\n"},
		"too old": {&workflows.Watched{At: now.Add(-3 * time.Hour), Delay: time.Second}, false,
			[]string{"watch-failed synchronization NAME"},
			"figgosync_watch_delay_seconds{synchronization=\"NAME\"} 1\nfiggosync_watch_ok{synchronization=\"NAME\"} 0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, func(c *admin.Config) { c.Now = func() time.Time { return now } }).fill(t)
			synchronizations, err := d.store.Synchronizations(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			one := synchronizations[0]
			view, err := d.Synchronization(t.Context(), one.Name)
			if err != nil {
				t.Fatal(err)
			}
			one.Watch = settings.Watch{Mailbox: "watch@example.com"}
			if _, err := d.PutSynchronization(t.Context(), alice, one, view.Version); err != nil {
				t.Fatal(err)
			}
			if test.watched != nil {
				d.engine.watched = []starter.Watched{{Kind: workflows.WatchedSynchronization, Name: one.Name, Watched: *test.watched}}
			}
			health, troubles := watchedOf(t, d)
			var want []string
			for _, text := range test.troubles {
				want = append(want, strings.ReplaceAll(text, "NAME", one.Name))
			}
			if diff := cmp.Diff(want, troubles); diff != "" {
				t.Errorf("troubles (-want +got):\n%s", diff)
			}
			if (health.Watch == nil) != (test.watched == nil) || health.Watch != nil && health.Watch.Good() != test.good {
				t.Errorf("%+v", health.Watch)
			}
			var metrics strings.Builder
			for line := range strings.Lines(strings.ReplaceAll(test.metrics, "NAME", one.Name)) {
				name, _, _ := strings.Cut(line, "{")
				help := map[string]string{
					"figgosync_watch_delay_seconds": "How long the last synthetic absence took to its calendar; missing where there is none, or it failed.",
					"figgosync_watch_ok":            "1 where the last synthetic absence was written, read back and removed in time, 0 where not.",
				}[name]
				fmt.Fprintf(&metrics, "# HELP %s %s\n# TYPE %s gauge\n%s", name, help, name, line)
			}
			if err := testutil.CollectAndCompare(admin.NewWatchGauges(d.Service), strings.NewReader(metrics.String())); err != nil {
				t.Error(err)
			}
		})
	}
}

// The daily check is the last check, unless somebody made one since, and its failure is a
// trouble until somebody's check passes.
func TestDailyChecksAreTold(t *testing.T) {
	now := time.Now().UTC()
	d := newDesk(t, func(c *admin.Config) { c.Now = func() time.Time { return now } }).fill(t)
	connections, err := d.Connections(t.Context())
	if err != nil || len(connections) == 0 {
		t.Fatal(connections, err)
	}
	name := connections[0].Name
	d.engine.watched = []starter.Watched{
		{Kind: workflows.WatchedConnection, Name: name, Watched: workflows.Watched{At: now.Add(time.Minute), Trouble: &workflows.Trouble{Reason: "secret-wrong"}}},
		{Kind: workflows.WatchedSource, Name: "acme", Watched: workflows.Watched{At: now.Add(time.Minute)}},
	}
	last, known, err := d.LastCheckOf(t.Context(), settings.KindConnection, name)
	if err != nil || !known || last.Good() || last.Result != "secret-wrong" || !last.Daily {
		t.Errorf("%+v, %t, %v", last, known, err)
	}
	if last, known, err := d.LastCheckOf(t.Context(), settings.KindSource, "acme"); err != nil || !known || !last.Good() {
		t.Errorf("%+v, %t, %v", last, known, err)
	}
	if _, troubles := watchedOf(t, d); !slices.Equal(troubles, []string{"connection-refused connection " + name}) {
		t.Errorf("troubles %q", troubles)
	}
	d.engine.watched[0].At = now.Add(-time.Minute) // saved since
	now = now.Add(time.Minute)
	if _, troubles := watchedOf(t, d); len(troubles) != 0 {
		t.Errorf("troubles %q after the connection was saved", troubles)
	}
}
