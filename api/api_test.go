package api_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars/google"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/figgo/changes"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

const (
	secret = "demo-webhook-secret"
	key    = "Basic ZGVtbzpkZW1v"
	token  = "demo-admin-token"
)

var now = time.Date(2026, 2, 1, 9, 34, 24, 0, time.UTC)

// fakeEngine takes signals unless it is down.
type fakeEngine struct {
	admin.Engine
	down      error
	announced []figgo.Notice
	rewrites  []bool
	absence   starter.Absence
	woken     []workflows.WakeRequest
}

func (e *fakeEngine) Announce(_ context.Context, _ string, notice figgo.Notice) error {
	e.announced = append(e.announced, notice)
	return e.down
}

func (e *fakeEngine) Absence(_ context.Context, _, id string) (starter.Absence, error) {
	if id != e.absence.State.Absence {
		return starter.Absence{}, starter.ErrNotFound
	}
	return e.absence, e.down
}

func (e *fakeEngine) Retry(_ context.Context, _, id string, retry workflows.Retry) error {
	if id != e.absence.State.Absence {
		return starter.ErrNotFound
	}
	e.rewrites = append(e.rewrites, retry.Rewrite)
	return e.down
}

func (e *fakeEngine) Stuck(context.Context) (int, error) { return 0, e.down }

func (e *fakeEngine) Wake(_ context.Context, request workflows.WakeRequest) error {
	e.woken = append(e.woken, request)
	return e.down
}

func (e *fakeEngine) Ready(context.Context) error { return e.down }

type fakeSettings struct{ settings.Store }

func (fakeSettings) Source(_ context.Context, name string) (settings.Source, error) {
	if name != "demo" {
		return settings.Source{}, settings.ErrNotFound
	}
	return settings.Source{Name: "demo", WebhookSecret: secret, HTTPSynchronizationKey: key}, nil
}

func (s fakeSettings) Sources(ctx context.Context) ([]settings.Source, error) {
	source, err := s.Source(ctx, "demo")
	return []settings.Source{source}, err
}

func (fakeSettings) Connections(context.Context) ([]settings.Connection, error) {
	return []settings.Connection{{Name: "c1", Provider: "google", System: &google.Settings{Key: "top-secret-key"}}}, nil
}

func (fakeSettings) Synchronizations(context.Context) ([]settings.Synchronization, error) {
	return []settings.Synchronization{{Name: "s1", Source: "demo", LegalEntities: []string{"1"}, Policy: absence.DefaultPolicy()}}, nil
}

func newServer(engine *fakeEngine) *api.Server {
	return api.New(api.Config{
		Engine: engine, Settings: fakeSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
		Token: token, WebUI: "http://127.0.0.1:8233", Namespace: "default", Now: func() time.Time { return now },
	})
}

func do(server http.Handler, request *http.Request) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	server.ServeHTTP(recorder, request)
	return recorder
}

func sign(body, secret string, at time.Time) http.Header {
	stamp := at.Format(time.RFC3339)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "." + body))
	return http.Header{
		"Lucca-Timestamp": {stamp}, "Lucca-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))},
		"Content-Type": {"application/json"},
	}
}

func post(path, body string, header http.Header) *http.Request {
	request := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	request.Header = header
	return request
}

const leave = `{"id":"9001","type":"event","topic":"leave.updated","occurredAt":"2026-02-01T09:34:23.001Z","source":"https://acme.ilucca.net",
"data":{"id":"8750","type":"leave","startsOn":"2026-02-02","startPosition":"firstHalfDay","endsOn":"2026-02-03","endPosition":"secondHalfDay",
"employee":{"id":"416"},"leaveAccount":{"id":"56"},"days":[{"date":"2026-02-02","range":"allDay","duration":{"iso":"P1D","value":1,"unit":"days"}},
{"date":"2026-02-03","range":"allDay","duration":{"iso":"P1D","value":1,"unit":"days"}}],"status":"confirmed","lastUpdatedAt":"2026-02-01T09:34:23.001Z"}}`

const moved = `{"id":"9002","type":"event","topic":"employee.updated","occurredAt":"2026-02-01T09:34:23.001Z","source":"https://acme.ilucca.net",
"data":{"id":"416","type":"employee"}}`

// published are the employees whom workers are told to look up anew.
type published struct {
	employees []string
	err       error
}

func (p *published) Publish(_ context.Context, source, employee string) error {
	p.employees = append(p.employees, source+"/"+employee)
	return p.err
}

// A change of an employee is never refused: what it does not bring now, the night does.
func TestAChangedEmployee(t *testing.T) {
	for name, test := range map[string]struct {
		unpublished, down error
		woken             []workflows.WakeRequest
	}{
		"is told to workers, then their absences are routed anew": {
			woken: []workflows.WakeRequest{{Source: "demo", Employees: []string{"416"}, After: changes.Delay}},
		},
		"is not looked for where workers cannot know": {unpublished: errors.New("database away")},
		"waits for the night where Temporal is away": {
			down: errors.New("down"), woken: []workflows.WakeRequest{{Source: "demo", Employees: []string{"416"}, After: changes.Delay}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			engine, feed := &fakeEngine{down: test.down}, &published{err: test.unpublished}
			server := api.New(api.Config{
				Engine: engine, Settings: fakeSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler),
				Token: token, Now: func() time.Time { return now }, EmployeeChanges: feed,
			})
			answer := do(server, post("/webhooks/lucca/demo", moved, sign(moved, secret, now)))
			if answer.Code != 202 || !slices.Equal(feed.employees, []string{"demo/416"}) {
				t.Errorf("status %d, published %v", answer.Code, feed.employees)
			}
			if diff := cmp.Diff(test.woken, engine.woken); diff != "" {
				t.Errorf("woken (-want +got):\n%s", diff)
			}
		})
	}
}

const halfDay = `{"id":"78287-20260424-PM","date":"2026-04-24","isAm":false,"owner":{"id":134,"name":"Jane Doe","email":"jane.doe@example.com"},
"leaveAccount":{"id":1718,"name":"Paid leave 2026"},"isConfirmed":true,"confirmationDate":"2026-04-04T22:34:47.797","isCancelled":false,"cancellationDate":""}`

func TestWebhookAnswers(t *testing.T) {
	figgoHeader := func(key, event string) http.Header {
		return http.Header{"Authorization": {key}, "X-Event": {event}}
	}
	ping := `{"topic":"test.created","occurredAt":"2026-02-01T09:34:23Z","source":"x","data":{}}`
	big := strings.Repeat("x", 2<<20)
	for name, test := range map[string]struct {
		path, body string
		header     http.Header
		down       error
		status     int
		announced  int
	}{
		"signed leave":           {"/webhooks/lucca/demo", leave, sign(leave, secret, now), nil, 202, 1},
		"wrong secret":           {"/webhooks/lucca/demo", leave, sign(leave, "other", now), nil, 401, 0},
		"six minutes old":        {"/webhooks/lucca/demo", leave, sign(leave, secret, now.Add(-6*time.Minute)), nil, 401, 0},
		"six minutes ahead":      {"/webhooks/lucca/demo", leave, sign(leave, secret, now.Add(6*time.Minute)), nil, 401, 0},
		"no signature":           {"/webhooks/lucca/demo", leave, http.Header{}, nil, 401, 0},
		"signed for other body":  {"/webhooks/lucca/demo", leave + " ", sign(leave, secret, now), nil, 401, 0},
		"signed rubbish":         {"/webhooks/lucca/demo", "{", sign("{", secret, now), nil, 400, 0},
		"unknown topic":          {"/webhooks/lucca/demo", ping, sign(ping, secret, now), nil, 202, 0},
		"unknown source":         {"/webhooks/lucca/other", leave, sign(leave, secret, now), nil, 503, 0},
		"engine down":            {"/webhooks/lucca/demo", leave, sign(leave, secret, now), errors.New("down"), 503, 1},
		"too large":              {"/webhooks/lucca/demo", big, sign(big, secret, now), nil, 400, 0},
		"unknown generation":     {"/webhooks/other/demo", leave, sign(leave, secret, now), nil, 503, 0},
		"slash at the end":       {"/webhooks/lucca/demo/", leave, sign(leave, secret, now), nil, 503, 0},
		"half-day":               {"/webhooks/figgo/demo", halfDay, figgoHeader(key, "approved"), nil, 202, 1},
		"half-day, wrong key":    {"/webhooks/figgo/demo", halfDay, figgoHeader("Basic eA==", "approved"), nil, 401, 0},
		"half-day, no key":       {"/webhooks/figgo/demo", halfDay, http.Header{"X-Event": {"approved"}}, nil, 401, 0},
		"half-day, rubbish":      {"/webhooks/figgo/demo", "[]", figgoHeader(key, "approved"), nil, 400, 0},
		"half-day, other source": {"/webhooks/figgo/other", halfDay, figgoHeader(key, "approved"), nil, 503, 0},
	} {
		t.Run(name, func(t *testing.T) {
			engine := &fakeEngine{down: test.down}
			answer := do(newServer(engine), post(test.path, test.body, test.header))
			if answer.Code != test.status || len(engine.announced) != test.announced {
				t.Errorf("status %d with %d announced, want %d with %d: %s", answer.Code, len(engine.announced), test.status, test.announced, answer.Body)
			}
			if test.status >= 400 {
				checkProblem(t, answer)
			}
		})
	}
}

func checkProblem(t *testing.T, answer *httptest.ResponseRecorder) {
	t.Helper()
	if kind := answer.Header().Get("Content-Type"); !strings.HasPrefix(kind, "application/problem+json") {
		t.Errorf("content type %q, want application/problem+json", kind)
	}
	var body struct {
		Status              int
		Title, Detail, Code string
	}
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil || body.Status != answer.Code || body.Detail == "" || body.Code == "" {
		t.Errorf("problem %+v, error %v", body, err)
	}
}

func TestChallengeEchoesExactly(t *testing.T) {
	answer := do(newServer(&fakeEngine{}), httptest.NewRequest(http.MethodGet, "/webhooks/lucca/demo?echo=h%C3%A9llo%20%3Cb%3E", nil))
	if answer.Code != http.StatusOK || answer.Body.String() != "héllo <b>" || !strings.HasPrefix(answer.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("status %d, %q, %s", answer.Code, answer.Body, answer.Header().Get("Content-Type"))
	}
	for _, path := range []string{"/webhooks/lucca/demo", "/webhooks/lucca/other?echo=x"} {
		if answer := do(newServer(&fakeEngine{}), httptest.NewRequest(http.MethodGet, path, nil)); answer.Code == http.StatusOK || answer.Code == http.StatusNotFound {
			t.Errorf("%s answered %d", path, answer.Code)
		}
	}
}

func bearer(method, path, body, token string) *http.Request {
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+token)
	return request
}

func TestAdminRoutesAskForTheToken(t *testing.T) {
	server := newServer(&fakeEngine{})
	for _, path := range []string{"/api/v1/sources", "/api/v1/connections", "/api/v1/synchronizations", "/api/v1/absences/demo/8750"} {
		for _, wrong := range []string{"", "x", token + "x"} {
			answer := do(server, bearer(http.MethodGet, path, "", wrong))
			if answer.Code != http.StatusUnauthorized || answer.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s with token %q answered %d", path, wrong, answer.Code)
			}
			checkProblem(t, answer)
		}
	}
	closed := api.New(api.Config{Engine: &fakeEngine{}, Settings: fakeSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler)})
	if answer := do(closed, bearer(http.MethodGet, "/api/v1/sources", "", "")); answer.Code != http.StatusUnauthorized {
		t.Errorf("without a configured token: %d, want 401", answer.Code)
	}
}

func TestSettingsAreListedWithoutSecrets(t *testing.T) {
	server := newServer(&fakeEngine{})
	for _, path := range []string{"/api/v1/sources", "/api/v1/connections", "/api/v1/synchronizations"} {
		answer := do(server, bearer(http.MethodGet, path, "", token))
		for _, hidden := range []string{secret, key, "top-secret-key"} {
			if strings.Contains(answer.Body.String(), hidden) {
				t.Errorf("%s shows the secret %q", path, hidden)
			}
		}
		if answer.Code != http.StatusOK || !strings.Contains(answer.Body.String(), `"items":[{`) {
			t.Errorf("%s: %d %s", path, answer.Code, answer.Body)
		}
	}
}

func sampleAbsence() starter.Absence {
	return starter.Absence{
		State: workflows.State{
			Source: "demo", Absence: "8750", Status: workflows.StatusBlocked, Employee: "416", LegalEntity: "1",
			Content: absence.Absence{AccountName: "Maladie", HalfDays: []absence.HalfDay{{Date: absence.Date{Year: 2026, Month: 2, Day: 2}, Part: absence.Morning}}},
			Trouble: &workflows.Trouble{Reason: "mailbox-missing", Scope: "mailbox", Code: "ErrorInvalidUser", RequestID: "6f3b0f0e-1111", Since: now},
			NextTry: now.Add(time.Minute),
			Story: []workflows.Entry{{At: now, Event: workflows.EventReceived, Kind: workflows.Approved, EventID: "9001"}, {At: now, Event: workflows.EventTrouble, Trouble: &workflows.Trouble{
				Reason: "mailbox-missing", Code: "ErrorInvalidUser", RequestID: "6f3b0f0e-1111",
			}}},
		},
		WorkflowID: "absence/demo/8750", RunID: "r1", Running: true,
	}
}

func TestAnAbsenceTellsItsStory(t *testing.T) {
	server := newServer(&fakeEngine{absence: sampleAbsence()})
	french := do(server, bearer(http.MethodGet, "/api/v1/absences/demo/8750", "", token)).Body.String()
	english := bearer(http.MethodGet, "/api/v1/absences/demo/8750", "", token)
	english.Header.Set("Accept-Language", "en-GB,en;q=0.9")
	text := do(server, english).Body.String()
	for _, want := range []string{`"status":"blocked"`, "Create the mailbox", "(ErrorInvalidUser, request-id 6f3b0f0e-1111)", `"requestId":"6f3b0f0e-1111"`, "absence approved", "http://127.0.0.1:8233/namespaces/default/workflows/absence%2Fdemo%2F8750/r1/history"} {
		if !strings.Contains(text, want) {
			t.Errorf("the English answer lacks %q:\n%s", want, text)
		}
	}
	if !strings.Contains(french, "Créez la boîte aux lettres") {
		t.Errorf("the answer is not French by default:\n%s", french)
	}
	if strings.Contains(text, "Maladie") {
		t.Error("the answer shows the absence's type")
	}
	if answer := do(server, bearer(http.MethodGet, "/api/v1/absences/demo/1", "", token)); answer.Code != http.StatusNotFound {
		t.Errorf("an unknown absence answers %d, want 404", answer.Code)
	}
}

func TestResync(t *testing.T) {
	for body, want := range map[string]struct {
		status  int
		rewrite bool
	}{
		"":                  {202, true},
		`{}`:                {202, true},
		`{"rewrite":false}`: {202, false},
		`{"rewrit":false}`:  {400, false},
		`[]`:                {400, false},
	} {
		engine := &fakeEngine{absence: sampleAbsence()}
		answer := do(newServer(engine), bearer(http.MethodPost, "/api/v1/absences/demo/8750/resync", body, token))
		if answer.Code != want.status || (want.status == 202 && (len(engine.rewrites) != 1 || engine.rewrites[0] != want.rewrite)) {
			t.Errorf("body %q: %d, rewrites %v; want %+v", body, answer.Code, engine.rewrites, want)
		}
	}
}

func TestProbes(t *testing.T) {
	up, down := newServer(&fakeEngine{}), newServer(&fakeEngine{down: errors.New("down")})
	for path, want := range map[string][2]int{"/healthz": {200, 200}, "/readyz": {200, 503}, "/metrics": {200, 200}} {
		for i, server := range []http.Handler{up, down} {
			if answer := do(server, httptest.NewRequest(http.MethodGet, path, nil)); answer.Code != want[i] {
				t.Errorf("%s answered %d, want %d", path, answer.Code, want[i])
			}
		}
	}
}

// The document and the server must tell of the same routes.
func TestOpenAPIDescribesEveryRoute(t *testing.T) {
	server := newServer(&fakeEngine{})
	raw := do(server, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil)).Body.Bytes()
	document, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for path, item := range document.Paths.Map() {
		if strings.HasPrefix(path, "/codec/") {
			continue // only with a codec
		}
		for method := range item.Operations() {
			described[method+" "+path] = true
		}
	}
	for _, route := range server.Routes() {
		if !described[route] {
			t.Errorf("%s is served but not described", route)
		}
		delete(described, route)
	}
	for route := range described {
		t.Errorf("%s is described but not served", route)
	}
}

// What the server answers is what the document says.
func TestAnswersMatchTheirSchemas(t *testing.T) {
	server := newServer(&fakeEngine{absence: sampleAbsence()})
	document, err := openapi3.NewLoader().LoadFromData(do(server, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil)).Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for path, actual := range map[string]string{
		"/api/v1/sources": "/api/v1/sources", "/api/v1/connections": "/api/v1/connections", "/api/v1/synchronizations": "/api/v1/synchronizations",
		"/api/v1/absences/{source}/{absence}": "/api/v1/absences/demo/8750",
	} {
		answer := do(server, bearer(http.MethodGet, actual, "", token))
		var value any
		if err := json.NewDecoder(bytes.NewReader(answer.Body.Bytes())).Decode(&value); err != nil {
			t.Fatal(err)
		}
		schema := document.Paths.Find(path).Get.Responses.Value("200").Value.Content["application/json"].Schema.Value
		if err := schema.VisitJSON(value); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestServeDrainsOnStop(t *testing.T) {
	engine := &slowEngine{entered: make(chan struct{}), leave: make(chan struct{})}
	server := api.New(api.Config{Engine: engine, Settings: fakeSettings{}, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }})
	listener := newListener(t)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, listener) }()
	status := make(chan int, 1)
	go func() {
		request, _ := http.NewRequest(http.MethodPost, "http://"+listener.Addr().String()+"/webhooks/lucca/demo", strings.NewReader(leave))
		request.Header = sign(leave, secret, now)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			status <- 0
			return
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		status <- answer.StatusCode
	}()
	<-engine.entered
	stop()
	close(engine.leave)
	if got := <-status; got != http.StatusAccepted {
		t.Errorf("the request under way got %d, want 202", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}
