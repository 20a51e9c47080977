package entra

import (
	"crypto/sha1" // #nosec G505 -- x5t is a SHA-1 thumbprint by definition (RFC 7515, 4.1.7)
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// clockSkew is how far Entra lets a client's clock be off.
const clockSkew = 5 * time.Minute

// checkAssertion verifies a certificate credential:
// learn.microsoft.com/entra/identity-platform/certificate-credentials. RS256 or
// PS256, the certificate named by x5t or x5t#S256, aud the token endpoint, iss
// and sub the client id, nbf and exp, and a jti not used before. (Microsoft
// calls jti a guard against replay without naming the error: 50013 is its
// general one for an assertion.) s.mu must be held.
func (s *Service) checkAssertion(assertion string, t *tenant, a *app, base string) *failure {
	parsed, f := s.parseAssertion(assertion, a)
	if f != nil {
		return f
	}
	if parsed.Issuer != a.ClientID || parsed.Subject != a.ClientID {
		return failAssertionClient()
	}
	if !slices.ContainsFunc(parsed.Audience, func(audience string) bool { return isTokenURL(audience, base, t) }) {
		return failAssertionAudience()
	}
	if parsed.ID == "" {
		return failAssertionMalformed("The 'jti' claim is missing.")
	}
	return s.spend(a.ClientID+"/"+parsed.ID, parsed.ExpiresAt.Time)
}

func (s *Service) parseAssertion(assertion string, a *app) (jwt.RegisteredClaims, *failure) {
	var parsed jwt.RegisteredClaims
	var thumbprint string
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"RS256", "PS256"}), jwt.WithExpirationRequired(),
		jwt.WithLeeway(clockSkew), jwt.WithTimeFunc(s.now))
	_, err := parser.ParseWithClaims(assertion, &parsed, func(token *jwt.Token) (any, error) {
		certificate, named, f := certificateOf(token, a)
		thumbprint = named
		if f != nil {
			return nil, f
		}
		return certificate.PublicKey, nil
	})
	var f *failure
	switch {
	case err == nil:
		return parsed, nil
	case errors.As(err, &f):
		return parsed, f
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return parsed, failAssertionSignature("The provided signature value did not match the expected signature value.", thumbprint)
	case errors.Is(err, jwt.ErrTokenExpired), errors.Is(err, jwt.ErrTokenNotValidYet),
		errors.Is(err, jwt.ErrTokenUsedBeforeIssued):
		return parsed, failAssertionTime()
	}
	return parsed, failAssertionMalformed(err.Error())
}

// certificateOf returns the app's certificate if the header's thumbprint names
// it. MSAL for Go writes the thumbprint in standard base64, RFC 7515 in the URL
// alphabet without padding: both are taken.
func certificateOf(token *jwt.Token, a *app) (*x509.Certificate, string, *failure) {
	sha2, _ := token.Header["x5t#S256"].(string)
	sha1Text, _ := token.Header["x5t"].(string)
	if sha2 == "" && sha1Text == "" {
		return nil, "", failAssertionMalformed("No certificate thumbprint specified in token header.")
	}
	named := decodeThumbprint(sha1Text)
	if sha2 != "" {
		named = decodeThumbprint(sha2)
	}
	shown := strings.ToUpper(hex.EncodeToString(named))
	if a.certificate == nil {
		return nil, shown, failAssertionSignature("The key was not found.", shown)
	}
	long, short := sha256.Sum256(a.certificate.Raw), sha1.Sum(a.certificate.Raw) // #nosec G401
	if sha2 != "" && !slices.Equal(named, long[:]) || sha2 == "" && !slices.Equal(named, short[:]) {
		return nil, shown, failAssertionSignature("The key was not found.", shown)
	}
	return a.certificate, shown, nil
}

func decodeThumbprint(text string) []byte {
	text = strings.TrimRight(strings.NewReplacer("+", "-", "/", "_").Replace(text), "=")
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	return decoded
}

// isTokenURL tells whether audience is the tenant's token endpoint, under any of
// the tenant's names.
func isTokenURL(audience, base string, t *tenant) bool {
	path, ok := strings.CutPrefix(strings.ToLower(audience), strings.ToLower(base)+"/")
	name, isToken := strings.CutSuffix(path, "/oauth2/v2.0/token")
	return ok && isToken && (name == t.id || slices.Contains(t.domains, name))
}

// spend remembers a jti until its assertion has expired for good.
func (s *Service) spend(jti string, expires time.Time) *failure {
	now := s.now()
	for old, until := range s.used {
		if now.After(until) {
			delete(s.used, old)
		}
	}
	if _, again := s.used[jti]; again {
		return failAssertionReplayed()
	}
	s.used[jti] = expires.Add(clockSkew)
	return nil
}
