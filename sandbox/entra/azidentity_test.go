package entra_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/figgosync/figgosync/sandbox/entra"
)

// Microsoft's own client library is the judge here: what it asks for, the service
// must answer, and it must read the service's errors as Entra's.

// serveRoot runs the service without a prefix: azidentity keeps only scheme, host
// and tenant of an authority and drops any path before the tenant.
func serveRoot(t *testing.T, service *entra.Service) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(service.Handler())
	t.Cleanup(server.Close)
	return server
}

func clientOptions(url string, client *http.Client) azcore.ClientOptions {
	return azcore.ClientOptions{
		Cloud:     cloud.Configuration{ActiveDirectoryAuthorityHost: url + "/"},
		Transport: client,
		Retry:     policy.RetryOptions{MaxRetries: -1},
	}
}

func TestAzidentityWithSecret(t *testing.T) {
	t.Parallel()
	service := entra.New(config(t))
	server := serveRoot(t, service)
	ask := func(secret string) (azcore.AccessToken, error) {
		credential, err := azidentity.NewClientSecretCredential(tenantID, clientID, secret, &azidentity.ClientSecretCredentialOptions{
			ClientOptions: clientOptions(server.URL, server.Client()), DisableInstanceDiscovery: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		return credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{graph + "/.default"}})
	}
	token, err := ask(secret)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.Verify(token.Token, graph); err != nil {
		t.Error(err)
	}
	_, err = ask("wrong")
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || failed.RawResponse.StatusCode != http.StatusUnauthorized || !strings.Contains(failed.Error(), "AADSTS7000215") {
		t.Errorf("wrong secret: %v", err)
	}
}

func TestAzidentityWithCertificate(t *testing.T) {
	t.Parallel()
	service := entra.New(config(t))
	server := serveRoot(t, service)
	pair := certificate(t)
	for _, chain := range []bool{false, true} {
		credential, err := azidentity.NewClientCertificateCredential(tenantID, clientID, []*x509.Certificate{pair.cert}, pair.key,
			&azidentity.ClientCertificateCredentialOptions{
				ClientOptions: clientOptions(server.URL, server.Client()), DisableInstanceDiscovery: true, SendCertificateChain: chain,
			})
		if err != nil {
			t.Fatal(err)
		}
		token, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{graph + "/.default"}})
		if err != nil {
			t.Fatal(err)
		}
		principal, err := service.Verify(token.Token, graph)
		if err != nil || principal.AppID != clientID {
			t.Errorf("principal %+v, %v", principal, err)
		}
	}
	stranger, err := newPair()
	if err != nil {
		t.Fatal(err)
	}
	credential, err := azidentity.NewClientCertificateCredential(tenantID, clientID, []*x509.Certificate{stranger.cert}, stranger.key,
		&azidentity.ClientCertificateCredentialOptions{ClientOptions: clientOptions(server.URL, server.Client()), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{graph + "/.default"}}); err == nil || !strings.Contains(err.Error(), "AADSTS700027") {
		t.Errorf("stranger's certificate: %v", err)
	}
}

func TestAzidentityUnknownTenant(t *testing.T) {
	t.Parallel()
	server := serveRoot(t, entra.New(config(t)))
	credential, err := azidentity.NewClientSecretCredential("99999999-2222-4333-8444-555555555555", clientID, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: clientOptions(server.URL, server.Client()), DisableInstanceDiscovery: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := credential.GetToken(context.Background(), policy.TokenRequestOptions{Scopes: []string{graph + "/.default"}}); err == nil || !strings.Contains(err.Error(), "AADSTS90002") {
		t.Errorf("unknown tenant: %v", err)
	}
}
