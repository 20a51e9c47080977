// Package engine connects to Temporal: client options from the environment,
// payload encryption, search attributes. It knows nothing of absences.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/figgosync/figgosync/internal/tracing"
)

// Options say how to connect. What is left empty comes from the environment
// TEMPORAL_* or the file TEMPORAL_CONFIG_FILE, as for Temporal's own tools
// (docs.temporal.io/develop/environment-configuration).
type Options struct {
	Address   string
	Namespace string
	// Codec encrypts payloads; nil leaves them in clear.
	Codec converter.PayloadCodec
	// Metrics is NewMetrics; nil measures nothing.
	Metrics client.MetricsHandler
	Log     *slog.Logger
}

// ErrConfiguration is returned, wrapped, where the TEMPORAL_* configuration cannot be read:
// waiting for Temporal does not help.
var ErrConfiguration = errors.New("read the TEMPORAL_* configuration")

// Dial connects and returns once the server answers. Close the client. Errors are
// ErrConfiguration and those of the connection.
func Dial(ctx context.Context, options Options) (client.Client, error) {
	config, err := clientOptions(options)
	if err != nil {
		return nil, err
	}
	c, err := client.DialContext(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("cannot reach Temporal at %s: %w", config.HostPort, err)
	}
	return c, nil
}

func clientOptions(options Options) (client.Options, error) {
	config, err := envconfig.LoadClientOptions(envconfig.LoadClientOptionsRequest{})
	if err != nil {
		return client.Options{}, fmt.Errorf("%w: %w", ErrConfiguration, err)
	}
	if options.Address != "" {
		config.HostPort = options.Address
	}
	if config.HostPort == "" {
		config.HostPort = client.DefaultHostPort
	}
	if options.Namespace != "" {
		config.Namespace = options.Namespace
	}
	if options.Log != nil {
		config.Logger = log.NewStructuredLogger(options.Log)
	}
	config.ContextPropagators = []workflow.ContextPropagator{tracing.Propagator{}}
	if options.Metrics != nil {
		config.MetricsHandler = options.Metrics
	}
	if options.Codec != nil {
		config.DataConverter = NewDataConverter(options.Codec)
		// Without this, error messages and stack traces stay in clear.
		config.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
			DataConverter: config.DataConverter, EncodeCommonAttributes: true,
		})
	}
	return config, nil
}

// EnsureSearchAttributes registers the Keyword attributes that the namespace
// lacks and waits until the server accepts them, ctx permitting. A namespace on
// SQL has room for ten.
func EnsureSearchAttributes(ctx context.Context, c client.Client, namespace string,
	keys []temporal.SearchAttributeKeyKeyword) error {
	if namespace == "" {
		namespace = client.DefaultNamespace
	}
	missing, err := missingAttributes(ctx, c, namespace, keys)
	if err != nil || len(missing) == 0 {
		return err
	}
	_, err = c.OperatorService().AddSearchAttributes(ctx,
		&operatorservice.AddSearchAttributesRequest{Namespace: namespace, SearchAttributes: missing})
	if _, exists := errors.AsType[*serviceerror.AlreadyExists](err); err != nil && !exists {
		return fmt.Errorf("register search attributes (by hand: temporal operator search-attribute create --name NAME --type Keyword): %w", err)
	}
	for len(missing) > 0 {
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for search attributes: %w", ctx.Err())
		case <-time.After(200 * time.Millisecond):
		}
		if missing, err = missingAttributes(ctx, c, namespace, keys); err != nil {
			return err
		}
	}
	return nil
}

func missingAttributes(ctx context.Context, c client.Client, namespace string,
	keys []temporal.SearchAttributeKeyKeyword) (map[string]enums.IndexedValueType, error) {
	present, err := c.OperatorService().ListSearchAttributes(ctx,
		&operatorservice.ListSearchAttributesRequest{Namespace: namespace})
	if err != nil {
		return nil, fmt.Errorf("list search attributes: %w", err)
	}
	missing := map[string]enums.IndexedValueType{}
	for _, key := range keys {
		if _, ok := present.GetCustomAttributes()[key.GetName()]; !ok {
			missing[key.GetName()] = enums.INDEXED_VALUE_TYPE_KEYWORD
		}
	}
	return missing, nil
}
