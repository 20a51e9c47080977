package command

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
)

type apiFlags struct {
	Common
	Traces    TraceFlags
	Access    AccessFlags
	Alerts    AlertFlags
	Listen    string
	Token     string
	WebUI     string
	PublicURL string
	AuditDays int
}

func apiCommand() *cobra.Command {
	var flags apiFlags
	command := &cobra.Command{
		Use:   "api",
		Short: "Receive webhooks, serve the settings page and the admin API",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return runAPI(c.Context(), flags) },
	}
	flags.Bind(command.Flags())
	flags.Traces.Bind(command.Flags())
	flags.Traces.BindShare(command.Flags())
	command.Flags().StringVar(&flags.Listen, "listen", "127.0.0.1:8080", "`address` to listen on")
	command.Flags().StringVar(&flags.Token, "api-token", "",
		"bearer `token` of the admin API; better given as FIGGOSYNC_API_TOKEN")
	BindPublicURL(command.Flags(), &flags.PublicURL)
	flags.Access.Bind(command.Flags())
	flags.Alerts.Bind(command.Flags())
	BindAuditLog(command.Flags(), &flags.AuditDays)
	command.Flags().StringVar(&flags.WebUI, "temporal-web-ui", "http://127.0.0.1:8233",
		"`URL` of the Temporal Web UI, for links")
	return command
}

func runAPI(ctx context.Context, flags apiFlags) error {
	if err := CheckPublicURL(flags.PublicURL); err != nil {
		return err
	}
	p, err := flags.open(ctx, processOptions{name: "api", listen: flags.Listen, traces: &flags.Traces, isAPI: true})
	if err != nil {
		return err
	}
	defer p.Close()
	book, feed := p.opened.Journals(p.log)
	site, err := NewSite(SiteConfig{
		API: api.Config{
			Engine: starter.New(p.temporal, p.codec), Settings: p.opened.Store, Registry: p.registry, Log: p.log,
			Token: settings.Secret(flags.Token), WebUI: flags.WebUI, Namespace: flags.namespace(),
			PublicURL: flags.PublicURL,
			Codec:     p.codec, CodecOrigin: flags.WebUI, EmployeeChanges: feed, Tracing: p.traces,
		},
		Access: flags.Access, Alerts: flags.Alerts, DB: p.opened.DB, Editor: p.opened.Editor, Delays: book,
		AllowInsecure: flags.AllowInsecure, AllowPrivate: flags.AllowPrivate,
	})
	if err != nil {
		return err
	}
	address := cmp.Or(flags.PublicURL, localAddress(p.listener))
	if err := p.opened.RememberAddress(address); err != nil {
		return err
	}
	if err := site.FirstLink(ctx, p.opened.Editor, address, p.log, os.Stdout); err != nil {
		return err
	}
	p.log.Info("api ready", "address", p.listener.Addr().String())
	return site.Run(ctx, p.opened, flags.AuditDays, p.listener)
}

// BindPublicURL adds the flag that tells where browsers reach the API.
func BindPublicURL(flags *pflag.FlagSet, target *string) {
	flags.StringVar(target, "public-url", "",
		"`URL` at which browsers and Lucca reach figgosync, such as https://figgosync.example.com; webhooks, sign-in and Microsoft's consent page need it")
}

// CheckPublicURL refuses what Microsoft would not send a browser back to: only
// this machine may do without https (learn.microsoft.com/entra/identity-platform/reply-url).
func CheckPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("--public-url must be an address such as https://figgosync.example.com")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && !(u.Scheme == "http" && local) {
		return errors.New("--public-url must begin with https://")
	}
	return nil
}

// localAddress is where a browser on this machine reaches the listener.
func localAddress(listener net.Listener) string {
	address, ok := listener.Addr().(*net.TCPAddr)
	if !ok || !address.IP.IsUnspecified() {
		return "http://" + listener.Addr().String()
	}
	return fmt.Sprintf("http://127.0.0.1:%d", address.Port)
}
