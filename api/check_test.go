package api_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// CheckConnection makes every fakeEngine one that checks nothing.
func (e *fakeEngine) CheckConnection(context.Context, workflows.CheckRequest) (workflows.CheckResult, error) {
	return workflows.CheckResult{}, errors.New("this engine checks nothing")
}

// checkEngine answers every check the same.
type checkEngine struct {
	fakeEngine
	asked []workflows.CheckRequest
	steps []workflows.CheckStep
	fails error
	hangs bool
	delay time.Duration
}

func (e *checkEngine) CheckConnection(ctx context.Context, request workflows.CheckRequest) (workflows.CheckResult, error) {
	e.asked = append(e.asked, request)
	time.Sleep(e.delay)
	if e.hangs {
		<-ctx.Done()
		return workflows.CheckResult{}, ctx.Err()
	}
	return workflows.CheckResult{Steps: e.steps}, e.fails
}

const tenant = "7f3c2b1a-5d4e-4c6f-8a9b-0c1d2e3f4a5b"

// checkSettings has one connection a name.
type checkSettings struct{ fakeSettings }

func (checkSettings) Connection(_ context.Context, name string) (settings.Connection, error) {
	switch name {
	case "cloud":
		return settings.Connection{Name: name, Provider: "office365", System: &graph.Settings{
			TenantID: tenant, ClientID: "client-1", ClientSecret: "top-secret", AuthorityURL: "https://login.microsoftonline.us", GraphURL: "https://graph.microsoft.us/v1.0",
		}}, nil
	case "domain":
		return settings.Connection{Name: name, Provider: "office365", System: &graph.Settings{TenantID: "contoso.example", ClientID: "client-1"}}, nil
	case "c1":
		return settings.Connection{Name: name, Provider: "google", System: &google.Settings{Key: "top-secret"}}, nil
	case "unreadable":
		return settings.Connection{}, errors.New("the disk is gone")
	}
	return settings.Connection{}, settings.ErrNotFound
}

func newCheckServer(engine *checkEngine, changes ...func(*api.Config)) *api.Server {
	config := api.Config{
		Engine: engine, Settings: checkSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		Token: token, PublicURL: "https://figgosync.example.com/", Now: func() time.Time { return now },
	}
	for _, change := range changes {
		change(&config)
	}
	return api.New(config)
}

func TestCheckReport(t *testing.T) {
	engine := &checkEngine{steps: []workflows.CheckStep{
		{Name: "address", Outcome: "ok", Detail: "mail.example.com", Took: 12 * time.Millisecond},
		{Name: "tls", Outcome: "failed", Finding: "tls-expired", Detail: "on 2026-01-31"},
		{Name: "credentials", Outcome: "skipped"},
	}}
	server := newCheckServer(engine)
	for lang, want := range map[string]string{"fr": "Le certificat du serveur a expiré.", "en": "The server's certificate has expired."} {
		request := bearer(http.MethodPost, "/api/v1/connections/c1/check", `{"mailbox":"jane.doe@example.com","probe":true}`, token)
		request.Header.Set("Accept-Language", lang)
		answer := do(server, request)
		var report api.CheckReport
		if err := json.Unmarshal(answer.Body.Bytes(), &report); err != nil || answer.Code != http.StatusOK {
			t.Fatalf("%d %s", answer.Code, answer.Body)
		}
		if report.Steps[1].What != want || !strings.Contains(report.Steps[1].Do, "Enable-ExchangeCertificate") {
			t.Errorf("%s: %+v", lang, report.Steps[1])
		}
		report.Steps[1].What, report.Steps[1].Do = "", ""
		expected := api.CheckReport{Connection: "c1", Steps: []api.CheckReportStep{
			{Name: "address", Outcome: "ok", Detail: "mail.example.com", Millis: 12},
			{Name: "tls", Outcome: "failed", Finding: "tls-expired", Detail: "on 2026-01-31"},
			{Name: "credentials", Outcome: "skipped"},
		}}
		if diff := cmp.Diff(expected, report); diff != "" {
			t.Errorf("report (-want +got):\n%s", diff)
		}
	}
	want := workflows.CheckRequest{Connection: "c1", Provider: "google", Mailbox: "jane.doe@example.com", Probe: true}
	if engine.asked[0] != want {
		t.Errorf("asked %+v, want %+v", engine.asked[0], want)
	}
	engine.steps = engine.steps[:1]
	if answer := do(server, bearer(http.MethodPost, "/api/v1/connections/c1/check", `{"mailbox":"a@b.c"}`, token)); !strings.Contains(answer.Body.String(), `"ok":true`) {
		t.Errorf("%s", answer.Body)
	}
}

func TestCheckRefusals(t *testing.T) {
	good := `{"mailbox":"jane.doe@example.com"}`
	for name, test := range map[string]struct {
		connection, body, token string
		fails                   error
		status                  int
		code                    string
	}{
		"no token":           {"c1", good, "other", nil, 401, "unauthorized"},
		"unknown":            {"other", good, token, nil, 404, "unknown-connection"},
		"settings":           {"unreadable", good, token, nil, 503, "settings-down"},
		"no body":            {"c1", ``, token, nil, 400, "bad-body"},
		"other field":        {"c1", `{"mail":"a@b.c"}`, token, nil, 400, "bad-body"},
		"no mailbox":         {"c1", `{"probe":true}`, token, nil, 400, "bad-mailbox"},
		"no address":         {"c1", `{"mailbox":"jane"}`, token, nil, 400, "bad-mailbox"},
		"name and address":   {"c1", `{"mailbox":"Jane <jane@example.com>"}`, token, nil, 400, "bad-mailbox"},
		"two addresses":      {"c1", `{"mailbox":"a@b.c, d@e.f"}`, token, nil, 400, "bad-mailbox"},
		"a header's end":     {"c1", `{"mailbox":"a@b.c\r\nX: y"}`, token, nil, 400, "bad-mailbox"},
		"too long a mailbox": {"c1", `{"mailbox":"` + strings.Repeat("a", 300) + `@b.c"}`, token, nil, 400, "bad-mailbox"},
		"no worker":          {"c1", good, token, fmt.Errorf("check x: %w", starter.ErrNoWorker), 503, "no-worker"},
		"engine down":        {"c1", good, token, errors.New("down"), 503, "engine-down"},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &checkEngine{fails: test.fails}
			answer := do(newCheckServer(engine), bearer(http.MethodPost, "/api/v1/connections/"+test.connection+"/check", test.body, test.token))
			if answer.Code != test.status || !strings.Contains(answer.Body.String(), `"code":"`+test.code+`"`) {
				t.Errorf("%d %s, want %d %s", answer.Code, answer.Body, test.status, test.code)
			}
			checkProblem(t, answer)
			if (test.fails != nil) != (len(engine.asked) == 1) {
				t.Errorf("%d checks", len(engine.asked))
			}
		})
	}
}

func TestCheckThatHangsIs504(t *testing.T) {
	request := bearer(http.MethodPost, "/api/v1/connections/c1/check", `{"mailbox":"jane.doe@example.com"}`, token)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	answer := do(newCheckServer(&checkEngine{hangs: true}), request.WithContext(ctx))
	if answer.Code != http.StatusGatewayTimeout || !strings.Contains(answer.Body.String(), "no-answer") {
		t.Errorf("%d %s", answer.Code, answer.Body)
	}
}

// A check may take longer than any other answer.
func TestCheckOutlastsTheServersWriteTimeout(t *testing.T) {
	engine := &checkEngine{steps: []workflows.CheckStep{{Name: "address", Outcome: "ok"}}, delay: 150 * time.Millisecond}
	server := httptest.NewUnstartedServer(newCheckServer(engine))
	server.Config.WriteTimeout = 50 * time.Millisecond
	server.Start()
	defer server.Close()
	request, err := http.NewRequest(http.MethodPost, server.URL+"/api/v1/connections/c1/check", strings.NewReader(`{"mailbox":"a@b.c"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("status %d", response.StatusCode)
	}
}
