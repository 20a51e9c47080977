package access

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/figgosync/figgosync/internal/settings"
)

// OIDC describes the identity provider and who gets which role.
type OIDC struct {
	// Issuer is the provider's address, exactly as its tokens say it: "iss" in
	// https://openid.net/specs/openid-connect-core-1_0.html#IDToken.
	Issuer string
	// ClientID and ClientSecret are figgosync's registration there. Without a
	// secret figgosync is a public client, which PKCE alone protects.
	ClientID     string
	ClientSecret settings.Secret
	// RolesClaim holds the values that give roles: a text or a list of texts. Dots
	// lead into objects ("realm_access.roles"). "" is "roles". With "email" the
	// provider must vouch for the address ("email_verified").
	RolesClaim string
	// ConfigureValues and ConsultValues are the values that give each role,
	// compared exactly, e-mail addresses without case. Configure wins; who has
	// neither is refused.
	ConfigureValues, ConsultValues []string
	// Scopes are asked for besides openid, profile and email.
	Scopes []string
	// Name is shown on the button; "" is the issuer's host.
	Name string
	// AllowInsecure lets the provider be plain http, for rehearsals.
	AllowInsecure bool
}

// The paths that the identity provider is told.
const (
	callbackPath = "/sign-in/oidc/callback"
	signInPath   = "/sign-in"
)

const defaultRolesClaim = "roles"

// completed checks the configuration and fills in what was left out.
func (o OIDC) completed(origin string) (OIDC, error) {
	issuer, err := url.Parse(o.Issuer)
	switch {
	case err != nil || issuer.Host == "" || issuer.User != nil || issuer.RawQuery != "" || issuer.Fragment != "":
		return o, errors.New("access: the identity provider's issuer must be an address like https://login.example.com")
	case !allowedScheme(o.Issuer, o.AllowInsecure):
		return o, errors.New("access: the identity provider's issuer must be https")
	case origin == "":
		return o, errors.New("access: single sign-on needs the public address, to which the identity provider sends people back")
	case o.ClientID == "":
		return o, errors.New("access: single sign-on needs the client id that the identity provider gave figgosync")
	case len(o.ConfigureValues)+len(o.ConsultValues) == 0:
		return o, errors.New("access: say which values of the roles claim let people in, or single sign-on lets nobody in")
	case slices.Contains(o.ConfigureValues, "") || slices.Contains(o.ConsultValues, ""):
		return o, errors.New("access: an empty value cannot give a role")
	}
	if o.RolesClaim == "" {
		o.RolesClaim = defaultRolesClaim
	}
	if o.Name == "" {
		o.Name = issuer.Host
	}
	scopes := append([]string{"openid", "profile", "email"}, o.Scopes...)
	slices.Sort(scopes[3:])
	o.Scopes = slices.Compact(slices.DeleteFunc(scopes, func(s string) bool { return s == "" }))
	return o, nil
}

// allowedScheme tells whether secrets and sign-ins may go to an address.
func allowedScheme(address string, insecure bool) bool {
	return strings.HasPrefix(address, "https://") || insecure && strings.HasPrefix(address, "http://")
}
