package alerts

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/internal/settings"
)

var troubleGauge = prometheus.NewDesc("figgosync_trouble",
	"Troubles that people are told of, by kind, as of the last minute; missing before the first look, and for kinds that could not be looked at.", []string{"kind"}, nil)

// Describe implements prometheus.Collector.
func (a *Alerts) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- troubleGauge }

// Collect implements prometheus.Collector.
func (a *Alerts) Collect(metrics chan<- prometheus.Metric) {
	a.mu.Lock()
	found, looked := a.found, a.looked
	a.mu.Unlock()
	if !looked {
		return
	}
	counts := map[settings.TroubleKind]int{}
	for _, kind := range settings.TroubleKinds() {
		counts[kind] = 0
	}
	for _, kind := range found.Unknown {
		delete(counts, kind)
	}
	for _, t := range found.Troubles {
		counts[t.Kind]++
	}
	for kind, count := range counts {
		metrics <- prometheus.MustNewConstMetric(troubleGauge, prometheus.GaugeValue, float64(count), string(kind))
	}
}
