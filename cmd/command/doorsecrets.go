package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// checkSecrets refuses to start with secrets of our own doors that can be guessed:
// the API token, and the secrets of webhooks. The demonstration's, which everybody
// knows, pass where nothing is real, and are warned of.
func checkSecrets(ctx context.Context, config SiteConfig) error {
	rules := settings.Rules{AllowInsecureEndpoints: config.AllowInsecure}
	for _, p := range settings.ValidateToken(config.API.Token, rules) {
		return errors.New("FIGGOSYNC_API_TOKEN (--api-token): " + texts.Problem(texts.English, p.Code, p.Values))
	}
	sources, err := config.API.Settings.Sources(ctx)
	if err != nil {
		return fmt.Errorf("read the sources: %w", err)
	}
	known := settings.IsDemo(config.API.Token)
	for _, source := range sources {
		for _, p := range settings.ValidateSource(source, rules) {
			if p.Code == settings.CodeWeak {
				return fmt.Errorf("source %s: %s: %s", source.Name, p.Field,
					texts.Problem(texts.English, p.Code, p.Values))
			}
		}
		known = known || settings.IsDemo(source.WebhookSecret) || settings.IsDemo(source.HTTPSynchronizationKey)
	}
	if known {
		config.API.Log.Warn("this figgosync takes the demonstration's secrets, which everybody knows: it is for rehearsals with --allow-insecure-endpoints only")
	}
	return nil
}
