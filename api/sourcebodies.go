package api

import (
	"encoding/json"
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// sourceBody is a source as it is answered: no secret is in it.
type sourceBody struct{ view admin.SourceView }

func source(view admin.SourceView) sourceBody { return sourceBody{view} }

// MarshalJSON writes "has" and the name of each secret in the place of the secret.
func (b sourceBody) MarshalJSON() ([]byte, error) {
	view := b.view
	body := shownFields(&view.Source, func(name string) bool { return view.Stored[name] })
	// The webhook addresses tell where Lucca is to send what.
	body["luccaWebhook"], body["httpSynchronization"] = view.LuccaWebhook, view.HTTPWebhook
	body["hasClientCredentials"] = view.ClientID != "" && view.Stored["clientSecret"]
	for name, value := range versionOf(view.Version, view.ChangedAt, view.ChangedBy).fields() {
		body[name] = value
	}
	return json.Marshal(body)
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

// fields are those of a version that is there.
func (v versionBody) fields() map[string]any {
	if v.Version == 0 {
		return nil
	}
	return map[string]any{"version": v.Version, "changedAt": v.ChangedAt, "changedBy": v.ChangedBy}
}

// sourceInput is a source as it is sent.
type sourceInput struct {
	source  settings.Source
	secrets map[string]secretBody
}

// shapes implements shaped.
func (b *sourceInput) shapes(name string, raw json.RawMessage) ([]settings.Problem, bool) {
	for _, f := range record.Fields("", new(settings.Source)) {
		if f.Name == name {
			one, _ := json.Marshal(map[string]json.RawMessage{name: raw})
			return shapeOfRecord("", one, new(settings.Source)), true
		}
	}
	return nil, false
}

// UnmarshalJSON reads the fields of a settings file.
func (b *sourceInput) UnmarshalJSON(data []byte) error {
	b.secrets = readRecord("", data, &b.source)
	return nil
}

func (b sourceInput) problems() []settings.Problem { return wrongSecrets(b.secrets) }

func (b sourceInput) input() admin.SourceInput {
	return admin.SourceInput{Source: b.source, Secrets: inputsOf(b.secrets)}
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
