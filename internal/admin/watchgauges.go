package admin

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	watchDelayGauge = prometheus.NewDesc("figgosync_watch_delay_seconds",
		"How long the last synthetic absence took to its calendar; missing where there is none, or it failed.",
		[]string{"synchronization"}, nil)
	watchOKGauge = prometheus.NewDesc("figgosync_watch_ok",
		"1 where the last synthetic absence was written, read back and removed in time, 0 where not.",
		[]string{"synchronization"}, nil)
)

// watchGauges show the last synthetic absences when somebody looks.
type watchGauges struct{ service *Service }

// NewWatchGauges is a collector of figgosync_watch_delay_seconds and figgosync_watch_ok. It
// has nothing to show while Temporal does not answer.
func NewWatchGauges(service *Service) prometheus.Collector { return watchGauges{service} }

// Describe implements prometheus.Collector.
func (w watchGauges) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- watchDelayGauge
	descriptions <- watchOKGauge
}

// Collect implements prometheus.Collector.
func (w watchGauges) Collect(metrics chan<- prometheus.Metric) {
	// A Collector gets no context of the request.
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTime)
	defer cancel()
	all, err := w.service.config.Settings.Synchronizations(ctx)
	if err != nil {
		return
	}
	for _, one := range all {
		state := w.service.watchOf(ctx, one)
		if state == nil {
			continue
		}
		ok := 0.0
		if state.Good() {
			ok = 1
		}
		if state.Trouble == nil {
			metrics <- prometheus.MustNewConstMetric(watchDelayGauge, prometheus.GaugeValue, state.Delay.Seconds(),
				one.Name)
		}
		metrics <- prometheus.MustNewConstMetric(watchOKGauge, prometheus.GaugeValue, ok, one.Name)
	}
}
