package api

import (
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// sourceBody is a source as it is answered: no secret is in it.
type sourceBody struct {
	Name     string             `json:"name"`
	Host     string             `json:"host,omitempty"`
	API      settings.SourceAPI `json:"api,omitempty"`
	TokenURL string             `json:"tokenUrl,omitempty"`
	ClientID string             `json:"clientId,omitempty"`
	// The webhook addresses tell where Lucca is to send what.
	LuccaWebhook         string `json:"luccaWebhook"`
	HTTPSynchronization  string `json:"httpSynchronization"`
	HasClientSecret      bool   `json:"hasClientSecret"`
	HasAPIKey            bool   `json:"hasApiKey"`
	HasWebhookSecret     bool   `json:"hasWebhookSecret"`
	HasHTTPKey           bool   `json:"hasHttpSynchronizationKey"`
	HasClientCredentials bool   `json:"hasClientCredentials"`
	versionBody
}

// versionBody is the version of a record; nothing where the settings come from a
// file.
type versionBody struct {
	Version   settings.Version `json:"version,omitempty"`
	ChangedAt *time.Time       `json:"changedAt,omitempty"`
	ChangedBy *settings.Author `json:"changedBy,omitempty"`
}

func versionOf(version settings.Version, at time.Time, by settings.Author) versionBody {
	if version == 0 {
		return versionBody{}
	}
	return versionBody{Version: version, ChangedAt: moment(at), ChangedBy: &by}
}

// sourceInput is a source as it is sent.
type sourceInput struct {
	Name          string             `json:"name"`
	Host          string             `json:"host"`
	API           settings.SourceAPI `json:"api"`
	TokenURL      string             `json:"tokenUrl"`
	ClientID      string             `json:"clientId"`
	ClientSecret  secretBody         `json:"clientSecret"`
	APIKey        secretBody         `json:"apiKey"`
	WebhookSecret secretBody         `json:"webhookSecret"`
	HTTPKey       secretBody         `json:"httpSynchronizationKey"`
}

func (b sourceInput) problems() []settings.Problem {
	return wrongSecrets(map[string]secretBody{
		"clientSecret": b.ClientSecret, "apiKey": b.APIKey, "webhookSecret": b.WebhookSecret, "httpSynchronizationKey": b.HTTPKey,
	})
}

func (b sourceInput) input() admin.SourceInput {
	return admin.SourceInput{
		Name: b.Name, Host: b.Host, TokenURL: b.TokenURL, ClientID: b.ClientID, API: b.API, ClientSecret: b.ClientSecret.SecretInput,
		APIKey: b.APIKey.SecretInput, WebhookSecret: b.WebhookSecret.SecretInput, HTTPKey: b.HTTPKey.SecretInput,
	}
}

func source(view admin.SourceView) sourceBody {
	return sourceBody{
		Name: view.Name, Host: view.Host, API: view.API, TokenURL: view.TokenURL, ClientID: view.ClientID,
		LuccaWebhook: view.LuccaWebhook, HTTPSynchronization: view.HTTPWebhook,
		HasClientSecret: view.HasClientSecret, HasAPIKey: view.HasAPIKey, HasWebhookSecret: view.HasWebhookSecret, HasHTTPKey: view.HasHTTPKey,
		HasClientCredentials: view.ClientID != "" && view.HasClientSecret,
		versionBody:          versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	}
}

// sourceCheckBody is what a try-out of a source found.
type sourceCheckBody struct {
	OK     bool   `json:"ok"`
	Reason string `json:"reason,omitempty"`
	What   string `json:"what,omitempty"`
	Do     string `json:"do,omitempty"`
	Code   string `json:"code,omitempty"`
	// LegalEntities are empty where Figgo was not asked for them or did not answer.
	LegalEntities []legalEntityOfSource `json:"legalEntities"`
}

type legalEntityOfSource struct {
	ID              string `json:"id"`
	Name            string `json:"name"`
	Zone            string `json:"zone,omitempty"`
	Synchronization string `json:"synchronization,omitempty"`
}

func sourceCheck(check admin.SourceCheck, lang texts.Lang) sourceCheckBody {
	body := sourceCheckBody{OK: check.Reason == "", Reason: check.Reason, Code: check.Code, LegalEntities: legalEntities(check.LegalEntities)}
	if check.Reason != "" {
		reason := texts.ReasonFor(check.Reason)
		body.What, body.Do = reason.What.In(lang), reason.Do.In(lang)
	}
	return body
}

func legalEntities(all []admin.LegalEntity) []legalEntityOfSource {
	items := []legalEntityOfSource{}
	for _, one := range all {
		items = append(items, legalEntityOfSource(one))
	}
	return items
}
