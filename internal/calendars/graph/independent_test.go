package graph_test

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/graph"
)

// The two forms of the application, for a server that knows both.
const (
	secretClient      = "11111111-1111-4111-8111-111111111111"
	certificateClient = "22222222-2222-4222-8222-222222222222"
	clientCredentials = "client_credentials"
)

// protected is a Graph behind tokens of an independent server.
type protected struct {
	*fake
	server string // the OAuth server's address
	client *http.Client
}

// newProtected starts both, over TLS with one certificate when secure.
func newProtected(t *testing.T, secure bool, certificate []byte) *protected {
	t.Helper()
	g := &protected{}
	g.fake = newFakeMux(t, g.answer)
	g.Server = httptest.NewUnstartedServer(g.mux())
	settings := oauthSettings{Users: []string{}}
	if secure {
		g.StartTLS()
		settings.TLS = certificateFiles(t, g.Server)
	} else {
		g.Start()
	}
	t.Cleanup(g.Close)
	g.client = g.Client()
	granted := g.URL + "/.default"
	settings.Scopes = []string{granted, "openid", "offline_access", "profile"}
	settings.Clients = []oauthClient{{ID: secretClient, Secret: "s3cret-value &=+é", Grant: clientCredentials, Scopes: []string{granted}}}
	if certificate != nil {
		block, _ := pem.Decode(certificate)
		settings.Clients = append(settings.Clients, oauthClient{
			ID: certificateClient, Certificate: string(pem.EncodeToMemory(block)), Grant: clientCredentials, Scopes: []string{granted}})
	}
	g.server = startOAuth(t, settings)
	return g
}

// certificateFiles writes the certificate of a server for another one.
func certificateFiles(t *testing.T, server *httptest.Server) []string {
	t.Helper()
	pair := server.TLS.Certificates[0]
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files := []string{filepath.Join(dir, "certificate.pem"), filepath.Join(dir, "key.pem")}
	for i, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(files[i], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files
}

// answer shows one event to whoever has a token of the server for this Graph.
func (g *protected) answer(w http.ResponseWriter, r *http.Request) {
	claims, err := readToken(g.client, g.server, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "))
	if err != nil {
		g.t.Errorf("access token: %v", err)
		writeJSON(w, 401, graphError("InvalidAuthenticationToken"))
		return
	}
	if claims["scope"] != g.URL+"/.default" || claims["grant_type"] != clientCredentials {
		g.t.Errorf("access token for %v", claims)
	}
	writeJSON(w, 200, list(listed("AAMk1", key.String(), "1:abcd")))
}

// calendar reaches g; change chooses the credentials.
func (g *protected) calendar(change func(*graph.Config)) *graph.Calendar {
	g.t.Helper()
	cfg := graph.Config{TenantID: "contoso.example", AuthorityURL: g.server, GraphURL: g.URL + "/graph/v1.0", AllowInsecure: true}
	change(&cfg)
	cal, err := graph.NewWithTransport(cfg, g.client.Transport.(*http.Transport).Clone())
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(cal.Close)
	return cal
}

func (g *protected) mustFind(change func(*graph.Config)) {
	g.t.Helper()
	found, err := g.calendar(change).Find(g.t.Context(), mailbox, key)
	want := []calendars.Placed{{Marker: marker, ID: "AAMk1", Fingerprint: "abcd"}}
	if diff := cmp.Diff(want, found); err != nil || diff != "" {
		g.t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func (g *protected) mustBeRejected(change func(*graph.Config)) {
	g.t.Helper()
	_, err := g.calendar(change).Find(g.t.Context(), mailbox, key)
	if diff := cmp.Diff(ofConnection(calendars.CredentialsRejected, "invalid_client"), outcomeOf(err)); diff != "" {
		g.t.Errorf("(-want +got):\n%s", diff)
	}
}

func bySecret(id, secret string) func(*graph.Config) {
	return func(c *graph.Config) { c.ClientID, c.ClientSecret = id, secret }
}

func byCertificate(id string, text []byte) func(*graph.Config) {
	return func(c *graph.Config) { c.ClientID, c.CertificatePEM = id, text }
}

// Over http, as in a rehearsal, the token request is ours.
func TestAnIndependentServerAcceptsOurSecret(t *testing.T) {
	t.Parallel()
	g := newProtected(t, false, nil)
	g.mustFind(bySecret(secretClient, "s3cret-value &=+é"))
	g.mustBeRejected(bySecret(secretClient, "s3cret-value &=+e"))
	g.mustBeRejected(bySecret("33333333-3333-4333-8333-333333333333", "s3cret-value &=+é"))
}

// Over https, as in a company, it is Microsoft's library's, set up by us.
func TestAnIndependentServerAcceptsSecretAndCertificate(t *testing.T) {
	t.Parallel()
	text, _ := certificate(t)
	stranger, _ := certificate(t)
	g := newProtected(t, true, text)
	g.mustFind(bySecret(secretClient, "s3cret-value &=+é"))
	g.mustFind(byCertificate(certificateClient, text))
	g.mustBeRejected(bySecret(secretClient, "another"))
	g.mustBeRejected(byCertificate(certificateClient, stranger))
	g.mustBeRejected(byCertificate(secretClient, text))
}
