package lucca

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"
)

// APIVersion is the one version of the Lucca API (v5) imitated here.
const APIVersion = "2024-11-01"

// Config describes the account.
type Config struct {
	// ClientID and ClientSecret are accepted by the token endpoint.
	ClientID     string
	ClientSecret string
	// APIKey is accepted by the v3 and v4 API.
	APIKey string
	// Host is the account's base URL as written into every url field and used as
	// the events' source, without a slash at the end.
	Host string
	// Webhooks are v5 endpoints that exist, already activated, from the start. Each
	// ends when an endpoint at the same server is made and activated.
	Webhooks []Webhook
	// HTTPSynchronization are the targets of the legacy webhook.
	HTTPSynchronization []HTTPTarget
	// AllowHTTP accepts webhook URLs that are not https (Lucca never does).
	AllowHTTP bool
	// Delivery tunes the sending of webhooks.
	Delivery Delivery
	// Deletion says how Withdraw removes a leave; empty alternates.
	Deletion Deletion
	// RequestsPerMinute is the tenant's limit over a sliding minute; 0 is Lucca's
	// 50, negative is no limit.
	RequestsPerMinute int
	// FirstLeave is the id of the first leave, 8750 when 0: another for a sandbox
	// whose leaves of an earlier life somebody may still remember.
	FirstLeave int
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Webhook is a v5 webhook endpoint known from the start.
type Webhook struct {
	URL    string
	Secret string
}

// HTTPTarget is a target of the HTTP synchronization; Key is sent as the whole
// Authorization header.
type HTTPTarget struct {
	URL string
	Key string
}

// Deletion is what the v5 API says when a leave goes: Lucca documents both a
// status "cancelled" and an event leave.deleted, but not which one comes when.
type Deletion string

// The ways a leave goes.
const (
	DeletionAlternates Deletion = ""
	DeletionCancels    Deletion = "cancel"
	DeletionDeletes    Deletion = "delete"
)

// Service is the account. It is safe for concurrent use.
type Service struct {
	cfg     Config
	mux     *http.ServeMux
	tokens  tokens
	limiter limiter
	client  *http.Client

	mu         sync.RWMutex
	company    company
	leaves     leaves
	endpoints  map[int]*endpoint
	sources    []*target
	events     []*event
	deliveries []*delivery
	byEvent    map[string]*event
	sequence   int
	withdrawn  int
	silent     bool // while nothing is announced
	watchers   map[chan Change]struct{}

	stop    context.Context
	cancel  context.CancelFunc
	sending sync.WaitGroup
}

// New returns an account with an empty company but Lucca's usual leave accounts.
// Close it when done.
func New(cfg Config) *Service {
	cfg.Delivery = cfg.Delivery.withDefaults()
	cfg.RequestsPerMinute = cmp.Or(cfg.RequestsPerMinute, 50)
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	r := &Service{
		cfg:     cfg,
		tokens:  tokens{grants: map[string]grant{}},
		limiter: limiter{limit: cfg.RequestsPerMinute},
		client:  newWebhookClient(cfg.Delivery),
		company: newCompany(),
		leaves: leaves{byID: map[int]*Leave{}, ofEmployee: map[int][]*Leave{},
			next: cmp.Or(cfg.FirstLeave, firstLeaveID)},
		endpoints: map[int]*endpoint{},
		byEvent:   map[string]*event{},
		watchers:  map[chan Change]struct{}{},
	}
	r.stop, r.cancel = context.WithCancel(context.Background())
	for _, hook := range cfg.Webhooks {
		r.addEndpoint(&endpoint{
			Name: "figgosync", WebhookURL: hook.URL, secret: hook.Secret, APIVersion: APIVersion,
			Topics: slices.Concat(allLeaveTopics, allPeopleTopics), Status: endpointActive, preset: true,
		})
	}
	for _, to := range cfg.HTTPSynchronization {
		r.sources = append(r.sources, &target{url: to.URL, key: to.Key})
	}
	r.mux = r.routes()
	return r
}

// Handler serves the token endpoint and all API generations. The caller strips
// whatever prefix the account is mounted under.
func (s *Service) Handler() http.Handler { return s.mux }

// Close stops sending webhooks: attempts under way end, waiting ones are dropped.
func (s *Service) Close() {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	s.sending.Wait()
	s.client.CloseIdleConnections()
}

// Change tells that an employee's leaves, or the state of their webhooks, changed.
type Change struct{ Employee int }

// Watch returns a channel of changes; stop ends it. A reader that falls behind
// misses some.
func (s *Service) Watch() (changes <-chan Change, stop func()) {
	ch := make(chan Change, 256)
	s.mu.Lock()
	s.watchers[ch] = struct{}{}
	s.mu.Unlock()
	return ch, func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}
}

// notify tells the watchers; s.mu must be held.
func (s *Service) notify(employee int) {
	for ch := range s.watchers {
		select {
		case ch <- Change{Employee: employee}:
		default:
		}
	}
}

func (s *Service) now() time.Time { return s.cfg.Now().UTC().Truncate(time.Millisecond) }

// nextID counts everything but leaves and people; s.mu must be held.
func (s *Service) nextID() int {
	s.sequence++
	return s.sequence
}
