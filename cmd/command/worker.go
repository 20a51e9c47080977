package command

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	sdk "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/worker"
)

type workerFlags struct {
	Common
	Traces        TraceFlags
	Listen        string
	Pollers       int
	CalendarSlots int
	LuccaRate     int
	Rates         engine.Rates
	Deployment    sdk.WorkerDeploymentVersion
}

func workerCommand() *cobra.Command {
	var flags workerFlags
	command := &cobra.Command{
		Use:   "worker",
		Short: "Run the workflows and write to the calendars",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runWorker(c.Context(), flags) },
	}
	flags.Bind(command.Flags())
	flags.Traces.Bind(command.Flags())
	command.Flags().StringVar(&flags.Listen, "listen", "127.0.0.1:9464", "`address` of /metrics and /healthz")
	command.Flags().IntVar(&flags.Pollers, "pollers", 16, "long polls kept open on each task queue")
	command.Flags().IntVar(&flags.CalendarSlots, "calendar-slots", 200, "activities at once on each calendar queue")
	command.Flags().IntVar(&flags.LuccaRate, "lucca-calls-per-minute", figgo.DefaultCallsPerMinute, LuccaRateHelp)
	BindRates(command.Flags(), &flags.Rates)
	command.Flags().StringVar(&flags.Deployment.DeploymentName, "deployment", "",
		"`name` of the worker deployment in Temporal, such as figgosync: for upgrades without a stop; empty: workers have no versions")
	command.Flags().StringVar(&flags.Deployment.BuildID, "build-id", "",
		"`version` in the worker deployment (default: the version of this program)")
	return command
}

// deployment is the version that the worker announces; none where no deployment is named.
func (f *workerFlags) deployment() sdk.WorkerDeploymentVersion {
	if f.Deployment.DeploymentName == "" {
		return sdk.WorkerDeploymentVersion{}
	}
	return sdk.WorkerDeploymentVersion{
		DeploymentName: f.Deployment.DeploymentName, BuildID: cmp.Or(f.Deployment.BuildID, buildID(version())),
	}
}

// LuccaRateHelp explains the flag --lucca-calls-per-minute.
const LuccaRateHelp = "calls a minute of this process to each Lucca account; Lucca allows 50, of all processes and integrations together"

// BindRates adds the flags of the server-side rate limits.
func BindRates(flags *pflag.FlagSet, rates *engine.Rates) {
	flags.Float64Var(&rates.Queue, "calendar-rate", 0,
		"activities a second on each calendar queue, over all workers; 0 leaves what is set in Temporal")
	flags.Float64Var(&rates.PerKey, "connection-rate", 0, "the same for each source and connection")
}

func runWorker(ctx context.Context, flags workerFlags) error {
	if flags.Deployment.BuildID != "" && flags.Deployment.DeploymentName == "" {
		return errors.New("--build-id is the version in a worker deployment: name that too, --deployment figgosync")
	}
	p, err := flags.open(ctx, processOptions{name: "worker", listen: flags.Listen, traces: &flags.Traces})
	if err != nil {
		return err
	}
	defer p.Close()
	fatal := make(chan error, 1)
	book, feed := p.opened.Journals(p.log)
	work := worker.New(p.temporal, worker.Options{
		Settings: p.opened.Store, AllowInsecure: flags.AllowInsecure, AllowPrivate: flags.AllowPrivate,
		Delays: book, EmployeeChanges: feed, SignIns: p.opened.SignIns(), Registerer: p.registry, Log: p.log,
		Tracing: p.traces,
		Pollers: flags.Pollers, CalendarSlots: flags.CalendarSlots, LuccaPerMinute: flags.LuccaRate,
		Rates: flags.Rates, Namespace: flags.namespace(), Deployment: flags.deployment(),
		OnFatal: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	})
	p.log.Info("worker ready", "metrics", p.listener.Addr().String())
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return work.Run(groupCtx, fatal) })
	group.Go(func() error { book.Run(groupCtx); return nil })
	group.Go(func() error { return serveMetrics(groupCtx, p.listener, p.registry) })
	return group.Wait()
}

// serveMetrics answers /metrics and /healthz until ctx ends.
func serveMetrics(ctx context.Context, listener net.Listener, registry *prometheus.Registry) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second}
	stop := context.AfterFunc(ctx, func() {
		drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(drain)
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
