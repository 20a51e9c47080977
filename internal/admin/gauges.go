package admin

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	// gaugesTTL is how long counts are shown: scrapers come often, and each count is a
	// query. gaugesTime bounds how long one scrape waits for Temporal.
	gaugesTTL  = 30 * time.Second
	gaugesTime = 3 * time.Second
)

var (
	absencesGauge = prometheus.NewDesc("figgosync_absences",
		"Absences that are followed, by status, as of the last half minute; missing while Temporal does not answer.",
		[]string{"status"}, nil)
	stuckGauge = prometheus.NewDesc("figgosync_absences_stuck",
		"Absences whose workflow task fails over and over, as of the last half minute.", nil, nil)
)

// gauges count absences when somebody looks.
type gauges struct {
	engine Engine
	now    func() time.Time
	log    *slog.Logger

	mu      sync.Mutex
	at      time.Time
	metrics []prometheus.Metric
}

// NewGauges is a collector of the numbers of absences: the gauges figgosync_absences, by
// status, and figgosync_absences_stuck. It asks Temporal at most twice a minute. now is
// the clock, time.Now when nil.
func NewGauges(engine Engine, now func() time.Time, log *slog.Logger) prometheus.Collector {
	if now == nil {
		now = time.Now
	}
	return &gauges{engine: engine, now: now, log: log}
}

// Describe implements prometheus.Collector.
func (g *gauges) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- absencesGauge
	descriptions <- stuckGauge
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(metrics chan<- prometheus.Metric) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if now := g.now(); g.at.IsZero() || now.Sub(g.at) >= gaugesTTL {
		g.at = now
		g.metrics = g.count()
	}
	for _, metric := range g.metrics {
		metrics <- metric
	}
}

// count returns nothing when one of the counts is missing: half of them would look like
// all.
func (g *gauges) count() (metrics []prometheus.Metric) {
	// A prometheus.Collector gets no context of the request.
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTime)
	defer cancel()
	gauge := func(description *prometheus.Desc, value int, labels ...string) {
		metrics = append(metrics, prometheus.MustNewConstMetric(description, prometheus.GaugeValue, float64(value),
			labels...))
	}
	for _, status := range statuses {
		count, err := g.engine.Count(ctx, starter.AbsencesQuery{Statuses: []workflows.Status{status}, Running: true})
		if err != nil {
			g.log.Warn("the numbers of absences are missing from the metrics", "error", err)
			return nil
		}
		gauge(absencesGauge, count, string(status))
	}
	stuck, err := g.engine.Stuck(ctx)
	if err != nil {
		g.log.Warn("the numbers of absences are missing from the metrics", "error", err)
		return nil
	}
	gauge(stuckGauge, stuck)
	return metrics
}
