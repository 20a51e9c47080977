package admin

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

var credentialGauge = prometheus.NewDesc("figgosync_credential_end_seconds",
	"When the secret or certificate of a connection ends, in seconds since 1970; missing where nobody told.",
	[]string{"connection"}, nil)

// credentials show the ends of connections' secrets and certificates when somebody looks.
type credentials struct{ store settings.Store }

// NewCredentialGauges is a collector of figgosync_credential_end_seconds. It has nothing
// to show while the settings cannot be read.
func NewCredentialGauges(store settings.Store) prometheus.Collector { return credentials{store} }

// Describe implements prometheus.Collector.
func (c credentials) Describe(descriptions chan<- *prometheus.Desc) { descriptions <- credentialGauge }

// Collect implements prometheus.Collector.
func (c credentials) Collect(metrics chan<- prometheus.Metric) {
	// A Collector gets no context of the request.
	ctx, cancel := context.WithTimeout(context.Background(), gaugesTime)
	defer cancel()
	connections, err := c.store.Connections(ctx)
	if err != nil {
		return
	}
	for _, one := range connections {
		if end := credentialEnd(one); !end.IsZero() {
			metrics <- prometheus.MustNewConstMetric(credentialGauge, prometheus.GaugeValue, float64(end.Unix()),
				one.Name)
		}
	}
}

// credentialEnd is when the secret or certificate of a connection ends, zero where
// nobody told.
func credentialEnd(connection settings.Connection) time.Time {
	if expiring, ok := connection.System.(calendars.Expiring); ok {
		return expiring.Expires()
	}
	return time.Time{}
}
