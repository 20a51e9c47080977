package settings

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/mail"
	"net/url"
	"strings"
)

// checkCertificate checks a certificate with its private key, both PEM.
func checkCertificate(n node, text string) {
	const hint = "write a file with a CERTIFICATE and an unencrypted PRIVATE KEY"
	if strings.Contains(text, "ENCRYPTED") {
		n.fail("its private key is encrypted: %s", hint)
		return
	}
	// The library's errors tell what the PEM blocks are: nothing secret, but
	// nothing an operator could use either.
	if _, err := tls.X509KeyPair([]byte(text), []byte(text)); err != nil {
		n.fail("it is not PEM with a certificate and the private key to it: %s", hint)
	}
}

// checkAuthorities checks certificates of authorities.
func checkAuthorities(n node, text string) {
	const hint = "write one CERTIFICATE after another, without keys"
	rest, count := []byte(text), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			n.fail("it has something else than certificates: %s", hint)
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			n.fail("certificate %d in it cannot be read: %s", count+1, hint)
			return
		}
		count++
	}
	if count == 0 {
		n.fail("it is not PEM: %s", hint)
	}
}

// checkGoogleKey checks the key file of a service account
// (https://cloud.google.com/iam/docs/keys-create-delete).
func checkGoogleKey(n node, text string, tokenURL bool) {
	const hint = "write the key file as Google hands it out for a service account"
	var key struct {
		Type        string `json:"type"`
		ClientEmail string `json:"client_email"`
		PrivateKey  string `json:"private_key"`
		TokenURI    string `json:"token_uri"`
	}
	if json.Unmarshal([]byte(text), &key) != nil {
		n.fail("it is not the JSON of a key: %s", hint)
		return
	}
	if key.Type != "service_account" {
		n.fail("its type is not service_account: %s", hint)
	}
	if _, err := mail.ParseAddress(key.ClientEmail); err != nil {
		n.fail("its client_email is not an address: %s", hint)
	}
	if !isRSAKey(key.PrivateKey) {
		n.fail("its private_key is not an RSA key in PEM: %s", hint)
	}
	if tokenURL {
		return
	}
	u, err := url.Parse(key.TokenURI)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && n.r.opts.AllowInsecureEndpoints) {
		n.fail("its token_uri is not an https address: %s, or add a tokenUrl", hint)
	}
}

// isRSAKey tells whether text is an RSA key, PKCS #8 or PKCS #1.
func isRSAKey(text string) bool {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return false
	}
	if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
		_, ok := key.(*rsa.PrivateKey)
		return ok
	}
	_, err := x509.ParsePKCS1PrivateKey(block.Bytes)
	return err == nil
}
