package settings_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"sync"
	"time"
)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func pemText(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

// certificate is a certificate, the key to it, and another key, all PEM.
var certificate = sync.OnceValue(func() (c struct{ cert, key, otherKey string }) {
	key := must(rsa.GenerateKey(rand.Reader, 2048))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "figgosync"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour),
	}
	c.cert = pemText("CERTIFICATE", must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))
	c.key = pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(key)))
	c.otherKey = pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(must(rsa.GenerateKey(rand.Reader, 2048)))))
	return c
})

// ellipticKey is a key that neither Entra nor Google takes.
var ellipticKey = sync.OnceValue(func() string {
	return pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)))))
})

// rsaKey is an RSA key, PKCS #8 and PEM.
var rsaKey = sync.OnceValue(func() string {
	return pemText("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(must(rsa.GenerateKey(rand.Reader, 2048)))))
})

// googleKey is a key file with some of its members changed.
func googleKey(changes map[string]any) string {
	key := map[string]any{
		"type": "service_account", "project_id": "acme", "private_key_id": "1", "private_key": rsaKey(),
		"client_email": "figgosync@acme.iam.gserviceaccount.com", "client_id": "1", "token_uri": "https://oauth2.googleapis.com/token",
	}
	for name, v := range changes {
		key[name] = v
	}
	return string(must(json.Marshal(key)))
}
