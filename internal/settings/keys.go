package settings

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
)

// certificate checks a certificate with its private key, both PEM.
func (c *checker) certificate(field, text string) {
	if !c.file(field, text) {
		return
	}
	if strings.Contains(text, "ENCRYPTED") {
		c.add(field, CodeLockedKey)
		return
	}
	// The library's errors tell what the PEM blocks are: nothing secret, but
	// nothing an operator could use either.
	if _, err := tls.X509KeyPair([]byte(text), []byte(text)); err != nil {
		c.add(field, CodeBadCertificate)
	}
}

// authorities checks certificates of authorities; "" is good.
func (c *checker) authorities(field, text string) {
	if !c.file(field, text) {
		return
	}
	rest, count := []byte(text), 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			c.add(field, CodeAuthorityOther)
			return
		}
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			c.add(field, CodeAuthorityBroken, "number", strconv.Itoa(count+1))
			return
		}
		count++
	}
	if count == 0 {
		c.add(field, CodeBadAuthority)
	}
}

// googleKey checks the key file of a service account
// (https://cloud.google.com/iam/docs/keys-create-delete); tokenURL tells whether
// another address replaces the key's.
func (c *checker) googleKey(field, text string, tokenURL bool) {
	if !c.file(field, text) {
		return
	}
	var key struct {
		Type        string `json:"type"`
		ClientEmail string `json:"client_email"`
		PrivateKey  string `json:"private_key"`
		TokenURI    string `json:"token_uri"`
	}
	if json.Unmarshal([]byte(text), &key) != nil {
		c.add(field, CodeBadKeyJSON)
		return
	}
	if key.Type != "service_account" {
		c.add(field, CodeNotService)
	}
	if _, err := mail.ParseAddress(key.ClientEmail); err != nil {
		c.add(field, CodeBadKeyEmail)
	}
	if !isRSAKey(key.PrivateKey) {
		c.add(field, CodeBadKeyPrivate)
	}
	if tokenURL {
		return
	}
	u, err := url.Parse(key.TokenURI)
	if err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && c.rules.AllowInsecureEndpoints) {
		c.add(field, CodeBadKeyToken)
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
