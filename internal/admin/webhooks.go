package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/settings"
)

// The reasons that only CreateWebhook gives.
const (
	// ReasonWebhookScope says that the integration key lacks
	// webhook-endpoints.readwrite.
	ReasonWebhookScope = "webhook-scope-missing"
	// ReasonWebhookSuspended says that Lucca made the endpoint and could not reach
	// our address.
	ReasonWebhookSuspended = "webhook-suspended"
)

const (
	createWebhookTime = 40 * time.Second
	// webhookName is what administrators read in Lucca.
	webhookName = "figgosync"
)

// CreateWebhook makes the source's webhook endpoint in Lucca, in place of those
// with the same address, and stores its secret. That Lucca refuses is told by the
// SourceCheck, which names no legal entities. Errors are ErrReadOnly,
// ErrNoPublicURL, ErrLegacySource for a source that is read with a legacy key, and
// those of the settings.
func (s *Service) CreateWebhook(ctx context.Context, by settings.Author, source string) (SourceCheck, error) {
	switch {
	case s.ReadOnly():
		return SourceCheck{}, ErrReadOnly
	case s.config.PublicURL == "":
		return SourceCheck{}, ErrNoPublicURL
	}
	record, err := s.sourceRecord(ctx, source)
	if err != nil {
		return SourceCheck{}, err
	}
	if record.Value.API == settings.APIv3 {
		return SourceCheck{}, ErrLegacySource
	}
	// Lucca's answer holds a secret that is told once: somebody who leaves the page
	// meanwhile must not lose it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), createWebhookTime)
	defer cancel()
	one := s.luccas.of(record.Value)
	if err := one.take(ctx); err != nil {
		return refusedWebhook(err), nil
	}
	defer one.leave()
	created, err := s.luccas.v5(record.Value, one.throttle).CreateWebhookEndpoint(ctx, figgo.WebhookEndpoint{
		Name: webhookName, WebhookURL: s.publicURL() + "/webhooks/lucca/" + source, Replace: true,
	})
	if err != nil {
		check := refusedWebhook(err)
		s.config.Log.Warn("no webhook endpoint was made", "source", source, "reason", check.Reason, "error", err)
		return check, nil
	}
	if err := s.storeSecret(ctx, by, source, settings.Secret(created.Secret)); err != nil {
		return SourceCheck{}, err
	}
	s.config.Log.Info("webhook endpoint made", "source", source, "endpoint", created.ID, "status", created.Status,
		"leftover", strings.Join(created.Leftover, ","))
	if created.Status == figgo.WebhookSuspended {
		return SourceCheck{Reason: ReasonWebhookSuspended, Code: created.Status, LegalEntities: []LegalEntity{}}, nil
	}
	return SourceCheck{LegalEntities: []LegalEntity{}}, nil
}

// storeSecret overwrites only the secret, of whichever version there is now.
func (s *Service) storeSecret(ctx context.Context, by settings.Author, source string, secret settings.Secret) error {
	return tryAgain(func() error {
		record, err := s.sourceRecord(ctx, source)
		if err != nil {
			return err
		}
		record.Value.WebhookSecret = secret
		if _, err = s.config.Editor.PutSource(ctx, by, record.Value, record.Version); err != nil {
			return fmt.Errorf("store the webhook's secret: %w", err)
		}
		return nil
	})
}

// tryAgain makes a change of the settings that reads them itself, a few times while
// somebody else changes them meanwhile.
func tryAgain(change func() error) (err error) {
	for range 5 {
		if err = change(); !errors.Is(err, settings.ErrChanged) {
			return err
		}
	}
	return err
}

func refusedWebhook(err error) SourceCheck {
	failure := sourceError(err)
	if api, ok := errors.AsType[*figgo.APIError](err); ok && api.ScopeMissing() {
		failure.Reason = ReasonWebhookScope
	}
	return SourceCheck{Reason: failure.Reason, Code: failure.Code, LegalEntities: []LegalEntity{}}
}
