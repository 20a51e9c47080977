package browser_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"sync"
	"testing"
)

var privateKey = sync.OnceValues(func() (string, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), err
})

// anotherPrivateKey is a private key nobody knows.
func anotherPrivateKey(t *testing.T) string {
	t.Helper()
	key, err := privateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}
