package google

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
	"github.com/golang-jwt/jwt/v5"
)

const (
	jwtBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	// An assertion may live an hour at most:
	// developers.google.com/identity/protocols/oauth2/service-account
	assertionLifetime = time.Hour
	clockSkew         = 5 * time.Minute
	maxTokenBody      = 64 << 10
)

// tokenError is an answer of the token endpoint. Its shape is RFC 6749's, not
// that of API errors.
type tokenError struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

func (e *tokenError) Error() string { return e.Code + ": " + e.Description }

func invalidGrant(description string) *tokenError {
	return &tokenError{http.StatusBadRequest, "invalid_grant", description}
}

// claims are what a JWT bearer assertion says. prn is the old name of sub; Go's
// library sends both.
type claims struct {
	jwt.RegisteredClaims
	Scope     string `json:"scope"`
	Principal string `json:"prn"`
}

// token answers the JWT bearer grant (RFC 7523):
// developers.google.com/identity/protocols/oauth2/service-account
func (s *Service) token(w http.ResponseWriter, request *http.Request) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.Header().Set("Cache-Control", "no-store")
	made, refusal := s.exchange(w, request)
	if refusal != nil {
		w.WriteHeader(refusal.status)
		_ = json.NewEncoder(w).Encode(refusal)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": s.issue(made),
		"expires_in":   int(tokenTTL/time.Second) - 1,
		"token_type":   "Bearer",
	})
}

func (s *Service) exchange(w http.ResponseWriter, request *http.Request) (grant, *tokenError) {
	request.Body = http.MaxBytesReader(w, request.Body, maxTokenBody)
	if err := request.ParseForm(); err != nil {
		return grant{}, &tokenError{http.StatusBadRequest, "invalid_request", "Bad Request"}
	}
	switch kind := request.PostForm.Get("grant_type"); kind {
	case jwtBearer:
	case "":
		return grant{}, &tokenError{http.StatusBadRequest, "invalid_request",
			"Required parameter is missing: grant_type"}
	default:
		return grant{}, &tokenError{http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type: " + kind}
	}
	assertion := request.PostForm.Get("assertion")
	if assertion == "" {
		return grant{}, &tokenError{http.StatusBadRequest, "invalid_request",
			"Required parameter is missing: assertion"}
	}
	account, said, refusal := s.verify(assertion)
	if refusal != nil {
		return grant{}, refusal
	}
	return s.authorize(account, said)
}

// verify checks who signed the assertion, for whom and when.
func (s *Service) verify(assertion string) (ServiceAccount, claims, *tokenError) {
	var said claims
	var account ServiceAccount
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256"}), jwt.WithoutClaimsValidation(),
		jwt.WithStrictDecoding())
	_, err := parser.ParseWithClaims(assertion, &said, func(token *jwt.Token) (any, error) {
		i := slices.IndexFunc(s.config.ServiceAccounts, func(a ServiceAccount) bool { return a.Email == said.Issuer })
		if i < 0 {
			return nil, invalidGrant("Invalid grant: account not found")
		}
		account = s.config.ServiceAccounts[i]
		return s.keysOf(account.Email, token.Header["kid"])
	})
	var refusal *tokenError
	switch {
	case errors.As(err, &refusal):
		return account, said, refusal
	case errors.Is(err, jwt.ErrTokenMalformed):
		return account, said, &tokenError{http.StatusBadRequest, "invalid_request", "Bad Request"}
	case err != nil:
		return account, said, invalidGrant("Invalid JWT Signature.")
	case len(said.Audience) != 1 || said.Audience[0] != s.config.TokenURL:
		return account, said, invalidGrant("Invalid JWT: Failed audience check. The right audience is " +
			s.config.TokenURL)
	case !shortLived(said, s.config.Now()):
		return account, said, invalidGrant("Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.")
	}
	return account, said, nil
}

// keysOf are the keys that may have signed for an account: the one that the header
// kid names, or all of them when it names none, as an assertion may
// (RFC 7515 4.1.4; Google's own Node client sends none).
func (s *Service) keysOf(account string, kid any) (jwt.VerificationKeySet, error) {
	var set jwt.VerificationKeySet
	for _, a := range s.config.ServiceAccounts {
		if a.Email == account && (kid == nil || kid == a.KeyID) {
			set.Keys = append(set.Keys, a.PublicKey)
		}
	}
	if len(set.Keys) == 0 {
		return set, invalidGrant("Invalid JWT Signature.")
	}
	return set, nil
}

func shortLived(said claims, now time.Time) bool {
	if said.IssuedAt == nil || said.ExpiresAt == nil {
		return false
	}
	issued, expires := said.IssuedAt.Time, said.ExpiresAt.Time
	return expires.After(issued) && expires.Sub(issued) <= assertionLifetime &&
		!issued.After(now.Add(clockSkew)) && expires.After(now.Add(-clockSkew))
}

// authorize checks what the administrator granted and whom the account acts for.
// An assertion without a subject would be for the service account's own, empty
// calendar: figgosync never wants that, so it is refused.
func (s *Service) authorize(account ServiceAccount, said claims) (grant, *tokenError) {
	scopes := strings.Fields(said.Scope)
	if len(scopes) == 0 {
		return grant{}, &tokenError{http.StatusBadRequest, "invalid_scope", "Empty or missing scope not allowed."}
	}
	for _, scope := range scopes {
		if !slices.Contains(account.Scopes, scope) && !slices.Contains(knownScopes, scope) {
			return grant{}, &tokenError{http.StatusBadRequest, "invalid_scope",
				"Invalid OAuth scope or ID token audience provided."}
		}
	}
	for _, scope := range scopes {
		if !slices.Contains(account.Scopes, scope) {
			return grant{}, &tokenError{http.StatusUnauthorized, "unauthorized_client",
				"Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of the scopes requested."}
		}
	}
	box, found := s.store.Lookup(said.Subject)
	if !found || box.System != mailboxes.Google || (said.Principal != "" && said.Principal != said.Subject) {
		return grant{}, invalidGrant("Invalid email or User ID")
	}
	return grant{subject: box.Email, scopes: scopes, account: account.Email}, nil
}
