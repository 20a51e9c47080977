package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/workflows"
)

// Common are the flags every server takes.
type Common struct {
	Settings      SettingsFlags
	AllowInsecure bool
	// AllowPrivate permits private addresses of outside systems.
	AllowPrivate  bool
	LogLevel      string
	LogFormat     string
	Temporal      string
	Namespace     string
	PayloadKeyset string
}

// Bind adds the flags.
func (c *Common) Bind(flags *pflag.FlagSet) {
	c.Settings.Bind(flags)
	flags.StringVar(&c.Temporal, "temporal-address", "",
		"`host:port` of Temporal (default TEMPORAL_ADDRESS, else 127.0.0.1:7233)")
	flags.StringVar(&c.Namespace, "temporal-namespace", "",
		"namespace in Temporal (default TEMPORAL_NAMESPACE, else default)")
	flags.StringVar(&c.PayloadKeyset, "payload-keyset", "",
		"`file` with the keyset that encrypts what Temporal stores, made by api when missing; the same for all processes. Empty: not encrypted")
	c.BindLog(flags)
	c.BindInsecure(flags)
}

// BindLog adds the logging flags.
func (c *Common) BindLog(flags *pflag.FlagSet) {
	flags.StringVar(&c.LogLevel, "log-level", "info", "debug, info, warn or error")
	flags.StringVar(&c.LogFormat, "log-format", "text", "text or json")
}

// BindInsecure adds the flags that permit http and private addresses.
func (c *Common) BindInsecure(flags *pflag.FlagSet) {
	flags.BoolVar(&c.AllowPrivate, "allow-private-addresses", false,
		"permit outside systems at private addresses, such as an Exchange server in the company's own network")
	flags.BoolVar(&c.AllowInsecure, "allow-insecure-endpoints", false,
		"permit http addresses of outside systems; for rehearsals only")
}

// namespace is the one Dial uses.
func (c *Common) namespace() string {
	return cmp.Or(c.Namespace, os.Getenv("TEMPORAL_NAMESPACE"), client.DefaultNamespace)
}

// Logger writes to stderr as the flags say.
func (c *Common) Logger() (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, fmt.Errorf("--log-level %q: write debug, info, warn or error", c.LogLevel)
	}
	options := &slog.HandlerOptions{Level: level}
	switch c.LogFormat {
	case "text":
		return slog.New(slog.NewTextHandler(os.Stderr, options)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(os.Stderr, options)), nil
	default:
		return nil, fmt.Errorf("--log-format %q: write text or json", c.LogFormat)
	}
}

// OpenSettings opens the settings, wherever they are kept.
func (c *Common) OpenSettings(ctx context.Context, log *slog.Logger) (*Opened, error) {
	return c.Settings.Open(ctx, c.AllowInsecure, log)
}

// keysetWait is how long the API may start after us: it makes the payload keyset.
const keysetWait = time.Minute

// Codec opens the payload codec, nil when payloads are not encrypted, and sees that
// its keyset is the one that absences are encrypted with. Only the API, which
// encrypts first, makes a missing one; others wait for it.
func (c *Common) Codec(ctx context.Context, opened *Opened, isAPI bool,
	wait time.Duration) (converter.PayloadCodec, error) {
	return engine.Keyset{Path: c.PayloadKeyset, DB: opened.DB, Make: isAPI, Wait: wait}.Open(ctx)
}

// Dial connects to Temporal, waiting up to a minute for it: in a cluster it may
// start after us. What its SDK measures goes into the registry, once for each.
func (c *Common) Dial(
	ctx context.Context, codec converter.PayloadCodec, registry *prometheus.Registry, log *slog.Logger,
) (client.Client, error) {
	metrics, err := engine.NewMetrics(registry)
	if err != nil {
		return nil, err
	}
	options := engine.Options{Address: c.Temporal, Namespace: c.Namespace, Codec: codec, Metrics: metrics,
		Log: warnings(log)}
	for deadline := time.Now().Add(time.Minute); ; {
		dialCtx, cancel := context.WithTimeout(ctx, 10*time.Second)
		connected, err := engine.Dial(dialCtx, options)
		cancel()
		if err == nil || errors.Is(err, engine.ErrConfiguration) || time.Now().After(deadline) || ctx.Err() != nil {
			return connected, err
		}
		log.Warn("waiting for Temporal", "error", err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(2 * time.Second):
		}
	}
}

// DialOnce connects to a Temporal that should be there, for a command that somebody
// waits for.
func (c *Common) DialOnce(ctx context.Context, codec converter.PayloadCodec, log *slog.Logger) (client.Client, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	options := engine.Options{Address: c.Temporal, Namespace: c.Namespace, Codec: codec,
		Log: slog.New(atLeast{log.Handler(), slog.LevelError})}
	connected, err := engine.Dial(ctx, options)
	if errors.Is(err, engine.ErrConfiguration) {
		return nil, err
	}
	if err != nil {
		return nil, fmt.Errorf("%w\nIs it at another address or port? Give it with --temporal-address", err)
	}
	return connected, nil
}

// Begin is what commands beside up begin with: the log, and the settings, which the
// caller closes.
func (c *Common) Begin(ctx context.Context) (*slog.Logger, *Opened, error) {
	log, err := c.Logger()
	if err != nil {
		return nil, nil, err
	}
	if err := c.BesideUp(); err != nil {
		return nil, nil, err
	}
	opened, err := c.OpenSettings(ctx, log)
	return log, opened, err
}

// Connect reaches Temporal once, with the codec of the settings.
func (c *Common) Connect(ctx context.Context, opened *Opened,
	log *slog.Logger) (client.Client, converter.PayloadCodec, error) {
	codec, err := c.Codec(ctx, opened, false, 0)
	if err != nil {
		return nil, nil, err
	}
	temporal, err := c.DialOnce(ctx, codec, log)
	return temporal, codec, err
}

// BesideUp makes the data directory of figgosync-standalone the place of what no
// other flag names: settings, the address of its Temporal, and the payload keyset where
// there is one.
func (c *Common) BesideUp() error {
	if err := c.Settings.useDataDir(); err != nil {
		return err
	}
	if c.Settings.DataDir == "" {
		return nil
	}
	c.useTemporalOf(c.Settings.DataDir)
	path := filepath.Join(c.Settings.DataDir, PayloadKeysetName)
	if _, err := os.Stat(path); err == nil && c.PayloadKeyset == "" {
		c.PayloadKeyset = path
	}
	return nil
}

// warnings drops the SDK's chatter below warnings.
func warnings(log *slog.Logger) *slog.Logger { return slog.New(atLeast{log.Handler(), slog.LevelWarn}) }

type atLeast struct {
	slog.Handler
	level slog.Level
}

func (h atLeast) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= h.level && h.Handler.Enabled(ctx, level)
}

func (h atLeast) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeast{h.Handler.WithAttrs(attrs), h.level}
}

func (h atLeast) WithGroup(name string) slog.Handler {
	return atLeast{h.Handler.WithGroup(name), h.level}
}

// ensureAttributes registers our search attributes where they are missing.
func ensureAttributes(ctx context.Context, c client.Client, namespace string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return engine.EnsureSearchAttributes(ctx, c, namespace, workflows.Attributes())
}

// NewRegistry is a metrics registry with those of Go and of the process.
func NewRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return registry
}

// Listen opens a TCP address, or says in one sentence why not; flag is what chooses
// another.
func Listen(address, flag string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", address)
	if err == nil {
		return listener, nil
	}
	if strings.Contains(err.Error(), "address already in use") {
		return nil, fmt.Errorf("the address %s is taken: stop what uses it, or choose another with %s", address, flag)
	}
	return nil, fmt.Errorf("cannot listen on %s (%s): %w", address, flag, err)
}
