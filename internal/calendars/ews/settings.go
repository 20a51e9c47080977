package ews

import (
	"crypto/x509"
	"encoding/pem"
	"net/url"
	"strconv"
	"strings"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/record"
)

// System is an Exchange server in the company, reached by Exchange Web Services.
var System = calendars.System{
	Provider: calendars.Exchange,
	New:      func() calendars.Settings { return new(Settings) },
	Codes:    []string{CodeBadAuthority, CodeAuthorityOther, CodeAuthorityBroken},
}

// Settings are an impersonation account on an Exchange server.
type Settings struct {
	_ struct{} `doc:"An impersonation account on an Exchange server."`

	URL      string        `json:"url" rule:"address required" hint:"write the server's EWS address, such as https://mail.example.com/ews/exchange.asmx" doc:"The EWS address, such as https://mail.example.com/ews/exchange.asmx."`
	Username string        `json:"username" rule:"required visible" hint:"write the impersonation account, such as EXAMPLE\\figgosync or figgosync@example.com" doc:"The impersonation account: DOMAIN\\login or login@domain."`
	Password record.Secret `json:"password,omitempty" rule:"required" to:"url realm kdc" doc:"Its password."`
	// Auth is how to sign in. Basic is off on Exchange unless an admin turned it on.
	Auth string `json:"auth" choice:"ntlm kerberos basic" doc:"How it signs in."`
	// Realm is the account's for Kerberos, what stands behind the @ of Username when
	// it is empty. KDC are servers of the directory with commas between, those that
	// DNS tells when empty.
	Realm string `json:"realm,omitempty" rule:"word max=255" hint:"write the Kerberos realm of the account, such as EXAMPLE.COM" doc:"For kerberos: the account's realm. Left out: what follows the @ of username."`
	KDC   string `json:"kdc,omitempty" rule:"visible max=1000" hint:"write domain controllers, such as dc1.example.com, dc2.example.com" doc:"For kerberos: domain controllers with commas between. Left out: those that DNS tells."`
	// CA adds certificate authorities to the system's, in PEM.
	CA string `json:"ca,omitempty" rule:"file" show:"digest" hint:"write one CERTIFICATE after another, without keys" doc:"PEM with certificate authorities besides the system's."`
	// MinTLS is the oldest version of TLS that is spoken; old ones exist for old
	// servers.
	MinTLS string `json:"minTls" choice:"1.2 1.1 1.0" doc:"The oldest version of TLS; 1.0 and 1.1 are for old servers."`
	calendars.ProxySettings
}

// The codes of what may be wrong with Settings besides those of package record.
const (
	CodeBadAuthority    = "bad-authority"
	CodeAuthorityOther  = "authority-has-other"
	CodeAuthorityBroken = "authority-unreadable" // number
)

// Check implements record.Checked.
func (s *Settings) Check(c *record.Checker) {
	if s.Auth == AuthKerberos && s.Realm == "" && !strings.Contains(s.Username, "@") {
		c.Add("realm", record.CodeRequired)
	}
	if s.CA == "" || !c.Good("ca") {
		return
	}
	rest, count := []byte(s.CA), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			c.Add("ca", CodeAuthorityOther)
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			c.Add("ca", CodeAuthorityBroken, "number", strconv.Itoa(count+1))
			return
		}
		count++
	}
	if count == 0 {
		c.Add("ca", CodeBadAuthority)
	}
}

// servers are those of KDC.
func (s *Settings) servers() []string {
	return strings.FieldsFunc(s.KDC, func(r rune) bool { return r == ',' || r == ' ' })
}

// Where implements calendars.Located: the server.
func (s *Settings) Where() string {
	u, err := url.Parse(s.URL)
	if err != nil {
		return s.URL // Check says what is wrong with it
	}
	return strings.ToLower(u.Host)
}

// Open implements calendars.Settings.
func (s *Settings) Open(env calendars.Environment) (calendars.Adapter, error) {
	calendar, err := New(Config{
		URL: s.URL, Username: s.Username, Password: s.Password.Reveal(), Auth: s.Auth, CAPEM: s.CA, MinTLS: s.MinTLS,
		Realm: s.Realm, KDCs: s.servers(), Allowed: env.Allowed,
		MaxConcurrent: env.MaxConcurrent, AllowInsecure: env.AllowInsecure, WrapTransport: env.Transport,
		SignIns: env.SignIns, Logger: env.Logger,
	})
	if err != nil {
		return nil, err
	}
	return calendar, nil
}

// Suit implements calendars.Suiting, as of Outlook. That it is telework matters where a
// server has no word for working elsewhere.
func (*Settings) Suit(event absence.Event) absence.Event {
	if event.Kind != absence.KindTelework {
		event.Kind = ""
	}
	event.Decline, event.Message, event.Place = "", "", ""
	event.Colour = ""
	if event.ShowAs == absence.Tentative {
		event.Mark = "" // Outlook has no other way to show that something is pending
	}
	return event.WithMark()
}
