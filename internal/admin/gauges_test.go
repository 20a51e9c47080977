package admin_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/starter"
)

func TestAbsencesAreCountedForMetrics(t *testing.T) {
	t.Parallel()
	engine := &fakeEngine{stuck: 2, lines: []starter.AbsenceLine{
		line("1", "1", "blocked", "mailbox-missing"), line("2", "1", "blocked", "no-email"), line("3", "1", "synced", ""),
	}}
	clock := now
	gauges := admin.NewGauges(engine, func() time.Time { return clock }, slog.New(slog.DiscardHandler))
	want := `
# HELP figgosync_absences Absences that are followed, by status, as of the last half minute; missing while Temporal does not answer.
# TYPE figgosync_absences gauge
figgosync_absences{status="blocked"} 2
figgosync_absences{status="deleted"} 0
figgosync_absences{status="held"} 0
figgosync_absences{status="pending"} 0
figgosync_absences{status="retrying"} 0
figgosync_absences{status="skipped"} 0
figgosync_absences{status="synced"} 1
# HELP figgosync_absences_stuck Absences whose workflow task fails over and over, as of the last half minute.
# TYPE figgosync_absences_stuck gauge
figgosync_absences_stuck 2
`
	for range 3 {
		if err := testutil.CollectAndCompare(gauges, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
		clock = clock.Add(9 * time.Second)
	}
	if engine.counts != 7 {
		t.Errorf("%d counts for three scrapes, want one for each status", engine.counts)
	}
	engine.down = errors.New("down")
	clock = clock.Add(time.Minute)
	if count := testutil.CollectAndCount(gauges); count != 0 {
		t.Errorf("%d metrics without Temporal", count)
	}
}
