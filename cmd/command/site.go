package command

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/api/pages"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/hosts"
	"github.com/figgosync/figgosync/internal/settings"
)

// SiteConfig is what the administrator's side is made of: REST and pages.
type SiteConfig struct {
	// API has everything but Admin, Gate and Pages, which the site makes.
	API    api.Config
	Access AccessFlags
	// DB and Editor are nil when the settings come from a file: then there are no
	// pages, because there is nowhere to keep sign-ins.
	DB     *database.DB
	Editor settings.Editor
	Delays admin.Delays
	Alerts AlertFlags
	// Sandbox is the address of the rehearsal's desk, "" where there is none.
	Sandbox                     string
	AllowInsecure, AllowPrivate bool
}

// Site is the administrator's side, ready to be served.
type Site struct {
	Server *api.Server
	// Gate is nil without a database.
	Gate *access.Gate
	// Alerts tell of troubles while they Run; nil without a database.
	Alerts *alerts.Alerts
	log    *slog.Logger
}

// NewSite puts the HTTP side together.
func NewSite(config SiteConfig) (_ *Site, err error) {
	if err := config.Access.check(); err != nil {
		return nil, err
	}
	config.API.CodecToken = settings.Secret(config.Access.CodecToken)
	if config.API.Hosts, err = hosts.New(append(config.Access.AllowedHosts, config.API.PublicURL)...); err != nil {
		return nil, fmt.Errorf("--allowed-hosts: %w", err)
	}
	site := &Site{log: config.API.Log}
	config.API.Admin = admin.New(admin.Config{
		Settings: config.API.Settings, Editor: config.Editor, Engine: config.API.Engine, Delays: config.Delays,
		AllowInsecure: config.AllowInsecure, AllowPrivate: config.AllowPrivate,
		PublicURL: strings.TrimSuffix(config.API.PublicURL, "/"), WebUI: config.API.WebUI,
		Namespace: config.API.Namespace,
		Log:       config.API.Log, Now: config.API.Now,
	})
	config.API.Alerts = &admin.Alerts{Service: config.API.Admin}
	if err := checkSecrets(context.Background(), config); err != nil {
		return nil, err
	}
	if config.DB != nil {
		if err := site.open(&config); err != nil {
			return nil, err
		}
	} else if made, err := config.Access.config(config.AllowInsecure); err != nil {
		return nil, err
	} else {
		config.API.TrustedProxies = made.TrustedProxies
	}
	if err := site.watch(&config); err != nil {
		return nil, err
	}
	config.API.Registry.MustRegister(admin.NewGauges(config.API.Engine, config.API.Now, config.API.Log),
		admin.NewCredentialGauges(config.API.Settings), admin.NewWatchGauges(config.API.Admin),
		admin.NewReconciliationGauges(config.API.Admin))
	site.Server = api.New(config.API)
	return site, nil
}

// Run serves the site, tells of troubles and shortens the audit log until ctx ends. It
// closes listener.
func (s *Site) Run(ctx context.Context, opened *Opened, auditDays int, listener net.Listener) error {
	group, groupCtx := errgroup.WithContext(ctx)
	if s.Alerts != nil {
		group.Go(func() error { s.Alerts.Run(groupCtx); return nil })
	}
	group.Go(func() error { opened.KeepAuditLog(groupCtx, auditDays, s.log); return nil })
	group.Go(func() error { return s.Server.Serve(groupCtx, listener) })
	return group.Wait()
}

func (s *Site) open(config *SiteConfig) (err error) {
	if s.Gate, err = newGate(config); err != nil {
		return err
	}
	config.API.Gate = s.Gate
	config.API.Pages = s.routes(pages.New(pages.Config{
		Admin: config.API.Admin, Alerts: config.API.Alerts, Gate: s.Gate, Log: config.API.Log,
		PublicURL: config.API.PublicURL,
		Sandbox:   config.Sandbox, Version: version(), Now: config.API.Now,
	}))
	return nil
}

// routes adds the gate's own addresses to the pages.
func (s *Site) routes(all http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sign-in/oidc", s.Gate.SignInOIDC)
	mux.HandleFunc("GET /sign-in/oidc/callback", s.Gate.FinishOIDC)
	mux.HandleFunc("/sign-in/link", s.Gate.UseLink) // GET shows the button, POST signs in
	mux.HandleFunc("POST /sign-out", s.Gate.SignOut)
	mux.HandleFunc("GET /sign-out/oidc", s.Gate.SignOutOIDC)
	mux.Handle("/", all)
	return mux
}

func newGate(config *SiteConfig) (*access.Gate, error) {
	made, err := config.Access.config(config.AllowInsecure)
	if err != nil {
		return nil, err
	}
	made.DB, made.PublicURL = config.DB, strings.TrimSuffix(config.API.PublicURL, "/")
	made.TokensOnly, made.Log, made.Now = []string{"/codec"}, config.API.Log, config.API.Now
	if config.Editor != nil {
		made.Audit = config.Editor
	}
	gate, err := access.New(made)
	if err != nil {
		return nil, err
	}
	if config.API.Token != "" {
		gate.AddFixedToken(config.API.Token, access.Configure, api.TokenLabel)
	}
	gate.AddFixedToken(config.API.CodecToken, access.Decode, api.CodecTokenLabel)
	return gate, nil
}

// linkValid is how long a sign-in link can be used.
const linkValid = time.Hour

// SignInLink makes a link that signs in once as somebody who may configure.
func (s *Site) SignInLink(ctx context.Context, base string) (string, error) {
	path, err := s.Gate.NewLink(ctx, settings.Author{ID: "figgosync", Name: "start"}, access.Configure, linkValid)
	if err != nil {
		return "", fmt.Errorf("make a sign-in link: %w", err)
	}
	return strings.TrimSuffix(base, "/") + path, nil
}

// everSignedIn tells whether anybody has come in as long as the audit log remembers:
// then a first link is not printed any more.
func everSignedIn(ctx context.Context, editor settings.Editor, log *slog.Logger) bool {
	lines, err := editor.Changes(ctx, settings.ChangesQuery{Limit: 500, Kind: settings.KindSession})
	if err != nil {
		log.Warn("cannot read the audit log", "error", err)
	}
	return slices.ContainsFunc(lines, func(c settings.Change) bool { return c.Action == settings.ActionSignedIn })
}

// FirstLink prints a link to sign in with, as long as nobody ever has and there is
// no other way in.
func (s *Site) FirstLink(ctx context.Context, editor settings.Editor, base string, log *slog.Logger,
	out io.Writer) error {
	if s.Gate == nil || editor == nil || s.Gate.HasOIDC() || everSignedIn(ctx, editor, log) {
		return nil
	}
	link, err := s.SignInLink(ctx, base)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Sign in to the settings page with this link, once, within an hour:\n  %s\n", link)
	return nil
}
