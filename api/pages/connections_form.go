package pages

import (
	"slices"
	"strconv"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// choicesOf are options whose labels are the texts PREFIX and the value, such as "sync.wholeDay.all-day".
func choicesOf(loc texts.Localizer, prefix string, values ...string) []option {
	all := make([]option, 0, len(values))
	for _, value := range values {
		all = append(all, option{Value: value, Label: loc.T(prefix + value)})
	}
	return all
}

// connectionForm is the form of a stored connection.
func connectionForm(view admin.ConnectionView) *form {
	f := newForm(view.Version)
	f.Set("name", view.Name)
	f.Set("title", view.Title)
	if view.MaxConcurrent > 0 {
		f.Set("maxConcurrent", strconv.Itoa(view.MaxConcurrent))
	}
	for _, one := range record.Fields(string(view.Provider), view.System) {
		switch {
		case one.Secret() != nil:
			f.Stored[one.Path] = view.Stored[one.Path]
		case one.Kind() == record.KindAddress:
			f.Set(one.Path, unlessDefault(one.Raw(), one.Default()))
		case one.Kind() == record.KindFile:
			f.Set(one.Path, one.Raw())
		default:
			f.Set(one.Path, one.Text())
		}
	}
	f.chooseAlternative(view.Provider)
	return f
}

// alternativesOf are the names of the secrets by which a system can be signed in to,
// of which one is chosen; nil where there is no choice.
func alternativesOf(system calendars.Settings) []string {
	if of, ok := system.(calendars.Alternatives); ok {
		return of.SecretAlternatives()
	}
	return nil
}

// credentialPath is the field that chooses between a provider's alternatives.
func credentialPath(provider calendars.Provider) string {
	return record.Join(string(provider), "credential")
}

// chooseAlternative chooses the alternative that is stored, else the first.
func (f *form) chooseAlternative(provider calendars.Provider) {
	all := alternativesOf(calendars.SettingsOf(provider))
	if len(all) == 0 {
		return
	}
	at := slices.IndexFunc(all, func(name string) bool { return f.Stored[record.Join(string(provider), name)] })
	f.Set(credentialPath(provider), all[max(at, 0)])
}

// unlessDefault leaves a field empty where it has nothing special.
func unlessDefault(value, usual string) string {
	if value == usual {
		return ""
	}
	return value
}

// uploadOf names the input for a file in the place of a field's text.
func uploadOf(path string) string { return "file." + path }

// connectionInput is what a form says. stored tells which secrets there are: the
// chosen way to sign in must have one.
func connectionInput(f *form, provider calendars.Provider, stored map[string]bool) admin.ConnectionInput {
	input := admin.ConnectionInput{
		Connection: settings.Connection{
			Name: f.Get("name"), Title: f.Get("title"), Provider: provider, MaxConcurrent: f.Int("maxConcurrent"),
			System: calendars.SettingsOf(provider),
		},
		Secrets: map[string]admin.SecretInput{},
	}
	alternatives := alternativesOf(input.System)
	chosen := f.Get(credentialPath(provider))
	for _, one := range record.Fields(string(provider), input.System) {
		switch {
		case one.Secret() != nil && chosen != "" && isOther(one, provider, alternatives, chosen):
		case one.Secret() != nil:
			input.Secrets[one.Path] = neededSecret(f, one, stored,
				chosen != "" && slices.Contains(alternatives, one.Name))
		default:
			setField(f, one)
		}
	}
	return input
}

// isOther tells whether a secret is an alternative to the chosen one, or the password
// of such a one.
func isOther(one record.Field, provider calendars.Provider, alternatives []string, chosen string) bool {
	return slices.ContainsFunc(alternatives, func(name string) bool {
		return name != chosen && (one.Name == name || one.Opens() == record.Join(string(provider), name))
	})
}

// neededSecret is what was filled in or uploaded for a secret.
func neededSecret(f *form, one record.Field, stored map[string]bool, chosen bool) admin.SecretInput {
	secret := f.Secret(one.Path)
	if one.Kind() == record.KindSecretFile {
		secret = f.secretFile(uploadOf(one.Path), one.Path)
	}
	check := &record.Checker{} // told even where something else keeps the form from being saved
	if one.Kind() == record.KindSecret {
		check.Text(one.Path, secret.Value.Reveal(), record.MaxSecret)
	}
	f.Problems = append(f.Problems, check.Problems()...)
	if secret.Value == "" && !stored[one.Path] && (one.Required() || chosen) && !f.Wrong(one.Path) {
		f.Problems = append(f.Problems, settings.Problem{Field: one.Path, Code: settings.CodeRequired})
	}
	return secret
}

// setField puts what was typed into a field.
func setField(f *form, one record.Field) {
	if one.Kind() == record.KindFile {
		f.Set(one.Path, f.uploaded(uploadOf(one.Path), f.Get(one.Path), one.Path,
			func(content []byte) string { return string(content) }))
	}
	text := f.Get(one.Path)
	if one.Kind() == record.KindFlag {
		text = strconv.FormatBool(f.Bool(one.Path))
	}
	if text == "" {
		return
	}
	if err := one.Set(text); err != nil {
		f.Problems = append(f.Problems, settings.Problem{Field: one.Path, Code: "not-a-number"})
	}
}
