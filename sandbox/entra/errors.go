package entra

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// failure is an error of Entra's security token service: the OAuth error, the
// AADSTS number and the text. Numbers and OAuth errors are those of
// learn.microsoft.com/entra/identity-platform/reference-error-codes.
type failure struct {
	status int
	oauth  string
	code   int
	text   string
}

func (f *failure) Error() string { return fmt.Sprintf("AADSTS%d: %s", f.code, f.text) }

func failTenantUnknown(name string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 90002,
		fmt.Sprintf("Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", name)}
}

func failTenantMalformed(name string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 900023,
		fmt.Sprintf("Specified tenant identifier '%s' is neither a valid DNS name, nor a valid external domain.", name)}
}

func failTenantUnnamed() *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 50059,
		"No tenant-identifying information found in either the request or implied by any provided credentials."}
}

func failParameterMissing(name string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 900144,
		fmt.Sprintf("The request body must contain the following parameter: '%s'.", name)}
}

func failGrantType(grant string) *failure {
	return &failure{http.StatusBadRequest, "unsupported_grant_type", 70003,
		fmt.Sprintf("The app requested an unsupported grant type '%s'.", grant)}
}

func failAppUnknown(clientID, tenant string) *failure {
	return &failure{http.StatusBadRequest, "unauthorized_client", 700016,
		fmt.Sprintf("Application with identifier '%s' was not found in the directory '%s'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.", clientID, tenant)}
}

func failScope(scope string) *failure {
	return &failure{http.StatusBadRequest, "invalid_scope", 1002012,
		fmt.Sprintf("The provided value for scope %s is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).", scope)}
}

func failScopeMalformed(scope string) *failure {
	return &failure{http.StatusBadRequest, "invalid_scope", 70011,
		fmt.Sprintf("The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope %s is not valid.", scope)}
}

func failResource(resource, tenant string) *failure {
	return &failure{http.StatusBadRequest, "invalid_resource", 500011,
		fmt.Sprintf("The resource principal named %s was not found in the tenant named %s.", resource, tenant)}
}

func failCredentialMissing() *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 7000216,
		"'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type."}
}

func failSecret(clientID string) *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 7000215,
		fmt.Sprintf("Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '%s'.", clientID)}
}

func failAssertionMalformed(reason string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 50027, "JWT token is invalid or malformed. " + reason}
}

func failAssertionSignature(reason, thumbprint string) *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 700027,
		fmt.Sprintf("Client assertion contains an invalid signature. [Reason - %s, Thumbprint of key used by client: '%s']", reason, thumbprint)}
}

func failAssertionTime() *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 700024,
		"Client assertion is not within its valid time range."}
}

func failAssertionAudience() *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 700023,
		"Client assertion audience claim does not match Realm issuer."}
}

func failAssertionClient() *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 700021,
		"Client assertion application identifier doesn't match 'client_id' parameter."}
}

func failAssertionReplayed() *failure {
	return &failure{http.StatusUnauthorized, "invalid_client", 50013,
		"Assertion is invalid: its 'jti' has been used before."}
}

func failRedirect(uri, clientID string) *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 50011,
		fmt.Sprintf("The redirect URI '%s' specified in the request does not match the redirect URIs configured for the application '%s'.", uri, clientID)}
}

func failConsentTenant() *failure {
	return &failure{http.StatusBadRequest, "invalid_request", 90008,
		"The v2.0 admin consent endpoint needs a tenant or 'organizations'; 'common' is not accepted."}
}

func failInstance() *failure {
	return &failure{http.StatusBadRequest, "invalid_instance", 50049, "Unknown or invalid instance."}
}

// describe is the error_description with the lines Entra adds.
func (f *failure) describe(trace, correlation, stamp string) string {
	return f.Error() + fmt.Sprintf(" Trace ID: %s Correlation ID: %s Timestamp: %s", trace, correlation, stamp)
}

// writeFailure answers in the JSON shape of Entra's token endpoint.
func (s *Service) writeFailure(w http.ResponseWriter, req *http.Request, f *failure) {
	trace, correlation := uuid.NewString(), req.Header.Get("client-request-id")
	if correlation == "" {
		correlation = uuid.NewString()
	}
	stamp := s.now().UTC().Format("2006-01-02 15:04:05Z")
	writeJSON(w, f.status, map[string]any{
		"error":             f.oauth,
		"error_description": f.describe(trace, correlation, stamp),
		"error_codes":       []int{f.code},
		"timestamp":         stamp,
		"trace_id":          trace,
		"correlation_id":    correlation,
		"error_uri":         fmt.Sprintf("https://login.microsoftonline.com/error?code=%d", f.code),
	})
}

var errorPage = template.Must(template.New("error").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Sign in to your account</title></head>
<body><h1>Sorry, but we’re having trouble signing you in.</h1><p>{{.}}</p></body></html>
`))

// writePage answers as Entra does where it must not redirect: a page for the person.
func writePage(w http.ResponseWriter, f *failure) {
	var page strings.Builder
	if err := errorPage.Execute(&page, f.Error()); err != nil {
		http.Error(w, f.Error(), f.status)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(f.status)
	_, _ = w.Write([]byte(page.String()))
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, no-cache")
	w.Header().Set("Pragma", "no-cache")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}
