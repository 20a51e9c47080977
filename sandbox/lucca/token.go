package lucca

import (
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// tokenTTL is how long an access token lasts; see
// https://developers.lucca.fr/documentation/using-api/authentication-spec.
const tokenTTL = 30 * time.Minute

// knownScopes are what an application of this account may ask for.
var knownScopes = []string{
	"leaves.readonly", "leaves.readwrite", "leave-requests.readonly", "leave-requests.readwrite",
	"employees.readonly", "employments.readonly", "job-positions.readonly", "business-establishments.readonly",
	"legal-entities.readonly", "departments.readonly", "working-time-arrangements.readonly",
	"public-holidays-calendars.readonly", "webhook-endpoints.readonly", "webhook-endpoints.readwrite",
	"webhook-deliveries.readonly", "webhook-deliveries.readwrite", "events.readonly",
}

type tokens struct {
	mu     sync.Mutex
	grants map[string]grant
}

type grant struct {
	scopes  []string
	expires time.Time
}

// allows tells whether the grant reads what scope names; readwrite includes readonly.
func (g grant) allows(scope string) bool {
	writing := strings.Replace(scope, ".readonly", ".readwrite", 1)
	return slices.Contains(g.scopes, scope) || slices.Contains(g.scopes, writing)
}

func (t *tokens) issue(scopes []string, now time.Time) string {
	token := rand.Text() + rand.Text()
	t.mu.Lock()
	defer t.mu.Unlock()
	maps.DeleteFunc(t.grants, func(_ string, g grant) bool { return now.After(g.expires) })
	t.grants[token] = grant{scopes: scopes, expires: now.Add(tokenTTL)}
	return token
}

func (t *tokens) check(req *http.Request, now time.Time) (grant, bool) {
	token, ok := strings.CutPrefix(req.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return grant{}, false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	g, ok := t.grants[token]
	return g, ok && now.Before(g.expires)
}

// serveToken is the OAuth 2 token endpoint: client credentials, in the body. Lucca does
// not document its errors; these are RFC 6749's.
func (s *Service) serveToken(w http.ResponseWriter, req *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	media, _, _ := mime.ParseMediaType(req.Header.Get("Content-Type"))
	req.Body = http.MaxBytesReader(w, req.Body, 64<<10)
	if media != "application/x-www-form-urlencoded" || req.ParseForm() != nil {
		oauthError(w, "invalid_request", "send an application/x-www-form-urlencoded body")
		return
	}
	form := req.PostForm
	scopes := strings.Fields(form.Get("scope"))
	unknown := slices.ContainsFunc(scopes, func(scope string) bool { return !slices.Contains(knownScopes, scope) })
	switch {
	case form.Get("grant_type") != "client_credentials":
		oauthError(w, "unsupported_grant_type", "use client_credentials")
	case !same(form.Get("client_id"), s.cfg.ClientID) || !same(form.Get("client_secret"), s.cfg.ClientSecret):
		oauthError(w, "invalid_client", "wrong client_id or client_secret; both go in the body")
	case len(scopes) == 0 || unknown:
		oauthError(w, "invalid_scope", "name known scopes, separated by spaces")
	default:
		writeJSON(w, http.StatusOK, map[string]any{
			"access_token": s.tokens.issue(scopes, s.now()), "token_type": "Bearer",
			"expires_in": int(tokenTTL.Seconds()),
		})
	}
}

func oauthError(w http.ResponseWriter, code, description string) {
	writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": description})
}

// same compares secrets in constant time; an empty want matches nothing.
func same(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}
