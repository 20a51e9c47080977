package command

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/egress"
)

// AlertFlags say how people are told of troubles.
type AlertFlags struct {
	SMTPURL string
	// Every is how often troubles are looked for, alerts.DefaultEvery when 0.
	Every time.Duration
}

// Bind adds the flags.
func (f *AlertFlags) Bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.SMTPURL, "smtp-url", "", "`address` of the mail server for alerts: smtp://USER:PASSWORD@HOST:587 (STARTTLS) or smtps://USER:PASSWORD@HOST:465, with ?from=ADDRESS; better given as FIGGOSYNC_SMTP_URL")
	flags.DurationVar(&f.Every, "alerts-every", alerts.DefaultEvery,
		"how often troubles are looked for; the end of one is told once it is gone for three times as long")
}

// watch makes what looks for troubles and tells of them.
func (s *Site) watch(config *SiteConfig) error {
	mailer, err := alerts.NewMailer(config.Alerts.SMTPURL, config.API.PublicURL, nil)
	if err != nil {
		return fmt.Errorf("--smtp-url: %w", err)
	}
	if every := config.Alerts.Every; every != 0 && (every < time.Second || every > alerts.DefaultEvery) {
		return errors.New("--alerts-every: give a duration from 1s to 1m")
	}
	if config.DB == nil {
		return nil
	}
	watch := &admin.Watch{Service: config.API.Admin, Ping: config.DB.PingContext, Tokens: s.Gate.Tokens}
	if config.DB.Dialect == database.SQLite {
		dir := filepath.Dir(config.DB.Place)
		watch.DiskFree = func() (int, bool) { return alerts.DiskFree(dir) }
	}
	s.Alerts = alerts.New(alerts.Config{
		DB: config.DB, Settings: config.API.Settings, Source: watch, Mailer: mailer,
		HTTP:      egress.Policy{AllowPrivate: config.AllowPrivate || config.AllowInsecure}.Client(),
		PublicURL: config.API.PublicURL, Log: config.API.Log, Now: config.API.Now, Every: config.Alerts.Every,
	})
	config.API.Alerts.Notifier = s.Alerts
	config.API.Registry.MustRegister(s.Alerts)
	return nil
}
