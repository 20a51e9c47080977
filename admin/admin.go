// Package admin is what an administrator can see and do, once, for both of its
// doors: the REST API and the settings pages. It checks input, acts on settings
// and on Temporal, and writes the audit log. Who may do what is checked at the
// doors; no secret leaves it.
package admin

import (
	"context"
	"log/slog"
	"time"

	"github.com/figgosync/figgosync/delays"
	"github.com/figgosync/figgosync/settings"
	"github.com/figgosync/figgosync/starter"
	"github.com/figgosync/figgosync/workflows"
)

// Engine is what the service asks of Temporal. *starter.Starter is one.
type Engine interface {
	StartInitialization(ctx context.Context, source string, input workflows.InitializationInput, key string) (workflowID string, err error)
	Initialization(ctx context.Context, workflowID string) (starter.Initialization, error)
	Initializations(ctx context.Context) ([]starter.Initialization, error)
	CancelInitialization(ctx context.Context, workflowID string) error
	ConfirmInitialization(ctx context.Context, workflowID string, employees int) error
	CheckConnection(ctx context.Context, request workflows.CheckRequest) (workflows.CheckResult, error)
	Absence(ctx context.Context, source, absence string) (starter.Absence, error)
	Retry(ctx context.Context, source, absence string, rewrite bool) error
	// Absences lists absences from Temporal's index, newest first, at most
	// query.Limit; next is the following page's token, "" on the last. The index
	// may be a second behind.
	Absences(ctx context.Context, query starter.AbsencesQuery) (found []starter.AbsenceLine, next string, err error)
	// Count counts the absences that the query chooses.
	Count(ctx context.Context, query starter.AbsencesQuery) (int, error)
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
	// AllowInsecure permits http addresses of outside systems.
	AllowInsecure bool
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
	config Config
}

// New returns a Service.
func New(config Config) *Service {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Service{config: config}
}

// The methods of Service, by subject, are in sources.go, connections.go,
// synchronizations.go, initializations.go, absences.go and overview.go.
