package pages

import (
	"strconv"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/web/texts"
)

// choicesOf are options whose labels are the texts PREFIX and the value, such as "sync.wholeDay.all-day".
func choicesOf(words texts.Words, prefix string, values ...string) []option {
	all := make([]option, 0, len(values))
	for _, value := range values {
		all = append(all, option{Value: value, Label: words.T(prefix + value)})
	}
	return all
}

// connectionForm is the form of a stored connection.
func connectionForm(view admin.ConnectionView) *form {
	f := newForm(view.Version)
	f.Set("name", view.Name)
	if view.MaxConcurrent > 0 {
		f.Set("maxConcurrent", strconv.Itoa(view.MaxConcurrent))
	}
	if o := view.Office365; o != nil {
		f.Set("office365.tenantId", o.TenantID)
		f.Set("office365.clientId", o.ClientID)
		f.Set("office365.credential", map[bool]string{true: "certificate", false: "secret"}[o.HasCertificate])
		f.Set("office365.authorityUrl", unlessDefault(o.AuthorityURL, settings.DefaultAuthorityURL))
		f.Set("office365.graphUrl", unlessDefault(o.GraphURL, settings.DefaultGraphURL))
		f.Stored["office365.clientSecret"], f.Stored["office365.certificate"] = o.HasClientSecret, o.HasCertificate
	}
	if e := view.Exchange; e != nil {
		f.Set("exchange.url", e.URL)
		f.Set("exchange.username", e.Username)
		f.Set("exchange.auth", string(e.Auth))
		f.Set("exchange.ca", e.CAPEM)
		f.Set("exchange.minTls", e.MinTLS)
		f.Stored["exchange.password"] = e.HasPassword
	}
	if g := view.Google; g != nil {
		f.Set("google.calendarUrl", unlessDefault(g.CalendarURL, settings.DefaultCalendarURL))
		f.Set("google.tokenUrl", g.TokenURL)
		f.Stored["google.key"] = g.HasKey
	}
	return f
}

// unlessDefault leaves a field empty where it has nothing special.
func unlessDefault(value, usual string) string {
	if value == usual {
		return ""
	}
	return value
}

// connectionInput is what a form says. stored tells which secrets there are: the
// chosen way to sign in must have one.
func connectionInput(f *form, provider calendars.Provider, stored map[string]bool) admin.ConnectionInput {
	input := admin.ConnectionInput{Name: f.Get("name"), Provider: provider, MaxConcurrent: f.Int("maxConcurrent")}
	needed := func(path string, secret admin.SecretInput) admin.SecretInput {
		if secret.Value == "" && !stored[path] && !f.Wrong(path) {
			f.Problems = append(f.Problems, settings.Problem{Field: path, Code: settings.CodeRequired})
		}
		return secret
	}
	switch provider {
	case calendars.Office365:
		o := admin.Office365Input{
			TenantID: f.Get("office365.tenantId"), ClientID: f.Get("office365.clientId"),
			AuthorityURL: f.Get("office365.authorityUrl"), GraphURL: f.Get("office365.graphUrl"),
		}
		if f.Get("office365.credential") == "certificate" {
			o.CertificatePEM = needed("office365.certificate", f.secretFile("certificateFile", "office365.certificate"))
		} else {
			o.ClientSecret = needed("office365.clientSecret", f.Secret("office365.clientSecret"))
		}
		input.Office365 = o
	case calendars.Exchange:
		f.Set("exchange.ca", f.uploaded("caFile", f.Get("exchange.ca"), "exchange.ca"))
		input.Exchange = admin.ExchangeInput{
			URL: f.Get("exchange.url"), Username: f.Get("exchange.username"), CAPEM: f.Get("exchange.ca"), MinTLS: f.Get("exchange.minTls"),
			Auth: settings.ExchangeAuth(f.Get("exchange.auth")), Password: needed("exchange.password", f.Secret("exchange.password")),
		}
	case calendars.Google:
		input.Google = admin.GoogleInput{
			KeyJSON:     needed("google.key", f.secretFile("keyFile", "google.key")),
			CalendarURL: f.Get("google.calendarUrl"), TokenURL: f.Get("google.tokenUrl"),
		}
	}
	return input
}
