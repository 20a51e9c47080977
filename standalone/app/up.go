// Package app is figgosync in one process: a Temporal server, its Web UI, the API
// and the worker, started and stopped in order.
package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/cmd/command"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/engine"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/tracing"
	"github.com/figgosync/figgosync/standalone/cluster"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/worker"
	"github.com/figgosync/figgosync/workflows"
)

// Options say where everything listens and keeps its data.
type Options struct {
	DataDir string
	// IP is where Temporal and its Web UI listen; Listen is the API's address.
	IP     string
	Listen string
	GRPC   int
	UI     int
	Token  string
	// PublicURL is where browsers reach the API, for Microsoft's consent page.
	PublicURL string
	Plain     bool
	Pollers   int
	// LuccaRate bounds the calls a minute to each Lucca account; 0 is the default.
	LuccaRate int
	Rates     engine.Rates
	AuditDays int
	// Unprotected permits an IP that others reach.
	Unprotected bool
	Access      command.AccessFlags
	Alerts      command.AlertFlags
	Traces      command.TraceFlags
	command.Common
	// sandbox is the address of the rehearsal's desk, and prepare fills in the
	// settings before anything runs.
	sandbox string
	prepare func(ctx context.Context, opened *command.Opened) error
	// unlock gives the data directory back, when it is locked already.
	unlock func()
}

func (o *Options) bind(flags *pflag.FlagSet, dataDir string) {
	flags.StringVar(&o.DataDir, "data-dir", dataDir, "`directory` for the database and keys; nothing is written elsewhere")
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "`address` of the API")
	flags.StringVar(&o.IP, "temporal-ip", "127.0.0.1", "`IP` address on which Temporal and its Web UI listen")
	flags.BoolVar(&o.Unprotected, "allow-unprotected-temporal", false, "permit a --temporal-ip that other machines reach, although Temporal and its Web UI ask for no password: whoever reaches them may end every workflow")
	flags.IntVar(&o.GRPC, "temporal-port", 7233, "`port` of Temporal")
	flags.IntVar(&o.UI, "temporal-web-ui-port", 8233, "`port` of the Temporal Web UI, 0 for none")
	flags.StringVar(&o.Token, "api-token", o.Token, "bearer `token` of the admin API; better given as FIGGOSYNC_API_TOKEN")
	command.BindPublicURL(flags, &o.PublicURL)
	flags.BoolVar(&o.Plain, "plain-payloads", false, "do not encrypt what Temporal stores")
	flags.IntVar(&o.Pollers, "pollers", 16, "long polls kept open on each task queue")
	command.BindRates(flags, &o.Rates)
	flags.IntVar(&o.LuccaRate, "lucca-calls-per-minute", figgo.DefaultCallsPerMinute, command.LuccaRateHelp)
	o.Access.Bind(flags)
	o.Alerts.Bind(flags)
	o.Traces.Bind(flags)
	o.Traces.BindShare(flags)
	command.BindAuditLog(flags, &o.AuditDays)
	o.BindLog(flags)
}

// database is where the settings are when no flag says otherwise.
func (o *Options) database() string {
	return "sqlite:" + filepath.Join(o.DataDir, command.DatabaseName)
}

// UpCommand is `figgosync-standalone up`.
func UpCommand() *cobra.Command {
	var options Options
	up := &cobra.Command{
		Use:   "up",
		Short: "Run Temporal, its Web UI, the API and the worker in this process",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			log, err := options.Logger()
			if err != nil {
				return err
			}
			return Up(c.Context(), options, log, func(u *Running) { u.describe(c.Context(), c.OutOrStdout()) })
		},
	}
	options.bind(up.Flags(), "figgosync-data")
	options.Settings.Bind(up.Flags())
	options.BindInsecure(up.Flags())
	return up
}

// Running is everything, up.
type Running struct {
	Options  Options
	Cluster  *cluster.Cluster
	Temporal client.Client
	Starter  *starter.Starter
	// API is the base address of the API, WebUI that of the Temporal Web UI, ""
	// when it does not run.
	API   string
	WebUI string

	log      *slog.Logger
	listener net.Listener
	registry *prometheus.Registry
	opened   *command.Opened
	book     *delays.Book
	feed     *changes.Feed
	site     *command.Site
	traces   *tracing.Tracing
	codec    converter.PayloadCodec
	// codecKey is in the link to the Web UI that shows payloads; "" where there is none.
	codecKey string
	closers  []func()
}

// Up starts everything, calls ready, and runs until ctx ends or a part fails. What
// cannot start is one clear error, with nothing left running.
func Up(ctx context.Context, options Options, log *slog.Logger, ready func(*Running)) error {
	if err := command.CheckPublicURL(options.PublicURL); err != nil {
		return err
	}
	if err := options.checkTemporalIP(log); err != nil {
		return err
	}
	u := &Running{Options: options, log: log, registry: command.NewRegistry()}
	defer u.close()
	if err := u.open(ctx); err != nil {
		return err
	}
	return u.run(ctx, ready)
}

// open does everything that can fail, cheapest first.
func (u *Running) open(ctx context.Context) (err error) {
	unlock := u.Options.unlock
	if unlock == nil {
		if unlock, err = cluster.Lock(u.Options.DataDir); err != nil {
			return err
		}
	}
	u.onClose(unlock)
	if u.Options.sandbox == "" {
		if _, err := os.Stat(filepath.Join(u.Options.DataDir, rehearsalMark)); err == nil {
			return fmt.Errorf("the data directory %s is a rehearsal's, which `demo` empties: choose another with --data-dir", u.Options.DataDir)
		}
	}
	if err := u.openSettings(ctx); err != nil {
		return err
	}
	if u.listener, err = command.Listen(u.Options.Listen, "--listen"); err != nil {
		return err
	}
	u.onClose(func() { _ = u.listener.Close() })
	u.API = "http://" + u.listener.Addr().String()
	if u.Options.PublicURL == "" && u.Options.AllowInsecure && u.loopback() {
		u.Options.PublicURL = u.API // a rehearsal: the sandbox and the browser are here too
	}
	if err := u.opened.RememberAddress(u.address()); err != nil {
		return err
	}
	if u.Options.UI != 0 {
		u.WebUI = fmt.Sprintf("http://%s:%d", u.Options.IP, u.Options.UI)
	}
	if u.traces, err = u.Options.Traces.Open(ctx, "up", u.log); err != nil {
		return err
	}
	u.onClose(u.traces.Close)
	if err := u.openCodec(ctx); err != nil {
		return err
	}
	return u.openCluster(ctx)
}

func (u *Running) openSettings(ctx context.Context) (err error) {
	u.Options.Settings.DefaultURL = u.Options.database()
	if u.opened, err = u.Options.OpenSettings(ctx, u.log); err != nil {
		return err
	}
	u.onClose(u.opened.Close)
	u.book, u.feed = u.opened.Journals(u.log)
	if u.Options.prepare == nil {
		return nil
	}
	return u.Options.prepare(ctx, u.opened)
}

func (u *Running) openCodec(ctx context.Context) (err error) {
	keyset := engine.Keyset{DB: u.opened.DB, Make: true}
	if !u.Options.Plain {
		keyset.Path = filepath.Join(u.Options.DataDir, command.PayloadKeysetName)
	}
	u.codec, err = keyset.Open(ctx)
	return err
}

func (u *Running) openCluster(ctx context.Context) (err error) {
	options := cluster.Options{
		DataDir: u.Options.DataDir, IP: u.Options.IP, Port: u.Options.GRPC, UIPort: u.Options.UI,
		SearchAttributes: workflows.Attributes(), Log: u.log,
	}
	options.Hosts = u.Options.Access.AllowedHosts
	if u.codec != nil && u.personal() {
		options.Codec = converter.NewPayloadCodecHTTPHandler(u.codec)
		u.codecKey = rand.Text()
		options.CodecKey = u.codecKey
	}
	if u.Cluster, err = cluster.Start(options); err != nil {
		return err
	}
	u.onClose(func() {
		if err := u.Cluster.Stop(); err != nil {
			u.log.Warn("Temporal did not stop cleanly", "error", err)
		}
	})
	u.Options.Temporal, u.Options.Namespace = u.Cluster.Address(), cluster.Namespace
	if err := command.RememberTemporal(u.Options.DataDir, u.Options.Temporal); err != nil {
		return err
	}
	if u.Temporal, err = u.Options.Dial(ctx, u.codec, u.registry, u.log); err != nil {
		return err
	}
	u.onClose(u.Temporal.Close)
	u.Starter = starter.New(u.Temporal, u.codec)
	return engine.EnsureSearchAttributes(ctx, u.Temporal, cluster.Namespace, workflows.Attributes())
}

func (u *Running) run(ctx context.Context, ready func(*Running)) error {
	fatal := make(chan error, 1)
	work := worker.New(u.Temporal, worker.Options{
		Settings: u.opened.Store, AllowInsecure: u.Options.AllowInsecure, AllowPrivate: u.Options.AllowPrivate,
		Delays: u.book, EmployeeChanges: u.feed, SignIns: u.opened.SignIns(), Registerer: u.registry, Log: u.log,
		Tracing: u.traces,
		Pollers: u.Options.Pollers, LuccaPerMinute: u.Options.LuccaRate,
		Rates: u.Options.Rates, Namespace: cluster.Namespace,
		OnFatal: func(err error) {
			select {
			case fatal <- err:
			default:
			}
		},
	})
	if err := u.openSite(); err != nil {
		return err
	}
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error { return work.Run(groupCtx, fatal) })
	group.Go(func() error { u.book.Run(groupCtx); return nil })
	group.Go(func() error { return u.site.Run(groupCtx, u.opened, u.Options.AuditDays, u.listener) })
	if ready != nil {
		ready(u)
	}
	err := group.Wait()
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

func (u *Running) openSite() (err error) {
	u.site, err = command.NewSite(command.SiteConfig{
		API: api.Config{
			Engine: u.Starter, Settings: u.opened.Store, Registry: u.registry, Log: u.log,
			Token: settings.Secret(u.Options.Token), WebUI: u.WebUI,
			Namespace: cluster.Namespace, PublicURL: u.Options.PublicURL,
			Codec: u.codec, CodecOrigin: u.WebUI, EmployeeChanges: u.feed, Tracing: u.traces,
		},
		Access: u.Options.Access, Alerts: u.Options.Alerts, DB: u.opened.DB, Editor: u.opened.Editor, Delays: u.book,
		Sandbox: u.Options.sandbox, AllowInsecure: u.Options.AllowInsecure, AllowPrivate: u.Options.AllowPrivate,
	})
	return err
}

// checkTemporalIP refuses to put Temporal, which asks for no password, where other
// machines reach it, unless somebody insists.
func (o *Options) checkTemporalIP(log *slog.Logger) error {
	ip, err := netip.ParseAddr(o.IP)
	switch {
	case err != nil:
		return fmt.Errorf("--temporal-ip %q is no IP address", o.IP)
	case ip.IsLoopback():
		return nil
	case !o.Unprotected:
		return fmt.Errorf("--temporal-ip %s would let other machines reach Temporal and its Web UI, which ask for no password: leave it at 127.0.0.1 and reach them by "+
			"an SSH tunnel, run a Temporal cluster with mTLS instead, or insist with --allow-unprotected-temporal", o.IP)
	}
	log.Warn("Temporal and its Web UI ask for no password, and other machines reach them: whoever does may read the list of workflows and end every one", "ip", o.IP)
	return nil
}

// personal tells whether this is one person's own machine as far as one can see: then
// the Web UI shows payloads to whoever reaches it. Where others come in too, by a
// proxy, a single sign-on or a token, it shows them encrypted.
func (u *Running) personal() bool {
	o := &u.Options
	ip, err := netip.ParseAddr(o.IP)
	alone := o.Access.Issuer == "" && len(o.Access.TrustedProxies) == 0 && o.Token == "" && (o.PublicURL == "" || o.PublicURL == u.API)
	return err == nil && ip.IsLoopback() && (alone || o.sandbox != "")
}

// address is where browsers reach the pages.
func (u *Running) address() string { return cmp.Or(u.Options.PublicURL, u.API) }

// loopback tells whether only this machine can reach the API.
func (u *Running) loopback() bool {
	address, ok := u.listener.Addr().(*net.TCPAddr)
	return ok && address.IP.IsLoopback()
}

func (u *Running) onClose(do func()) { u.closers = append(u.closers, do) }

func (u *Running) close() {
	for i := len(u.closers) - 1; i >= 0; i-- {
		u.closers[i]()
	}
	u.closers = nil
}

func (u *Running) describe(ctx context.Context, w io.Writer) {
	fmt.Fprintf(w, "figgosync is up. Ctrl-C ends it; what it knows stays in %s.\n", u.Options.DataDir)
	if u.site.Gate != nil {
		fmt.Fprintf(w, "  Settings page      %s\n", u.address())
	}
	fmt.Fprintf(w, "  API and webhooks   %s\n", u.API)
	if u.WebUI != "" {
		fmt.Fprintf(w, "  Temporal Web UI    %s\n", u.WebUI)
		if u.codecKey != "" {
			fmt.Fprintf(w, "    with its contents, in the browser that opens this once: %s/codec/%s\n", u.WebUI, u.codecKey)
		}
	}
	if u.Options.Token == "" && u.site.Gate == nil {
		fmt.Fprintf(w, "  The admin API is closed: set FIGGOSYNC_API_TOKEN to open it.\n")
	}
	if err := u.site.FirstLink(ctx, u.opened.Editor, u.address(), u.log, w); err != nil {
		u.log.Error("no sign-in link", "error", err)
	}
	_ = os.Stdout.Sync()
}
