// Package graph is the sandbox's imitation of the calendar part of Microsoft
// Graph v1.0, as an application sees it: events in the default calendar,
// calendar view, mailbox settings with their automatic replies, and JSON batching.
//
// It is strict. Where Microsoft's pages name a rule it follows the page; where
// they are silent it takes the reading that is harder on the client, and the
// comment at that place says so. What figgosync must never send (attendees,
// recurrence, attachments, online meetings) it refuses loudly with 400
// SandboxRefused; what Graph would serve and it does not imitate (other paths,
// filters, query parameters) with 501 SandboxNotImitated. Microsoft has neither code.
//
// Sources: learn.microsoft.com/graph/api (event, user-post-events, event-update,
// event-delete, singlevaluelegacyextendedproperty-get, datetimetimezone),
// learn.microsoft.com/graph (outlook-immutable-id, json-batching,
// throttling-limits, auth-limit-mailbox-access, errors).
package graph

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/figgosync/figgosync/sandbox/mailboxes"
)

// Principal is the application behind an access token.
type Principal struct {
	TenantID string
	AppID    string
	Roles    []string
}

// Config wires the service to its login and sets its limits.
type Config struct {
	// Authorize checks a bearer token; an error is answered with 401. Required.
	Authorize func(bearer string) (Principal, error)
	// Allowed is the tenant's application access policy: it takes mailboxes
	// away from an app whose token has the role. nil takes none away.
	// learn.microsoft.com/graph/auth-limit-mailbox-access
	Allowed func(appID, mailbox string) bool
	// RBAC is RBAC for Applications: it gives calendars to an app whose token
	// may lack the role. The two add up, as Microsoft's page says; nil gives
	// none. learn.microsoft.com/exchange/permissions-exo/application-rbac
	RBAC func(appID, mailbox string) bool
	// RBACSettings is the same for the settings of mailboxes.
	RBACSettings func(appID, mailbox string) bool
	// Hybrid names mailboxes on an Exchange server for which Graph answers 401
	// UnknownError; nil names none.
	Hybrid func(mailbox string) bool
	// NoExchange names tenants without Exchange Online; nil names none.
	NoExchange func(tenantID string) bool
	// PerMailbox is how many requests of one app may work on one mailbox at
	// once; 4 when 0. learn.microsoft.com/graph/throttling-limits
	PerMailbox int
	// Latency is how long each request holds its place before it works.
	Latency time.Duration
	// RetryAfter is what a throttled request is told; 1.25 s when 0. It is
	// sent in decimal seconds, as Graph does.
	RetryAfter time.Duration
	// TransactionMemory is how long a transactionId is remembered; while the
	// event exists, binned or not, when 0. Microsoft names no time.
	TransactionMemory time.Duration
	// BaseURL is where clients reach the handler, without a trailing slash:
	// "https://127.0.0.1:9090/graph/v1.0". When empty it is read from each
	// request, which is right unless a proxy stands before.
	BaseURL string
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Service is the running imitation. It is safe for concurrent use.
type Service struct {
	store *mailboxes.Store
	cfg   Config

	mu   sync.Mutex
	busy map[string]int // requests at work, by app and mailbox

	refusals atomic.Int64 // which of its two 404s a mailbox without REST answers
}

// New opens the service over the mailboxes of store that live on mailboxes.Graph.
func New(store *mailboxes.Store, cfg Config) *Service {
	if cfg.PerMailbox == 0 {
		cfg.PerMailbox = 4
	}
	if cfg.RetryAfter == 0 {
		cfg.RetryAfter = 1250 * time.Millisecond
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.BaseURL = strings.TrimSuffix(cfg.BaseURL, "/")
	return &Service{store: store, cfg: cfg, busy: map[string]int{}}
}

// UserID is the directory's id (a GUID) of the person with this address; it
// stands for the address in /users/{id}.
func UserID(email string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("mailto:"+strings.ToLower(email))).String()
}

// Handler serves what lies below /v1.0: a caller that mounts it under a prefix
// strips the prefix with http.StripPrefix.
func (s *Service) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Service) serve(w http.ResponseWriter, req *http.Request) {
	asked := &request{
		method: req.Method, path: req.URL.EscapedPath(), rawQuery: req.URL.RawQuery,
		header: req.Header, body: req.Body, base: s.base(req),
	}
	var a answer
	if asked.path == "/$batch" || asked.path == "/%24batch" {
		a = s.batch(req.Context(), asked)
	} else {
		a = s.single(req.Context(), asked)
	}
	a.write(w)
}

// base is the URL under which the client reached the service. A prefix stripped by
// http.StripPrefix is still in RequestURI.
func (s *Service) base(req *http.Request) string {
	if s.cfg.BaseURL != "" {
		return s.cfg.BaseURL
	}
	scheme := "http"
	if req.TLS != nil {
		scheme = "https"
	}
	asked, _, _ := strings.Cut(req.RequestURI, "?")
	return scheme + "://" + req.Host + strings.TrimSuffix(asked, req.URL.EscapedPath())
}
