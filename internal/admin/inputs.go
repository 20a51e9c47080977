package admin

import (
	"maps"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
)

// over is the secret after the input: the old one where nothing was filled in.
func (i SecretInput) over(old settings.Secret) settings.Secret {
	switch {
	case i.Clear:
		return ""
	case i.Value != "":
		return i.Value
	}
	return old
}

// over is the source after the input.
func (i SourceInput) over(old settings.Source) settings.Source {
	value := *record.Clone(&i.Source)
	fillSecrets(&old, &value, i.Secrets)
	return value.WithDefaults()
}

// over is the connection after the input. Secrets of another calendar system than
// before are forgotten.
func (i ConnectionInput) over(old settings.Connection) settings.Connection {
	value := i.Connection.Clone()
	fillSecrets(&old, &value, replaced(value, i.Secrets))
	return value.WithDefaults()
}

// replaced lets a secret that was filled in replace those it is an alternative to.
func replaced(value settings.Connection, inputs map[string]SecretInput) map[string]SecretInput {
	all := maps.Clone(inputs)
	path := func(name string) string { return record.Join(string(value.Provider), name) }
	for _, name := range calendars.GivenUp(value.System,
		func(name string) bool { return inputs[path(name)].Value != "" }) {
		all[path(name)] = SecretInput{Clear: true}
	}
	return all
}

// fillSecrets puts secrets into value: those of inputs, else those of old. A password
// of another secret does not outlast it.
func fillSecrets(old, value any, inputs map[string]SecretInput) {
	before := map[string]settings.Secret{}
	for _, f := range record.Fields("", old) {
		if secret := f.Secret(); secret != nil {
			before[f.Path] = *secret
		}
	}
	for _, f := range record.Fields("", value) {
		if secret := f.Secret(); secret != nil {
			kept := before[f.Path]
			if opened := inputs[f.Opens()]; opened.Value != "" || opened.Clear {
				kept = ""
			}
			*secret = inputs[f.Path].over(kept)
		}
	}
}

// storedSecrets tells which secrets a record has.
func storedSecrets(of any) map[string]bool {
	stored := map[string]bool{}
	for _, f := range record.Fields("", of) {
		if f.Secret() != nil {
			stored[f.Path] = !f.IsZero()
		}
	}
	return stored
}
