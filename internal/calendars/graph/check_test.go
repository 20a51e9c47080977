package graph_test

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/calendartest"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/sandbox"
)

// story writes steps as "address ok, tls skipped, credentials failed secret-wrong".
func story(steps []calendars.Step) string {
	var parts []string
	for _, step := range steps {
		parts = append(parts, strings.TrimSpace(string(step.Name)+" "+string(step.Outcome)+" "+string(step.Finding)))
	}
	return strings.Join(parts, ", ")
}

// fails is the story of a check over http that fails in a step.
func fails(name calendars.StepName, finding calendars.Finding) string {
	var parts []string
	outcome := "ok"
	for _, step := range []calendars.StepName{calendars.StepAddress, calendars.StepTLS, calendars.StepCredentials, calendars.StepRight, calendars.StepMailbox, calendars.StepWrite, calendars.StepRemove} {
		switch {
		case step == name:
			parts, outcome = append(parts, string(step)+" failed "+string(finding)), "skipped"
		case step == calendars.StepTLS:
			parts = append(parts, "tls skipped")
		default:
			parts = append(parts, string(step)+" "+outcome)
		}
	}
	return strings.Join(parts, ", ")
}

func expectStory(t *testing.T, steps []calendars.Step, want string) {
	t.Helper()
	if got := story(steps); got != want {
		t.Errorf("the check tells\n%s\nwant\n%s\n%+v", got, want, steps)
	}
	for _, step := range steps {
		if strings.ContainsAny(step.Detail, "@'") {
			t.Errorf("%s: the detail %q tells too much", step.Name, step.Detail)
		}
	}
}

const (
	allGood   = "address ok, tls skipped, credentials ok, right ok, mailbox ok, write ok, remove ok"
	readWell  = "address ok, tls skipped, credentials ok, right ok, mailbox ok, write skipped, remove skipped"
	noMailbox = "address ok, tls skipped, credentials ok, right ok, mailbox skipped, write skipped, remove skipped"
)

func TestCheckAgainstTheSandbox(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(nil)
	world, err := sandbox.New(sandbox.Config{BaseURL: "http://" + server.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = world.Handler()
	server.Start()
	t.Cleanup(func() { server.Close(); world.Close() })
	check := func(mailbox string, changes ...func(*graph.Config)) []calendars.Step {
		c := world.Credentials().Office365
		cfg := graph.Config{TenantID: c.TenantID, ClientID: c.ClientID, ClientSecret: c.ClientSecret, AuthorityURL: c.AuthorityURL, GraphURL: c.GraphURL, AllowInsecure: true}
		for _, change := range changes {
			change(&cfg)
		}
		cal, err := graph.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer cal.Close()
		return cal.Check(t.Context(), mailbox, true)
	}
	steps := check("jane.doe@example.com")
	expectStory(t, steps, allGood)
	if detail := steps[3].Detail; detail != "roles in the token: Calendars.ReadWrite, MailboxSettings.ReadWrite" {
		t.Errorf("right: %q", detail)
	}
	expectStory(t, check("nobody@example.com"), fails(calendars.StepMailbox, calendars.MailboxUnknown))
	for range 2 { // Graph alternates between two codes
		expectStory(t, check("lukas.baumann@example.com"), fails(calendars.StepMailbox, calendars.MailboxElsewhere))
	}
	expectStory(t, check("."), fails(calendars.StepMailbox, calendars.MailboxUnknown))
	expectStory(t, check(""), noMailbox)
	expectStory(t, check("jane.doe@example.com", func(c *graph.Config) { c.ClientSecret = "x" }), fails(calendars.StepCredentials, calendars.SecretWrong))
	expectStory(t, check("jane.doe@example.com", func(c *graph.Config) { c.ClientID = "other" }), fails(calendars.StepCredentials, calendars.AppUnknown))
	expectStory(t, check("jane.doe@example.com", func(c *graph.Config) { c.TenantID = "other.example" }), fails(calendars.StepCredentials, calendars.TenantUnknown))
	expectStory(t, check("jane.doe@example.com", func(c *graph.Config) { c.GraphURL = server.URL }), fails(calendars.StepAddress, calendars.NotThatService))
	expectStory(t, check("jane.doe@example.com", func(c *graph.Config) { c.AuthorityURL = server.URL + "/graph" }), fails(calendars.StepAddress, calendars.NotThatService))
}

// checked is a fake that describes its tenant and refuses who brings no token.
func checked(t *testing.T, roles string, answer http.HandlerFunc) *fake {
	t.Helper()
	f := newFakeMux(t, answer)
	f.token = func(w http.ResponseWriter, _ *http.Request, _ int) { writeToken(w, roles) }
	mux := http.NewServeMux()
	mux.HandleFunc("GET /entra/contoso.example/v2.0/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, 200, `{"token_endpoint":"https://login.microsoftonline.com/x/oauth2/v2.0/token"}`)
	})
	inner := f.mux()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/graph/") && r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized) // an empty body, as Graph does at times
			return
		}
		inner.ServeHTTP(w, r)
	})
	f.Server = httptest.NewServer(calendartest.InOrder(mux))
	t.Cleanup(f.Close)
	return f
}

func writeToken(w http.ResponseWriter, roles string) {
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"roles":[` + roles + `]}`))
	writeJSON(w, 200, `{"token_type":"Bearer","expires_in":3599,"access_token":"h.`+claims+`.s"}`)
}

const (
	readWrite = `"Calendars.ReadWrite","User.Read.All"`
	readOnly  = `"Calendars.Read"`
)

func TestCheckExplainsGraph(t *testing.T) {
	t.Parallel()
	skipped := strings.Replace(fails(calendars.StepMailbox, calendars.MailboxUnknown), "right ok", "right skipped", 1)
	for name, test := range map[string]struct {
		roles  string
		status int
		body   string
		want   string
	}{
		"good":                  {readWrite, 200, `{"id":"AAA"}`, readWell},
		"by Exchange's roles":   {`"User.Read.All"`, 200, `{"id":"AAA"}`, readWell},
		"may only read":         {readOnly, 200, `{"id":"AAA"}`, fails(calendars.StepRight, calendars.RoleReadOnly)},
		"no role":               {``, 403, graphError("ErrorAccessDenied"), fails(calendars.StepRight, calendars.RoleMissing)},
		"no role, other code":   {``, 403, graphError("Authorization_RequestDenied"), fails(calendars.StepRight, calendars.RoleMissing)},
		"policy":                {readWrite, 403, graphError("ErrorAccessDenied"), fails(calendars.StepRight, calendars.AccessPolicyDenies)},
		"just granted":          {readWrite, 403, graphError("Authorization_RequestDenied"), fails(calendars.StepRight, calendars.ConsentPropagating)},
		"other cloud":           {readWrite, 401, graphError("InvalidAuthenticationToken"), fails(calendars.StepRight, calendars.TokenRefused)},
		"unknown":               {readWrite, 404, graphError("ErrorInvalidUser"), fails(calendars.StepMailbox, calendars.MailboxUnknown)},
		"unknown, no role":      {``, 404, graphError("ErrorInvalidUser"), skipped},
		"on premises":           {readWrite, 404, graphError("MailboxNotEnabledForRESTAPI"), fails(calendars.StepMailbox, calendars.MailboxElsewhere)},
		"on premises, its twin": {readWrite, 404, graphError("ResourceNotFound"), fails(calendars.StepMailbox, calendars.MailboxElsewhere)},
		"disabled":              {readWrite, 403, graphError("ErrorAccountDisabled"), fails(calendars.StepMailbox, calendars.MailboxDisabled)},
		"full":                  {readWrite, 507, graphError("x"), fails(calendars.StepMailbox, calendars.MailboxIsFull)},
		"throttled":             {readWrite, 429, graphError("ApplicationThrottled"), fails(calendars.StepRight, calendars.Throttled)},
		"down":                  {readWrite, 503, `<html>`, fails(calendars.StepRight, calendars.ServiceUnavailable)},
		"odd":                   {readWrite, 200, `{}`, fails(calendars.StepRight, calendars.ServiceUnavailable)},
		"redirect":              {readWrite, 302, ``, fails(calendars.StepRight, calendars.Redirected)},
		"our mistake":           {readWrite, 400, graphError("BadRequest"), fails(calendars.StepRight, calendars.RequestRefused)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := checked(t, test.roles, always(test.status, test.body))
			expectStory(t, f.calendar().Check(t.Context(), mailbox, false), test.want)
			for _, r := range f.requests() {
				if r.Method != http.MethodGet || r.Query != "%24select=id" {
					t.Errorf("%s %s?%s", r.Method, r.Path, r.Query)
				}
			}
		})
	}
}

// Without a mailbox a user nobody has proves the right.
func TestCheckWithoutMailbox(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		roles, code string
		status      int
		want        string
	}{
		"granted":                {readWrite, "Request_ResourceNotFound", 404, noMailbox},
		"granted, with a policy": {readWrite, "ErrorAccessDenied", 403, noMailbox},
		"not yet":                {readWrite, "Authorization_RequestDenied", 403, fails(calendars.StepRight, calendars.ConsentPropagating)},
		"read only":              {readOnly, "ErrorInvalidUser", 404, fails(calendars.StepRight, calendars.RoleReadOnly)},
		"no role":                {``, "ErrorInvalidUser", 404, fails(calendars.StepRight, calendars.RoleMissing)},
		"denied":                 {``, "ErrorAccessDenied", 403, fails(calendars.StepRight, calendars.RoleMissing)},
		"refused":                {readWrite, "InvalidAuthenticationToken", 401, fails(calendars.StepRight, calendars.TokenRefused)},
	} {
		f := checked(t, test.roles, always(test.status, graphError(test.code)))
		if got := story(f.calendar().Check(t.Context(), "", true)); got != test.want {
			t.Errorf("%s: the check tells\n%s\nwant\n%s", name, got, test.want)
		}
	}
}

func TestCheckExplainsEntra(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]calendars.Finding{
		"7000222": calendars.SecretExpired, "7000215": calendars.SecretWrong, "700016": calendars.AppUnknown,
		"7000112": calendars.AppDisabled, "90002": calendars.TenantUnknown, "500011": calendars.WrongCloud,
		"7000229": calendars.ConsentNeverGiven, "65001": calendars.ConsentNeverGiven, "53003": calendars.ConditionalAccessBlocks,
		"700027": calendars.CertificateUnknown, "700024": calendars.ClockSkew, "1000502": calendars.CertificateExpired,
		"50196": calendars.Throttled, "90033": calendars.ServiceUnavailable, "99999999": calendars.CredentialsRefused,
	} {
		f := checked(t, readWrite, always(500, ""))
		f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
			writeJSON(w, 401, `{"error":"invalid_client","error_description":"AADSTS`+code+`: for marie.o'neil@example.com","error_codes":[`+code+`]}`)
		}
		steps := f.calendar().Check(t.Context(), mailbox, true)
		expectStory(t, steps, fails(calendars.StepCredentials, want))
		if steps[2].Detail != "AADSTS"+code || f.tokenCount() != 1 {
			t.Errorf("%s: detail %q after %d sign-ins", code, steps[2].Detail, f.tokenCount())
		}
	}
}

// A token that is kept may be older than what the admin changed.
func TestCheckAlwaysFetchesAToken(t *testing.T) {
	t.Parallel()
	f := checked(t, readWrite, always(200, `{"id":"A"}`))
	cal := f.calendar()
	for range 2 {
		expectStory(t, cal.Check(t.Context(), mailbox, false), readWell)
	}
	if f.tokenCount() != 2 {
		t.Errorf("%d tokens were fetched, want 2", f.tokenCount())
	}
}

func TestProbeIsRefused(t *testing.T) {
	t.Parallel()
	denied := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			writeJSON(w, 403, graphError("ErrorAccessDenied"))
		case strings.HasSuffix(r.URL.Path, "/events"):
			writeJSON(w, 200, list())
		default:
			writeJSON(w, 200, `{"id":"A"}`)
		}
	}
	expectStory(t, checked(t, readWrite, denied).calendar().Check(t.Context(), mailbox, true), fails(calendars.StepWrite, calendars.AccessPolicyDenies))
	expectStory(t, checked(t, readOnly, denied).calendar().Check(t.Context(), mailbox, true),
		strings.Replace(fails(calendars.StepWrite, calendars.RoleReadOnly), "right ok", "right ok role-read-only", 1))
}

// The probe is one harmless event: free, without reminder and attendees.
func TestProbeEvent(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	stands := ""
	f := checked(t, readWrite, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		switch r.Method {
		case http.MethodPost:
			stands = listed("P", "_check/probe", "1:f")
			writeJSON(w, 201, `{"id":"P"}`)
		case http.MethodDelete:
			stands = ""
			w.WriteHeader(204)
		default:
			if strings.HasSuffix(r.URL.Path, "/events") {
				writeJSON(w, 200, list(stands))
				return
			}
			writeJSON(w, 200, `{"id":"A"}`)
		}
	})
	expectStory(t, f.calendar().Check(t.Context(), mailbox, true), allGood)
	day := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	for _, r := range f.requests() {
		if r.Method != http.MethodPost {
			continue
		}
		for _, part := range []string{`"subject":"figgosync"`, `"showAs":"free"`, `"isReminderOn":false`, `"isAllDay":true`, day + "T00:00:00", `"timeZone":"UTC"`} {
			if !strings.Contains(r.Body, part) {
				t.Errorf("the probe's body has no %s: %s", part, r.Body)
			}
		}
		if strings.Contains(r.Body, "attendees") {
			t.Errorf("the probe has attendees: %s", r.Body)
		}
	}
}

// Over https, with Microsoft's library and a certificate that ends in an hour.
func TestCheckTellsOfOurCertificate(t *testing.T) {
	t.Parallel()
	text, _ := certificate(t)
	f, transport := secureFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		writeJSON(w, 200, `{"id":"A"}`)
	})
	f.token = func(w http.ResponseWriter, _ *http.Request, _ int) { writeToken(w, readWrite) }
	check := func() []calendars.Step {
		return f.secure(transport, func(c *graph.Config) { c.CertificatePEM = text }).Check(t.Context(), mailbox, false)
	}
	steps := check()
	want := strings.NewReplacer("tls skipped", "tls ok", "credentials ok", "credentials ok certificate-expires-soon").Replace(readWell)
	expectStory(t, steps, want)
	if !strings.Contains(steps[1].Detail, "TLS 1.3, certificate until 2084-") || !strings.HasPrefix(steps[2].Detail, "certificate until ") {
		t.Errorf("details: %+v", steps)
	}
	f.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
		writeJSON(w, 401, entraError(700027, "invalid_client"))
	}
	expectStory(t, check(), strings.Replace(fails(calendars.StepCredentials, calendars.CertificateUnknown), "tls skipped", "tls ok", 1))
}

// A client secret whose last day somebody typed in is told of as a certificate is.
func TestCheckTellsOfOurSecret(t *testing.T) {
	t.Parallel()
	f, transport := secureFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		writeJSON(w, 200, `{"id":"A"}`)
	})
	f.token = func(w http.ResponseWriter, _ *http.Request, _ int) { writeToken(w, readWrite) }
	for days, finding := range map[int]string{29: " secret-expires-soon", 31: ""} {
		end := time.Now().UTC().AddDate(0, 0, days)
		steps := f.secure(transport, func(c *graph.Config) { c.ClientSecret, c.SecretEnd = "secret", end }).Check(t.Context(), mailbox, false)
		expectStory(t, steps, strings.NewReplacer("tls skipped", "tls ok", "credentials ok", "credentials ok"+finding).Replace(readWell))
		if steps[2].Detail != "secret until "+end.Format(time.DateOnly) {
			t.Errorf("details: %+v", steps)
		}
	}
}
