package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/workflows"
)

type consentAnswer struct {
	URL, RedirectURI string
	ExpiresAt        time.Time
}

// startConsent returns the link for a connection, and the state in it.
func startConsent(t *testing.T, server http.Handler, path string) (consentAnswer, string) {
	t.Helper()
	answer := do(server, bearer(http.MethodGet, "/api/v1/connections/"+path, "", token))
	var body consentAnswer
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || answer.Code != http.StatusOK {
		t.Fatalf("%d %s", answer.Code, answer.Body)
	}
	link, err := url.Parse(body.URL)
	if err != nil {
		t.Fatal(err)
	}
	return body, link.Query().Get("state")
}

// finish comes back from Microsoft; pairs are further parameters.
func finish(server http.Handler, state, tenant string, pairs ...string) *httptest.ResponseRecorder {
	query := url.Values{"admin_consent": {"True"}, "state": {state}, "tenant": {tenant}}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	request := httptest.NewRequest(http.MethodGet, "/connections/consent/callback?"+query.Encode(), nil)
	request.Header.Set("Accept-Language", "en")
	return do(server, request)
}

func TestConsentLink(t *testing.T) {
	body, state := startConsent(t, newCheckServer(&checkEngine{}), "cloud/consent?mailbox=jane.doe@example.com")
	link, err := url.Parse(body.URL)
	if err != nil {
		t.Fatal(err)
	}
	if base := link.Scheme + "://" + link.Host + link.Path; base != "https://login.microsoftonline.us/"+tenant+"/v2.0/adminconsent" {
		t.Errorf("address %s", base)
	}
	const redirect = "https://figgosync.example.com/connections/consent/callback"
	want := url.Values{"client_id": {"client-1"}, "scope": {"https://graph.microsoft.us/.default"}, "redirect_uri": {redirect}, "state": {state}}
	if diff := cmp.Diff(want, link.Query()); diff != "" || body.RedirectURI != redirect || !body.ExpiresAt.Equal(now.Add(15*time.Minute)) {
		t.Errorf("%+v (-want +got):\n%s", body, diff)
	}
	if strings.Contains(body.URL, "jane") || strings.Contains(body.URL, "top-secret") {
		t.Errorf("the link tells too much: %s", body.URL)
	}
	body, _ = startConsent(t, newCheckServer(&checkEngine{}), "domain/consent")
	if !strings.HasPrefix(body.URL, "https://login.microsoftonline.com/contoso.example/v2.0/adminconsent?") || !strings.Contains(body.URL, url.QueryEscape("https://graph.microsoft.com/.default")) {
		t.Errorf("the public cloud: %s", body.URL)
	}
}

func TestConsentCannotStart(t *testing.T) {
	for path, want := range map[string]string{
		"c1/consent": "409 not-office365", "other/consent": "404 unknown-connection", "cloud/consent?mailbox=x": "400 bad-mailbox",
	} {
		answer := do(newCheckServer(&checkEngine{}), bearer(http.MethodGet, "/api/v1/connections/"+path, "", token))
		status, code, _ := strings.Cut(want, " ")
		if strconv.Itoa(answer.Code) != status || !strings.Contains(answer.Body.String(), `"code":"`+code+`"`) {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
		checkProblem(t, answer)
	}
	private := newCheckServer(&checkEngine{}, func(c *api.Config) { c.PublicURL = "" })
	if answer := do(private, bearer(http.MethodGet, "/api/v1/connections/cloud/consent", "", token)); !strings.Contains(answer.Body.String(), "no-public-url") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
	if answer := do(private, bearer(http.MethodGet, "/api/v1/connections/cloud/consent", "", "other")); answer.Code != http.StatusUnauthorized {
		t.Errorf("without token: %d", answer.Code)
	}
}

func TestConsentAnswers(t *testing.T) {
	failed := func(finding string) []workflows.CheckStep {
		return []workflows.CheckStep{{Name: "address", Outcome: "ok"}, {Name: "right", Outcome: "failed", Finding: finding, Detail: "roles in the token: none"}}
	}
	for name, test := range map[string]struct {
		connection, tenant string
		pairs              []string
		steps              []workflows.CheckStep
		fails              error
		status             int
		title              string
		checks             int
	}{
		"granted":           {"cloud", tenant, nil, []workflows.CheckStep{{Name: "right", Outcome: "ok"}}, nil, 200, "Access is granted", 1},
		"granted, upper":    {"cloud", strings.ToUpper(tenant), nil, []workflows.CheckStep{{Name: "right", Outcome: "ok"}}, nil, 200, "Access is granted", 1},
		"granted to domain": {"domain", tenant, nil, []workflows.CheckStep{{Name: "right", Outcome: "ok"}}, nil, 200, "Access is granted", 1},
		"not seen yet":      {"cloud", tenant, nil, failed("role-missing-rbac-possible"), nil, 200, "access is not in effect yet", 1},
		"other trouble":     {"cloud", tenant, nil, failed("secret-expired"), nil, 200, "Access does not work yet", 1},
		"no worker":         {"cloud", tenant, nil, nil, errors.New("down"), 503, "Consent could not be verified", 1},
		"other tenant":      {"cloud", "11111111-2222-4333-8444-555555555555", nil, nil, nil, 200, "Consent came from another directory", 0},
		"no tenant":         {"cloud", "", nil, nil, nil, 200, "Consent came from another directory", 0},
		// Microsoft sends admin_consent=True with refusals too.
		"refused":     {"cloud", tenant, []string{"error", "consent_required", "error_description", "AADSTS65004: <script>alert(1)</script>"}, nil, nil, 200, "Consent was refused", 0},
		"odd refusal": {"cloud", tenant, []string{"error", "<script>alert(1)</script>"}, nil, nil, 200, "Consent was refused", 0},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &checkEngine{steps: test.steps, fails: test.fails}
			server := newCheckServer(engine)
			_, state := startConsent(t, server, test.connection+"/consent?mailbox=jane.doe@example.com")
			answer := finish(server, state, test.tenant, test.pairs...)
			page := answer.Body.String()
			if answer.Code != test.status || !strings.Contains(page, test.title) || len(engine.asked) != test.checks {
				t.Errorf("%d after %d checks, want %d after %d and %q: %s", answer.Code, len(engine.asked), test.status, test.checks, test.title, page)
			}
			if test.checks == 1 && engine.asked[0] != (workflows.CheckRequest{Connection: test.connection, Provider: "office365", Mailbox: "jane.doe@example.com"}) {
				t.Errorf("asked %+v", engine.asked[0])
			}
			if strings.Contains(page, "<script") || name == "refused" && !strings.Contains(page, "AADSTS65004") {
				t.Errorf("page: %s", page)
			}
			policy := answer.Header().Get("Content-Security-Policy")
			if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/html") {
				t.Errorf("policy %q", policy)
			}
			// Once only, whatever came of it.
			if again := finish(server, state, test.tenant, test.pairs...); again.Code != http.StatusBadRequest || len(engine.asked) != test.checks {
				t.Errorf("a second time: %d", again.Code)
			}
		})
	}
}

func TestConsentStatesAreOursAndFresh(t *testing.T) {
	at := now
	engine := &checkEngine{}
	server := newCheckServer(engine, func(c *api.Config) { c.Now = func() time.Time { return at } })
	_, state := startConsent(t, server, "cloud/consent")
	parts := strings.Split(state, ".")
	_, foreign := startConsent(t, newCheckServer(engine), "cloud/consent")
	for name, forged := range map[string]string{
		"none": "", "rubbish": "x", "dots": "....", "no signature": strings.Join(parts[:3], "."), "of another process": foreign,
		"another connection": strings.Replace(state, ".cloud.", ".domain.", 1), "later end": strings.Replace(state, parts[2], parts[2]+"0", 1),
	} {
		if answer := finish(server, forged, tenant); answer.Code != http.StatusBadRequest || !strings.Contains(answer.Body.String(), "This link is no longer valid") {
			t.Errorf("%s: %d", name, answer.Code)
		}
	}
	at = now.Add(15 * time.Minute)
	if answer := finish(server, state, tenant); answer.Code != http.StatusBadRequest {
		t.Errorf("after 15 minutes: %d", answer.Code)
	}
	if len(engine.asked) != 0 {
		t.Errorf("%d checks", len(engine.asked))
	}
}

func TestConsentPageSpeaksFrenchToo(t *testing.T) {
	request := httptest.NewRequest(http.MethodGet, "/connections/consent/callback?state=x", nil)
	answer := do(newCheckServer(&checkEngine{}), request)
	if !strings.Contains(answer.Body.String(), "Ce lien n’est plus valable") || !strings.Contains(answer.Body.String(), `lang="fr"`) {
		t.Errorf("%s", answer.Body)
	}
}
