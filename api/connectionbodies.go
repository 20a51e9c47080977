package api

import (
	"time"

	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/settings"
)

// connectionBody is a connection as it is answered: no secret is in it. The part
// named by provider is there.
type connectionBody struct {
	Name          string             `json:"name"`
	Provider      calendars.Provider `json:"provider"`
	MaxConcurrent int                `json:"maxConcurrent,omitempty"`
	Office365     *office365Body     `json:"office365,omitempty"`
	Exchange      *exchangeBody      `json:"exchange,omitempty"`
	Google        *googleBody        `json:"google,omitempty"`
	UsedBy        []string           `json:"usedBy"`
	versionBody
}

type office365Body struct {
	TenantID           string     `json:"tenantId"`
	ClientID           string     `json:"clientId"`
	AuthorityURL       string     `json:"authorityUrl,omitempty"`
	GraphURL           string     `json:"graphUrl,omitempty"`
	HasClientSecret    bool       `json:"hasClientSecret"`
	HasCertificate     bool       `json:"hasCertificate"`
	CertificateExpires *time.Time `json:"certificateExpires,omitempty"`
}

type exchangeBody struct {
	URL         string                `json:"url"`
	Username    string                `json:"username"`
	Auth        settings.ExchangeAuth `json:"auth,omitempty"`
	CA          string                `json:"ca,omitempty"`
	MinTLS      string                `json:"minTls,omitempty"`
	HasPassword bool                  `json:"hasPassword"`
}

type googleBody struct {
	HasKey      bool   `json:"hasKey"`
	CalendarURL string `json:"calendarUrl,omitempty"`
	TokenURL    string `json:"tokenUrl,omitempty"`
	// What of the key is no secret.
	ClientID       string `json:"clientId,omitempty"`
	ServiceAccount string `json:"serviceAccount,omitempty"`
	Project        string `json:"project,omitempty"`
}

func connection(view admin.ConnectionView) connectionBody {
	body := connectionBody{
		Name: view.Name, Provider: view.Provider, MaxConcurrent: view.MaxConcurrent, UsedBy: append([]string{}, view.UsedBy...),
		versionBody: versionOf(view.Version, view.ChangedAt, view.ChangedBy),
	}
	if o := view.Office365; o != nil {
		body.Office365 = &office365Body{
			TenantID: o.TenantID, ClientID: o.ClientID, AuthorityURL: o.AuthorityURL, GraphURL: o.GraphURL,
			HasClientSecret: o.HasClientSecret, HasCertificate: o.HasCertificate, CertificateExpires: moment(o.CertificateExpires),
		}
	}
	if e := view.Exchange; e != nil {
		body.Exchange = &exchangeBody{URL: e.URL, Username: e.Username, Auth: e.Auth, CA: e.CAPEM, MinTLS: e.MinTLS, HasPassword: e.HasPassword}
	}
	if g := view.Google; g != nil {
		body.Google = &googleBody{
			HasKey: g.HasKey, CalendarURL: g.CalendarURL, TokenURL: g.TokenURL, ClientID: g.ClientID, ServiceAccount: g.ServiceAccount, Project: g.Project,
		}
	}
	return body
}

// connectionInput is a connection as it is sent.
type connectionInput struct {
	Name          string             `json:"name"`
	Provider      calendars.Provider `json:"provider"`
	MaxConcurrent int                `json:"maxConcurrent"`
	Office365     *office365Input    `json:"office365"`
	Exchange      *exchangeInput     `json:"exchange"`
	Google        *googleInput       `json:"google"`
}

type office365Input struct {
	TenantID     string     `json:"tenantId"`
	ClientID     string     `json:"clientId"`
	AuthorityURL string     `json:"authorityUrl"`
	GraphURL     string     `json:"graphUrl"`
	ClientSecret secretBody `json:"clientSecret"`
	Certificate  secretBody `json:"certificate"`
}

type exchangeInput struct {
	URL      string                `json:"url"`
	Username string                `json:"username"`
	Auth     settings.ExchangeAuth `json:"auth"`
	CA       string                `json:"ca"`
	MinTLS   string                `json:"minTls"`
	Password secretBody            `json:"password"`
}

type googleInput struct {
	Key         secretBody `json:"key"`
	CalendarURL string     `json:"calendarUrl"`
	TokenURL    string     `json:"tokenUrl"`
}

// problems are those that the settings cannot see: which parts were sent, and
// empty secrets.
func (b connectionInput) problems() []settings.Problem {
	var problems []settings.Problem
	secrets := map[string]secretBody{}
	part := func(provider calendars.Provider, sent bool) {
		switch {
		case sent && b.Provider != provider && b.Provider != "":
			problems = append(problems, settings.Problem{
				Field: string(provider), Code: settings.CodeOtherProvider, Values: map[string]string{"provider": string(b.Provider)},
			})
		case !sent && b.Provider == provider:
			problems = append(problems, settings.Problem{Field: string(provider), Code: settings.CodeRequired})
		}
	}
	part(calendars.Office365, b.Office365 != nil)
	part(calendars.Exchange, b.Exchange != nil)
	part(calendars.Google, b.Google != nil)
	if b.Office365 != nil {
		secrets["office365.clientSecret"], secrets["office365.certificate"] = b.Office365.ClientSecret, b.Office365.Certificate
	}
	if b.Exchange != nil {
		secrets["exchange.password"] = b.Exchange.Password
	}
	if b.Google != nil {
		secrets["google.key"] = b.Google.Key
	}
	return append(problems, wrongSecrets(secrets)...)
}

func (b connectionInput) input() admin.ConnectionInput {
	input := admin.ConnectionInput{Name: b.Name, Provider: b.Provider, MaxConcurrent: b.MaxConcurrent}
	if o := b.Office365; o != nil {
		input.Office365 = admin.Office365Input{
			TenantID: o.TenantID, ClientID: o.ClientID, AuthorityURL: o.AuthorityURL, GraphURL: o.GraphURL,
			ClientSecret: o.ClientSecret.SecretInput, CertificatePEM: o.Certificate.SecretInput,
		}
	}
	if e := b.Exchange; e != nil {
		input.Exchange = admin.ExchangeInput{
			URL: e.URL, Username: e.Username, Auth: e.Auth, CAPEM: e.CA, MinTLS: e.MinTLS, Password: e.Password.SecretInput,
		}
	}
	if g := b.Google; g != nil {
		input.Google = admin.GoogleInput{KeyJSON: g.Key.SecretInput, CalendarURL: g.CalendarURL, TokenURL: g.TokenURL}
	}
	return input
}
