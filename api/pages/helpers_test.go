package pages_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"

	"github.com/figgosync/figgosync/api/pages"
	"github.com/figgosync/figgosync/internal/absence"
	"github.com/figgosync/figgosync/internal/access"
	"github.com/figgosync/figgosync/internal/admin"
	"github.com/figgosync/figgosync/internal/alerts"
	"github.com/figgosync/figgosync/internal/calendars"
	"github.com/figgosync/figgosync/internal/calendars/ews"
	"github.com/figgosync/figgosync/internal/calendars/graph"
	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/internal/settings/stored/storedtest"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// engine is a Temporal that holds what a test puts into it.
type engine struct {
	down     error
	absences map[string]starter.Absence // by source/id
	lines    []starter.AbsenceLine
	// asked counts the questions to single absences.
	asked           atomic.Int32
	initializations []starter.Initialization
	stuck           int
	retrying        sync.Mutex
	retried         []string
	started         []workflows.InitializationInput
	check           workflows.CheckResult
	operations      []starter.Operation
	reconciled      []workflows.ReconciliationInput
	removed         []workflows.RemovalInput
	approved        []workflows.Approval
	cancelled       []string
	held            map[string]workflows.HeldDeletions
	decided         []bool
	watched         []starter.Watched
	// refused are whose automatic replies are, and replies how theirs stand, by employee.
	refused []starter.RepliesLine
	replies map[string]workflows.RepliesState
}

func (e *engine) StartInitialization(_ context.Context, source string, input workflows.InitializationInput, key string) (string, error) {
	e.started = append(e.started, input)
	return "initialization/" + source + "/" + key, e.down
}

func (e *engine) Initialization(_ context.Context, id string) (starter.Initialization, error) {
	for _, one := range e.initializations {
		if one.WorkflowID == id {
			return one, e.down
		}
	}
	return starter.Initialization{}, starter.ErrNotFound
}

func (e *engine) Initializations(context.Context) ([]starter.Initialization, error) {
	return e.initializations, e.down
}
func (e *engine) CancelInitialization(context.Context, string) error       { return e.down }
func (e *engine) ConfirmInitialization(context.Context, string, int) error { return e.down }

func (e *engine) StartReconciliation(_ context.Context, source string, input workflows.ReconciliationInput, _ string) (string, error) {
	e.reconciled = append(e.reconciled, input)
	return "reconciliation/" + source + "/n", e.down
}

func (e *engine) StartRemoval(_ context.Context, source string, input workflows.RemovalInput, _ string) (string, error) {
	e.removed = append(e.removed, input)
	return "removal/" + source + "/n", e.down
}

func (e *engine) Operation(_ context.Context, id string) (starter.Operation, error) {
	for _, one := range e.operations {
		if one.WorkflowID == id {
			return one, e.down
		}
	}
	return starter.Operation{}, starter.ErrNotFound
}

func (e *engine) Operations(_ context.Context, kind, synchronization string, _ int) (all []starter.Operation, _ error) {
	for _, one := range e.operations {
		if (one.Removal != nil) == (kind == workflows.RemovalType) && (synchronization == "" || one.Synchronization == synchronization) {
			all = append(all, one)
		}
	}
	return all, e.down
}

func (e *engine) ApproveOperation(_ context.Context, _ string, approval workflows.Approval) error {
	e.approved = append(e.approved, approval)
	return e.down
}

func (e *engine) CancelOperation(_ context.Context, id string) error {
	e.cancelled = append(e.cancelled, id)
	return e.down
}

func (e *engine) Watched(context.Context) ([]starter.Watched, error) { return e.watched, e.down }

func (e *engine) RepliesWithReason(context.Context, string) ([]starter.RepliesLine, error) {
	return e.refused, e.down
}

func (e *engine) Replies(_ context.Context, _, employee string) (workflows.RepliesState, error) {
	state, known := e.replies[employee]
	if !known {
		return state, starter.ErrNotFound
	}
	return state, e.down
}

func (e *engine) Held(_ context.Context, source string) (workflows.HeldDeletions, error) {
	return e.held[source], e.down
}

func (e *engine) DecideHeld(_ context.Context, source string, decision workflows.Decision) (int, error) {
	total := e.held[source].Total
	if total == 0 || decision.Deletions != 0 && decision.Deletions != total {
		return 0, starter.ErrNotApprovable
	}
	delete(e.held, source)
	e.decided = append(e.decided, decision.Approve)
	return total, e.down
}

func (e *engine) CheckConnection(context.Context, workflows.CheckRequest) (workflows.CheckResult, error) {
	return e.check, e.down
}

func (e *engine) Absence(_ context.Context, source, id string) (starter.Absence, error) {
	e.asked.Add(1)
	found, ok := e.absences[source+"/"+id]
	if e.down == nil && !ok {
		return found, starter.ErrNotFound
	}
	return found, e.down
}

func (e *engine) Retry(_ context.Context, source, id string, _ workflows.Retry) error {
	e.retrying.Lock()
	defer e.retrying.Unlock()
	e.retried = append(e.retried, source+"/"+id)
	return e.down
}

func (e *engine) Stuck(context.Context) (int, error) { return e.stuck, e.down }

func (e *engine) Wake(context.Context, workflows.WakeRequest) error { return e.down }

func (e *engine) chosen(q starter.AbsencesQuery) []starter.AbsenceLine {
	return slices.DeleteFunc(slices.Clone(e.lines), func(line starter.AbsenceLine) bool {
		return q.Synchronization != "" && q.Synchronization != line.Synchronization || q.Source != "" && q.Source != line.Source ||
			len(q.Statuses) > 0 && !slices.Contains(q.Statuses, line.Status) || q.Reason != "" && q.Reason != line.Reason ||
			len(q.IDs) > 0 && !slices.Contains(q.IDs, line.Absence) ||
			(q.Either != "" || len(q.Owners) > 0) && q.Either != line.Absence && q.Either != line.Employee && !slices.Contains(q.Owners[line.Source], line.Employee)
	})
}

func (e *engine) Absences(_ context.Context, q starter.AbsencesQuery) ([]starter.AbsenceLine, string, error) {
	all := e.chosen(q)
	begin := 0
	_, _ = fmt.Sscanf(q.Page, "from-%d", &begin)
	all = all[min(begin, len(all)):]
	if len(all) > q.Limit && q.Limit > 0 {
		return all[:q.Limit], fmt.Sprintf("from-%d", begin+q.Limit), e.down
	}
	return all, "", e.down
}

func (e *engine) Count(_ context.Context, q starter.AbsencesQuery) (int, error) {
	return len(e.chosen(q)), e.down
}

// measured are delays that a test chose.
type measured struct{ buckets, totals []delays.Bucket }

func (m measured) Read(context.Context, time.Time) (buckets, totals []delays.Bucket, err error) {
	return m.buckets, m.totals, nil
}

// gate is access without a database.
type gate struct {
	name   string
	tokens []access.Token
	made   int
	// open are sessions, and refused whom the audit log would tell of.
	open    []access.Session
	refused []string
}

func (g *gate) HasOIDC() bool                                  { return g.name != "" }
func (g *gate) OIDCName() string                               { return g.name }
func (g *gate) Tokens(context.Context) ([]access.Token, error) { return g.tokens, nil }

func (g *gate) CreateToken(_ context.Context, by access.Principal, label string, role access.Role, expires time.Time) (string, access.Token, error) {
	if label == "" {
		return "", access.Token{}, &settings.InvalidError{Problems: []settings.Problem{{Field: "label", Code: "required"}}}
	}
	g.made++
	made := access.Token{ID: fmt.Sprint("t", g.made), Label: label, Role: role, CreatedAt: moment, CreatedBy: by.Author(), Expires: expires}
	g.tokens = append(g.tokens, made)
	return fmt.Sprintf("fgs_plain_%d", g.made), made, nil
}

func (g *gate) Sessions(context.Context) ([]access.Session, error) { return g.open, nil }

func (g *gate) EndSession(_ context.Context, _ access.Principal, id string) error {
	before := len(g.open)
	if g.open = slices.DeleteFunc(g.open, func(one access.Session) bool { return one.ID == id }); len(g.open) == before {
		return settings.ErrNotFound
	}
	return nil
}

func (g *gate) Refused(_ *http.Request, door, reason string) {
	g.refused = append(g.refused, door+" "+reason)
}

func (g *gate) RevokeToken(_ context.Context, _ access.Principal, id string) error {
	before := len(g.tokens)
	g.tokens = slices.DeleteFunc(g.tokens, func(t access.Token) bool { return t.ID == id })
	if len(g.tokens) == before {
		return settings.ErrNotFound
	}
	return nil
}

// moment is when tests take place.
var moment = time.Date(2026, time.March, 3, 14, 5, 0, 0, time.UTC)

// world is the pages with everything behind them.
type world struct {
	*testing.T
	engine  *engine
	gate    *gate
	editor  settings.Editor
	delays  *measured
	service *admin.Service
	handler http.Handler
}

// newWorld is an empty installation; readOnly takes the settings from a store
// that nobody may change here.
func newWorld(t *testing.T, readOnly bool) *world {
	t.Helper()
	store, db := storedtest.OpenDB(t)
	w := &world{T: t, engine: &engine{absences: map[string]starter.Absence{}}, gate: &gate{name: "Acme"}, editor: store, delays: &measured{}}
	log := slog.New(slog.DiscardHandler)
	config := admin.Config{
		Settings: store, Editor: store, Engine: w.engine, Delays: w.delays, AllowInsecure: true, PublicURL: "https://figgosync.example.com",
		WebUI: "https://temporal.example.com", Namespace: "default", Log: log, Now: func() time.Time { return moment },
	}
	if readOnly {
		config.Editor = nil
	}
	w.service = admin.New(config)
	recipients := &admin.Alerts{Service: w.service}
	if !readOnly {
		recipients.Notifier = alerts.New(alerts.Config{
			DB: db, Settings: store, Source: &admin.Watch{Service: w.service}, HTTP: http.DefaultClient, Log: log,
		})
	}
	w.handler = pages.New(pages.Config{
		Alerts: recipients, Admin: w.service, Gate: w.gate, Log: log, PublicURL: "https://figgosync.example.com", Now: func() time.Time { return moment },
	})
	return w
}

var somebody = settings.Author{ID: "person:other", Name: "Camille Martin"}

// fill sets a source, a connection and a synchronization up.
func (w *world) fill(source, connection, synchronization string, provider calendars.Provider) {
	w.Helper()
	ctx := w.Context()
	if _, err := w.editor.Source(ctx, source); err != nil {
		_, err := w.editor.PutSource(ctx, somebody, settings.Source{
			Name: source, Host: "http://127.0.0.1:1", TokenURL: "http://127.0.0.1:1/token", ClientID: "client", ClientSecret: "very-secret-client-secret",
			API: settings.APIv5, WebhookSecret: "very-secret-webhook-secret",
		}, 0)
		w.must(err)
	}
	one := settings.Connection{Name: connection, Provider: provider}
	switch provider {
	case calendars.Office365:
		one.System = &graph.Settings{TenantID: "11111111-2222-3333-4444-555555555555", ClientID: "22222222-2222-3333-4444-555555555555", ClientSecret: "very-secret-graph-secret"}
	case calendars.Exchange:
		one.System = &ews.Settings{URL: "https://mail.example.com/EWS/Exchange.asmx", Username: `ACME\sync`, Password: "very-secret-password", Auth: "ntlm", MinTLS: "1.2"}
	}
	_, err := w.editor.PutConnection(ctx, somebody, one, 0)
	w.must(err)
	_, err = w.editor.PutSynchronization(ctx, somebody, settings.Synchronization{
		Name: synchronization, Source: source, Connection: connection, LegalEntities: []string{connection}, Zone: "Europe/Paris",
		Policy: absence.DefaultPolicy(), ConfirmAbove: settings.DefaultConfirmAbove,
	}, 0)
	w.must(err)
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

var (
	configurer = access.Principal{ID: "person:jane", Name: "Jane Doe", Role: access.Configure, Person: true}
	consulter  = access.Principal{ID: "person:joe", Name: "Joe Doe", Role: access.Consult, Person: true}
	nobody     = access.Principal{}
)

// answer is what the pages answered, with the parsed page.
type answer struct {
	*httptest.ResponseRecorder
	page *html.Node
}

// ask sends a request; headers are name, value pairs.
func (w *world) ask(who access.Principal, method, path string, form url.Values, headers ...string) answer {
	w.Helper()
	r := httptest.NewRequestWithContext(w.Context(), method, path, strings.NewReader(form.Encode()))
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	if who != nobody {
		r = r.WithContext(access.With(r.Context(), who))
	}
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	page, err := html.Parse(strings.NewReader(recorder.Body.String()))
	w.must(err)
	return answer{recorder, page}
}

func (w *world) get(who access.Principal, path string, headers ...string) answer {
	w.Helper()
	return w.ask(who, http.MethodGet, path, nil, headers...)
}

func (w *world) post(who access.Principal, path string, form url.Values, headers ...string) answer {
	w.Helper()
	if form == nil {
		form = url.Values{}
	}
	return w.ask(who, http.MethodPost, path, form, headers...)
}

// elements are those of a page that match.
func (a answer) elements(match func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	for n := range a.page.Descendants() {
		if n.Type == html.ElementNode && match(n) {
			found = append(found, n)
		}
	}
	return found
}

// named finds elements by tag.
func (a answer) named(tag string) []*html.Node {
	return a.elements(func(n *html.Node) bool { return n.Data == tag })
}

// attribute is that of an element, "" when it has none.
func attribute(n *html.Node, name string) string {
	for _, one := range n.Attr {
		if one.Key == name {
			return one.Val
		}
	}
	return ""
}

// text is what an element says, with single spaces and plain hyphens.
func text(n *html.Node) string {
	var out strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			out.WriteString(d.Data + " ")
		}
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(out.String()), " "), "\u2011", "-")
}

// says tells whether the page's own part has a text.
func (a answer) says(wanted string) bool {
	for _, main := range a.named("main") {
		if strings.Contains(text(main), wanted) {
			return true
		}
	}
	return false
}

// link tells whether the page's own part leads to an address.
func (a answer) link(address string) bool {
	return len(a.elements(func(n *html.Node) bool {
		return n.Data == "a" && attribute(n, "href") == address || n.Data == "form" && attribute(n, "action") == address
	})) > 0
}
