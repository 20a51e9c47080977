package admin

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"time"

	"github.com/figgosync/figgosync/internal/settings"
)

func connectionView(record settings.Record[settings.Connection], usedBy []string) ConnectionView {
	connection := record.Value
	view := ConnectionView{
		Name: connection.Name, Provider: connection.Provider, MaxConcurrent: connection.MaxConcurrent, UsedBy: usedBy,
		Version: record.Version, ChangedAt: record.ChangedAt, ChangedBy: record.ChangedBy,
	}
	if o := connection.Office365; o != nil {
		view.Office365 = &Office365View{
			TenantID: o.TenantID, ClientID: o.ClientID, AuthorityURL: o.AuthorityURL, GraphURL: o.GraphURL,
			HasClientSecret: o.ClientSecret != "", HasCertificate: o.CertificatePEM != "",
			CertificateExpires: expiryOf(o.CertificatePEM.Reveal()),
		}
	}
	if e := connection.Exchange; e != nil {
		view.Exchange = &ExchangeView{
			URL: e.URL, Username: e.Username, CAPEM: e.CAPEM, MinTLS: e.MinTLS, Auth: e.Auth, HasPassword: e.Password != "",
		}
	}
	if g := connection.Google; g != nil {
		view.Google = googleView(*g)
	}
	return view
}

// expiryOf is when the first certificate of a PEM file expires: the one that is
// ours, before those of its issuers. The zero time where there is none.
func expiryOf(text string) time.Time {
	rest := []byte(text)
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return time.Time{}
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return time.Time{}
		}
		return certificate.NotAfter.UTC()
	}
}

// googleView shows the parts of a key that are no secrets
// (https://developers.google.com/identity/protocols/oauth2/service-account).
func googleView(google settings.Google) *GoogleView {
	view := &GoogleView{HasKey: google.KeyJSON != "", CalendarURL: google.CalendarURL, TokenURL: google.TokenURL}
	var key struct {
		ClientID    string `json:"client_id"`
		ClientEmail string `json:"client_email"`
		ProjectID   string `json:"project_id"`
	}
	if json.Unmarshal([]byte(google.KeyJSON.Reveal()), &key) == nil {
		view.ClientID, view.ServiceAccount, view.Project = key.ClientID, key.ClientEmail, key.ProjectID
	}
	return view
}
