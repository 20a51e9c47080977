// Package admin is what an administrator can see and do, once, for both of its
// doors: the REST API and the settings pages. It checks input, acts on settings
// and on Temporal, and writes the audit log. Who may do what is checked at the
// doors; no secret leaves it.
package admin

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/figgosync/figgosync/internal/delays"
	"github.com/figgosync/figgosync/internal/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Engine is what the service asks of Temporal. *starter.Starter is one.
type Engine interface {
	StartInitialization(ctx context.Context, source string, input workflows.InitializationInput,
		key string) (workflowID string, err error)
	Initialization(ctx context.Context, workflowID string) (starter.Initialization, error)
	Initializations(ctx context.Context) ([]starter.Initialization, error)
	CancelInitialization(ctx context.Context, workflowID string) error
	ConfirmInitialization(ctx context.Context, workflowID string, employees int) error
	StartReconciliation(
		ctx context.Context, source string, input workflows.ReconciliationInput, key string,
	) (workflowID string, err error)
	StartRemoval(
		ctx context.Context, source string, input workflows.RemovalInput, key string,
	) (workflowID string, err error)
	// Operation tells how far a reconciliation or a removal is, and Operations lists
	// the newest of a workflow type, of one synchronization or of all for "".
	Operation(ctx context.Context, workflowID string) (starter.Operation, error)
	Operations(ctx context.Context, workflowType, synchronization string, limit int) ([]starter.Operation, error)
	ApproveOperation(ctx context.Context, workflowID string, approval workflows.Approval) error
	CancelOperation(ctx context.Context, workflowID string) error
	// Held lists a source's live deletions that wait for a decision; DecideHeld carries
	// them out, or leaves their events: starter.ErrNotApprovable where none is held, or
	// another number than the decision names.
	Held(ctx context.Context, source string) (workflows.HeldDeletions, error)
	DecideHeld(ctx context.Context, source string, decision workflows.Decision) (count int, err error)
	// Watched lists the last synthetic absence of each synchronization and the last daily
	// check of each connection and source, as of two days.
	Watched(ctx context.Context) ([]starter.Watched, error)
	// RepliesWithReason lists the employees whose automatic replies are held up for a
	// reason; Replies tells how those of one stand, texts included: starter.ErrNotFound
	// where none are kept.
	RepliesWithReason(ctx context.Context, reason string) ([]starter.RepliesLine, error)
	Replies(ctx context.Context, source, employee string) (workflows.RepliesState, error)
	CheckConnection(ctx context.Context, request workflows.CheckRequest) (workflows.CheckResult, error)
	Absence(ctx context.Context, source, absence string) (starter.Absence, error)
	Retry(ctx context.Context, source, absence string, retry workflows.Retry) error
	// Wake has the absences that wait for something try again, in the background; it
	// returns once Temporal has the wish.
	Wake(ctx context.Context, request workflows.WakeRequest) error
	// Absences lists absences from Temporal's index, newest first, at most
	// query.Limit; next is the following page's token, "" on the last. The index
	// may be a second behind.
	Absences(ctx context.Context, query starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error)
	// Count counts the absences that the query chooses.
	Count(ctx context.Context, query starter.AbsencesQuery) (int, error)
	// Stuck counts the absences whose workflow cannot go on.
	Stuck(ctx context.Context) (int, error)
}

// Delays reads how fast changes reach calendars. *delays.Book is one.
type Delays interface {
	// Read returns the buckets since a moment in time order, and over the whole
	// stretch one bucket for each synchronization that wrote anything.
	Read(ctx context.Context, since time.Time) (buckets, totals []delays.Bucket, err error)
}

// Config is what the service needs. Settings, Engine and Log are required.
type Config struct {
	Settings settings.Store
	// Editor changes Settings; nil when they come from a file and are only read.
	Editor settings.Editor
	Engine Engine
	// Delays is nil where nobody measures.
	Delays Delays
	// HTTP is what Figgo is asked with; a new client when nil. Its redirect rule is
	// not used: a redirect would carry a key elsewhere.
	HTTP *http.Client
	// LuccaPerMinute is how many calls to one Lucca account may be made in any
	// minute, a quarter of them at once; 20 when 0.
	LuccaPerMinute int
	// AllowInsecure permits http addresses of outside systems.
	AllowInsecure bool
	// AllowPrivate permits outside systems at private addresses.
	AllowPrivate bool
	// PublicURL is where Lucca and browsers reach figgosync, without a slash at
	// the end; WebUI the base address of the Temporal Web UI, "" for none, and
	// Namespace the namespace there.
	PublicURL string
	WebUI     string
	Namespace string
	Log       *slog.Logger
	// Now is the clock, time.Now when nil.
	Now func() time.Time
}

// Service is the administrator's desk. It is safe for concurrent use.
type Service struct {
	config         Config
	luccas         *luccas
	tallies        *tallies
	retries        *retries
	watches        *watches
	refusedReplies *refusedReplies
	// employees remembers whose an e-mail address is, owners whose an absence is;
	// started, by short id, which
	// initializations the audit log has.
	employees *lru.Cache[mailbox, knownEmployee]
	owners    *lru.Cache[absenceID, string]
	started   *lru.Cache[string, struct{}]
	// expected are the totals by legal entity that a preview found, by the workflow
	// id of the run that followed it.
	expected *lru.Cache[string, map[string]int]
	// wrote is how many absences initializations that have ended wrote, by run.
	wrote *lru.Cache[string, int]
	// days are what absences told of their half-days, by run.
	days *lru.Cache[string, toldDays]
}

const (
	maxEmployees = 1000
	employeesTTL = 10 * time.Minute
	maxStarted   = 1000
	maxExpected  = 200
	maxDays      = 20_000
)

// New returns a Service.
func New(config Config) *Service {
	if config.Now == nil {
		config.Now = time.Now
	}
	// They fail for sizes below 1 only.
	employees, _ := lru.New[mailbox, knownEmployee](maxEmployees)
	owners, _ := lru.New[absenceID, string](maxOwners)
	started, _ := lru.New[string, struct{}](maxStarted)
	expected, _ := lru.New[string, map[string]int](maxExpected)
	wrote, _ := lru.New[string, int](maxExpected)
	days, _ := lru.New[string, toldDays](maxDays)
	return &Service{
		config: config,
		luccas: &luccas{http: config.client(), insecure: config.AllowInsecure,
			perMinute: cmp.Or(config.LuccaPerMinute, luccaPerMinute), now: config.Now},
		tallies: &tallies{engine: config.Engine, now: config.Now, turn: make(chan struct{}, 1)},
		retries: newRetries(),
		watches: &watches{engine: config.Engine, recent: recent[[]starter.Watched]{now: config.Now}},
		refusedReplies: &refusedReplies{
			engine: config.Engine, recent: recent[map[string][]RefusedReplies]{now: config.Now},
		},
		employees: employees,
		owners:    owners,
		started:   started,
		expected:  expected,
		wrote:     wrote,
		days:      days,
	}
}

// The methods of Service, by subject, are in sources.go, webhooks.go,
// connections.go, synchronizations.go, preview.go, initializations.go,
// operations.go, absences.go, people.go, replies.go, retryall.go, overview.go and
// auditlog.go.
