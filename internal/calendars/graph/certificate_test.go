package graph_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/record"
)

const keyPassword = "pass-of-the-key"

// certificateForms are one certificate in the forms that tools write it in, and what
// is not one.
func certificateForms(t *testing.T) (forms map[string]string, ends time.Time) {
	t.Helper()
	text, _ := certificate(t)
	leafBlock, rest := pem.Decode(text)
	keyBlock, _ := pem.Decode(rest)
	leaf, err := x509.ParseCertificate(leafBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.ParsePKCS8PrivateKey(keyBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	encrypted := func(opts *pkcs8.Opts) string {
		der, err := pkcs8.MarshalPrivateKey(key, []byte(keyPassword), opts)
		if err != nil {
			t.Fatal(err)
		}
		return string(pem.EncodeToMemory(leafBlock)) + string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: der}))
	}
	pfx := func(encoder *pkcs12.Encoder, password string) string {
		raw, err := encoder.Encode(key, leaf, nil, password)
		if err != nil {
			t.Fatal(err)
		}
		return base64.StdEncoding.EncodeToString(raw)
	}
	other, _ := certificate(t)
	otherBlock, _ := pem.Decode(other)
	authority, err := x509.ParseCertificate(otherBlock.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	chainFirst, err := pkcs12.Modern.Encode(key, authority, []*x509.Certificate{leaf}, keyPassword)
	if err != nil {
		t.Fatal(err)
	}
	scrypt := pkcs8.ScryptOpts{CostParameter: 1 << 4, BlockSize: 8, ParallelizationParameter: 1, SaltSize: 8}
	modern := pfx(pkcs12.Modern, keyPassword)
	return map[string]string{
		"PEM":             string(text),
		"encrypted PEM":   encrypted(nil),
		"scrypt":          encrypted(&pkcs8.Opts{Cipher: pkcs8.AES256CBC, KDFOpts: scrypt}),
		"modern pfx":      modern,
		"old pfx":         pfx(pkcs12.LegacyDES, keyPassword),
		"wrapped pfx":     modern[:64] + "\r\n" + modern[64:] + "\n",
		"pfx without any": pfx(pkcs12.Modern, ""),
		// Tools write the chain before the certificate, too.
		"authority first":      string(pem.EncodeToMemory(otherBlock)) + string(text),
		"authority last":       string(text) + string(pem.EncodeToMemory(otherBlock)),
		"authority in pfx":     base64.StdEncoding.EncodeToString(chainFirst),
		"older key format":     string(pem.EncodeToMemory(leafBlock)) + string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key.(*rsa.PrivateKey))})),
		"garbage in the chain": string(text) + string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("none")})),
		"another's":            string(pem.EncodeToMemory(otherBlock)) + string(pem.EncodeToMemory(keyBlock)),
		"elliptic":             withoutRSA(t),
		"half a pfx":           modern[:len(modern)/8*4],
		"a certificate":        base64.StdEncoding.EncodeToString(leafBlock.Bytes),
	}, leaf.NotAfter
}

// withoutRSA is a certificate with a key that Entra takes no assertion of
// (learn.microsoft.com/entra/identity-platform/certificate-credentials).
func withoutRSA(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) +
		string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
}

func TestCertificatesInTheirForms(t *testing.T) {
	t.Parallel()
	forms, ends := certificateForms(t)
	const (
		bad     = "certificate bad-certificate"
		missing = "certificatePassword certificate-password-missing"
		wrong   = "certificatePassword certificate-password-wrong"
	)
	for _, test := range []struct{ form, password, want string }{
		{"PEM", "", ""},
		{"PEM", keyPassword, ""},
		{"encrypted PEM", keyPassword, ""},
		{"encrypted PEM", "", missing},
		{"encrypted PEM", "another", wrong},
		{"modern pfx", keyPassword, ""},
		{"modern pfx", "", missing},
		{"modern pfx", "another", wrong},
		{"old pfx", keyPassword, ""},
		{"old pfx", "another", wrong},
		{"wrapped pfx", keyPassword, ""},
		{"pfx without any", "", ""},
		{"authority first", "", ""},
		{"authority last", "", ""},
		{"authority in pfx", keyPassword, ""},
		{"older key format", "", ""},
		{"garbage in the chain", "", bad},
		{"another's", "", bad},
		{"elliptic", "", bad},
		{"half a pfx", keyPassword, bad},
		{"a certificate", keyPassword, bad},
		{"scrypt", keyPassword, bad},
	} {
		s := &graph.Settings{
			TenantID: "contoso.example", ClientID: "client-1", Certificate: record.Secret(forms[test.form]), CertificatePassword: record.Secret(test.password),
		}
		record.Defaults(s)
		var got []string
		for _, p := range record.Check("", s, record.Rules{}) {
			got = append(got, p.Field+" "+p.Code)
		}
		if strings.Join(got, ", ") != test.want {
			t.Errorf("%s, password %q: %v, want %q", test.form, test.password, got, test.want)
		}
		adapter, err := s.Open(calendars.Environment{})
		if (err == nil) != (test.want == "") {
			t.Errorf("%s, password %q: opening: %v", test.form, test.password, err)
		}
		if err == nil {
			adapter.Close()
		} else if strings.Contains(err.Error(), keyPassword) {
			t.Errorf("the error tells the password: %v", err)
		}
		if end := s.Describe().(*graph.Description).CertificateExpires; end.Equal(ends) != (test.want == "") {
			t.Errorf("%s, password %q: expires %v", test.form, test.password, end)
		}
	}
}

// What a file asks for is not done without a limit, nor does what it holds end the
// process.
func TestHostileKeys(t *testing.T) {
	t.Parallel()
	text, _ := certificate(t)
	leaf := text[:bytes.Index(text, []byte("-----BEGIN PRIVATE"))]
	type parameters struct{ KDF, Cipher pkix.AlgorithmIdentifier }
	type pbkdf2 struct {
		Salt       []byte
		Iterations int
	}
	der := func(value any) []byte {
		raw, err := asn1.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	for name, test := range map[string]struct {
		iterations int
		data       []byte
	}{
		"rounds without end": {1 << 30, make([]byte, 32)},
		"half a block":       {1, make([]byte, 7)},
	} {
		info := der(struct {
			Algorithm struct {
				ID         asn1.ObjectIdentifier
				Parameters parameters
			}
			Data []byte
		}{struct {
			ID         asn1.ObjectIdentifier
			Parameters parameters
		}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, parameters{
			KDF: pkix.AlgorithmIdentifier{
				Algorithm:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12},
				Parameters: asn1.RawValue{FullBytes: der(pbkdf2{[]byte("salt"), test.iterations})},
			},
			Cipher: pkix.AlgorithmIdentifier{
				Algorithm:  asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42},
				Parameters: asn1.RawValue{FullBytes: der(make([]byte, 16))},
			},
		}}, test.data})
		file := string(leaf) + string(pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: info}))
		s := &graph.Settings{TenantID: "contoso.example", ClientID: "1", Certificate: record.Secret(file), CertificatePassword: "x"}
		record.Defaults(s)
		if problems := record.Check("", s, record.Rules{}); len(problems) != 1 || problems[0].Code != graph.CodeBadCertificate {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
