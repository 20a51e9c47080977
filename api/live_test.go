package api_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/figgosync/figgosync/api"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/database"
	"github.com/figgosync/figgosync/internal/database/databasetest"
	"github.com/figgosync/figgosync/internal/figgo"
	"github.com/figgosync/figgosync/internal/record"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/sandbox/lucca"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// liveEngine is a Temporal that keeps initializations in memory.
type liveEngine struct {
	watched []starter.Watched
	// refused are whose automatic replies are, and replies how theirs stand, by employee.
	refused []starter.RepliesLine
	replies map[string]workflows.RepliesState
	mu      sync.Mutex
	phase   workflows.Phase // of all initializations
	inputs  map[string]workflows.InitializationInput
	synced  int
	// breaker is what all initializations wait for, nil for nothing.
	breaker *workflows.Breaker
	// operations are reconciliations and removals.
	operations []starter.Operation
	held       map[string]workflows.HeldDeletions
	decided    []bool
	// asked is the last search for people.
	asked map[string][]string
}

func (e *liveEngine) owners() map[string][]string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.asked
}

func (e *liveEngine) set(phase workflows.Phase, synced int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.phase, e.synced = phase, synced
}

func (e *liveEngine) Announce(context.Context, string, figgo.Notice) error { return nil }
func (e *liveEngine) Ready(context.Context) error                          { return nil }

func (e *liveEngine) StartInitialization(_ context.Context, source string, input workflows.InitializationInput, key string) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if key == "" {
		key = strconv.Itoa(len(e.inputs) + 1)
	}
	id := workflows.InitializationID(source, fmt.Sprintf("%x", key))
	if _, again := e.inputs[id]; !again {
		e.inputs[id] = input
	}
	return id, nil
}

func (e *liveEngine) Initialization(_ context.Context, id string) (starter.Initialization, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	input, ok := e.inputs[id]
	if !ok {
		return starter.Initialization{}, starter.ErrNotFound
	}
	counts := workflows.Counts{Total: 3, Synced: e.synced, Blocked: 1}
	return starter.Initialization{
		WorkflowID: id, RunID: "run", StartsAt: now,
		Progress: workflows.Progress{
			Phase: e.phase, Synchronization: input.Synchronization, Source: "acme", Since: input.Since, DryRun: input.DryRun, Employees: 12, Counts: counts,
			Breaker: e.breaker,
			LegalEntities: []workflows.LegalEntityProgress{{
				LegalEntity: "1", Counts: counts, Listed: true, Troubled: []workflows.Troubled{{Absence: "8750", Status: "blocked", Reason: "mailbox-missing"}},
				Preview: []workflows.EmployeePreview{{Employee: "416", Created: 2}},
			}},
		},
	}, nil
}

// waits has all initializations wait for an approval, or go on with nil.
func (e *liveEngine) waits(breaker *workflows.Breaker) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.breaker = breaker; breaker != nil {
		e.phase = workflows.PhaseWaiting
	} else {
		e.phase = workflows.PhaseRunning
	}
}

func (e *liveEngine) Initializations(ctx context.Context) (all []starter.Initialization, err error) {
	e.mu.Lock()
	ids := slices.Sorted(maps.Keys(e.inputs))
	e.mu.Unlock()
	for _, id := range ids[:min(len(ids), 100)] {
		one, err := e.Initialization(ctx, id)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

func (e *liveEngine) CancelInitialization(ctx context.Context, id string) error {
	_, err := e.Initialization(ctx, id)
	return err
}

func (e *liveEngine) ConfirmInitialization(ctx context.Context, id string, employees int) error {
	if _, err := e.Initialization(ctx, id); err != nil {
		return err
	}
	if employees != 12 {
		return starter.ErrNotConfirmable
	}
	return nil
}

func (e *liveEngine) StartReconciliation(_ context.Context, source string, input workflows.ReconciliationInput, _ string) (string, error) {
	return e.begin(starter.Operation{
		WorkflowID: workflows.ReconciliationID(source, strconv.Itoa(len(e.operations)+1)), Synchronization: input.Synchronization,
		Reconciliation: &workflows.ReconciliationProgress{
			Source: source, Repair: input.Repair, From: absence.Date{Year: 2026, Month: 1, Day: 1}, To: absence.Date{Year: 2027, Month: 1, Day: 1},
			Counts: workflows.ReconciliationCounts{Absences: 100, Events: 100, Right: 39, Surplus: 61, Missing: 4},
			ByRule: []workflows.RuleCounts{
				{Changes: 4, Deletions: 60}, {Rule: 1, Accounts: []string{"name:RTT"}, More: 2, Deletions: 1}, {Unlisted: true},
			},
			Differences: []workflows.Found{
				{Kind: "missing", Absence: "8750", Employee: "416", Day: "2026-10-01"}, {Kind: "surplus", Absence: "8751", Day: "2026-10-02"},
			},
		},
	})
}

func (e *liveEngine) StartRemoval(_ context.Context, source string, input workflows.RemovalInput, _ string) (string, error) {
	return e.begin(starter.Operation{
		WorkflowID: workflows.RemovalID(source, strconv.Itoa(len(e.operations)+1)), Synchronization: input.Synchronization,
		Removal: &workflows.RemovalProgress{
			Source: source, LegalEntity: input.LegalEntity, Employee: input.Employee, Initialization: input.Initialization, DryRun: input.DryRun, Counts: workflows.RemovalCounts{Mailboxes: 3, Events: 61, Blocked: 1},
			Uncleared: []workflows.Uncleared{{Employee: "416", Reason: "mailbox-missing"}},
		},
	})
}

func (e *liveEngine) begin(one starter.Operation) (string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	one.RunID, one.StartsAt, one.Phase = "run", now, workflows.PhasePlanning
	e.operations = append(e.operations, one)
	return one.WorkflowID, nil
}

// become changes how far the newest operation is.
func (e *liveEngine) become(change func(*starter.Operation)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.operations[len(e.operations)-1])
}

func (e *liveEngine) Operation(_ context.Context, id string) (starter.Operation, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.operations {
		if one.WorkflowID == id {
			return one, nil
		}
	}
	return starter.Operation{}, starter.ErrNotFound
}

func (e *liveEngine) Operations(_ context.Context, kind, synchronization string, _ int) (all []starter.Operation, _ error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, one := range e.operations {
		if (one.Removal != nil) == (kind == workflows.RemovalType) && (synchronization == "" || one.Synchronization == synchronization) {
			all = append(all, one)
		}
	}
	return all, nil
}

func (e *liveEngine) ApproveOperation(context.Context, string, workflows.Approval) error { return nil }
func (e *liveEngine) CancelOperation(context.Context, string) error                      { return nil }

func (e *liveEngine) Watched(context.Context) ([]starter.Watched, error) { return e.watched, nil }

func (e *liveEngine) RepliesWithReason(context.Context, string) ([]starter.RepliesLine, error) {
	return e.refused, nil
}

func (e *liveEngine) Replies(_ context.Context, _, employee string) (workflows.RepliesState, error) {
	state, known := e.replies[employee]
	if !known {
		return state, starter.ErrNotFound
	}
	return state, nil
}

func (e *liveEngine) Held(_ context.Context, source string) (workflows.HeldDeletions, error) {
	return e.held[source], nil
}

func (e *liveEngine) DecideHeld(_ context.Context, source string, decision workflows.Decision) (int, error) {
	total := e.held[source].Total
	if total == 0 || decision.Deletions != 0 && decision.Deletions != total {
		return 0, starter.ErrNotApprovable
	}
	delete(e.held, source)
	e.decided = append(e.decided, decision.Approve)
	return total, nil
}

func (e *liveEngine) CheckConnection(context.Context, workflows.CheckRequest) (workflows.CheckResult, error) {
	return workflows.CheckResult{Steps: []workflows.CheckStep{{Name: "address", Outcome: "ok"}, {Name: "tls", Outcome: "failed", Finding: "tls-expired"}}}, nil
}

func (e *liveEngine) Absence(_ context.Context, source, id string) (starter.Absence, error) {
	if source != "acme" || id != "8750" {
		return starter.Absence{}, starter.ErrNotFound
	}
	found := sampleAbsence()
	found.Source = "acme"
	return found, nil
}

func (e *liveEngine) Retry(ctx context.Context, source, id string, _ workflows.Retry) error {
	_, err := e.Absence(ctx, source, id)
	return err
}

func (e *liveEngine) Stuck(context.Context) (int, error) { return 0, nil }

func (e *liveEngine) Wake(context.Context, workflows.WakeRequest) error { return nil }

func (e *liveEngine) Absences(_ context.Context, q starter.AbsencesQuery) ([]starter.AbsenceLine, string, error) {
	if len(q.Owners) > 0 {
		e.mu.Lock()
		e.asked = q.Owners
		e.mu.Unlock()
	}
	switch q.Page {
	case "":
	case "second":
		return nil, "", nil
	default:
		return nil, "", starter.ErrPage
	}
	if len(q.Statuses) > 0 && !slices.Contains(q.Statuses, workflows.StatusBlocked) {
		return nil, "", nil
	}
	return []starter.AbsenceLine{{
		Source: "acme", Absence: "8750", Employee: "416", LegalEntity: "1", Synchronization: "headquarters", Status: "blocked", Reason: "mailbox-missing",
		StartedAt: now, WorkflowID: "absence/acme/8750", RunID: "r1",
	}}, "second", nil
}

func (e *liveEngine) Count(ctx context.Context, q starter.AbsencesQuery) (int, error) {
	q.Page = ""
	found, _, err := e.Absences(ctx, q)
	return len(found), err
}

// account is a Lucca of the sandbox under every name, without a network.
type account struct{ service *lucca.Service }

func (a account) RoundTrip(r *http.Request) (*http.Response, error) {
	recorder := httptest.NewRecorder()
	a.service.Handler().ServeHTTP(recorder, r)
	return recorder.Result(), nil
}

func newAccount() account {
	service := lucca.New(lucca.Config{ClientID: "key", ClientSecret: "s3cret", APIKey: "the-key", Host: "https://acme.ilucca.net"})
	service.AddLegalEntity(lucca.LegalEntity{ID: 1, Name: "Lyon", Zone: "Europe/Paris"})
	_ = service.AddEmployee(lucca.Employee{ID: 416, GivenName: "Jane", FamilyName: "Doe", LegalEntity: 1, Email: "jane.doe@example.com"})
	return account{service}
}

// live is the whole HTTP side over a real store, with people and tokens.
type live struct {
	*api.Server
	store  *stored.Store
	engine *liveEngine
	gate   *access.Gate
	// reader is the token of somebody who may only see.
	reader string
}

func newLive(t *testing.T, changes ...func(*api.Config)) live {
	t.Helper()
	db := databasetest.Open(t, databasetest.SQLite(t))
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return newLiveOn(t, db, changes...)
}

// newLiveOn is newLive on a database with all tables.
func newLiveOn(t *testing.T, db *database.DB, changes ...func(*api.Config)) live {
	t.Helper()
	store := storedtest.OpenOn(t, db, filepath.Join(t.TempDir(), "settings-keyset.json"))
	log := slog.New(slog.DiscardHandler)
	gate, err := access.New(access.Config{DB: db, Audit: store, Log: log, TokensOnly: []string{"/codec"}})
	if err != nil {
		t.Fatal(err)
	}
	gate.AddFixedToken(token, access.Configure, "test")
	l := live{store: store, gate: gate, engine: &liveEngine{inputs: map[string]workflows.InitializationInput{}, phase: workflows.PhaseRunning}}
	if l.reader, _, err = gate.CreateToken(t.Context(), access.Principal{ID: "person:1", Person: true}, "reader", access.Consult, time.Now().AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	desk := admin.New(admin.Config{
		Settings: store, Editor: store, Engine: l.engine, PublicURL: "https://figgosync.example.com", WebUI: "http://127.0.0.1:8233", Namespace: "default",
		Log: log, HTTP: &http.Client{Transport: newAccount()}, LuccaPerMinute: 1_000_000,
	})
	config := api.Config{
		Engine: l.engine, Settings: store, Registry: prometheus.NewRegistry(), Log: log, Admin: desk, Gate: gate, PublicURL: "https://figgosync.example.com",
	}
	config.Alerts = &admin.Alerts{Service: desk, Notifier: alerts.New(alerts.Config{
		DB: db, Settings: store, Source: &admin.Watch{Service: desk}, HTTP: &http.Client{Transport: newAccount()}, Log: log,
	})}
	for _, change := range changes {
		change(&config)
	}
	l.Server = api.New(config)
	return l
}

// fill stores one of each.
func (l live) fill(t *testing.T) live {
	t.Helper()
	if err := errors.Join(l.refill(t.Context())...); err != nil {
		t.Fatal(err)
	}
	return l
}

// refill stores what is not there.
func (l live) refill(ctx context.Context) []error {
	by := settings.Author{ID: "command"}
	_, err1 := l.store.PutSource(ctx, by, settings.Source{
		Name: "acme", Host: "https://acme.ilucca.net", TokenURL: "https://acme.ilucca.net/connect/token", API: settings.APIv5, ClientID: "key", ClientSecret: "s3cret",
	}, 0)
	_, err2 := l.store.PutConnection(ctx, by, settings.Connection{Name: "office", Provider: "office365", System: &graph.Settings{
		TenantID: tenant, ClientID: "client-1", ClientSecret: "top-secret", AuthorityURL: record.Default[graph.Settings]("authorityUrl"), GraphURL: record.Default[graph.Settings]("graphUrl"),
	}}, 0)
	_, err3 := l.store.PutSynchronization(ctx, by, settings.Synchronization{
		Name: "headquarters", Source: "acme", Connection: "office", LegalEntities: []string{"1"}, Zone: "Europe/Paris", Policy: absence.DefaultPolicy(), ConfirmAbove: 10,
	}, 0)
	return []error{err1, err2, err3}
}

// newServerOf is a server that only reads the same settings, with a fixed token.
func newServerOf(l live) *api.Server {
	return api.New(api.Config{
		Engine: l.engine, Settings: l.store, Registry: prometheus.NewRegistry(), Log: slog.New(slog.DiscardHandler), Token: token, Now: func() time.Time { return now },
	})
}

// signIn signs somebody in who may configure, and returns the cookie.
func (l live) signIn(t *testing.T) string {
	t.Helper()
	path, err := l.gate.NewLink(t.Context(), settings.Author{ID: "command"}, access.Configure, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{"token": {strings.TrimPrefix(path, "/sign-in/link#")}}
	request := httptest.NewRequest(http.MethodPost, "/sign-in/link", strings.NewReader(form.Encode()))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := httptest.NewRecorder()
	l.gate.UseLink(answer, request)
	cookie, _, found := strings.Cut(answer.Header().Get("Set-Cookie"), ";")
	if !found {
		t.Fatalf("not signed in: %d", answer.Code)
	}
	return cookie
}
