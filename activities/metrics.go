package activities

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/workflows"
)

// Metrics counts what the activities do. Labels are a few known words: never
// ids, never people.
type Metrics struct {
	events  *prometheus.CounterVec
	applies *prometheus.CounterVec
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	m := &Metrics{
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "figgosync_calendar_events_total",
			Help: "Events created, updated, deleted or found right, by provider.",
		}, []string{"provider", "action"}),
		applies: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "figgosync_applies_total",
			Help: "Attempts to bring a mailbox up to date, by provider and outcome (ok, blocked, retry).",
		}, []string{"provider", "outcome"}),
	}
	r.MustRegister(m.events, m.applies)
	return m
}

func (m *Metrics) applied(provider string, result calendars.Result, blocking *workflows.Trouble, retry error) {
	for action, count := range map[string]int{
		"created": result.Created, "updated": result.Updated, "deleted": result.Deleted, "unchanged": result.Unchanged,
	} {
		m.events.WithLabelValues(provider, action).Add(float64(count))
	}
	outcome := "ok"
	switch {
	case retry != nil:
		outcome = "retry"
	case blocking != nil:
		outcome = "blocked"
	}
	m.applies.WithLabelValues(provider, outcome).Inc()
}
