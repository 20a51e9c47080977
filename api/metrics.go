package api

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics counts webhooks. Labels are a few known words, never ids.
type metrics struct {
	webhooks *prometheus.CounterVec
	answer   *prometheus.HistogramVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		webhooks: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "figgosync_webhooks_total",
			Help: "Webhooks received, by generation (lucca, figgo), kind and status answered.",
		}, []string{"generation", "kind", "status"}),
		answer: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "figgosync_webhook_seconds",
			Help:    "Time from a webhook's arrival to our answer, by generation.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 3},
		}, []string{"generation"}),
	}
	r.MustRegister(m.webhooks, m.answer)
	return m
}

func (m *metrics) webhook(generation, kind, status string, took time.Duration) {
	m.webhooks.WithLabelValues(generation, kind, status).Inc()
	m.answer.WithLabelValues(generation).Observe(took.Seconds())
}
