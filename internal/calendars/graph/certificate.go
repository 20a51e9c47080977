package graph

import (
	"bytes"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"
)

var (
	errCertificate     = errors.New("not a certificate with the private key to it")
	errPasswordMissing = errors.New("the private key has a password")
	errPasswordWrong   = errors.New("the password does not open the private key")
)

// openCertificate makes PEM of a certificate, its chain and its unencrypted private
// key. text is PEM, whose key may be encrypted (PKCS #8), or a PKCS #12 file (.pfx,
// .p12) in base64. password is "" where there is none. Nothing of either is in an
// error, which is one of the three above.
func openCertificate(text, password string) ([]byte, error) {
	open := openPKCS12
	if strings.Contains(text, "-----BEGIN") {
		open = openPEM
	}
	opened, err := open(text, password)
	if err != nil {
		return nil, err
	}
	return inOrder(opened)
}

// inOrder puts the certificate of the key before the others: tools write the chain in
// any order. Of several for one key it keeps the one that ends last. The key must be an
// RSA one, as Entra takes no other
// (learn.microsoft.com/entra/identity-platform/certificate-credentials).
func inOrder(opened []byte) ([]byte, error) {
	var certificates []*pem.Block
	var private *pem.Block
	for block, rest := pem.Decode(opened); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "CERTIFICATE":
			certificates = append(certificates, block)
		case private == nil && strings.HasSuffix(block.Type, "PRIVATE KEY"):
			private = block
		}
	}
	if private == nil {
		return nil, errCertificate
	}
	key := pem.EncodeToMemory(private)
	var leaf, chain []byte
	var ends time.Time
	for _, block := range certificates {
		if _, err := x509.ParseCertificate(block.Bytes); err != nil {
			return nil, errCertificate
		}
		text := pem.EncodeToMemory(block)
		pair, err := tls.X509KeyPair(text, key)
		if err != nil {
			chain = append(chain, text...)
			continue
		}
		if _, isRSA := pair.PrivateKey.(*rsa.PrivateKey); isRSA && pair.Leaf.NotAfter.After(ends) {
			leaf, ends = text, pair.Leaf.NotAfter
		}
	}
	if leaf == nil {
		// The library's errors tell what the PEM blocks are: nothing secret, but nothing
		// an operator could use either.
		return nil, errCertificate
	}
	return slices.Concat(leaf, chain, key), nil
}

// openPEM decrypts the keys in text.
func openPEM(text, password string) ([]byte, error) {
	var opened bytes.Buffer
	for block, rest := pem.Decode([]byte(text)); block != nil; block, rest = pem.Decode(rest) {
		switch {
		case block.Type == "ENCRYPTED PRIVATE KEY":
			key, err := openPKCS8(block.Bytes, password)
			if err != nil {
				return nil, err
			}
			block = &pem.Block{Type: "PRIVATE KEY", Bytes: key}
		case strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
			// The encryption of OpenSSL before 1.0, without a check of the password.
			return nil, errCertificate
		}
		if err := pem.Encode(&opened, block); err != nil {
			return nil, errCertificate
		}
	}
	return opened.Bytes(), nil
}

// openPKCS12 takes .pfx files as Windows and OpenSSL write them.
func openPKCS12(text, password string) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		return nil, errCertificate
	}
	key, leaf, chain, err := pkcs12.DecodeChain(raw, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, errPasswordMissing
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, errPasswordWrong
	case err != nil:
		return nil, errCertificate
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, errCertificate
	}
	var opened bytes.Buffer
	for _, certificate := range append([]*x509.Certificate{leaf}, chain...) {
		_ = pem.Encode(&opened, &pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
	}
	_ = pem.Encode(&opened, &pem.Block{Type: "PRIVATE KEY", Bytes: private})
	return opened.Bytes(), nil
}

// encryptedKey is EncryptedPrivateKeyInfo of RFC 5958, encrypted by PBES2 of RFC
// 8018, as far as it is looked at.
type encryptedKey struct {
	Algorithm struct {
		ID         asn1.ObjectIdentifier
		Parameters struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	}
	Data []byte
}

var (
	oidPBES2  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}
	oidPBKDF2 = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}
)

// maxIterations bounds the work that a file may ask for; OpenSSL writes 2048.
const maxIterations = 10_000_000

// openPKCS8 decrypts a key and returns it in DER.
func openPKCS8(der []byte, password string) (plain []byte, err error) {
	var head encryptedKey
	if _, err := asn1.Unmarshal(der, &head); err != nil || !head.Algorithm.ID.Equal(oidPBES2) {
		return nil, errCertificate
	}
	// scrypt, the other one, takes as much memory as the file says.
	kdf := head.Algorithm.Parameters.KDF
	if !kdf.Algorithm.Equal(oidPBKDF2) || iterations(kdf.Parameters.FullBytes) > maxIterations {
		return nil, errCertificate
	}
	if password == "" {
		return nil, errPasswordMissing
	}
	// The library panics where the data are no whole number of the cipher's blocks.
	defer func() {
		if recover() != nil {
			plain, err = nil, errCertificate
		}
	}()
	key, _, err := pkcs8.ParsePrivateKey(der, []byte(password))
	if err != nil {
		return nil, errPasswordWrong
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

// iterations reads the number of rounds of PBKDF2-params, the second of its members;
// it is beyond any limit where it cannot be read.
func iterations(params []byte) int {
	var members []asn1.RawValue
	var rounds int
	if _, err := asn1.Unmarshal(params, &members); err != nil || len(members) < 2 {
		return maxIterations + 1
	}
	if _, err := asn1.Unmarshal(members[1].FullBytes, &rounds); err != nil {
		return maxIterations + 1
	}
	return rounds
}
