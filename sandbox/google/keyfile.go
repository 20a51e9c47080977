package google

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
)

// keyFile is the JSON file Google's console gives for a service account's key:
// developers.google.com/workspace/guides/create-credentials
type keyFile struct {
	Type          string `json:"type"`
	ProjectID     string `json:"project_id"`
	PrivateKeyID  string `json:"private_key_id"`
	PrivateKey    string `json:"private_key"`
	ClientEmail   string `json:"client_email"`
	ClientID      string `json:"client_id"`
	AuthURI       string `json:"auth_uri"`
	TokenURI      string `json:"token_uri"`
	ProviderCerts string `json:"auth_provider_x509_cert_url"`
	ClientCerts   string `json:"client_x509_cert_url"`
	Universe      string `json:"universe_domain"`
}

// GenerateKeyFile makes a service account with a new 2048-bit RSA key: the key
// file its owner downloads, and the account for Config.ServiceAccounts, to which
// no scope is granted yet.
func GenerateKeyFile(email, clientID, tokenURL string) (keyJSON []byte, account ServiceAccount, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, ServiceAccount{}, fmt.Errorf("making an RSA key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, ServiceAccount{}, fmt.Errorf("encoding the RSA key: %w", err)
	}
	var id [20]byte
	rand.Read(id[:])
	keyID := hex.EncodeToString(id[:])
	keyJSON, err = json.MarshalIndent(keyFile{
		Type:          "service_account",
		ProjectID:     strings.TrimSuffix(projectOf(email), ".iam.gserviceaccount.com"),
		PrivateKeyID:  keyID,
		PrivateKey:    string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		ClientEmail:   email,
		ClientID:      clientID,
		AuthURI:       "https://accounts.google.com/o/oauth2/auth",
		TokenURI:      tokenURL,
		ProviderCerts: "https://www.googleapis.com/oauth2/v1/certs",
		ClientCerts:   "https://www.googleapis.com/robot/v1/metadata/x509/" + url.PathEscape(email),
		Universe:      "googleapis.com",
	}, "", "  ")
	if err != nil {
		return nil, ServiceAccount{}, fmt.Errorf("encoding the key file: %w", err)
	}
	return keyJSON, ServiceAccount{Email: email, ClientID: clientID, KeyID: keyID, PublicKey: &key.PublicKey}, nil
}

// projectOf is the project a service account belongs to: the domain of its
// address, <project>.iam.gserviceaccount.com.
func projectOf(email string) string {
	_, domain, _ := strings.Cut(email, "@")
	return domain
}
