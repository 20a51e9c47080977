package entra

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// adminConsent is the v2.0 consent page with an administrator who decides at
// once: learn.microsoft.com/entra/identity-platform/v2-admin-consent.
//
// Both answers carry admin_consent=True, which only says what kind of answer it
// is; a refusal carries error besides. Where the redirect URI cannot be trusted
// the answer is a page, never a redirect.
func (s *Service) adminConsent(w http.ResponseWriter, req *http.Request) {
	query := req.URL.Query()
	s.mu.Lock()
	defer s.mu.Unlock()
	t, a, f := s.consenting(req.PathValue("tenant"), query)
	if f != nil {
		writePage(w, f)
		return
	}
	redirect, err := url.Parse(query.Get("redirect_uri"))
	if err != nil {
		writePage(w, failRedirect(query.Get("redirect_uri"), a.ClientID))
		return
	}
	answer := redirect.Query()
	answer.Set("admin_consent", "True")
	answer.Set("tenant", t.id)
	answer.Set("scope", query.Get("scope"))
	if state := query.Get("state"); state != "" {
		answer.Set("state", state)
	}
	if t.refuses {
		answer.Set("error", "consent_required")
		answer.Set("error_description", "AADSTS65004: The resource owner or authorization server denied the request. Trace ID: "+
			uuid.NewString()+" Timestamp: "+s.now().UTC().Format("2006-01-02 15:04:05Z"))
	} else {
		a.grant(query.Get("scope"))
	}
	redirect.RawQuery = answer.Encode()
	w.Header().Set("Cache-Control", "no-store")
	http.Redirect(w, req, redirect.String(), http.StatusFound)
}

// consenting checks the request as far as the page must not redirect.
func (s *Service) consenting(name string, query url.Values) (*tenant, *app, *failure) {
	for _, parameter := range []string{"client_id", "scope", "redirect_uri"} {
		if query.Get(parameter) == "" {
			return nil, nil, failParameterMissing(parameter)
		}
	}
	clientID := query.Get("client_id")
	t, f := s.consentTenant(name, clientID)
	if f != nil {
		return nil, nil, f
	}
	a := t.app(clientID)
	if a == nil {
		return nil, nil, failAppUnknown(clientID, t.id)
	}
	if !slices.Contains(a.RedirectURIs, query.Get("redirect_uri")) {
		return nil, nil, failRedirect(query.Get("redirect_uri"), clientID)
	}
	return t, a, nil
}

// consentTenant finds the tenant; "organizations" is that of whoever signs in,
// here the first one that knows the app.
func (s *Service) consentTenant(name, clientID string) (*tenant, *failure) {
	switch strings.ToLower(name) {
	case "common":
		return nil, failConsentTenant()
	case "organizations":
		for _, t := range s.tenants {
			if t.app(clientID) != nil {
				return t, nil
			}
		}
		return nil, failAppUnknown(clientID, name)
	}
	return s.tenantNamed(name)
}

// grant adds what the registration asks for. Application permissions come with
// the /.default scope alone; named scopes are delegated permissions, which an
// app-only token never carries.
func (a *app) grant(scope string) {
	if !slices.ContainsFunc(strings.Fields(scope), func(s string) bool { return strings.HasSuffix(s, "/.default") }) {
		return
	}
	for _, role := range a.Requests {
		if !slices.Contains(a.Roles, role) {
			a.Roles = append(a.Roles, role)
		}
	}
}
