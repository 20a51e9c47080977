package admin

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/workflows"
)

var reconciliationGauge = prometheus.NewDesc("figgosync_reconciliation",
	"What the last completed comparison of a synchronization found, by kind, and how many differences it repaired.",
	[]string{"synchronization", "kind"}, nil)

// reconciliationGauges show the last comparisons when somebody looks.
type reconciliationGauges struct{ service *Service }

// NewReconciliationGauges is a collector of figgosync_reconciliation. It has nothing to
// show while Temporal does not answer, and of a synchronization that was never compared.
func NewReconciliationGauges(service *Service) prometheus.Collector {
	return reconciliationGauges{service}
}

// Describe implements prometheus.Collector.
func (g reconciliationGauges) Describe(descriptions chan<- *prometheus.Desc) {
	descriptions <- reconciliationGauge
}

// Collect implements prometheus.Collector.
func (g reconciliationGauges) Collect(metrics chan<- prometheus.Metric) {
	// A Collector gets no context of the request.
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTime)
	defer cancel()
	all, err := g.service.config.Engine.Operations(ctx, workflows.ReconciliationType, "", operationsLooked)
	if err != nil {
		return
	}
	seen := map[string]bool{}
	for _, one := range all { // the newest first
		if one.Reconciliation == nil || one.Phase != workflows.PhaseCompleted || seen[one.Synchronization] {
			continue
		}
		seen[one.Synchronization] = true
		c := one.Reconciliation.Counts
		for kind, count := range map[string]int{
			"right": c.Right, "missing": c.Missing, "surplus": c.Surplus, "duplicate": c.Duplicate, "edited": c.Edited,
			"misplaced": c.Misplaced, "repaired": c.Repaired, "blocked": c.Blocked, "left": c.Left,
		} {
			metrics <- prometheus.MustNewConstMetric(reconciliationGauge, prometheus.GaugeValue, float64(count),
				one.Synchronization, kind)
		}
	}
}
