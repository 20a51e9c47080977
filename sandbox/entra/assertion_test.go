package entra_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/figgosync/figgosync/sandbox/entra"
)

type keyPair struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
	pem  string
}

var sharedPair = sync.OnceValues(newPair)

func certificate(t *testing.T) keyPair {
	t.Helper()
	pair, err := sharedPair()
	if err != nil {
		t.Fatal(err)
	}
	return pair
}

func newPair() (keyPair, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return keyPair{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "figgosync"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return keyPair{}, err
	}
	cert, err := x509.ParseCertificate(der)
	return keyPair{key, cert, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))}, err
}

// assertion builds a right RS256/x5t assertion and lets change spoil it.
func assertion(t *testing.T, pair keyPair, tokenURL string, change func(*jwt.Token, jwt.MapClaims)) string {
	t.Helper()
	claims := jwt.MapClaims{
		"aud": tokenURL, "iss": clientID, "sub": clientID, "jti": uuid.NewString(),
		"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
	}
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	sum := sha1.Sum(pair.cert.Raw)
	token.Header["x5t"] = base64.RawURLEncoding.EncodeToString(sum[:])
	if change != nil {
		change(token, claims)
	}
	signed, err := token.SignedString(pair.key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func assertionForm(text string) url.Values {
	return secretForm("client_secret", "", "client_assertion", text,
		"client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
}

func TestAssertions(t *testing.T) {
	t.Parallel()
	other, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	pair := certificate(t)
	tests := map[string]struct {
		pair   keyPair
		change func(*jwt.Token, jwt.MapClaims)
		status int
		code   int
	}{
		"RS256 with x5t": {pair: pair, status: http.StatusOK},
		"PS256 with x5t#S256": {pair: pair, status: http.StatusOK, change: func(token *jwt.Token, _ jwt.MapClaims) {
			sum := sha256.Sum256(pair.cert.Raw)
			token.Method = jwt.SigningMethodPS256
			token.Header = map[string]any{"alg": "PS256", "x5t#S256": base64.RawURLEncoding.EncodeToString(sum[:])}
		}},
		"unregistered certificate":         {pair: other, status: 401, code: 700027},
		"another key under our thumbprint": {pair: keyPair{key: other.key, cert: pair.cert}, status: 401, code: 700027},
		"no thumbprint":                    {pair: pair, status: 400, code: 50027, change: func(token *jwt.Token, _ jwt.MapClaims) { delete(token.Header, "x5t") }},
		"expired":                          {pair: pair, status: 401, code: 700024, change: func(_ *jwt.Token, c jwt.MapClaims) { c["exp"] = time.Now().Add(-time.Hour).Unix() }},
		"no exp":                           {pair: pair, status: 400, code: 50027, change: func(_ *jwt.Token, c jwt.MapClaims) { delete(c, "exp") }},
		"no jti":                           {pair: pair, status: 400, code: 50027, change: func(_ *jwt.Token, c jwt.MapClaims) { delete(c, "jti") }},
		"wrong audience":                   {pair: pair, status: 401, code: 700023, change: func(_ *jwt.Token, c jwt.MapClaims) { c["aud"] = "https://login.example.com/" }},
		"another tenant's token URL":       {pair: pair, status: 401, code: 700023, change: func(_ *jwt.Token, c jwt.MapClaims) { c["aud"] = "https://127.0.0.1/entra/other/oauth2/v2.0/token" }},
		"issuer is another app":            {pair: pair, status: 401, code: 700021, change: func(_ *jwt.Token, c jwt.MapClaims) { c["iss"] = "someone" }},
		"subject is another app":           {pair: pair, status: 401, code: 700021, change: func(_ *jwt.Token, c jwt.MapClaims) { c["sub"] = "someone" }},
	}
	server := serve(t, entra.New(config(t)))
	tokenURL := server.URL + "/entra/" + tenantID + "/oauth2/v2.0/token"
	for name, test := range tests {
		status, answer := askToken(t, server, tenantID, assertionForm(assertion(t, test.pair, tokenURL, test.change)))
		want := []int{test.code}
		if test.code == 0 {
			want = nil
		}
		if status != test.status || !cmp.Equal(answer.ErrorCodes, want) {
			t.Errorf("%s: got %d %v %s, want %d %v", name, status, answer.ErrorCodes, answer.Description, test.status, want)
		}
	}
}

func TestAssertionIsTakenOnce(t *testing.T) {
	t.Parallel()
	server := serve(t, entra.New(config(t)))
	text := assertion(t, certificate(t), server.URL+"/entra/"+tenantID+"/oauth2/v2.0/token", nil)
	if status, answer := askToken(t, server, tenantID, assertionForm(text)); status != http.StatusOK {
		t.Fatalf("first: %d %+v", status, answer)
	}
	if status, answer := askToken(t, server, tenantID, assertionForm(text)); status != 401 || answer.Error != "invalid_client" {
		t.Errorf("replay: %d %+v", status, answer)
	}
}
