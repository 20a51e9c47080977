package entra_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/sandbox/entra"
)

func askConsent(t *testing.T, server *httptest.Server, tenant string, query url.Values) (*http.Response, string) {
	t.Helper()
	client := *server.Client()
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := client.Get(server.URL + "/entra/" + tenant + "/v2.0/adminconsent?" + query.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func consentQuery(changes ...string) url.Values {
	query := url.Values{
		"client_id": {clientID}, "scope": {graph + "/.default"},
		"redirect_uri": {"https://figgosync.example.com/consent?from=entra"}, "state": {"a b&c"},
	}
	for i := 0; i < len(changes); i += 2 {
		query.Set(changes[i], changes[i+1])
	}
	return query
}

func unconsented(t *testing.T) entra.Config {
	cfg := config(t)
	cfg.Tenants[0].Apps[0].Roles = nil
	cfg.Tenants[0].Apps[0].Requests = []string{"Calendars.ReadWrite", "MailboxSettings.Read"}
	return cfg
}

func rolesNow(t *testing.T, service *entra.Service, server *httptest.Server) []string {
	t.Helper()
	_, answer := askToken(t, server, tenantID, secretForm())
	principal, err := service.Verify(answer.AccessToken, graph)
	if err != nil {
		t.Fatal(err)
	}
	return principal.Roles
}

func TestConsentGranted(t *testing.T) {
	t.Parallel()
	for _, tenant := range []string{tenantID, "example.com", "organizations"} {
		service := entra.New(unconsented(t))
		server := serve(t, service)
		if roles := rolesNow(t, service, server); len(roles) != 0 {
			t.Fatalf("roles before consent: %v", roles)
		}
		resp, _ := askConsent(t, server, tenant, consentQuery())
		if resp.StatusCode != http.StatusFound {
			t.Fatalf("status %d", resp.StatusCode)
		}
		location, err := resp.Location()
		if err != nil {
			t.Fatal(err)
		}
		want := url.Values{
			"from": {"entra"}, "admin_consent": {"True"}, "tenant": {tenantID},
			"state": {"a b&c"}, "scope": {graph + "/.default"},
		}
		if diff := cmp.Diff(want, location.Query()); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"Calendars.ReadWrite", "MailboxSettings.Read"}, rolesNow(t, service, server)); diff != "" {
			t.Errorf("roles after consent (-want +got):\n%s", diff)
		}
	}
}

// A refusal also says admin_consent=True: only error tells it apart.
func TestConsentRefused(t *testing.T) {
	t.Parallel()
	service := entra.New(unconsented(t))
	server := serve(t, service)
	if err := service.SetRefusal("example.com", true); err != nil {
		t.Fatal(err)
	}
	resp, _ := askConsent(t, server, tenantID, consentQuery())
	location, err := resp.Location()
	if err != nil {
		t.Fatal(err)
	}
	got := location.Query()
	if got.Get("admin_consent") != "True" || got.Get("error") != "consent_required" || got.Get("state") != "a b&c" ||
		!strings.HasPrefix(got.Get("error_description"), "AADSTS65004") {
		t.Errorf("answer: %v", got)
	}
	if roles := rolesNow(t, service, server); len(roles) != 0 {
		t.Errorf("a refusal granted %v", roles)
	}
}

func TestConsentOfNamedScopesGrantsNoRole(t *testing.T) {
	t.Parallel()
	service := entra.New(unconsented(t))
	server := serve(t, service)
	if resp, _ := askConsent(t, server, tenantID, consentQuery("scope", graph+"/Calendars.ReadWrite")); resp.StatusCode != http.StatusFound {
		t.Fatalf("status %d", resp.StatusCode)
	}
	if roles := rolesNow(t, service, server); len(roles) != 0 {
		t.Errorf("delegated permissions became roles: %v", roles)
	}
}

func TestConsentPages(t *testing.T) {
	t.Parallel()
	service := entra.New(unconsented(t))
	server := serve(t, service)
	tests := map[string]struct {
		tenant string
		query  url.Values
		code   string
	}{
		"unregistered redirect":   {tenantID, consentQuery("redirect_uri", "https://figgosync.example.com/consent"), "AADSTS50011"},
		"common":                  {"common", consentQuery(), "AADSTS90008"},
		"unknown app":             {tenantID, consentQuery("client_id", "<script>"), "AADSTS700016"},
		"unknown tenant":          {"elsewhere.example", consentQuery(), "AADSTS90002"},
		"no scope":                {tenantID, consentQuery("scope", ""), "AADSTS900144"},
		"redirect of another app": {tenantID, consentQuery("redirect_uri", "https://evil.example/"), "AADSTS50011"},
	}
	for name, test := range tests {
		resp, body := askConsent(t, server, test.tenant, test.query)
		if resp.StatusCode != http.StatusBadRequest || resp.Header.Get("Location") != "" || !strings.Contains(body, test.code) {
			t.Errorf("%s: %d %q", name, resp.StatusCode, body)
		}
		if strings.Contains(body, "<script>") {
			t.Errorf("%s: the page repeats markup", name)
		}
	}
	if roles := rolesNow(t, service, server); len(roles) != 0 {
		t.Errorf("a page granted %v", roles)
	}
}
