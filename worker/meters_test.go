package worker

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
)

// What a connection is refused for is a metric until it answers, and Lucca's budget one
// that shrinks.
func TestStandingIsAMetric(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t.Context())
		throttle := figgo.NewThrottleOf(8, nil)
		shown := standing{o.connections, &directories{open: map[string]openSource{"acme": {throttle: throttle}}}}
		expect := func(when, value, reason string) {
			t.Helper()
			want := "# HELP figgosync_connection_refused 1 for a connection that is tried now and then only, with the reason; 0 and no reason for one that answers.\n" +
				"# TYPE figgosync_connection_refused gauge\n" + `figgosync_connection_refused{connection="office",reason="` + reason + `"} ` + value + "\n"
			if err := testutil.CollectAndCompare(shown, strings.NewReader(want), "figgosync_connection_refused"); err != nil {
				t.Errorf("%s: %v", when, err)
			}
		}
		if count := testutil.CollectAndCount(shown, "figgosync_connection_refused"); count != 0 {
			t.Errorf("%d series before the first answer", count)
		}
		o.answers(&calendars.Blocked{Reason: calendars.ConsentMissing, Scope: calendars.ScopeConnection})
		_ = o.write(t.Context(), "somebody")
		expect("refused", "1", "consent-missing")
		if count := testutil.CollectAndCount(shown, "figgosync_lucca_calls_left"); count != 1 {
			t.Errorf("%d sources", count)
		}
		if left := throttle.Left(); left != 2 {
			t.Errorf("%v calls are left of 2 at once", left)
		}
	})
}

func TestCallsAreCounted(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	observe := newCallMeter(registry).of("office")
	observe(t.Context(), calendars.Call{Method: "find", Outcome: "ok"})
	observe(t.Context(), calendars.Call{Method: "find", Outcome: "throttled"})
	observe(t.Context(), calendars.Call{Method: "create", Outcome: "ok"})
	want := `
# HELP figgosync_calendar_calls_total Calls to calendar systems, by connection and outcome (ok, throttled, temporary, blocked, gone, invalid, ended).
# TYPE figgosync_calendar_calls_total counter
figgosync_calendar_calls_total{connection="office",outcome="ok"} 2
figgosync_calendar_calls_total{connection="office",outcome="throttled"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "figgosync_calendar_calls_total"); err != nil {
		t.Error(err)
	}
	if count, err := testutil.GatherAndCount(registry, "figgosync_calendar_call_seconds"); err != nil || count != 2 {
		t.Errorf("%d series of times, %v", count, err)
	}
}
