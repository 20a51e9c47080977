package figgo_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/figgo"
)

var jane = figgo.Employee{ID: "416", Email: "jane.doe@example.com", LegalEntity: "12", Zone: "Indian/Reunion"}

func TestClientEmployee(t *testing.T) {
	t.Parallel()
	l := newLucca()
	client := l.serve(t)
	for _, c := range []struct {
		id, email string
		want      figgo.Employee
	}{
		{"416", "", jane},
		{"", "JANE.DOE@example.com", jane},
		{"417", "", figgo.Employee{ID: "417"}},
		{"418", "", figgo.Employee{ID: "418", Email: "shared@example.com", LegalEntity: "13", Left: true}},
		{"", "shared@example.com", figgo.Employee{ID: "419", Email: "Shared@Example.com", LegalEntity: "13"}},
	} {
		got, err := client.Employee(t.Context(), c.id)
		if c.email != "" {
			got, err = client.EmployeeByEmail(t.Context(), c.email)
		}
		if err != nil || got != c.want {
			t.Errorf("%s%s: got %+v, %v", c.id, c.email, got, err)
		}
	}
	if l.tokens != 1 || l.calls("/lucca-api/business-establishments/12") != 1 || l.calls("/lucca-api/job-positions/74") != 0 {
		t.Errorf("too many calls: %v", l.counts)
	}
}

func TestClientDoesNotChooseBetweenTwoWithOneAddress(t *testing.T) {
	t.Parallel()
	l := newLucca()
	client := l.serve(t)
	l.employees["418"]["status"] = "active" // as 419
	for range 2 {
		got, err := client.EmployeeByEmail(t.Context(), "shared@example.com")
		if !errors.Is(err, figgo.ErrAmbiguousEmail) || !errors.Is(err, figgo.ErrNoEmployee) || got != (figgo.Employee{}) || strings.Contains(err.Error(), "shared") {
			t.Errorf("got %+v, %v", got, err)
		}
		l.employees["418"]["status"], l.employees["419"]["status"] = "upcoming", "deactivated"
	}
}

func TestClientAsksForWhatIsNotEmbedded(t *testing.T) {
	t.Parallel()
	l := newLucca()
	l.embeds = false
	got, err := l.serve(t).Employee(t.Context(), "416")
	if err != nil || got != jane || l.calls("/lucca-api/job-positions/74") != 1 {
		t.Fatalf("got %+v, %v, %v", got, err, l.counts)
	}
}

func TestClientZones(t *testing.T) {
	t.Parallel()
	for zone, want := range map[any]string{nil: "", "": "", "Europe/Paris": "Europe/Paris", "Romance Standard Time": "", "Local": "", "../etc": ""} {
		l := newLucca()
		l.establishments["12"]["timezoneId"] = zone
		got, err := l.serve(t).Employee(t.Context(), "416")
		if err != nil || got.Zone != want || got.LegalEntity != "12" {
			t.Errorf("%v: got %+v, %v", zone, got, err)
		}
	}
}

func TestClientNoEmployee(t *testing.T) {
	t.Parallel()
	l := newLucca()
	client := l.serve(t)
	for _, ask := range []func() (figgo.Employee, error){
		func() (figgo.Employee, error) { return client.Employee(t.Context(), "999") },
		func() (figgo.Employee, error) { return client.EmployeeByEmail(t.Context(), "nobody@example.com") },
		func() (figgo.Employee, error) { return client.Employee(t.Context(), "") },
		func() (figgo.Employee, error) { return client.Employee(t.Context(), "416,417") },
		func() (figgo.Employee, error) { return client.EmployeeByEmail(t.Context(), "null") },
	} {
		if got, err := ask(); !errors.Is(err, figgo.ErrNoEmployee) || got != (figgo.Employee{}) {
			t.Errorf("got %+v, %v", got, err)
		}
	}
	if n := l.calls("/lucca-api/employees"); n != 2 {
		t.Errorf("%d calls: an empty id, a list and null must not be asked for", n)
	}
	l.answer = func(w http.ResponseWriter, r *http.Request) bool { problem(w, 404, "not-found"); return true }
	if _, err := client.Employee(t.Context(), "416"); !errors.Is(err, figgo.ErrNoEmployee) {
		t.Errorf("got %v", err)
	}
}

// answering is a Lucca whose API gives one answer.
func answering(status int, header, body string) *lucca {
	l := newLucca()
	l.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/connect/token" {
			return false
		}
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return true
	}
	return l
}

func TestClientErrors(t *testing.T) {
	t.Parallel()
	const problemBody = `{"type":"https://developers.lucca.fr/errors/some-code","title":"Some title","detail":"` + canary + `"}`
	for name, c := range map[string]struct {
		status                         int
		header, body                   string
		temporary, credentials, scope_ bool
		retryAfter                     time.Duration
		text                           string
	}{
		"unauthorized":       {401, "", problemBody, false, true, false, 0, "Lucca employees: status 401 (some-code)"},
		"forbidden":          {403, "", problemBody, false, false, true, 0, "Lucca employees: status 403 (some-code)"},
		"bad request":        {400, "", `{"title":"x"}`, false, false, false, 0, "Lucca employees: status 400"},
		"timeout":            {408, "", "", true, false, false, 0, "Lucca employees: status 408"},
		"too many":           {429, "Retry-After: 17", problemBody, true, false, false, 17 * time.Second, "Lucca employees: status 429 (some-code), retry after 17s"},
		"too many, for ever": {429, "Retry-After: 99999999", "", true, false, false, time.Hour, "Lucca employees: status 429, retry after 1h0m0s"},
		"too many, no time":  {429, "", "", true, false, false, time.Minute, "Lucca employees: status 429, retry after 1m0s"},
		"too many, the past": {429, "Retry-After: Mon, 02 Jan 2006 15:04:05 GMT", "", true, false, false, time.Minute, "Lucca employees: status 429, retry after 1m0s"},
		"down":               {503, "Retry-After: 5", "<html>" + canary, true, false, false, 5 * time.Second, "Lucca employees: status 503, retry after 5s"},
		"broken":             {500, "", problemBody, true, false, false, 0, "Lucca employees: status 500 (some-code)"},
		"a code with a name": {500, "", `{"type":"https://x/` + "jane@example.com" + `"}`, true, false, false, 0, "Lucca employees: status 500"},
		"moved":              {302, "Location: https://elsewhere.example", "", false, false, false, 0, "Lucca employees: status 302"},
		"a page":             {200, "", "<html>" + canary, true, false, false, 0, "Lucca employees: status 200 (unreadable-answer): : it is not one JSON value"},
		"no items":           {200, "", `{"totalCount":0}`, true, false, false, 0, "Lucca employees: status 200 (unreadable-answer): items: it is missing"},
		"odd items":          {200, "", `{"items":[{"id":"416","email":7}]}`, true, false, false, 0, "Lucca employees: status 200 (unreadable-answer): items[0].email: it must be a text, not a number"},
		"somebody else":      {200, "", `{"items":[{"id":"4","email":"` + canary + `@example.com"}]}`, true, false, false, 0, "Lucca employees: status 200 (unreadable-answer): the answer has other employees than the one asked for"},
		"far too long":       {200, "", `{"items":[` + strings.Repeat(" ", 5<<20) + `]}`, true, false, false, 0, "Lucca employees: status 200 (unreadable-answer): the answer is too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := answering(c.status, c.header, c.body).serve(t).Employee(t.Context(), "416")
			apiErr, ok := errors.AsType[*figgo.APIError](err)
			if !ok || errors.Is(err, figgo.ErrNoEmployee) || errors.Is(err, figgo.ErrBody) {
				t.Fatalf("got %v", err)
			}
			if apiErr.Temporary() != c.temporary || figgo.IsTemporary(err) != c.temporary || apiErr.CredentialsRejected() != c.credentials ||
				apiErr.ScopeMissing() != c.scope_ || apiErr.RetryAfter != c.retryAfter {
				t.Errorf("got %+v", apiErr)
			}
			if err.Error() != strings.Replace(c.text, ": : ", ": ", 1) {
				t.Errorf("got the text %q", err)
			}
		})
	}
}

func TestClientTokenErrors(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status                        int
		body, text                    string
		temporary, credentials, scope bool
	}{
		"wrong secret":  {400, `{"error":"invalid_client","error_description":"` + canary + `"}`, "Lucca token: status 400 (invalid_client)", false, true, false},
		"wrong scope":   {400, `{"error":"invalid_scope"}`, "Lucca token: status 400 (invalid_scope)", false, false, true},
		"a page":        {200, "<html>" + canary, "Lucca token: status 200 (unreadable-answer)", true, false, false},
		"no token":      {200, `{"token_type":"Bearer"}`, "Lucca token: status 200 (unreadable-answer)", true, false, false},
		"down":          {503, "<html>" + canary, "Lucca token: status 503", true, false, false},
		"nothing there": {404, "", "Lucca token: status 404", false, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLucca()
			l.answer = func(w http.ResponseWriter, r *http.Request) bool {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
				return true
			}
			_, err := l.serve(t).Employee(t.Context(), "416")
			apiErr, ok := errors.AsType[*figgo.APIError](err)
			if !ok || apiErr.Error() != c.text || apiErr.Temporary() != c.temporary || apiErr.CredentialsRejected() != c.credentials || apiErr.ScopeMissing() != c.scope {
				t.Fatalf("got %v", err)
			}
			if l.calls("/lucca-api/employees") != 0 {
				t.Error("called without a token")
			}
		})
	}
}

func TestClientRenewsARefusedTokenOnce(t *testing.T) {
	t.Parallel()
	l := newLucca()
	client := l.serve(t)
	if _, err := client.Employee(t.Context(), "416"); err != nil {
		t.Fatal(err)
	}
	l.revoked["token-1"] = true
	if got, err := client.Employee(t.Context(), "416"); err != nil || got != jane {
		t.Fatalf("got %+v, %v", got, err)
	}
	l.revoked["token-2"], l.revoked["token-3"] = true, true
	before := l.calls("/lucca-api/employees")
	if _, err := client.Employee(t.Context(), "416"); err == nil {
		t.Fatal("a refused token was good")
	}
	if calls := l.calls("/lucca-api/employees") - before; calls != 2 || l.tokens != 3 {
		t.Fatalf("%d calls and %d tokens", calls, l.tokens)
	}
}

func TestClientDoesNotFollowRedirects(t *testing.T) {
	t.Parallel()
	var stolen atomic.Bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen.Store(true) }))
	t.Cleanup(elsewhere.Close)
	_, err := answering(307, "Location: "+elsewhere.URL, "").serve(t).Employee(t.Context(), "416")
	if err == nil || figgo.IsTemporary(err) || stolen.Load() {
		t.Fatalf("got %v, followed: %v", err, stolen.Load())
	}
}

func TestClientNetworkErrorsShowNoAddress(t *testing.T) {
	t.Parallel()
	l := newLucca()
	l.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/connect/token" {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	_, err := l.serve(t).EmployeeByEmail(t.Context(), "jane.doe@example.com")
	if !figgo.IsTemporary(err) || strings.Contains(err.Error(), "jane") {
		t.Fatalf("got %v", err)
	}
}

func TestClientConfiguration(t *testing.T) {
	t.Parallel()
	good := figgo.ClientConfig{Host: "https://acme.ilucca.net", ClientID: "key", ClientSecret: "secret"}
	for name, change := range map[string]func(*figgo.ClientConfig){
		"http":          func(c *figgo.ClientConfig) { c.Host = "http://acme.ilucca.net" },
		"no host":       func(c *figgo.ClientConfig) { c.Host = "" },
		"only a name":   func(c *figgo.ClientConfig) { c.Host = "acme.ilucca.net" },
		"token by http": func(c *figgo.ClientConfig) { c.TokenURL = "http://accounts.example.com" },
		"no secret":     func(c *figgo.ClientConfig) { c.ClientSecret = "" },
	} {
		cfg := good
		change(&cfg)
		cfg.HTTPClient = &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			t.Errorf("%s: called", name)
			return nil, errors.New("no")
		})}
		_, err := figgo.NewClient(cfg).Employee(t.Context(), "416")
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || apiErr.Code != figgo.CodeConfiguration || apiErr.Temporary() {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestClientWhereAPartIsMissing(t *testing.T) {
	t.Parallel()
	l := newLucca()
	l.embeds = false
	delete(l.positions, "74")
	got, err := l.serve(t).Employee(t.Context(), "416")
	if want := (figgo.Employee{ID: "416", Email: jane.Email}); err != nil || got != want {
		t.Errorf("no job position: got %+v, %v", got, err)
	}
	l = newLucca()
	delete(l.establishments, "12")
	got, err = l.serve(t).Employee(t.Context(), "416")
	if want := (figgo.Employee{ID: "416", Email: jane.Email, LegalEntity: "12"}); err != nil || got != want {
		t.Errorf("no establishment: got %+v, %v", got, err)
	}
	// What we may not see must not read as what is not there: the zone would be
	// the wrong one, in silence.
	for _, hidden := range []string{"/lucca-api/job-positions/74", "/lucca-api/business-establishments/12"} {
		l = newLucca()
		l.embeds = false
		l.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == hidden {
				problem(w, http.StatusForbidden, "missing-scope")
			}
			return r.URL.Path == hidden
		}
		_, err = l.serve(t).Employee(t.Context(), "416")
		if apiErr, ok := errors.AsType[*figgo.APIError](err); !ok || !apiErr.ScopeMissing() || apiErr.Temporary() {
			t.Errorf("%s: got %v", hidden, err)
		}
	}
	l = newLucca()
	l.employees["416"]["applicableJobPosition"] = object{"id": "../../webhook-endpoints"}
	if _, err = l.serve(t).Employee(t.Context(), "416"); !figgo.IsTemporary(err) || len(l.counts) != 2 {
		t.Errorf("an id that is a path: got %v, %v", err, l.counts)
	}
}
