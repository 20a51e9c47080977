package worker

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/tracing"
)

// callMeter counts the calls to calendar systems. Its labels are connections' names, of
// which there are as many as the settings have, and a few known words.
type callMeter struct {
	calls   *prometheus.CounterVec
	seconds *prometheus.HistogramVec
}

func newCallMeter(r prometheus.Registerer) *callMeter {
	m := &callMeter{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "figgosync_calendar_calls_total",
			Help: "Calls to calendar systems, by connection and outcome (ok, throttled, temporary, blocked, gone, invalid, ended).",
		}, []string{"connection", "outcome"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "figgosync_calendar_call_seconds",
			Help: "Time until a calendar system answered, by connection and call (find, list, shown, create, update, delete).",
			// From a hundredth of a second to the adapters' longest wait.
			Buckets: []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120},
		}, []string{"connection", "call"}),
	}
	r.MustRegister(m.calls, m.seconds)
	return m
}

// of is what observes the calls through a connection, and traces those of traced changes.
func (m *callMeter) of(connection string) func(context.Context, calendars.Call) {
	return func(ctx context.Context, call calendars.Call) {
		m.calls.WithLabelValues(connection, call.Outcome).Inc()
		m.seconds.WithLabelValues(connection, call.Method).Observe(call.Took.Seconds())
		tracing.Call(ctx, connection, call.Method, call.Outcome, call.Took)
	}
}

var (
	refusedGauge = prometheus.NewDesc("figgosync_connection_refused",
		"1 for a connection that is tried now and then only, with the reason; 0 and no reason for one that answers.",
		[]string{"connection", "reason"}, nil)
	budgetGauge = prometheus.NewDesc("figgosync_lucca_calls_left",
		"Calls to Lucca that this process may make at once, by source; below 0 some wait for their turn.",
		[]string{"source"}, nil)
)

// standing shows how the opened connections and sources stand when somebody looks.
type standing struct {
	connections *connections
	directories *directories
}

// Describe implements prometheus.Collector.
func (s standing) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- refusedGauge
	descriptions <- budgetGauge
}

// Collect implements prometheus.Collector.
func (s standing) Collect(metrics chan<- prometheus.Metric) {
	for name, now := range s.connections.standings() {
		value := 0.0
		if now.Reason != "" {
			value = 1
		}
		metrics <- prometheus.MustNewConstMetric(refusedGauge, prometheus.GaugeValue, value, name, string(now.Reason))
	}
	for name, throttle := range s.directories.throttles() {
		metrics <- prometheus.MustNewConstMetric(budgetGauge, prometheus.GaugeValue, throttle.Left(), name)
	}
}

// standings is how each connection stands that was used; one that answered nothing yet
// is left out.
func (c *connections) standings() map[string]calendars.Standing {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]calendars.Standing{}
	for name, one := range c.open {
		if now := one.breaker.Standing(); now.Answers || now.Reason != "" {
			all[name] = now
		}
	}
	return all
}

func (d *directories) throttles() map[string]*figgo.Throttle {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]*figgo.Throttle{}
	for name, one := range d.open {
		all[name] = one.throttle
	}
	return all
}
