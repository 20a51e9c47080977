package entra

import (
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// ErrToken is wrapped by every error of Verify.
var ErrToken = errors.New("entra: access token refused")

// Verify checks that the service issued token for audience (a resource such as
// https://graph.microsoft.com) and that it has not expired.
func (s *Service) Verify(token, audience string) (Principal, error) {
	var c claims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithExpirationRequired(),
		jwt.WithAudience(audience), jwt.WithTimeFunc(s.now))
	if _, err := parser.ParseWithClaims(token, &c,
		func(*jwt.Token) (any, error) { return &s.key.PublicKey, nil }); err != nil {
		return Principal{}, fmt.Errorf("%w: %w", ErrToken, err)
	}
	return Principal{TenantID: c.TenantID, AppID: c.AppID, Roles: c.Roles}, nil
}

func keyID(key *rsa.PublicKey) string {
	sum := sha256.Sum256(key.N.Bytes())
	return base64.RawURLEncoding.EncodeToString(sum[:20])
}

// openIDConfiguration names the endpoints; official clients read it before
// their first token request.
func (s *Service) openIDConfiguration(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	t, f := s.tenantNamed(req.PathValue("tenant"))
	s.mu.Unlock()
	if f != nil {
		f.oauth = "invalid_tenant"
		s.writeFailure(w, req, f)
		return
	}
	base := s.base(req) + "/" + t.id
	writeJSON(w, http.StatusOK, map[string]any{
		"token_endpoint": base + "/oauth2/v2.0/token",
		"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt",
			"client_secret_basic"},
		"jwks_uri":                              base + "/discovery/v2.0/keys",
		"response_modes_supported":              []string{"query", "fragment", "form_post"},
		"subject_types_supported":               []string{"pairwise"},
		"id_token_signing_alg_values_supported": []string{"RS256"},
		"response_types_supported":              []string{"code", "id_token", "code id_token", "id_token token"},
		"scopes_supported":                      []string{"openid", "profile", "email", "offline_access"},
		"issuer":                                base + "/v2.0",
		"authorization_endpoint":                base + "/oauth2/v2.0/authorize",
		"tenant_region_scope":                   "EU",
	})
}

// keys publishes the public half of the signing key.
func (s *Service) keys(w http.ResponseWriter, req *http.Request) {
	s.mu.Lock()
	_, f := s.tenantNamed(req.PathValue("tenant"))
	s.mu.Unlock()
	// common and organizations publish the same keys: they are not a tenant's.
	if f != nil && f.code != failTenantUnnamed().code {
		s.writeFailure(w, req, f)
		return
	}
	encode := base64.RawURLEncoding.EncodeToString
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]any{{
		"kty": "RSA", "use": "sig", "kid": s.kid, "x5t": s.kid,
		"n": encode(s.key.N.Bytes()), "e": encode(big.NewInt(int64(s.key.E)).Bytes()),
	}}})
}

// instance says which hosts are one cloud. It knows one: itself.
func (s *Service) instance(w http.ResponseWriter, req *http.Request) {
	asked, err := url.Parse(req.URL.Query().Get("authorization_endpoint"))
	if err != nil || !strings.EqualFold(asked.Host, req.Host) {
		s.writeFailure(w, req, failInstance())
		return
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(asked.String(), s.base(req)), "/"), "/")
	writeJSON(w, http.StatusOK, map[string]any{
		"tenant_discovery_endpoint": s.base(req) + "/" + tenant + "/v2.0/.well-known/openid-configuration",
		"api-version":               "1.1",
		"metadata": []map[string]any{{
			"preferred_network": req.Host, "preferred_cache": req.Host, "aliases": []string{req.Host},
		}},
	})
}
