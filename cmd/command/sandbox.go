package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/figgosync/figgosync/internal/hosts"
	"github.com/figgosync/figgosync/sandbox"
)

type sandboxFlags struct {
	Common
	Listen        string
	Webhooks      string
	WriteSettings string
	AllowedHosts  []string
}

func sandboxCommand() *cobra.Command {
	var flags sandboxFlags
	command := &cobra.Command{
		Use:   "sandbox",
		Short: "Imitate Lucca, Microsoft and Google, for rehearsals",
		Long: "sandbox runs a strict imitation of Lucca, Microsoft's login and Graph, an Exchange server and Google,\n" +
			"with a small company in it, and a desk at /sandbox to act and look. Everything is in memory.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runSandbox(c, flags) },
	}
	command.Flags().StringVar(&flags.Listen, "listen", "127.0.0.1:9090", "`address` to listen on")
	command.Flags().StringVar(&flags.Webhooks, "webhooks", "http://127.0.0.1:8080",
		"`URL` of the figgosync that gets the webhooks; empty sends none")
	command.Flags().StringVar(&flags.WriteSettings, "write-settings", "",
		"write a settings `file` that connects figgosync to this sandbox")
	command.Flags().StringSliceVar(&flags.AllowedHosts, "allowed-hosts", nil,
		"`names` under which it is reached; localhost and IP addresses always count")
	flags.BindLog(command.Flags())
	return command
}

func runSandbox(c *cobra.Command, flags sandboxFlags) error {
	log, err := flags.Logger()
	if err != nil {
		return err
	}
	running, err := StartSandbox(flags.Listen, flags.Webhooks, flags.AllowedHosts, log)
	if err != nil {
		return err
	}
	defer running.Close()
	if flags.WriteSettings != "" {
		if err := os.WriteFile(flags.WriteSettings, DemoSettings(running.Credentials()), 0o600); err != nil {
			return fmt.Errorf("write the settings file: %w", err)
		}
	}
	fmt.Fprintf(c.OutOrStdout(), "The sandbox is at %s/sandbox. Ctrl-C ends it.\n", running.URL)
	return running.Wait(c.Context())
}

// Sandbox is a sandbox that serves.
type Sandbox struct {
	*sandbox.Sandbox
	// URL is its base address.
	URL    string
	server *http.Server
	failed chan error
}

// StartSandbox serves a sandbox on an address, under the names allowed besides
// localhost; port 0 is a free one. tune may change its configuration before it
// starts. Close it.
func StartSandbox(address, webhooks string, allowed []string, log *slog.Logger,
	tune ...func(*sandbox.Config)) (*Sandbox, error) {
	names, err := hosts.New(allowed...)
	if err != nil {
		return nil, fmt.Errorf("--allowed-hosts: %w", err)
	}
	listener, err := Listen(address, "--listen, or --sandbox-listen of demo")
	if err != nil {
		return nil, err
	}
	s := &Sandbox{URL: "http://" + listener.Addr().String(), failed: make(chan error, 1)}
	config := sandbox.Config{BaseURL: s.URL, WebhookBaseURL: webhooks}
	for _, change := range tune {
		change(&config)
	}
	if s.Sandbox, err = sandbox.New(config); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.server = &http.Server{
		Handler: names.Protect(ownPages(s.Handler())), ConnContext: s.ConnContext, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go s.serve(listener)
	return s, nil
}

// ownPages keeps other sites' pages from acting at the desk, which asks for no
// password. The imitated systems do, and answer other sites as the real ones would.
func ownPages(next http.Handler) http.Handler {
	desk := http.NewCrossOriginProtection().Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || r.URL.Path == "/sandbox" || strings.HasPrefix(r.URL.Path, "/sandbox/") {
			desk.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Sandbox) serve(listener net.Listener) {
	if err := s.server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		s.failed <- err
	}
}

// Wait returns when ctx ends, or with an error when the sandbox cannot serve.
func (s *Sandbox) Wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-s.failed:
		return fmt.Errorf("the sandbox cannot serve: %w", err)
	}
}

// Close ends it; streams still open are cut.
func (s *Sandbox) Close() {
	_ = s.server.Close()
	s.Sandbox.Close()
}
