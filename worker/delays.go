package worker

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/activities"
)

// delayMeter shows delays to Prometheus too.
type delayMeter struct {
	next    activities.Delays
	seconds *prometheus.HistogramVec
}

// newDelayMeter registers the metric. Its label is a synchronization's name, of
// which there are as many as the settings have.
func newDelayMeter(next activities.Delays, r prometheus.Registerer) *delayMeter {
	m := &delayMeter{next: next, seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "figgosync_delay_seconds",
		Help: "Time from Figgo's webhook until the calendar was right, by synchronization.",
		// From a tenth of a second to a day.
		Buckets: []float64{.1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 7200, 86400},
	}, []string{"synchronization"})}
	r.MustRegister(m.seconds)
	return m
}

// Observe implements activities.Delays.
func (m *delayMeter) Observe(synchronization string, took time.Duration) {
	m.seconds.WithLabelValues(synchronization).Observe(took.Seconds())
	if m.next != nil {
		m.next.Observe(synchronization, took)
	}
}
