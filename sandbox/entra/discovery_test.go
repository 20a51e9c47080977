package entra_test

import (
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/figgosync/figgosync/sandbox/entra"
)

func getJSON(t *testing.T, server *httptest.Server, url string, into any) int {
	t.Helper()
	resp, err := server.Client().Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

// A stranger can follow the documents from the tenant to the key and check a token.
func TestDiscoveryLeadsToTheKey(t *testing.T) {
	t.Parallel()
	server := serve(t, entra.New(config(t)))
	var instance struct {
		Endpoint string `json:"tenant_discovery_endpoint"`
	}
	authority := server.URL + "/entra/" + tenantID
	if status := getJSON(t, server, server.URL+"/entra/common/discovery/instance?api-version=1.1&authorization_endpoint="+authority+"/oauth2/v2.0/authorize", &instance); status != http.StatusOK {
		t.Fatalf("instance discovery: %d", status)
	}
	var document map[string]any
	if status := getJSON(t, server, instance.Endpoint, &document); status != http.StatusOK {
		t.Fatalf("openid-configuration at %s: %d", instance.Endpoint, status)
	}
	if document["token_endpoint"] != authority+"/oauth2/v2.0/token" || document["issuer"] != authority+"/v2.0" {
		t.Errorf("document: %v", document)
	}
	var set struct {
		Keys []struct{ Kid, N, E string }
	}
	getJSON(t, server, document["jwks_uri"].(string), &set)
	_, answer := askToken(t, server, tenantID, secretForm())
	_, err := jwt.Parse(answer.AccessToken, func(token *jwt.Token) (any, error) {
		for _, key := range set.Keys {
			if key.Kid == token.Header["kid"] {
				n, _ := base64.RawURLEncoding.DecodeString(key.N)
				e, _ := base64.RawURLEncoding.DecodeString(key.E)
				return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
			}
		}
		return nil, jwt.ErrTokenUnverifiable
	})
	if err != nil {
		t.Errorf("token does not verify with the published key: %v", err)
	}
}

func TestDiscoveryRefusesStrangers(t *testing.T) {
	t.Parallel()
	server := serve(t, entra.New(config(t)))
	var answer tokenAnswer
	if status := getJSON(t, server, server.URL+"/entra/elsewhere.example/v2.0/.well-known/openid-configuration", &answer); status != 400 || answer.Error != "invalid_tenant" {
		t.Errorf("unknown tenant: %d %+v", status, answer)
	}
	if status := getJSON(t, server, server.URL+"/entra/common/discovery/instance?authorization_endpoint=https://elsewhere.example/common", &answer); status != 400 || answer.Error != "invalid_instance" {
		t.Errorf("unknown host: %d %+v", status, answer)
	}
}
