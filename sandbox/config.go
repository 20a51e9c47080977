package sandbox

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/lucca"
)

// The demo's secrets, the defaults of Config. They protect nothing: the sandbox holds
// invented people only.
const (
	DemoWebhookSecret          = "demo-webhook-secret"
	DemoHTTPSynchronizationKey = "Basic ZGVtbzpkZW1v"
	demoTenant                 = "11111111-2222-4333-8444-555555555555"
	demoApp                    = "66666666-7777-4888-8999-aaaaaaaaaaaa"
	demoServiceAccount         = "figgosync@demo.iam.gserviceaccount.com"
	demoServiceAccountClient   = "100000000000000000001"
)

// Config describes a sandbox. Only BaseURL is required.
type Config struct {
	// BaseURL is the sandbox's own address as its clients write it, such as
	// http://127.0.0.1:9090.
	BaseURL string
	// WebhookBaseURL is where figgosync takes webhooks, such as
	// http://127.0.0.1:8080; empty sends none.
	WebhookBaseURL string
	// Source is the source's name in the webhooks' addresses; default demo.
	Source string
	// WebhookSecret and HTTPSynchronizationKey authenticate the two kinds of
	// webhooks; defaults DemoWebhookSecret and DemoHTTPSynchronizationKey.
	WebhookSecret          string
	HTTPSynchronizationKey string
	// Delivery tunes the webhooks; its default attempts are 1 s, 5 s, 30 s and 2 min
	// apart instead of Lucca's hours.
	Delivery lucca.Delivery
	// GoogleKeyJSON is the key file of the service account, to keep it over a restart;
	// nil makes a new one, see Credentials.
	GoogleKeyJSON []byte
	Limits        Limits
	// FirstLeave is the id of the first leave; 0 is the documented sample's, 8750.
	FirstLeave int
}

// Limits replace the vendors' own limits; 0 is the vendor's, negative (Lucca only) none.
type Limits struct {
	LuccaPerMinute            int // requests, whole tenant; Lucca's is 50
	GraphPerMailbox           int // requests at once, per app and mailbox; Microsoft's is 4
	GooglePerUserPerMinute    int
	GooglePerProjectPerMinute int
}

func (c Config) withDefaults() (Config, error) {
	c.BaseURL = strings.TrimRight(c.BaseURL, "/")
	c.WebhookBaseURL = strings.TrimRight(c.WebhookBaseURL, "/")
	for name, address := range map[string]string{"BaseURL": c.BaseURL, "WebhookBaseURL": c.WebhookBaseURL} {
		u, err := url.Parse(address)
		if err != nil || address != "" && (u.Host == "" || u.Path != "") || address == "" && name == "BaseURL" {
			return c, fmt.Errorf("sandbox: %s must be an address like http://127.0.0.1:9090", name)
		}
	}
	c.Source = cmp.Or(c.Source, "demo")
	c.WebhookSecret = cmp.Or(c.WebhookSecret, DemoWebhookSecret)
	c.HTTPSynchronizationKey = cmp.Or(c.HTTPSynchronizationKey, DemoHTTPSynchronizationKey)
	if c.Delivery.Delays == nil {
		c.Delivery.Delays = []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 2 * time.Minute}
	}
	return c, nil
}

// Credentials are what a settings file needs to reach the sandbox's systems.
type Credentials struct {
	Lucca     LuccaCredentials     `json:"lucca"`
	Office365 Office365Credentials `json:"office365"`
	Exchange  ExchangeCredentials  `json:"exchange"`
	Google    GoogleCredentials    `json:"google"`
}

// LuccaCredentials are those of the source.
type LuccaCredentials struct {
	Source                 string `json:"source"`
	Host                   string `json:"host"`
	TokenURL               string `json:"tokenUrl"`
	ClientID               string `json:"clientId"`
	ClientSecret           string `json:"clientSecret"`
	APIKey                 string `json:"apiKey"`
	WebhookSecret          string `json:"webhookSecret"`
	HTTPSynchronizationKey string `json:"httpSynchronizationKey"`
}

// Office365Credentials are those of the Entra application.
type Office365Credentials struct {
	TenantID     string `json:"tenantId"`
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	AuthorityURL string `json:"authorityUrl"`
	GraphURL     string `json:"graphUrl"` // with its version
}

// ExchangeCredentials are those of the impersonation account; it signs in by NTLM.
type ExchangeCredentials struct {
	URL      string `json:"url"`
	Username string `json:"username"` // DOMAIN\login
	Password string `json:"password"`
}

// GoogleCredentials are those of the service account.
type GoogleCredentials struct {
	KeyJSON     string `json:"keyJson"`
	CalendarURL string `json:"calendarUrl"` // with its version and a slash at its end
	GmailURL    string `json:"gmailUrl"`    // with a slash at its end
	TokenURL    string `json:"tokenUrl"`
}

func (c Config) credentials() Credentials {
	return Credentials{
		Lucca: LuccaCredentials{
			Source: c.Source, Host: c.BaseURL + "/lucca", TokenURL: c.BaseURL + "/lucca/connect/token",
			ClientID: "demo-lucca-client", ClientSecret: "demo-lucca-secret", APIKey: "demo-lucca-api-key",
			WebhookSecret: c.WebhookSecret, HTTPSynchronizationKey: c.HTTPSynchronizationKey,
		},
		Office365: Office365Credentials{
			TenantID: demoTenant, ClientID: demoApp, ClientSecret: "demo-entra-secret",
			AuthorityURL: c.BaseURL + "/entra", GraphURL: c.BaseURL + "/graph/v1.0",
		},
		Exchange: ExchangeCredentials{
			URL: c.BaseURL + "/EWS/Exchange.asmx", Username: `EXAMPLE\svc-figgosync`,
			Password: "demo-exchange-password",
		},
		Google: GoogleCredentials{
			KeyJSON: string(c.GoogleKeyJSON), CalendarURL: c.BaseURL + "/google/calendar/v3/",
			GmailURL: c.BaseURL + "/google/", TokenURL: c.BaseURL + "/google/token",
		},
	}
}
