package admin_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

var (
	alice = settings.Author{ID: "person:alice", Name: "Alice"}
	now   = time.Date(2026, 2, 4, 9, 34, 24, 0, time.UTC)
)

// fakeEngine is a Temporal with some absences in its index.
type fakeEngine struct {
	// progress is that of every initialization.
	progress workflows.Progress
	mu       sync.Mutex
	down     error
	lines    []starter.AbsenceLine
	asked    []starter.AbsencesQuery
	counts   int

	started map[string]workflows.InitializationInput
	checked []workflows.CheckRequest
	retried []string
	retries []workflows.Retry
	woken   []workflows.WakeRequest
	stuck   int
	// cancelled ends the context of the one who saves.
	cancelled context.CancelFunc
	steps     []workflows.CheckStep
	// operations were started; taken says that somebody was faster to approve.
	operations []starter.Operation
	taken      bool
	held       map[string]workflows.HeldDeletions
	decided    []bool
	troubles   map[string]*workflows.Trouble // by absence
	keys       []string
	watched    []starter.Watched
	// refused are whose automatic replies are, and replies how theirs stand, by employee.
	refused []starter.RepliesLine
	replies map[string]workflows.RepliesState
}

func (e *fakeEngine) StartInitialization(_ context.Context, source string, input workflows.InitializationInput, key string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.down != nil {
		return "", e.down
	}
	if key == "" {
		key = strings.Repeat("n", len(e.started)+1)
	}
	id := workflows.InitializationID(source, key)
	if e.started == nil {
		e.started = map[string]workflows.InitializationInput{}
	}
	if _, again := e.started[id]; !again {
		e.started[id] = input
	}
	return id, nil
}

func (e *fakeEngine) Initialization(_ context.Context, id string) (starter.Initialization, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	input, ok := e.started[id]
	if !ok {
		return starter.Initialization{}, starter.ErrNotFound
	}
	progress := e.progress
	progress.Synchronization = input.Synchronization
	return starter.Initialization{WorkflowID: id, Progress: progress}, e.down
}

func (e *fakeEngine) Initializations(ctx context.Context) (all []starter.Initialization, err error) {
	for id := range e.started {
		one, err := e.Initialization(ctx, id)
		if err != nil {
			return nil, err
		}
		// Temporal's list tells no more than that it goes on.
		one.Progress = workflows.Progress{Synchronization: one.Synchronization, Phase: workflows.PhaseRunning}
		all = append(all, one)
	}
	return all, e.down
}

func (e *fakeEngine) CancelInitialization(ctx context.Context, id string) error {
	_, err := e.Initialization(ctx, id)
	return err
}

func (e *fakeEngine) ConfirmInitialization(_ context.Context, id string, employees int) error {
	if employees != 12 {
		return starter.ErrNotConfirmable
	}
	return e.down
}

func (e *fakeEngine) StartReconciliation(_ context.Context, source string, input workflows.ReconciliationInput, key string) (string, error) {
	e.keys = append(e.keys, key)
	e.operations = append(e.operations, starter.Operation{
		WorkflowID: workflows.ReconciliationID(source, "n"), Phase: workflows.PhaseWaiting, Synchronization: input.Synchronization,
		Breaker:        &workflows.Breaker{Deletions: 61, Changes: 4, Of: 100},
		Reconciliation: &workflows.ReconciliationProgress{Source: source, Repair: input.Repair, From: input.From},
	})
	return workflows.ReconciliationID(source, "n"), e.down
}

func (e *fakeEngine) StartRemoval(_ context.Context, source string, input workflows.RemovalInput, key string) (string, error) {
	e.keys = append(e.keys, key)
	e.operations = append(e.operations, starter.Operation{
		WorkflowID: workflows.RemovalID(source, "n"), Phase: workflows.PhaseCounting, Synchronization: input.Synchronization,
		Removal: &workflows.RemovalProgress{Source: source, LegalEntity: input.LegalEntity, DryRun: input.DryRun},
	})
	return workflows.RemovalID(source, "n"), e.down
}

func (e *fakeEngine) Operation(_ context.Context, id string) (starter.Operation, error) {
	for _, one := range e.operations {
		if one.WorkflowID == id {
			return one, e.down
		}
	}
	return starter.Operation{}, starter.ErrNotFound
}

func (e *fakeEngine) Operations(context.Context, string, string, int) ([]starter.Operation, error) {
	return e.operations, e.down
}

func (e *fakeEngine) ApproveOperation(context.Context, string, workflows.Approval) error {
	if e.taken {
		return starter.ErrNotApprovable
	}
	return e.down
}

func (e *fakeEngine) CancelOperation(context.Context, string) error { return e.down }

func (e *fakeEngine) Watched(context.Context) ([]starter.Watched, error) { return e.watched, e.down }

func (e *fakeEngine) RepliesWithReason(context.Context, string) ([]starter.RepliesLine, error) {
	return e.refused, e.down
}

func (e *fakeEngine) Replies(_ context.Context, _, employee string) (workflows.RepliesState, error) {
	state, known := e.replies[employee]
	if !known {
		return state, starter.ErrNotFound
	}
	return state, e.down
}

func (e *fakeEngine) Held(_ context.Context, source string) (workflows.HeldDeletions, error) {
	return e.held[source], e.down
}

func (e *fakeEngine) DecideHeld(_ context.Context, source string, decision workflows.Decision) (int, error) {
	total := e.held[source].Total
	if total == 0 || decision.Deletions != 0 && decision.Deletions != total {
		return 0, starter.ErrNotApprovable
	}
	delete(e.held, source)
	e.decided = append(e.decided, decision.Approve)
	return total, e.down
}

func (e *fakeEngine) CheckConnection(_ context.Context, request workflows.CheckRequest) (workflows.CheckResult, error) {
	e.checked = append(e.checked, request)
	return workflows.CheckResult{Steps: e.steps}, e.down
}

func (e *fakeEngine) Absence(_ context.Context, source, id string) (starter.Absence, error) {
	return starter.Absence{State: workflows.State{Source: source, Absence: id, Trouble: e.troubles[id]}}, e.down
}

func (e *fakeEngine) Retry(_ context.Context, source, id string, retry workflows.Retry) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.retried = append(e.retried, source+"/"+id)
	e.retries = append(e.retries, retry)
	return e.down
}

func (e *fakeEngine) Stuck(context.Context) (int, error) { return e.stuck, e.down }

func (e *fakeEngine) Wake(ctx context.Context, request workflows.WakeRequest) error {
	if e.cancelled != nil {
		e.cancelled() // the one who saved left
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.woken = append(e.woken, request)
	return e.down
}

// takeWoken takes the wishes to wake absences so far.
func (e *fakeEngine) takeWoken() []workflows.WakeRequest {
	e.mu.Lock()
	defer e.mu.Unlock()
	woken := e.woken
	e.woken = nil
	return woken
}

// find answers a query as the index does.
func (e *fakeEngine) find(q starter.AbsencesQuery) []starter.AbsenceLine {
	return slices.DeleteFunc(slices.Clone(e.lines), func(l starter.AbsenceLine) bool {
		return q.Source != "" && l.Source != q.Source || q.Synchronization != "" && l.Synchronization != q.Synchronization ||
			q.Employee != "" && l.Employee != q.Employee || q.Reason != "" && l.Reason != q.Reason ||
			len(q.Statuses) > 0 && !slices.Contains(q.Statuses, l.Status) || q.Running && !l.EndedAt.IsZero() ||
			len(q.IDs) > 0 && !slices.Contains(q.IDs, l.Absence) ||
			(q.Either != "" || len(q.Owners) > 0) && l.Employee != q.Either && l.Absence != q.Either && !slices.Contains(q.Owners[l.Source], l.Employee)
	})
}

func (e *fakeEngine) Absences(_ context.Context, q starter.AbsencesQuery) ([]starter.AbsenceLine, string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, q)
	if q.Page == "bad" {
		return nil, "", starter.ErrPage
	}
	found, begin := e.find(q), 0
	_, _ = fmt.Sscanf(q.Page, "from-%d", &begin)
	if found = found[min(begin, len(found)):]; len(found) > q.Limit {
		return found[:q.Limit], fmt.Sprintf("from-%d", begin+q.Limit), e.down
	}
	return found, "", e.down
}

func (e *fakeEngine) Count(_ context.Context, q starter.AbsencesQuery) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.counts++
	return len(e.find(q)), e.down
}

// account is a Lucca account of the sandbox, reached without a network.
type account struct {
	service *lucca.Service

	mu    sync.Mutex
	calls []string
	delay time.Duration
	fails error
	// refuses are collections that are answered with a status.
	refuses map[string]int
}

func newAccount() *account {
	a := &account{service: lucca.New(lucca.Config{ClientID: "key", ClientSecret: "s3cret", APIKey: "the-key", Host: "https://acme.ilucca.net"})}
	a.service.AddLegalEntity(lucca.LegalEntity{ID: 1, Name: "Lyon", Zone: "Europe/Paris"})
	a.service.AddLegalEntity(lucca.LegalEntity{ID: 2, Name: "Genève", Zone: "Europe/Zurich"})
	_ = a.service.AddEmployee(lucca.Employee{ID: 416, GivenName: "Jane", FamilyName: "Doe", LegalEntity: 1, Email: "jane.doe@example.com"})
	return a
}

func (a *account) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	a.calls = append(a.calls, r.Method+" "+r.URL.Path)
	delay, fails := a.delay, a.fails
	a.mu.Unlock()
	select {
	case <-time.After(delay):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	if status := a.refuses[path.Base(r.URL.Path)]; status != 0 {
		recorder := httptest.NewRecorder()
		recorder.WriteHeader(status)
		return recorder.Result(), nil
	}
	if fails != nil {
		return nil, fails
	}
	recorder := httptest.NewRecorder()
	a.service.Handler().ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func (a *account) count(part string) (count int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, call := range a.calls {
		if strings.Contains(call, part) {
			count++
		}
	}
	return count
}

// desk is a service over stored settings with one source and two connections.
type desk struct {
	*admin.Service
	store   *stored.Store
	engine  *fakeEngine
	account *account
}

func newDesk(t *testing.T, changes ...func(*admin.Config)) desk {
	t.Helper()
	d := desk{store: storedtest.Open(t), engine: &fakeEngine{}, account: newAccount()}
	config := admin.Config{
		Settings: d.store, Editor: d.store, Engine: d.engine, PublicURL: "https://figgosync.example.com", WebUI: "http://127.0.0.1:8233/", Namespace: "default",
		Log: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: d.account}, Now: func() time.Time { return now },
		LuccaPerMinute: 6000,
	}
	for _, change := range changes {
		change(&config)
	}
	d.Service = admin.New(config)
	return d
}

// secrets are pairs of a secret's key and what was filled in for it.
func secrets(pairs ...string) map[string]admin.SecretInput {
	inputs := map[string]admin.SecretInput{}
	for i := 0; i+1 < len(pairs); i += 2 {
		inputs[pairs[i]] = admin.SecretInput{Value: settings.Secret(pairs[i+1])}
	}
	return inputs
}

func acme() admin.SourceInput {
	return admin.SourceInput{
		Source: settings.Source{
			Name: "acme", Host: "https://acme.ilucca.net/", TokenURL: "https://acme.ilucca.net/connect/token", ClientID: "key",
		},
		Secrets: secrets("clientSecret", "s3cret"),
	}
}

func factory() admin.ConnectionInput {
	return admin.ConnectionInput{
		Connection: settings.Connection{Name: "factory", Provider: calendars.Exchange, System: &ews.Settings{
			URL: "https://mail.acme.example/ews/exchange.asmx", Username: `ACME\sync`,
		}},
		Secrets: secrets("exchange.password", "hunter2"),
	}
}

func headquarters() settings.Synchronization {
	return settings.Synchronization{
		Name: "headquarters", Source: "acme", Connection: "factory", LegalEntities: []string{"1"}, Zone: "Europe/Paris",
		Policy: absence.DefaultPolicy(), ConfirmAbove: 10,
	}
}

// fill stores one of each.
func (d desk) fill(t *testing.T) desk {
	t.Helper()
	_, err := d.PutSource(t.Context(), alice, acme(), 0)
	if err == nil {
		_, err = d.PutConnection(t.Context(), alice, factory(), 0)
	}
	if err == nil {
		_, err = d.PutSynchronization(t.Context(), alice, headquarters(), 0)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// problems are the fields and codes of an InvalidError.
func problems(t *testing.T, err error) map[string]string {
	t.Helper()
	wrong, ok := errors.AsType[*settings.InvalidError](err)
	if !ok {
		t.Fatalf("got %v, want an InvalidError", err)
	}
	all := map[string]string{}
	for _, problem := range wrong.Problems {
		all[problem.Field] = problem.Code
	}
	return all
}

// fileOf is what the desk has stored as a settings file, which needs no database.
func fileOf(t *testing.T, d desk) *settings.File {
	t.Helper()
	exported, err := settings.Export(t.Context(), d.store)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(exported), "clientId: key", "clientId: key\n    clientSecret: s3cret", 1)
	text = strings.Replace(text, "exchange:\n", "exchange:\n      password: hunter2\n", 1)
	file, err := settings.Parse([]byte(text), "settings.yaml", settings.LoadOptions{})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return file
}

func fileConfig(file *settings.File, engine *fakeEngine, account *account) admin.Config {
	return admin.Config{Settings: file, Engine: engine, Log: slog.New(slog.DiscardHandler), HTTP: &http.Client{Transport: account}}
}
