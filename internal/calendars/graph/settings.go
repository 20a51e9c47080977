package graph

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// System is Office 365, reached by Microsoft Graph.
var System = calendars.System{
	Provider: calendars.Office365,
	New:      func() calendars.Settings { return new(Settings) },
	Codes: []string{CodeNotOneDirectory, CodeTwoSecrets, CodeBadCertificate, CodePasswordMissing, CodePasswordWrong,
		CodeNotADate},
}

// Settings are an Entra application with the application permission
// Calendars.ReadWrite. It signs in with ClientSecret or with Certificate.
type Settings struct {
	_ struct{} `doc:"An Entra application with Calendars.ReadWrite."`

	TenantID     string        `json:"tenantId" rule:"word required" hint:"write the directory (tenant) id of your Entra application" doc:"Directory (tenant) id of the Entra application."`
	ClientID     string        `json:"clientId" rule:"word required" hint:"write the application (client) id of your Entra application" doc:"Application (client) id."`
	ClientSecret record.Secret `json:"clientSecret,omitempty" to:"authorityUrl graphUrl" hint:"write a clientSecret or a certificate" doc:"Client secret; a new one replaces the certificate."`
	// SecretExpires is the last day of ClientSecret, "2027-03-31": Entra tells it to
	// nobody who only signs in with it.
	SecretExpires string `json:"secretExpires,omitempty" rule:"word max=10" hint:"write the day the client secret expires as YYYY-MM-DD" doc:"Day on which the client secret expires (YYYY-MM-DD), as Entra shows it; figgosync warns before."`
	// Certificate holds a certificate and its private key: PEM, or a PKCS #12 file
	// (.pfx) in base64. CertificatePassword opens the key where it is encrypted.
	Certificate         record.Secret `json:"certificate,omitempty" rule:"file" to:"authorityUrl graphUrl" hint:"write a file with a CERTIFICATE and its PRIVATE KEY, or a .pfx file" doc:"Certificate with its private key: PEM, or a PKCS #12 file (.pfx) in base64; a new one replaces the client secret."`
	CertificatePassword record.Secret `json:"certificatePassword,omitempty" opens:"certificate" hint:"write the password of the certificate's file" doc:"Password of the certificate's file, where its key is encrypted; a new certificate needs its own again."`
	// AuthorityURL is the login host, GraphURL the API with its version.
	AuthorityURL string `json:"authorityUrl" rule:"address" default:"https://login.microsoftonline.com" end:"-" doc:"Address of Entra's sign-in."`
	GraphURL     string `json:"graphUrl" rule:"address" default:"https://graph.microsoft.com/v1.0" end:"-" doc:"Address of Microsoft Graph with its version."`
	calendars.ProxySettings
}

// The codes of what may be wrong with Settings besides those of package record.
const (
	CodeNotOneDirectory = "not-one-directory"
	CodeNotADate        = "not-a-date"
	CodeTwoSecrets      = "two-secrets"
	CodeBadCertificate  = "bad-certificate"
	CodePasswordMissing = "certificate-password-missing"
	CodePasswordWrong   = "certificate-password-wrong"
)

// A tenant is written as a GUID or a domain; either is safe inside a path.
var tenantPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]*$`)

// Check implements record.Checked.
func (s *Settings) Check(c *record.Checker) {
	// An application signs in to one directory: these stand for any.
	anyTenant := []string{"common", "organizations", "consumers"}
	if c.Good("tenantId") && (!tenantPattern.MatchString(s.TenantID) ||
		slices.Contains(anyTenant, strings.ToLower(s.TenantID))) {
		c.Add("tenantId", CodeNotOneDirectory)
	}
	if _, err := time.Parse(time.DateOnly, s.SecretExpires); s.SecretExpires != "" && err != nil &&
		c.Good("secretExpires") {
		c.Add("secretExpires", CodeNotADate)
	}
	switch {
	case s.ClientSecret != "" && s.Certificate != "":
		c.Replace("certificate", CodeTwoSecrets)
	case strings.TrimSpace(s.ClientSecret.Reveal()) == "" && s.Certificate == "":
		c.Add("clientSecret", record.CodeRequired)
	case s.Certificate != "" && c.Good("certificate"):
		s.checkCertificate(c)
	}
}

func (s *Settings) checkCertificate(c *record.Checker) {
	switch _, err := s.openCertificate(); {
	case errors.Is(err, errPasswordMissing):
		c.Add("certificatePassword", CodePasswordMissing)
	case errors.Is(err, errPasswordWrong):
		c.Add("certificatePassword", CodePasswordWrong)
	case err != nil:
		c.Add("certificate", CodeBadCertificate)
	}
}

// openCertificate is the certificate and its unencrypted key in PEM, nil where there
// is none.
func (s *Settings) openCertificate() ([]byte, error) {
	if s.Certificate == "" {
		return nil, nil
	}
	return openCertificate(s.Certificate.Reveal(), s.CertificatePassword.Reveal())
}

// SecretAlternatives implements calendars.Alternatives.
func (s *Settings) SecretAlternatives() []string { return []string{"clientSecret", "certificate"} }

// Description is what Settings tell besides their fields.
type Description struct {
	// CertificateExpires is in UTC, zero without a certificate that can be read.
	CertificateExpires time.Time `json:"certificateExpires" doc:"When the certificate expires."`
	// SecretExpires is the last second of the client secret's last day in UTC, zero where it is
	// not known or a certificate is used.
	SecretExpires time.Time `json:"secretExpires" doc:"When the client secret expires, where its last day is known."`
}

// secretEnd is the last second of the client secret's last day in UTC, zero where no
// day is known or a certificate is used.
func (s *Settings) secretEnd() time.Time {
	day, err := time.Parse(time.DateOnly, s.SecretExpires)
	if err != nil || s.ClientSecret == "" {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).Add(-time.Second)
}

// certificateExpires is when the certificate ends, in UTC, zero without one that can be
// read.
func (s *Settings) certificateExpires() time.Time {
	text, _ := s.openCertificate() // Check says what is wrong with it
	return certificateEnd(text).UTC()
}

// Describe implements calendars.Described with a Description.
func (s *Settings) Describe() any {
	return &Description{CertificateExpires: s.certificateExpires(), SecretExpires: s.secretEnd()}
}

// Expires implements calendars.Expiring.
func (s *Settings) Expires() time.Time {
	certificate, secret := s.certificateExpires(), s.secretEnd()
	if certificate.IsZero() || !secret.IsZero() && secret.Before(certificate) {
		return secret
	}
	return certificate
}

// Where implements calendars.Located: the directory, by the name it was given.
func (s *Settings) Where() string { return strings.ToLower(s.GraphURL + " " + s.TenantID) }

// ConsentURL implements calendars.Consenting: where a Global Administrator of the
// tenant gives consent (learn.microsoft.com/entra/identity-platform/v2-admin-consent).
// Application permissions need the scope /.default, and the scope follows Graph's
// host.
func (s *Settings) ConsentURL(redirect, state string) (string, error) {
	full := *s
	record.Defaults(&full)
	authority, err := url.Parse(full.AuthorityURL)
	if err != nil {
		return "", err
	}
	graph, err := url.Parse(full.GraphURL)
	if err != nil {
		return "", err
	}
	address := authority.JoinPath(full.TenantID, "v2.0", "adminconsent")
	address.RawQuery = url.Values{
		"client_id": {full.ClientID}, "scope": {graph.Scheme + "://" + graph.Host + "/.default"},
		"redirect_uri": {redirect}, "state": {state},
	}.Encode()
	return address.String(), nil
}

// ConsentedBy implements calendars.Consenting. A tenant named by its domain cannot be
// compared: Microsoft answers with its id.
func (s *Settings) ConsentedBy(tenant string) bool {
	return uuid.Validate(s.TenantID) != nil || strings.EqualFold(tenant, s.TenantID)
}

// Open implements calendars.Settings.
func (s *Settings) Open(env calendars.Environment) (calendars.Adapter, error) {
	certificate, err := s.openCertificate()
	if err != nil {
		return nil, calendars.CannotWork(fmt.Errorf("graph: certificate: %w", err))
	}
	calendar, err := New(Config{
		TenantID: s.TenantID, ClientID: s.ClientID, ClientSecret: s.ClientSecret.Reveal(), CertificatePEM: certificate,
		SecretEnd:    s.secretEnd(),
		AuthorityURL: s.AuthorityURL, GraphURL: s.GraphURL,
		MaxConcurrent: env.MaxConcurrent, AllowInsecure: env.AllowInsecure, WrapTransport: env.Transport,
		Logger: env.Logger,
	})
	if err != nil {
		return nil, err
	}
	return calendar, nil
}

// Suit implements calendars.Suiting: Outlook tells requests from absences, and shows both
// out of office and telework by the availability alone.
func (*Settings) Suit(event absence.Event) absence.Event {
	event.Kind, event.Decline, event.Message, event.Place = "", "", "", ""
	event.Colour = ""
	if event.ShowAs == absence.Tentative {
		event.Mark = "" // Outlook has no other way to show that something is pending
	}
	return event.WithMark()
}
