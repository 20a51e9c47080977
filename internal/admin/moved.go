package admin

import (
	"net/url"
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
)

// codeSecretAgain asks for a secret that is stored already: the address it is sent
// to is another one. Whoever may configure could read every secret otherwise, by
// having it sent to a server of his own.
const codeSecretAgain = "secret-again"

// elsewhere tells whether a secret that went to one address would go to another
// server with the other.
func elsewhere(before, after string) bool {
	return before != "" && origin(before) != origin(after)
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// again lists the secrets that must be filled in again: they are stored, were left
// out, and would go elsewhere.
func again(moved bool, secrets map[string]kept) []settings.Problem {
	var problems []settings.Problem
	for field, one := range secrets {
		if moved && one.stored != "" && one.now == one.stored && one.input.Value == "" {
			problems = append(problems, settings.Problem{Field: field, Code: codeSecretAgain})
		}
	}
	return problems
}

// kept is a secret before and after an input.
type kept struct {
	stored, now settings.Secret
	input       SecretInput
}

func movedSource(old, value settings.Source, input SourceInput) []settings.Problem {
	host, login := elsewhere(old.Host, value.Host), elsewhere(old.TokenURL, value.TokenURL)
	return append(
		again(host || login, map[string]kept{"clientSecret": {old.ClientSecret, value.ClientSecret, input.ClientSecret}}),
		again(host, map[string]kept{"apiKey": {old.APIKey, value.APIKey, input.APIKey}})...)
}

func movedConnection(old, value settings.Connection, input ConnectionInput) []settings.Problem {
	switch {
	case old.Office365 != nil && value.Office365 != nil:
		o, v := old.Office365, value.Office365
		return again(elsewhere(o.AuthorityURL, v.AuthorityURL) || elsewhere(o.GraphURL, v.GraphURL), map[string]kept{
			"office365.clientSecret": {o.ClientSecret, v.ClientSecret, input.Office365.ClientSecret},
			"office365.certificate":  {o.CertificatePEM, v.CertificatePEM, input.Office365.CertificatePEM},
		})
	case old.Exchange != nil && value.Exchange != nil:
		return again(elsewhere(old.Exchange.URL, value.Exchange.URL), map[string]kept{
			"exchange.password": {old.Exchange.Password, value.Exchange.Password, input.Exchange.Password},
		})
	case old.Google != nil && value.Google != nil:
		// Without an address of its own the key names where its assertions go.
		moved := origin(old.Google.TokenURL) != origin(value.Google.TokenURL) || elsewhere(old.Google.CalendarURL, value.Google.CalendarURL)
		return again(moved, map[string]kept{"google.key": {old.Google.KeyJSON, value.Google.KeyJSON, input.Google.KeyJSON}})
	}
	return nil
}
