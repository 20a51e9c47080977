package engine

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/otlptranslator"
	exporter "go.opentelemetry.io/otel/exporters/prometheus"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/opentelemetry"
)

// latencies are the bounds of the histograms, in seconds: from a quick call to a task
// that waited for minutes.
var latencies = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}

// NewMetrics returns what makes Temporal's SDK count and measure into the registry,
// under its own names in Prometheus' spelling, such as temporal_request_total and
// temporal_activity_schedule_to_start_latency_seconds
// (https://docs.temporal.io/references/sdk-metrics). It may be used by several clients,
// and made once for a registry.
func NewMetrics(registerer prometheus.Registerer) (client.MetricsHandler, error) {
	reader, err := exporter.New(
		exporter.WithRegisterer(registerer), exporter.WithoutScopeInfo(), exporter.WithoutTargetInfo(),
		exporter.WithTranslationStrategy(otlptranslator.UnderscoreEscapingWithSuffixes),
	)
	if err != nil {
		return nil, fmt.Errorf("measure what the Temporal SDK does: %w", err)
	}
	histograms := sdkmetric.NewView(
		sdkmetric.Instrument{Kind: sdkmetric.InstrumentKindHistogram},
		sdkmetric.Stream{Aggregation: sdkmetric.AggregationExplicitBucketHistogram{Boundaries: latencies}},
	)
	provider := sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader), sdkmetric.WithView(histograms))
	return opentelemetry.NewMetricsHandler(opentelemetry.MetricsHandlerOptions{
		Meter: provider.Meter("temporal"), OnError: func(error) {}, UseMonotonicCounters: true,
	}), nil
}
