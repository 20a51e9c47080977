package entra

import (
	"crypto/subtle"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
)

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// tokenLifetime is what expires_in says: 3599 s, as Entra answers.
const tokenLifetime = 3599 * time.Second

// maxForm bounds a token request's body.
const maxForm = 64 << 10

// token is the v2.0 token endpoint, client_credentials only:
// learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
func (s *Service) token(w http.ResponseWriter, req *http.Request) {
	token, f := s.issueFor(w, req)
	if f != nil {
		s.writeFailure(w, req, f)
		return
	}
	seconds := int(tokenLifetime.Seconds())
	writeJSON(w, http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
	})
}

func (s *Service) issueFor(w http.ResponseWriter, req *http.Request) (string, *failure) {
	form := readForm(w, req)
	name := req.PathValue("tenant")
	s.mu.Lock()
	defer s.mu.Unlock()
	t, f := s.tenantNamed(name)
	if f != nil {
		return "", f
	}
	for _, parameter := range []string{"grant_type", "client_id", "scope"} {
		if form.Get(parameter) == "" {
			return "", failParameterMissing(parameter)
		}
	}
	if form.Get("grant_type") != "client_credentials" {
		return "", failGrantType(form.Get("grant_type"))
	}
	a := t.app(form.Get("client_id"))
	if a == nil {
		return "", failAppUnknown(form.Get("client_id"), t.id)
	}
	resource, f := s.resource(form.Get("scope"), t)
	if f != nil {
		return "", f
	}
	if f := s.authenticate(req, t, a, form); f != nil {
		return "", f
	}
	return s.sign(t, a, resource)
}

// readForm returns the parameters in a form body, and the client's name and
// secret when they stand in an Authorization: Basic header instead (RFC 6749,
// 2.3.1). Any other body holds no parameters, as for Entra.
func readForm(w http.ResponseWriter, req *http.Request) url.Values {
	req.Body = http.MaxBytesReader(w, req.Body, maxForm)
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" || req.ParseForm() != nil {
		return url.Values{}
	}
	form := req.PostForm
	user, password, basic := req.BasicAuth()
	if !basic {
		return form
	}
	if id, err := url.QueryUnescape(user); err == nil && form.Get("client_id") == "" {
		form.Set("client_id", id)
	}
	if secret, err := url.QueryUnescape(password); err == nil && form.Get("client_secret") == "" {
		form.Set("client_secret", secret)
	}
	return form
}

// tenantNamed finds the tenant of a URL. s.mu must be held.
func (s *Service) tenantNamed(name string) (*tenant, *failure) {
	if slices.Contains([]string{"common", "organizations", "consumers"}, strings.ToLower(name)) {
		return nil, failTenantUnnamed()
	}
	if t := s.find(name); t != nil {
		return t, nil
	}
	if uuid.Validate(name) != nil && !strings.Contains(name, ".") {
		return nil, failTenantMalformed(name)
	}
	return nil, failTenantUnknown(name)
}

// resource reads the scope: exactly one, a known resource followed by
// /.default. Microsoft's own libraries send openid, profile and offline_access
// along, which Entra ignores here.
func (s *Service) resource(scope string, t *tenant) (string, *failure) {
	asked := slices.DeleteFunc(strings.Fields(scope), func(scope string) bool {
		return slices.Contains([]string{"openid", "profile", "offline_access", "email"}, scope)
	})
	if len(asked) != 1 {
		return "", failScopeMalformed(scope)
	}
	resource, isDefault := strings.CutSuffix(asked[0], "/.default")
	if !isDefault || resource == "" {
		return "", failScope(scope)
	}
	if !slices.Contains(s.resources, resource) {
		return "", failResource(resource, t.id)
	}
	return resource, nil
}

// authenticate checks the client's secret or assertion. s.mu must be held.
func (s *Service) authenticate(req *http.Request, t *tenant, a *app, form url.Values) *failure {
	assertion, secret := form.Get("client_assertion"), form.Get("client_secret")
	switch {
	case assertion != "":
		if form.Get("client_assertion_type") != assertionType {
			return failParameterMissing("client_assertion_type")
		}
		return s.checkAssertion(assertion, t, a, s.base(req))
	case secret != "":
		if a.Secret == "" || subtle.ConstantTimeCompare([]byte(secret), []byte(a.Secret)) != 1 {
			return failSecret(a.ClientID)
		}
		return nil
	}
	return failCredentialMissing()
}

// claims are those of an app-only access token for Graph, which is of the v1.0
// form whatever endpoint issued it:
// learn.microsoft.com/entra/identity-platform/access-token-claims-reference.
type claims struct {
	jwt.RegisteredClaims
	AppID        string   `json:"appid"`
	AppIDACR     string   `json:"appidacr"`
	IdentityType string   `json:"idtyp"`
	ObjectID     string   `json:"oid"`
	Roles        []string `json:"roles,omitempty"`
	TenantID     string   `json:"tid"`
	Version      string   `json:"ver"`
}

func (s *Service) sign(t *tenant, a *app, resource string) (string, *failure) {
	now := s.now()
	// The service principal's id differs from the app's and is the same in every token.
	object := uuid.NewSHA1(uuid.NameSpaceURL, []byte(t.id+"/"+a.ClientID)).String()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Audience: jwt.ClaimStrings{resource}, Issuer: "https://sts.windows.net/" + t.id + "/", Subject: object,
			ID:       uuid.NewString(),
			IssuedAt: jwt.NewNumericDate(now), NotBefore: jwt.NewNumericDate(now),
			ExpiresAt: jwt.NewNumericDate(now.Add(tokenLifetime)),
		},
		AppID: a.ClientID, AppIDACR: "1", IdentityType: "app", ObjectID: object,
		Roles: slices.Clone(a.Roles), TenantID: t.id, Version: "1.0",
	})
	token.Header["kid"] = s.kid
	token.Header["x5t"] = s.kid
	signed, err := token.SignedString(s.key)
	if err != nil {
		return "", &failure{http.StatusInternalServerError, "server_error", 90033,
			"A transient error has occurred. Please try again."}
	}
	return signed, nil
}
