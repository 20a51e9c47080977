package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/figgosync/figgosync/internal/engine"
)

func TestWhatTheSDKMeasuresIsShown(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	metrics, err := engine.NewMetrics(registry)
	if err != nil {
		t.Fatal(err)
	}
	queue := metrics.WithTags(map[string]string{"task_queue": "figgosync"})
	queue.Counter("temporal_request").Inc(2)
	queue.Gauge("temporal_num_pollers").Update(16)
	queue.Timer("temporal_activity_schedule_to_start_latency").Record(40 * time.Millisecond)
	want := `
# HELP temporal_num_pollers 
# TYPE temporal_num_pollers gauge
temporal_num_pollers{task_queue="figgosync"} 16
# HELP temporal_request_total 
# TYPE temporal_request_total counter
temporal_request_total{task_queue="figgosync"} 2
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want), "temporal_num_pollers", "temporal_request_total"); err != nil {
		t.Error(err)
	}
	const latency = "temporal_activity_schedule_to_start_latency_seconds"
	if count, err := testutil.GatherAndCount(registry, latency); err != nil || count != 1 {
		t.Errorf("%d of %s, %v", count, latency, err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, family := range families {
		if family.GetName() != latency {
			continue
		}
		for _, bucket := range family.GetMetric()[0].GetHistogram().GetBucket() {
			if within := bucket.GetUpperBound() >= .05; within != (bucket.GetCumulativeCount() == 1) {
				t.Errorf("%d up to %g s", bucket.GetCumulativeCount(), bucket.GetUpperBound())
			}
		}
	}
}
