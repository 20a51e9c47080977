package api

import (
	"encoding/json"
	"slices"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// connectionBody is a connection as it is answered: no secret is in it.
type connectionBody struct {
	view admin.ConnectionView
}

func connection(view admin.ConnectionView) connectionBody { return connectionBody{view} }

// MarshalJSON writes the settings of the calendar system under its name, with "has"
// and the name of each secret in the place of the secret.
func (b connectionBody) MarshalJSON() ([]byte, error) {
	view := b.view
	head := struct {
		Name          string             `json:"name"`
		Title         string             `json:"title,omitempty"`
		Provider      calendars.Provider `json:"provider"`
		MaxConcurrent int                `json:"maxConcurrent,omitempty"`
		UsedBy        []string           `json:"usedBy"`
		versionBody
	}{
		view.Name, view.Title, view.Provider, view.MaxConcurrent, append([]string{}, view.UsedBy...), versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	}
	plain, err := json.Marshal(head)
	if err != nil || view.System == nil {
		return plain, err
	}
	part := shownFields(view.System, func(name string) bool { return view.Stored[record.Join(string(view.Provider), name)] })
	for name, value := range view.Described {
		part[name] = value
	}
	system, err := json.Marshal(map[string]any{string(view.Provider): part})
	if err != nil {
		return nil, err
	}
	return slices.Concat(plain[:len(plain)-1], []byte(","), system[1:]), nil
}

// shownFields are the fields of a record that has no secrets, and for each secret
// whether it is stored.
func shownFields(of any, stored func(name string) bool) map[string]any {
	shown := map[string]any{}
	for _, f := range record.Fields("", of) {
		switch {
		case f.Secret() != nil:
			shown[hasName(f.Name)] = stored(f.Name)
		case !f.IsZero():
			shown[f.Name] = f.Value()
		}
	}
	return shown
}

// hasName is what tells whether a secret is stored: "hasClientSecret".
func hasName(secret string) string { return "has" + string(secret[0]-'a'+'A') + secret[1:] }

// connectionInput is a connection as it is sent.
type connectionInput struct {
	Name          string             `json:"name"`
	Title         string             `json:"title"`
	Provider      calendars.Provider `json:"provider"`
	MaxConcurrent int                `json:"maxConcurrent"`
	// parts are the settings of calendar systems by provider.
	parts map[calendars.Provider]json.RawMessage
}

// shapes implements shaped: there is a further field for each calendar system.
func (b *connectionInput) shapes(name string, raw json.RawMessage) ([]settings.Problem, bool) {
	system := calendars.SettingsOf(calendars.Provider(name))
	if system == nil {
		return nil, false
	}
	return shapeOfRecord(name, raw, system), true
}

// UnmarshalJSON keeps the parts for later: which one counts depends on Provider.
func (b *connectionInput) UnmarshalJSON(data []byte) error {
	type plain connectionInput
	if err := json.Unmarshal(data, (*plain)(b)); err != nil {
		return err
	}
	return json.Unmarshal(data, &b.parts)
}

// problems are those that the settings cannot see: which parts were sent, and
// empty secrets.
func (b connectionInput) problems() []settings.Problem {
	var problems []settings.Problem
	for _, provider := range calendars.Providers() {
		raw, sent := b.parts[provider]
		sent = sent && string(raw) != "null"
		switch {
		case sent && b.Provider != provider && b.Provider != "":
			problems = append(problems, settings.Problem{
				Field: string(provider), Code: settings.CodeOtherProvider, Values: map[string]string{"provider": string(b.Provider)},
			})
		case !sent && b.Provider == provider:
			problems = append(problems, settings.Problem{Field: string(provider), Code: settings.CodeRequired})
		case sent:
			secrets := readRecord(string(provider), raw, calendars.SettingsOf(provider))
			problems = append(problems, wrongSecrets(secrets)...)
		}
	}
	return problems
}

func (b connectionInput) input() admin.ConnectionInput {
	input := admin.ConnectionInput{
		Connection: settings.Connection{
			Name: b.Name, Title: b.Title, Provider: b.Provider, MaxConcurrent: b.MaxConcurrent, System: calendars.SettingsOf(b.Provider),
		},
	}
	if raw, sent := b.parts[b.Provider]; sent && input.System != nil {
		secrets := readRecord(string(b.Provider), raw, input.System)
		input.Secrets = inputsOf(secrets)
	}
	return input
}
